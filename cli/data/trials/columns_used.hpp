// columns_used.hpp: which data a task reads, and how many units that gives.
#pragma once
#include "trial.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// "x" or "session.label", each once, as the task names them.
std::vector<std::string> columns_used(const task::Task& task);
// Whether a source is a data column, not a population.
bool is_column(const task::Task& task, const std::string& source);
// Of a population: as it says, of its data, or 1.
std::size_t units_of(const task::Task& task, const std::string& population, const Trial& trial);

} // namespace carve::cli
