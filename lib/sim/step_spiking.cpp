// step_spiking.cpp: the steps of spiking models: the caller's lists, chunks of steps, recorders.
#include "kernels.hpp"
#include "poisson.hpp"
#include "step.hpp"

namespace carve {

namespace {

// A streamed population's list, number `input` of the call.
Fault read_list(const Sim& sim, const carve_step& step, const Population& p, std::uint32_t input,
                SpikeRanges& lists) noexcept {
    const Place here{"inputs", input};
    const carve_stream& list = step.inputs[input];
    if (list.type != CARVE_SPIKES)
        return {CARVE_E_RANGE, here, "type", static_cast<double>(list.type),
                "must be CARVE_SPIKES (4)"};
    if (list.layout != CARVE_STREAM_BLOCKS)
        return {CARVE_E_RANGE, here, "layout", static_cast<double>(list.layout),
                "must be CARVE_STREAM_BLOCKS (0)"};
    if (list.data == nullptr && list.length > 0)
        return {CARVE_E_NULL, here, "data", 0, "must not be null if length is above 0"};
    std::uint64_t at = 0;
    const char* const wrong =
        find_spikes(list, p.n_units, sim.steps, sim.steps + step.n_steps, lists.of[lists.n++], at);
    if (wrong)
        return {CARVE_E_RANGE, {"inputs", input, "data"}, "spike", static_cast<double>(at), wrong};
    return {};
}

// What a call takes of the caller's lists, and where his values are, by population.
Fault read_streams(const Sim& sim, const carve_step& step, SpikeRanges& lists,
                   const void* (&values)[kMostElements]) noexcept {
    const Fault other_count =
        fault_of(CARVE_E_RANGE, "n_inputs", step.n_inputs,
                 "must be the number of streamed poisson populations and inputs of the model");
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const Population& p = populations(sim)[i].model;
        const bool input = p.kind == CARVE_POPULATION_INPUT;
        if (!input && (p.kind != CARVE_POPULATION_POISSON || p.source != CARVE_SOURCE_STREAMED))
            continue;
        if (n == step.n_inputs)
            return other_count;
        const Fault f = input ? check_values(sim, step, p, n) : read_list(sim, step, p, n, lists);
        if (f)
            return f;
        if (input)
            values[i] = step.inputs[n].data;
        ++n;
    }
    return n == step.n_inputs ? Fault{} : other_count;
}

Fault check_recorder(const carve_recorder& r) noexcept {
    const Place here{nullptr, 0, "recorder"};
    if (r.struct_size != sizeof(carve_recorder) || r.reserved != 0)
        return {CARVE_E_VERSION, here, "struct_size", static_cast<double>(r.struct_size),
                "must be sizeof(carve_recorder), and reserved 0"};
    if (r.spikes == nullptr)
        return {CARVE_E_NULL, here, "spikes", 0, "must not be null"};
    if (r.capacity == 0)
        return {CARVE_E_RANGE, here, "capacity", 0, "must be at least 1"};
    if (r.n_read > r.n_written || r.n_written - r.n_read > r.capacity)
        return {CARVE_E_RANGE, here, "n_read", static_cast<double>(r.n_read),
                "must be at most n_written, and at least n_written - capacity"};
    return {};
}

} // namespace

Fault step_spiking(Sim& sim, const carve_step& step) noexcept {
    const std::uint64_t end = sim.steps + step.n_steps;
    if (end >> 40)
        return fault_of(CARVE_E_RANGE, "n_steps", static_cast<double>(step.n_steps),
                        "must not lead beyond 2^40 steps since the reset");
    Fault fault = step.recorder ? check_recorder(*step.recorder) : Fault{};
    SpikeRanges lists;
    const void* values[kMostElements];
    if (!fault && step.n_steps > 0)
        fault = read_streams(sim, step, lists, values);
    if (fault)
        return fault;
    const Kernels& kernels = kernels_of(sim);
    const auto steps = sim.facts & kTargetLanes ? kernels.targets : kernels.spike;
    SpikeChunk chunk{};
    chunk.recorder = step.recorder;
    chunk.plastic = step.plastic != 0;
    chunk.values = values;
    chunk.first_of_values = sim.steps;
    chunk.steps_of_values = step.n_steps;
    for (std::uint64_t at = sim.steps; at < end; at += chunk.n_steps) {
        generate_spikes(sim, at, end - at, lists, chunk);
        chunk.first_of_call = at == sim.steps;
        chunk.last_of_call = at + chunk.n_steps == end;
        steps(sim, chunk);
        if (count_frozen(sim) == sim.model.n_replicas)
            break;
    }
    sim.steps = end;
    return {};
}

} // namespace carve
