// sim.cpp: building and taking over a sim, and the steps of rates.
#include "sim.hpp"
#include "kernels.hpp"
#include "read_model.hpp"
#include "step_spiking.hpp"

namespace carve {

namespace {

bool is_aligned(const void* memory) noexcept {
    return reinterpret_cast<std::uintptr_t>(memory) % CARVE_ALIGNMENT == 0;
}

} // namespace

carve_status init_sim(void* memory, std::size_t bytes, const carve_model* from,
                      Sim*& sim) noexcept {
    Model model;
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
    if (holds_model(memory, needed, from))
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
    if (!inside(found.populations, found.model.n_populations, sizeof(PopulationPlan)) ||
        !inside(found.projections, found.model.n_projections, sizeof(ProjectionPlan)) ||
        !inside(found.rules, found.model.n_rules, sizeof(RulePlan)))
        return CARVE_E_CORRUPT;
    const Model model = model_of(found);
    if (check_model(model).status != CARVE_OK)
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
