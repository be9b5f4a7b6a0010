// further_sets.hpp: how many trials a [trials.NAME] has.
#pragma once
#include "description.hpp"

#include <cstdint>

namespace carve::cli {

// Its count; without one as many as are held out, and so many more that each combination of what takes
// turns comes equally often, of antithetic weights in pairs.
std::uint64_t trials_of_set(const task::Task& task, const task::TrialSet& set);

} // namespace carve::cli
