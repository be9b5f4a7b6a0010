// shipped.hpp: the task files that come with carve, as text (tasks/, put in by the build).
#pragma once
#include <string>
#include <vector>

namespace carve::cli::task {

struct ShippedTask {
    const char* name; // "oja"
    const char* text;
};
const std::vector<ShippedTask>& shipped_tasks(); // by name
// The text of one, or null.
const char* shipped_text(const std::string& name);
std::vector<std::string> shipped_names();

} // namespace carve::cli::task
