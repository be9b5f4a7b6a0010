// read_task.hpp: from a task file to a Task.
#pragma once
#include "description.hpp"

#include <string>
#include <vector>

namespace carve::cli::task {

// Reads the file at PATH with what it extends and `key=value` overrides. Throws FileErrors with all
// faults, each with file:line:column, the key, what is allowed and the nearest name.
Task load(const std::string& path, const Overrides& overrides);
// The same of a text, as if it were the file at path.
Task parse(const std::string& text, const std::string& path, const Overrides& overrides);

// What keeps a text from being the name of a task, which names directories; "" if nothing does.
std::string name_fault(const std::string& name);
// The name of a task by its file: "oja" of tasks/oja.toml.
std::string name_of_file(const std::string& path);

} // namespace carve::cli::task
