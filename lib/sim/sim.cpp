// sim.cpp: building and taking over a sim.
#include "sim.hpp"
#include "choose.hpp"
#include "connect.hpp"
#include "kernels.hpp"
#include "missing_feature.hpp"
#include "read_model.hpp"
#include "rule_model.hpp"

namespace carve {

namespace {

bool is_aligned(const void* memory) noexcept {
    return reinterpret_cast<std::uintptr_t>(memory) % CARVE_ALIGNMENT == 0;
}
Fault unaligned() noexcept {
    return fault_of(CARVE_E_ALIGN, "memory", 0, "must start at a multiple of CARVE_ALIGNMENT (64)");
}
Fault too_small(std::size_t bytes) noexcept {
    return fault_of(CARVE_E_SPACE, "bytes", static_cast<double>(bytes),
                    "must be at least what carve_sim_required_bytes says");
}

// The graphs that the caller lists.
void copy_graphs(Sim& sim, const carve_model* from) noexcept {
    for (std::uint32_t k = 0; k < sim.model.n_projections; ++k) {
        const ProjectionPlan& q = projections(sim)[k];
        if (q.model.connectivity != CARVE_CONNECT_LIST)
            continue;
        const ListedGraph graph = listed_graph(from, k);
        if (sim.facts & kTargetLanes) {
            take_graph(sim, k, graph);
            continue;
        }
        const std::size_t n_rows = populations(sim)[q.model.post].model.n_units;
        __builtin_memcpy(array<char>(sim, q.row_start), graph.row_start,
                         sizeof(std::uint32_t) * (n_rows + 1));
        __builtin_memcpy(array<char>(sim, q.pre_units), graph.pre,
                         sizeof(std::uint32_t) * std::size_t{q.model.n_synapses});
    }
}

void copy_terms(Sim& sim, const carve_model* from) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_rules; ++i)
        if (const RulePlan& rule = rules(sim)[i]; rule.listed)
            list_terms(from, i, array<std::uint32_t>(sim, rule.listed));
}

} // namespace

Fault measure(const carve_model* from, Model& model, std::uint64_t& bytes) noexcept {
    if (!built(feature::models))
        return fault_of(CARVE_E_UNAVAILABLE, "models", 1, kLacking);
    Fault fault = read_model(from, model);
    if (!fault)
        fault = missing_feature(model, choose(model));
    if (fault || (make_plan(model, bytes, nullptr, PlanUse::measure) && bytes <= SIZE_MAX))
        return fault;
    return fault_of(CARVE_E_RANGE, "n_replicas", model.n_replicas,
                    "must be lower: the sim would not fit into any memory");
}

Fault init_sim(void* memory, std::size_t bytes, const carve_model* from, Sim*& sim) noexcept {
    Model model;
    std::uint64_t needed = 0;
    const Fault fault = measure(from, model, needed);
    if (fault)
        return fault;
    if (!is_aligned(memory))
        return unaligned();
    if (bytes < needed)
        return too_small(bytes);
    if (holds_model(memory, needed, from))
        return fault_of(CARVE_E_RANGE, "memory", 0, "must not hold a part of the model");
    const std::uint32_t isa = model.isa == CARVE_ISA_AUTO ? best_isa() : model.isa;
    if (!isa_usable(isa))
        return fault_of(CARVE_E_ISA, "isa", isa,
                        "must be an instruction set of which carve_isa_usable says 1");
    __builtin_memset(memory, 0, static_cast<std::size_t>(needed));
    Sim* const built = static_cast<Sim*>(memory);
    make_plan(model, needed, built, PlanUse::write);
    built->isa = isa;
    set_kept_arrays(*built);
    copy_graphs(*built, from);
    copy_terms(*built, from);
    reset_sim(*built, 0, nullptr);
    sim = built;
    return {};
}

Fault attach_sim(void* memory, std::size_t bytes, Sim*& sim) noexcept {
    if (!is_aligned(memory))
        return unaligned();
    if (bytes < sizeof(Sim))
        return too_small(bytes);
    Sim& found = *static_cast<Sim*>(memory);
    if (__builtin_memcmp(found.magic, "carvesim", 8) != 0 || found.version != CARVE_ABI ||
        found.layout != kLayout || found.byte_order != 0x01020304)
        return fault_of(
            CARVE_E_CORRUPT, "memory", 0,
            "must hold a sim of this version of the ABI, written on a machine with this "
            "byte order");
    if (found.bytes > bytes)
        return too_small(bytes);
    const Fault corrupt = fault_of(CARVE_E_CORRUPT, "memory", 0,
                                   "must hold a sim that is intact: its head contradicts itself");
    if (found.bytes < sizeof(Sim) || found.model.n_populations > 64 ||
        found.model.n_projections > 64 || found.model.n_further_uses > 64 ||
        found.model.n_rules > 16 || found.model.n_probes > 128)
        return corrupt;
    const auto inside = [&](Offset at, std::uint64_t n, std::uint64_t size) noexcept {
        return at % CARVE_ALIGNMENT == 0 && at >= sizeof(Sim) && at <= found.bytes &&
               n * size <= found.bytes - at;
    };
    if (!inside(found.populations, found.model.n_populations, sizeof(PopulationPlan)) ||
        !inside(found.projections, count_uses(found.model), sizeof(ProjectionPlan)) ||
        !inside(found.rules, found.model.n_rules, sizeof(RulePlan)))
        return corrupt;
    const Model model = model_of(found);
    if (built(feature::models)) {
        std::uint64_t needed = 0;
        if (check_model(model) || !make_plan(model, needed, &found, PlanUse::compare))
            return corrupt;
    }
    if (plan_checksum(found) != found.checksum)
        return corrupt;
    if (const Fault fault = missing_feature(model, found))
        return fault;
    if (model.max_steps && found.steps > model.max_steps)
        return corrupt;
    if (!isa_usable(found.isa))
        found.isa = isa_usable(model.isa) ? model.isa : best_isa();
    sim = &found;
    return {};
}

std::uint32_t count_frozen(const Sim& sim) noexcept {
    std::uint32_t n = 0;
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane)
        n += is_frozen(sim, lane);
    return n;
}

} // namespace carve
