// task_consistency.hpp: settings that each fit their range but not one another, and keys without
// effect.
#pragma once
#include "task.hpp"
#include "toml.hpp"

namespace carve::cli {

// Adds a fault for each, at its key in root.
void check_consistency(const TomlValue& root, const Task& task, Faults& faults);

} // namespace carve::cli
