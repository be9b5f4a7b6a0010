// step_spiking.cpp: the steps of spiking models: the caller's lists, chunks of steps, recorders.
#include "step_spiking.hpp"
#include "kernels.hpp"
#include "poisson.hpp"

namespace carve {

namespace {

// What a call takes of the caller's lists.
carve_status read_lists(const Sim& sim, const void* const* inputs, std::uint64_t end,
                        SpikeRanges& lists) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const Population& p = populations(sim)[i].model;
        if (p.kind != CARVE_POPULATION_POISSON || p.source != CARVE_SOURCE_STREAMED)
            continue;
        if (inputs == nullptr || inputs[lists.n] == nullptr)
            return CARVE_E_NULL;
        const carve_spike_list& list = *static_cast<const carve_spike_list*>(inputs[lists.n]);
        if (list.spikes == nullptr && list.n_spikes > 0)
            return CARVE_E_NULL;
        if (!find_spikes(list, p.n_units, sim.steps, end, lists.of[lists.n++]))
            return CARVE_E_RANGE;
    }
    return CARVE_OK;
}

} // namespace

carve_status check_recorder(const Sim& sim, const carve_recorder& r) noexcept {
    if (!is_spiking(sim))
        return CARVE_E_UNAVAILABLE;
    if (r.struct_size != sizeof(carve_recorder) || r.reserved != 0)
        return CARVE_E_VERSION;
    if (r.spikes == nullptr)
        return CARVE_E_NULL;
    return r.capacity == 0 || r.n_read > r.n_written || r.n_written - r.n_read > r.capacity
               ? CARVE_E_RANGE
               : CARVE_OK;
}

carve_status step_spiking(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                          carve_recorder* recorder) noexcept {
    std::uint64_t end = 0;
    if (__builtin_add_overflow(sim.steps, n_steps, &end) ||
        (sim.model.max_steps && end > sim.model.max_steps) || end >> 40)
        return CARVE_E_RANGE;
    SpikeRanges lists;
    if (n_steps > 0) {
        const carve_status status = read_lists(sim, inputs, end, lists);
        if (status != CARVE_OK)
            return status;
    }
    const Kernels& kernel = *kernels(sim.isa, sim.model.precision);
    SpikeChunk chunk{};
    chunk.recorder = recorder;
    for (std::uint64_t at = sim.steps; at < end; at += chunk.n_steps) {
        generate_spikes(sim, at, end - at, lists, chunk);
        chunk.first_of_call = at == sim.steps;
        chunk.last_of_call = at + chunk.n_steps == end;
        kernel.spike(sim, chunk);
        if (count_frozen(sim) == sim.model.n_replicas)
            break;
    }
    sim.steps = end;
    return count_frozen(sim) ? CARVE_E_DIVERGED : CARVE_OK;
}

} // namespace carve
