// simulated.hpp: a task file as what the simulations and the search take.
#pragma once
#include "description.hpp"
#include "task.hpp"

namespace carve::cli {

// Adds a fault, with its place, for everything that cannot be simulated yet.
Task simulated(const task::Task& described, Faults& faults);

} // namespace carve::cli
