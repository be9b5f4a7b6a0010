// names.hpp: what the tables of a task say of one another.
#pragma once
#include "description.hpp"

namespace carve::cli::task {

// Adds a fault for every name that nothing has, and for what nothing uses.
void check_names(const Task& task, Faults& faults);

} // namespace carve::cli::task
