// further_sets.hpp: what the trials of a [trials.NAME] are.
#pragma once
#include "task.hpp"

#include <cstdint>
#include <string>

namespace carve::cli {

// The rates that a set asks of the neurons whose set point the mean field gives (mean_field.hpp): each is a set
// of its own, with the rule scaled to it. Null where there is none, and other targets take turns.
const TomlList* targets_of_set(const Task& task, const task::TrialSet& set);

// Its count; without one as many as are held out, and so many more that each combination of what takes
// turns comes equally often, of antithetic weights in pairs.
std::uint64_t trials_of_set(const Task& task, const task::TrialSet& set);

} // namespace carve::cli
