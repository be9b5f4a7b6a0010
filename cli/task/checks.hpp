// checks.hpp: what a task says that does not go together.
#pragma once
#include "description.hpp"
#include "task.hpp"

namespace carve::cli {

// Adds faults. simulated: what the simulations are told of the task.
void check_consistency(const task::Task& described, const Task& simulated, Faults& faults);

} // namespace carve::cli
