// same_task.hpp: whether a task is the one of a search that has begun, whatever the order of its tables.
#pragma once
#include "checkpoint.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

// The task in the order of its search: coefficients are drawn and summed up in the order of tables and
// terms, which a file may say in another. Threads and the like, which change no result, are
// `task`'s.
//
// Of the task.toml in a directory; throws Error(usage), which names the keys that differ.
Task begun_task(const Task& task, const std::string& directory);
// Of a checkpoint beside the file of `task`; throws Error(data), which names the coefficients, or else
// the keys, that differ.
Task checkpoint_task(const Task& task, const Checkpoint& checkpoint, const std::string& file);

} // namespace carve::cli
