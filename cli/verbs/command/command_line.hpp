// command_line.hpp: from argv to a verb, and from what it throws to a message and an exit code.
#pragma once
#include <string>
#include <vector>

namespace carve::cli {

// Never throws. args: without the program's name.
int run_command_line(const std::vector<std::string>& args);

} // namespace carve::cli
