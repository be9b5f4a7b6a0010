// read_old.hpp: a task file of carve 0.1. `carve convert` is the one that reads it.
#pragma once
#include "old_task.hpp"

#include <string>

namespace carve::cli::old {

// Whether a text is of that format: it has no line `format = 2`. Throws
// FileErrors if it is no TOML.
bool is_old_task(const std::string& text, const std::string& path);
// Throws FileErrors with every fault of the text; path is how messages call it, and what its own paths are
// relative to.
Task parse_old_task(const std::string& text, const std::string& path);

} // namespace carve::cli::old
