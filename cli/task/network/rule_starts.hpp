// rule_starts.hpp: where the coefficients of a rule start, and which are fixed.
#pragma once
#include "description.hpp"
#include "task.hpp"

#include <vector>

namespace carve::cli {

// `out` has all terms, those of time constants first, which start as `taus` say. Moves those that are fixed
// out of its terms. Adds faults for names that no coefficient has.
void read_starts(const task::Task& described, const task::Rule& rule,
                 const std::vector<task::Draw>& taus, RuleSettings& out, Faults& faults);

} // namespace carve::cli
