#include "assignments.hpp"

namespace carve::cli {
namespace {

bool is_assignment(const std::string& arg) {
    const std::size_t equals = arg.find('=');
    return equals != std::string::npos && equals > 0 &&
           arg.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == equals;
}

} // namespace

std::vector<std::string> spread_sets(const std::vector<std::string>& args) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < args.size(); ++i) {
        out.push_back(args[i]);
        if (args[i] != "--set" || i + 1 >= args.size())
            continue;
        out.push_back(args[++i]);
        while (i + 1 < args.size() && is_assignment(args[i + 1])) {
            out.push_back("--set");
            out.push_back(args[++i]);
        }
    }
    return out;
}

} // namespace carve::cli
