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

// The filtered rate of neurons (kind = "rate" with tau and as = "relative") that is scored in the window of
// the kernel's which it shares with a tuning of projections onto them; null if there is none.
const task::Measure* scored_rate(const task::Task& task, const std::string& neurons);

// Whether a population spikes: then derivatives are a surrogate's.
bool spikes_in(const task::Task& task);

// The keys that it reads.
std::vector<std::string> keys_of_measure(const task::Task& task, const task::Measure& measure);

} // namespace carve::cli
