// spiking_sim.cpp: reset, steps and views of spiking models.
#include "spiking_sim.hpp"
#include "kernels.hpp"
#include "poisson.hpp"
#include "real.hpp"

namespace carve {

namespace {

template <class Real> void fill(Sim& sim, Offset at, std::uint64_t rows, double value) noexcept {
    Real* const to = array<Real>(sim, at);
    for (std::uint64_t k = 0; k < sim.n_blocks * rows * sim.lanes_per_block; ++k)
        to[k] = to_real<Real>(value);
}
void fill(Sim& sim, Offset at, std::uint64_t rows, double value) noexcept {
    if (sim.model.precision == CARVE_F32)
        fill<float>(sim, at, rows, value);
    else
        fill<double>(sim, at, rows, value);
}

void reset_lif(Sim& sim, const PopulationPlan& p) noexcept {
    const std::uint64_t blocks = sim.n_blocks, n = p.model.n_units;
    fill(sim, p.voltages, n, p.model.v_rest);
    clear(sim, p.refractory, blocks * n);
    clear(sim, p.counts, blocks * n);
    clear(sim, p.conductances, blocks * 2 * n);
    clear(sim, p.history, blocks * p.history_steps * n);
    clear(sim, p.score, blocks * kScore);
    const std::uint64_t coefficients = sim.n_coefficients;
    clear(sim, p.voltage_sens, blocks * n * coefficients);
    clear(sim, p.conductance_sens, blocks * 2 * n * coefficients);
    clear(sim, p.rate_sens, blocks * coefficients);
    clear(sim, p.score_sens, blocks * kScore * coefficients);
    if (p.rate)
        fill(sim, p.rate, 1, p.model.rate_start);
}

// What a call takes of the caller's lists.
carve_status read_lists(const Sim& sim, const void* const* inputs, std::uint64_t end,
                        SpikeRanges& lists) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const carve_population& p = populations(sim)[i].model;
        if (p.kind != CARVE_POISSON || p.source != CARVE_SPIKES_STREAMED)
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

void set_spiking_arrays(Sim& sim) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const PopulationPlan& p = populations(sim)[i];
        for (std::uint32_t g = 0; p.groups && g < p.model.n_groups; ++g) {
            array<double>(sim, p.groups)[g] = p.model.rate;
            array<double>(sim, p.groups)[p.model.n_groups + g] = p.model.signal_gain;
        }
        if (p.window)
            array<std::uint64_t>(sim, p.window)[1] = ~std::uint64_t{0};
    }
}

void reset_spiking(Sim& sim) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const PopulationPlan& p = populations(sim)[i];
        if (p.model.kind == CARVE_POISSON)
            reset_poisson(sim, p);
        else
            reset_lif(sim, p);
    }
    for (std::uint32_t k = 0; k < sim.model.n_projections; ++k) {
        const ProjectionPlan& q = projections(sim)[k];
        const carve_population &pre = populations(sim)[q.model.pre].model,
                               &post = populations(sim)[q.model.post].model;
        const std::uint64_t blocks = sim.n_blocks;
        clear(sim, q.pre_traces, blocks * 2 * pre.n_units);
        clear(sim, q.post_traces, blocks * 2 * post.n_units);
        clear(sim, q.transmitted, blocks * post.n_units * pre.n_groups);
        clear(sim, q.pre_sens, blocks * 2 * pre.n_units);
        clear(sim, q.post_sens, blocks * 2 * post.n_units * sim.n_coefficients);
        if (q.last)
            __builtin_memset(array<char>(sim, q.last), 0, std::size_t{8} * pre.n_units);
    }
}

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
        if (count_frozen(sim) == sim.model.n_lanes)
            break;
    }
    sim.steps = end;
    return count_frozen(sim) ? CARVE_E_DIVERGED : CARVE_OK;
}

carve_status view_spiking(Sim& sim, std::uint32_t which, std::uint32_t index,
                          carve_view& view) noexcept {
    const bool of_projection = which >= CARVE_VIEW_PRE_TRACES;
    if (which > CARVE_VIEW_TRANSMITTED ||
        index >= (of_projection ? sim.model.n_projections : sim.model.n_populations))
        return CARVE_E_RANGE;
    const std::uint32_t type = sim.model.precision;
    const std::size_t blocks = sim.n_blocks, lanes = sim.lanes_per_block;
    if (!of_projection) {
        const PopulationPlan& p = populations(sim)[index];
        const std::size_t n = p.model.n_units;
        switch (which) {
        case CARVE_VIEW_GROUPS:
            return make_view(sim, p.groups, CARVE_F64, {2, p.model.n_groups}, view);
        case CARVE_VIEW_WINDOW:
            return make_view(sim, p.window, CARVE_U64, {2}, view);
        case CARVE_VIEW_VOLTAGES:
            return make_view(sim, p.voltages, type, {blocks, n, lanes}, view);
        case CARVE_VIEW_CONDUCTANCES:
            return make_view(sim, p.conductances, type, {blocks, n, 2, lanes}, view);
        case CARVE_VIEW_SPIKE_COUNTS:
            return make_view(sim, p.counts, type, {blocks, n, lanes}, view);
        default:
            return make_view(sim, p.rate, type, {blocks, lanes}, view);
        }
    }
    const ProjectionPlan& q = projections(sim)[index];
    const carve_population &pre = populations(sim)[q.model.pre].model,
                           &post = populations(sim)[q.model.post].model;
    switch (which) {
    case CARVE_VIEW_PRE_TRACES:
        return make_view(sim, q.pre_traces, type, {blocks, pre.n_units, 2, lanes}, view);
    case CARVE_VIEW_POST_TRACES:
        return make_view(sim, q.post_traces, type, {blocks, post.n_units, 2, lanes}, view);
    case CARVE_VIEW_LAST_SPIKES:
        return make_view(sim, q.last, CARVE_U64, {pre.n_units}, view);
    default:
        return make_view(sim, q.transmitted, type, {blocks, post.n_units, pre.n_groups, lanes},
                         view);
    }
}

} // namespace carve
