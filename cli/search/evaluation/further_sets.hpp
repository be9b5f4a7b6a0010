// further_sets.hpp: how many trials a [trials.NAME] has.
#pragma once
#include "description.hpp"

#include <cstdint>

namespace carve::cli {

// Number of trials of a set: its count, else the number of held-out trials, rounded up so that each combination
// of values that are taken in turn occurs equally often, and in pairs with antithetic weights.
std::uint64_t trials_of_set(const task::Task& task, const task::TrialSet& set);

} // namespace carve::cli
