// described.hpp: a task of the format of carve 0.1 in the words of format 2.
#pragma once
#include "description.hpp"
#include "old_task.hpp"

namespace carve::cli::old {

task::Task described(const Task& old);

} // namespace carve::cli::old
