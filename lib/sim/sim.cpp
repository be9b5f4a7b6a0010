// sim.cpp: building and taking over a sim, and the steps of rates.
#include "sim.hpp"
#include "kernels.hpp"
#include "step_spiking.hpp"

namespace carve {

namespace {

bool is_aligned(const void* memory) noexcept {
    return reinterpret_cast<std::uintptr_t>(memory) % CARVE_ALIGNMENT == 0;
}

// Whether memory that is about to be written holds a part of what it is to be made of.
bool holds(const void* memory, std::uint64_t bytes, const void* part, std::uint64_t size) noexcept {
    const auto a = reinterpret_cast<std::uintptr_t>(memory),
               b = reinterpret_cast<std::uintptr_t>(part);
    return a < b ? b - a < bytes : a - b < size;
}
template <class T> std::uint64_t extent(const T* array, std::uint32_t n) noexcept {
    return n ? std::uint64_t{array->struct_size} * n : 0; // of a caller's stride
}
bool holds_model(const void* memory, std::uint64_t bytes, const carve_model* from,
                 const carve_model& m) noexcept {
    return holds(memory, bytes, from, from->struct_size) ||
           holds(memory, bytes, m.populations, extent(m.populations, m.n_populations)) ||
           holds(memory, bytes, m.projections, extent(m.projections, m.n_projections)) ||
           (m.n_rules && holds(memory, bytes, m.rules, extent(m.rules, m.n_rules)));
}

} // namespace

carve_status init_sim(void* memory, std::size_t bytes, const carve_model* from,
                      Sim*& sim) noexcept {
    carve_model model;
    const Fault fault = read_model(from, model);
    if (fault.status != CARVE_OK)
        return fault.status;
    std::uint64_t needed = 0;
    if (!make_plan(model, needed, nullptr, PlanUse::measure))
        return CARVE_E_RANGE;
    if (!is_aligned(memory))
        return CARVE_E_ALIGN;
    if (bytes < needed)
        return CARVE_E_SPACE;
    if (holds_model(memory, needed, from, model))
        return CARVE_E_RANGE;
    const std::uint32_t isa = model.isa == CARVE_ISA_AUTO ? best_isa() : model.isa;
    if (!isa_usable(isa))
        return CARVE_E_ISA;
    __builtin_memset(memory, 0, static_cast<std::size_t>(needed));
    Sim* const built = static_cast<Sim*>(memory);
    make_plan(model, needed, built, PlanUse::write);
    built->isa = isa;
    set_kept_arrays(*built);
    reset_sim(*built, 0, nullptr);
    sim = built;
    return CARVE_OK;
}

carve_status attach_sim(void* memory, std::size_t bytes, Sim*& sim) noexcept {
    if (!is_aligned(memory))
        return CARVE_E_ALIGN;
    if (bytes < sizeof(Sim))
        return CARVE_E_SPACE;
    Sim& found = *static_cast<Sim*>(memory);
    if (__builtin_memcmp(found.magic, "carvesim", 8) != 0 || found.version != CARVE_ABI ||
        found.layout != kLayout || found.byte_order != 0x01020304)
        return CARVE_E_CORRUPT;
    if (found.bytes > bytes)
        return CARVE_E_SPACE;
    if (found.bytes < sizeof(Sim) || found.model.n_populations > 64 ||
        found.model.n_projections > 64 || found.model.n_rules > 16)
        return CARVE_E_CORRUPT;
    const auto inside = [&](Offset at, std::uint64_t n, std::uint64_t size) noexcept {
        return at % CARVE_ALIGNMENT == 0 && at >= sizeof(Sim) && at <= found.bytes &&
               n * size <= found.bytes - at;
    };
    if (!inside(found.described_populations, found.model.n_populations, sizeof(carve_population)) ||
        !inside(found.described_projections, found.model.n_projections, sizeof(carve_projection)) ||
        !inside(found.described_rules, found.model.n_rules, sizeof(carve_rule)))
        return CARVE_E_CORRUPT;
    carve_model described = found.model;
    described.populations = array<carve_population>(found, found.described_populations);
    described.projections = array<carve_projection>(found, found.described_projections);
    described.rules = array<carve_rule>(found, found.described_rules);
    for (std::uint32_t i = 0; i < described.n_populations; ++i)
        if (described.populations[i].struct_size != sizeof(carve_population))
            return CARVE_E_CORRUPT;
    for (std::uint32_t i = 0; i < described.n_projections; ++i)
        if (described.projections[i].struct_size != sizeof(carve_projection))
            return CARVE_E_CORRUPT;
    for (std::uint32_t i = 0; i < described.n_rules; ++i)
        if (described.rules[i].struct_size != sizeof(carve_rule))
            return CARVE_E_CORRUPT;
    carve_model model;
    if (described.struct_size != sizeof(carve_model) ||
        read_model(&described, model).status != CARVE_OK)
        return CARVE_E_CORRUPT;
    std::uint64_t needed = 0;
    if (!make_plan(model, needed, nullptr, PlanUse::measure) || needed != found.bytes ||
        !make_plan(model, needed, &found, PlanUse::compare) ||
        plan_checksum(found) != found.checksum)
        return CARVE_E_CORRUPT;
    if (model.max_steps && found.steps > model.max_steps)
        return CARVE_E_CORRUPT;
    if (!isa_usable(found.isa))
        found.isa = isa_usable(model.isa) ? model.isa : best_isa();
    sim = &found;
    return CARVE_OK;
}

std::uint32_t count_frozen(const Sim& sim) noexcept {
    std::uint32_t n = 0;
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane)
        n += is_frozen(sim, lane);
    return n;
}

namespace {

// One pointer for each input population.
bool inputs_complete(const Sim& sim, const void* const* inputs) noexcept {
    std::uint32_t n_inputs = 0;
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i)
        n_inputs += populations(sim)[i].model.kind == CARVE_POPULATION_INPUT;
    if (n_inputs > 0 && inputs == nullptr)
        return false;
    for (std::uint32_t i = 0; i < n_inputs; ++i)
        if (inputs[i] == nullptr)
            return false;
    return true;
}

} // namespace

carve_status step_sim(Sim& sim, const void* const* inputs, std::uint64_t n_steps) noexcept {
    if (is_spiking(sim))
        return step_spiking(sim, inputs, n_steps, nullptr);
    if (n_steps > 0 && !inputs_complete(sim, inputs))
        return CARVE_E_NULL;
    std::uint64_t after = 0;
    if (__builtin_add_overflow(sim.steps, n_steps, &after) ||
        (sim.model.max_steps && after > sim.model.max_steps))
        return CARVE_E_RANGE;
    kernels(sim.isa, sim.model.precision)->step(sim, inputs, n_steps);
    sim.steps = after;
    return count_frozen(sim) ? CARVE_E_DIVERGED : CARVE_OK;
}

carve_status adjoint_sim(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                         const double* const* dloss_dw, double* gradient) noexcept {
    if (sim.interval == 0)
        return CARVE_E_UNAVAILABLE;
    if (n_steps != sim.steps)
        return CARVE_E_RANGE;
    if (n_steps > 0 && !inputs_complete(sim, inputs))
        return CARVE_E_NULL;
    kernels(sim.isa, sim.model.precision)->adjoint(sim, inputs, dloss_dw, gradient);
    return CARVE_OK;
}

} // namespace carve
