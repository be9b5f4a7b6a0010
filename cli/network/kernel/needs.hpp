// needs.hpp: what all measures of a task ask of the kernel together, and what the kernel says to it.
#pragma once
#include "kernel_model.hpp"
#include "measure.hpp"

#include <vector>

namespace carve::cli {

// Measures of one population share a probe. Throws Error(usage) where they cannot.
Needs merged_needs(const task::Task& task, const std::vector<const Measure*>& measures);

// Of a sim; throws Error(usage) that says with the task's own names and places what cannot be simulated.
std::size_t required_bytes_of(const KernelModel& model, const task::Task& task);

} // namespace carve::cli
