// paths.hpp: a path and a value: what vary, the set of a phase or stage, and search.parameters are made
// of.
#pragma once
#include "description.hpp"

#include <string>

namespace carve::cli::task {

// Sets one value: path is "population.E.rate", "simulation.duration", or leads into a value:
// "projection.in.weights.peak". Adds a fault and returns false if there is no such thing or the value
// does not fit.
bool assign(Task& task, const Setting& setting, Faults& faults);

enum class SetBy { vary, phase, stage, search };
// Whether such a path exists and may be set by what sets it.
bool check_path(const Task& task, const Setting& setting, SetBy by, Faults& faults);

} // namespace carve::cli::task
