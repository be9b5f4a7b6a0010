// poisson.hpp: the spikes of poisson populations, a chunk of steps at a time: drawn once for all
// lanes, or taken from the caller's lists.
#pragma once
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
    carve_recorder* recorder; // or null
};

void reset_poisson(Sim& sim, const PopulationPlan& p) noexcept;

// Fills in a chunk that starts at `first` and has at most `most` steps; lists: of streamed
// populations, in the order of their declaration.
void generate_spikes(Sim& sim, std::uint64_t first, std::uint64_t most,
                     const carve_spike_list* const* lists, SpikeChunk& chunk) noexcept;

// Whether the list's spikes of steps first ... end - 1 increase in (step, unit) and name units
// below n_units.
bool list_is_valid(const carve_spike_list& list, std::uint32_t n_units, std::uint64_t first,
                   std::uint64_t end) noexcept;

} // namespace carve
