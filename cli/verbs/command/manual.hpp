// manual.hpp: the manual page, of the same text as the help.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace carve::cli {

// carve(1), in the macros of man(7).
std::string manual(const CLI::App& app);

} // namespace carve::cli
