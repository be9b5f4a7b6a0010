// assignments.hpp: the values of --set, before the command line is parsed.
#pragma once
#include <string>
#include <vector>

namespace carve::cli {

// "--set a=1 b=2" as "--set a=1 --set b=2": CLI11 would take a task file for a value, too.
std::vector<std::string> spread_sets(const std::vector<std::string>& args);

} // namespace carve::cli
