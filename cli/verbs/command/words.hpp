// words.hpp: what CLI11 has of a verb, as completion and the manual want it.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace carve::cli {

struct OptionWords {
    std::vector<std::string> names;  // "--quiet", "-q"; none of a positional
    std::string positional;          // "TASK", or ""
    std::string value;               // "N", "DIR"; "" of a flag
    std::vector<std::string> values; // all that it may be; none: anything
    std::string what;
    bool required = false;
    bool repeats = false; // may be given more than once
};

struct VerbWords {
    std::string name, what, footer;
    std::vector<OptionWords> options;
};

std::vector<OptionWords> options_of(const CLI::App& app); // of the command itself, or of a verb
std::vector<VerbWords> verbs_of(const CLI::App& app);

} // namespace carve::cli
