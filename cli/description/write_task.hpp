// write_task.hpp: a Task as the text of its file.
#pragma once
#include "description.hpp"

#include <string>

namespace carve::cli::task {

enum class Shown { all, changes };
// The task as TOML that loads as the same task: with all keys that have an effect, or with those only
// whose values are not the defaults.
std::string to_toml(const Task& task, Shown shown = Shown::all);

} // namespace carve::cli::task
