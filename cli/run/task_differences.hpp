// task_differences.hpp: the keys in which resolved tasks differ.
#pragma once
#include "toml.hpp"

#include <string>
#include <vector>

namespace carve::cli {

struct TaskDifference {
    std::string path;                // "search.iterations"
    std::vector<std::string> values; // of each task, as TOML; "" where it lacks the key
};
// In the order in which the tasks state their keys, the first task's first. Null: a task that is not
// known, which differs in nothing.
std::vector<TaskDifference> task_differences(const std::vector<const TomlValue*>& tasks);

} // namespace carve::cli
