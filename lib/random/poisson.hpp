// poisson.hpp: the spikes of poisson populations, a chunk of steps at a time: drawn once for all
// lanes, or taken from the caller's lists.
#pragma once
#include "features.hpp"
#include "plan.hpp"

namespace carve {

// Steps first ... first + n_steps - 1 and what their spikes are, in the order of (step, population,
// unit).
struct SpikeChunk {
    std::uint64_t first;
    std::uint32_t n_steps;      // at most kSpikeSteps
    const std::uint32_t* begin; // [n_steps + 1] into spikes
    const Spike* spikes;
    bool first_of_call, last_of_call;
    bool plastic;             // the call's: weights and their sensitivities change
    carve_recorder* recorder; // or null
    // By input population: what the call streams, from this step on, and of how many steps.
    const void* const* values;
    std::uint64_t first_of_values, steps_of_values;
};

void reset_poisson(Sim& sim, std::uint32_t population) noexcept;

// What a call is still to take of a caller's list.
struct SpikeRange {
    const carve_spike *next, *end;
};
// Of streamed populations, in the order of their declaration.
struct SpikeRanges {
    SpikeRange
        of[kMostElements]; // the first n: a call of one step can't afford to clear or copy all
    std::size_t n = 0;
    SpikeRanges() noexcept {}
    SpikeRanges(const SpikeRanges& other) noexcept { *this = other; }
    SpikeRanges& operator=(const SpikeRanges& other) noexcept {
        n = other.n;
        for (std::size_t i = 0; i < n; ++i)
            of[i] = other.of[i];
        return *this;
    }
};

// Finds the list's spikes of steps first ... end - 1. They must increase in (step, unit) and name units below
// n_units: else returns what is wrong with spike `at`, else null. At step 0 the order of the
// whole list is checked, once for all calls that use it; a later call would have to read the whole list
// to find a fault.
const char* find_spikes(const carve_stream& list, std::uint32_t n_units, std::uint64_t first,
                        std::uint64_t end, SpikeRange& range, std::uint64_t& at) noexcept;

// Fills in a chunk that starts at `first` and has at most `most` steps, and moves the ranges on.
void generate_spikes(Sim& sim, std::uint64_t first, std::uint64_t most, SpikeRanges& lists,
                     SpikeChunk& chunk) noexcept;

} // namespace carve
