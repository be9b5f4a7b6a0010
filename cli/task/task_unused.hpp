// task_unused.hpp: keys that say something which nothing of the task reads.
#pragma once
#include "task.hpp"
#include "toml.hpp"

namespace carve::cli {

// Adds a fault for each key that differs from its default and has no effect. Settings of a method
// that no stage uses are left alone, so that `--set search.method=...` compares methods.
void check_unused(const TomlValue& root, const Task& task, Faults& faults);

} // namespace carve::cli
