// network_terms.hpp: the coefficients of a rule, with other factors than x, y
// and w, at steps or at spikes, or of an MLP.
#pragma once
#include "description.hpp"
#include "task.hpp"

namespace carve::cli {

// Fills the terms, where they start, and those that are fixed. Adds faults with their places.
void read_network_terms(const task::Task& described, const task::Rule& rule,
                        const task::Projection& use, RuleSettings& out, Faults& faults);

} // namespace carve::cli
