// measure_kinds.hpp: what losses and probes of each kind are of and need; network/measures/ computes them.
#pragma once
#include "description.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// Why the measure cannot be simulated; "" if it can.
std::string cannot_measure(const task::Task& task, const task::Measure& measure);

// Whether it has derivatives by the coefficients of the rules, and why not.
bool can_differentiate(const task::Task& task, const task::Measure& measure);
std::string why_no_derivatives(const task::Task& task, const task::Measure& measure);

// The filtered rate of neurons (kind = "rate" with tau and as = "relative"), whose window in the kernel is
// also that of a tuning of projections onto them; null if there is none.
const task::Measure* scored_rate(const task::Task& task, const std::string& neurons);

// Whether its kind has derivatives at all.
bool has_differentiable_kind(const task::Measure& measure);

// The one that its kind is of; null if it is of something else.
const task::Projection* measured_projection(const task::Task& task, const task::Measure& measure);

// Whether a phase sets a path that begins so.
bool is_set_by_a_phase(const task::Task& task, const std::string& prefix);

// Whether a population spikes: then derivatives are a surrogate's.
bool spikes_in(const task::Task& task);

// The keys that it reads.
std::vector<std::string> keys_of_measure(const task::Task& task, const task::Measure& measure);

} // namespace carve::cli
