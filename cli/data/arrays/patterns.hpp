// patterns.hpp: data of kind "patterns" (docs/task.md): a table of patterns, shown one after the
// other.
#pragma once
#include "arrays.hpp"
#include "description.hpp"

#include <cstdint>

namespace carve::cli {

struct PatternSettings {
    std::size_t units = 1, count = 1;
    task::Active active; // its value is no data column
    // How long a pattern is shown (1 or more), and the pause after it, in which all units are 0.
    std::size_t on = 1, off = 0; // steps
    task::Order order = task::Order::random;
};

// The first `steps` steps: "" is what is shown, [step][unit], and "index" which pattern it is,
// [step], from 0, NaN in a pause. Units that are not active are 0.
//
// A pure function of its arguments, by numbers from the index's part of the stream (draws.hpp), in
// this order. Of each pattern: the active units, if not all are active (one number for the first of
// contiguous ones, which do not wrap around, else a random order of units); then their values in the
// order of units. Then, if order is random, a number for each time that a pattern is shown: any of
// them, also the one before. So what is shown first does not depend on `steps`.
std::vector<NamedArray> draw_patterns(const PatternSettings& settings, std::size_t steps,
                                      std::uint64_t seed, std::uint64_t stream,
                                      std::uint64_t index);

} // namespace carve::cli
