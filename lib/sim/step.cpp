// step.cpp: a step as the caller asks for it, and the steps of rates.
#include "step.hpp"
#include "kernels.hpp"
#include "read_struct.hpp"

namespace carve {

namespace {

// Elements of the values that n_steps steps of an input population take; false if they overflow.
bool count_values(const Sim& sim, const Population& p, std::uint64_t n_steps,
                  std::uint64_t& n) noexcept {
    n = std::uint64_t{p.n_units} * sim.model.batch; // at most 2^32
    if (!p.shared)
        n *= std::uint64_t{sim.n_blocks} * sim.lanes_per_block; // at most 2^21
    return p.fixed || !__builtin_mul_overflow(n, n_steps, &n);
}

// One stream for each input population. values: where they are.
Fault read_values(const Sim& sim, const carve_step& step,
                  const void* (&values)[kMostElements]) noexcept {
    const Fault other_count = fault_of(CARVE_E_RANGE, "n_inputs", step.n_inputs,
                                       "must be the number of input populations of the model");
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const Population& p = populations(sim)[i].model;
        if (p.kind != CARVE_POPULATION_INPUT)
            continue;
        if (n == step.n_inputs)
            return other_count;
        const Fault f = check_values(sim, step, p, n);
        if (f)
            return f;
        values[n] = step.inputs[n].data;
        ++n;
    }
    return n == step.n_inputs ? Fault{} : other_count;
}

} // namespace

Fault check_values(const Sim& sim, const carve_step& step, const Population& p,
                   std::uint32_t input) noexcept {
    const Place here{"inputs", input};
    const carve_stream& stream = step.inputs[input];
    if (stream.type != sim.model.precision)
        return {CARVE_E_RANGE, here, "type", static_cast<double>(stream.type),
                "must be the model's precision: CARVE_F32 (0) or CARVE_F64 (1)"};
    if (stream.layout != CARVE_STREAM_BLOCKS)
        return {CARVE_E_RANGE, here, "layout", static_cast<double>(stream.layout),
                "must be CARVE_STREAM_BLOCKS (0) in this version"};
    std::uint64_t needed;
    if (!count_values(sim, p, step.n_steps, needed) || stream.length != needed)
        return {CARVE_E_RANGE, here, "length", static_cast<double>(stream.length),
                "must be the number of values that n_steps steps take, padding lanes included"};
    if (stream.data == nullptr)
        return {CARVE_E_NULL, here, "data", 0, "must not be null"};
    return {};
}

carve_step default_step() noexcept {
    return {sizeof(carve_step), 0, 0, nullptr, nullptr, 1, CARVE_STEP_WHOLE, 0, 0};
}

Fault read_step(const Sim& sim, const carve_step* from, std::uint64_t first,
                carve_step& step) noexcept {
    if (from == nullptr)
        return fault_of(CARVE_E_NULL, "step", 0, "must not be null");
    if (!read_struct(from, step))
        return fault_of(CARVE_E_VERSION, "struct_size", from->struct_size,
                        "must be the size of carve_step; call carve_step_init");
    std::uint64_t after = 0;
    if (__builtin_add_overflow(first, step.n_steps, &after) ||
        (sim.model.max_steps && after > sim.model.max_steps))
        return fault_of(CARVE_E_RANGE, "n_steps", static_cast<double>(step.n_steps),
                        "must not lead beyond max_steps of the model");
    if (step.plastic > 1)
        return fault_of(CARVE_E_RANGE, "plastic", step.plastic, "must be 0 or 1");
    if (step.plastic == 0 && sim.model.gradient == CARVE_GRADIENT_ADJOINT)
        return fault_of(CARVE_E_UNAVAILABLE, "plastic", 0,
                        "must be 1 in a sim with CARVE_GRADIENT_ADJOINT");
    if (step.half != CARVE_STEP_WHOLE)
        return fault_of(CARVE_E_RANGE, "half", step.half,
                        "must be CARVE_STEP_WHOLE (0) in this version");
    if (step.first_replica != 0)
        return fault_of(CARVE_E_RANGE, "first_replica", step.first_replica,
                        "must be 0 in this version");
    if (step.n_replicas != 0 && step.n_replicas != sim.model.n_replicas)
        return fault_of(CARVE_E_RANGE, "n_replicas", step.n_replicas,
                        "must be 0, for all, in this version");
    return step.n_inputs > 0 && step.inputs == nullptr
               ? fault_of(CARVE_E_NULL, "inputs", 0, "must not be null if n_inputs is above 0")
               : Fault{};
}

Fault step_sim(Sim& sim, const carve_step* from) noexcept {
    carve_step step;
    Fault fault = read_step(sim, from, sim.steps, step);
    if (fault)
        return fault;
    if (built(feature::spikes) && is_spiking(sim))
        return step_spiking(sim, step);
    if (step.recorder)
        return fault_of(CARVE_E_UNAVAILABLE, "recorder", 0,
                        "must be null: no population of this model spikes");
    const void* values[kMostElements];
    if (step.n_steps == 0)
        return {};
    fault = read_values(sim, step, values);
    if (fault)
        return fault;
    kernels_of(sim).step(sim, values, step.n_steps, step.plastic != 0);
    sim.steps += step.n_steps;
    return {};
}

Fault adjoint_sim(Sim& sim, const carve_step* from, const double* const* dloss_dw,
                  double* gradient) noexcept {
    if (sim.interval == 0)
        return fault_of(CARVE_E_UNAVAILABLE, "gradient", sim.model.gradient,
                        "must be CARVE_GRADIENT_ADJOINT (2) in the model");
    carve_step steps;
    Fault fault = read_step(sim, from, 0, steps);
    if (fault)
        return fault;
    if (steps.n_steps != sim.steps)
        return fault_of(CARVE_E_RANGE, "n_steps", static_cast<double>(steps.n_steps),
                        "must be the number of steps since the reset");
    if (steps.n_steps == 0) {
        for (std::size_t i = 0; i < std::size_t{sim.n_coefficients} * sim.model.n_replicas; ++i)
            gradient[i] = 0;
        return {};
    }
    const void* values[kMostElements];
    fault = read_values(sim, steps, values);
    if (!fault)
        kernels_of(sim).adjoint(sim, values, dloss_dw, gradient);
    return fault;
}

} // namespace carve
