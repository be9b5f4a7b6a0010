// document.hpp: a task file and what it extends, as one tree of values with their places.
#pragma once
#include "toml.hpp"

#include <string>
#include <vector>

namespace carve::cli::task {

// Reads PATH and the files that it extends, merges them key by key, removes what they drop, and
// applies `key=value` overrides in order. A table of another kind replaces the base's. Throws
// FileErrors with the faults of the first file that has any.
TomlValue read_document(const std::string& path, const Overrides& overrides);
// The same of a text, as if it were the file at path.
TomlValue parse_document(const std::string& text, const std::string& path,
                         const Overrides& overrides);
// Copies what elements are like, and the defaults, into the tables that they are for.
void inherit(TomlValue& root, Faults& faults);

} // namespace carve::cli::task
