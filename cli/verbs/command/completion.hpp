// completion.hpp: scripts that complete the words of the command line.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace carve::cli {

std::vector<std::string> shells(); // that there is a script for
// The script of one of them, with every verb and option of the command.
std::string completion(const CLI::App& app, const std::string& shell);

} // namespace carve::cli
