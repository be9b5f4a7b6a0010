// checks.hpp: what a task says that does not go together.
#pragma once
#include "description.hpp"
#include "task.hpp"

namespace carve::cli {

// Adds faults. simulated: the task as the simulations get it.
void check_consistency(const task::Task& described, const Task& simulated, Faults& faults);

} // namespace carve::cli
