// order.hpp: the order in which populations of rates are evaluated.
#pragma once
#include "description.hpp"

#include <vector>

namespace carve::cli {

// Indices of the task's populations: a projection without delay leads to a later one; else in the order
// of the text. Throws Error(usage) for a loop, naming it.
std::vector<std::size_t> evaluation_order(const task::Task& task);

} // namespace carve::cli
