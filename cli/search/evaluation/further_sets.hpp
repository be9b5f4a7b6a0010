// further_sets.hpp: what the trials of a [trials.NAME] are.
#pragma once
#include "task.hpp"

#include <cstdint>
#include <string>

namespace carve::cli {

// The rates that a set asks of the neurons whose set point the mean field gives (mean_field.hpp): each is a set
// of its own, with the rule scaled to it. Null where there is none, and other targets take turns.
const TomlList* targets_of_set(const Task& task, const task::TrialSet& set);

// Number of trials of a set: its count, else the number of held-out trials, rounded up so that each combination
// of values that are taken in turn occurs equally often, and in pairs with antithetic weights.
std::uint64_t trials_of_set(const Task& task, const task::TrialSet& set);

} // namespace carve::cli
