#include "command_line.hpp"

int main(int argc, char** argv) {
    return carve::cli::run_command_line(
        std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
