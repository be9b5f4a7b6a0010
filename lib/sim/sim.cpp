// sim.cpp: building, taking over, resetting and looking at a sim.
#include "sim.hpp"
#include "kernels.hpp"
#include "philox.hpp"
#include "real.hpp"
#include "spiking_sim.hpp"

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

template <class Real> void draw_weights(Sim& sim, std::uint32_t index) noexcept {
    constexpr std::size_t kSome = 64;
    const ProjectionPlan& q = projections(sim)[index];
    const carve_projection& p = q.model;
    const PopulationPlan& source = populations(sim)[p.pre];
    const std::size_t pre = source.model.n_units, post = populations(sim)[p.post].model.n_units,
                      n = post * pre;
    const std::size_t w = sim.lanes_per_block, stride = source.rows * row_length(sim);
    const std::uint64_t seed = draw_seed(sim.seed, 0, index);
    const bool masked = p.connectivity == CARVE_LOWER && p.mask_from == CARVE_MASK_FROM_START;
    for (std::size_t lane = 0; lane < sim.model.n_lanes; ++lane) {
        const std::uint64_t stream = array<std::uint64_t>(sim, sim.streams)[lane];
        Real* row =
            array<Real>(sim, q.weights) + lane / w * post * stride + lane % w; // of post unit i
        for (std::size_t k = 0, i = 0, j = 0; k < n; k += kSome) {
            double z[kSome] = {};
            const std::size_t some = n - k < kSome ? n - k : kSome;
            if (p.w_sd > 0)
                fill_normal(seed, stream, k, z, some);
            for (std::size_t d = 0; d < some; ++d) {
                double value = p.w_mean + p.w_sd * z[d];
                if (is_plastic(p))
                    value = value < p.w_min ? p.w_min : value > p.w_max ? p.w_max : value;
                if (masked && j >= i)
                    value = 0;
                row[j * w] = to_real<Real>(value);
                if (++j < pre)
                    continue;
                j = 0;
                ++i;
                row += stride;
            }
        }
    }
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
    if (is_spiking(*built))
        set_spiking_arrays(*built);
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
        found.byte_order != 0x01020304)
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

void reset_sim(Sim& sim, std::uint64_t seed, const std::uint64_t* streams) noexcept {
    sim.seed = seed;
    sim.steps = 0;
    const std::uint64_t lanes = std::uint64_t{sim.n_blocks} * sim.lanes_per_block;
    std::uint64_t* const stream = array<std::uint64_t>(sim, sim.streams);
    for (std::uint64_t lane = 0; lane < lanes; ++lane)
        stream[lane] = lane < sim.model.n_lanes && streams ? streams[lane] : lane;
    __builtin_memset(array<char>(sim, sim.frozen), 0, static_cast<std::size_t>(lanes) * 8);
    for (std::uint32_t i = 0; i < sim.model.n_projections; ++i) {
        const ProjectionPlan& q = projections(sim)[i];
        const std::uint64_t n = std::uint64_t{sim.n_blocks} *
                                populations(sim)[q.model.post].model.n_units *
                                populations(sim)[q.model.pre].rows;
        clear(sim, q.weights, n);
        clear(sim, q.sens, n * sim.n_coefficients);
        if (sim.model.precision == CARVE_F32)
            draw_weights<float>(sim, i);
        else
            draw_weights<double>(sim, i);
    }
    if (is_spiking(sim))
        return reset_spiking(sim);
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const PopulationPlan& p = populations(sim)[i];
        clear(sim, p.rates, std::uint64_t{sim.n_blocks} * sim.model.batch * p.rows);
    }
}

std::uint32_t count_frozen(const Sim& sim) noexcept {
    std::uint32_t n = 0;
    for (std::size_t lane = 0; lane < sim.model.n_lanes; ++lane)
        n += is_frozen(sim, lane);
    return n;
}

namespace {

// One pointer for each input population.
bool inputs_complete(const Sim& sim, const void* const* inputs) noexcept {
    std::uint32_t n_inputs = 0;
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i)
        n_inputs += populations(sim)[i].model.kind == CARVE_INPUT;
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

// Contiguous array of the given shape.
carve_status make_view(Sim& sim, Offset at, std::uint32_t type,
                       std::initializer_list<std::size_t> shape, carve_view& view) noexcept {
    if (at == 0)
        return CARVE_E_UNAVAILABLE;
    view = {};
    view.data = array<char>(sim, at);
    view.type = type;
    for (const std::size_t n : shape)
        view.shape[view.ndim++] = n;
    for (std::uint32_t d = view.ndim; d < 5; ++d)
        view.shape[d] = 1;
    std::size_t stride = 1;
    for (std::uint32_t d = 5; d-- > 0;) {
        view.stride[d] = stride;
        stride *= view.shape[d];
    }
    return CARVE_OK;
}

namespace {

// [block][n][unit][lane] of a population's units, whose rows may be padded.
carve_status make_unit_view(Sim& sim, Offset at, std::size_t n, const PopulationPlan& units,
                            carve_view& view) noexcept {
    const carve_status status =
        make_view(sim, at, sim.model.precision,
                  {sim.n_blocks, n, units.model.n_units, sim.lanes_per_block}, view);
    if (status != CARVE_OK)
        return status;
    view.stride[1] = units.rows * row_length(sim);
    view.stride[0] = n * view.stride[1];
    return CARVE_OK;
}

} // namespace

carve_status view_sim(Sim& sim, std::uint32_t which, std::uint32_t index,
                      carve_view& view) noexcept {
    if (which > CARVE_VIEW_STREAMS)
        return view_spiking(sim, which, index, view);
    const std::uint32_t limits[] = {sim.model.n_projections,
                                    sim.model.n_projections,
                                    sim.model.n_rules,
                                    sim.model.n_populations,
                                    sim.model.n_populations,
                                    sim.model.n_populations,
                                    1,
                                    1};
    if (index >= limits[which])
        return CARVE_E_RANGE;
    const std::uint32_t type = sim.model.precision;
    const std::size_t blocks = sim.n_blocks, lanes = sim.lanes_per_block;
    const auto units = [&](std::uint32_t i) noexcept {
        return std::size_t{populations(sim)[i].model.n_units};
    };
    switch (which) {
    case CARVE_VIEW_WEIGHTS:
    case CARVE_VIEW_SENSITIVITIES: {
        const ProjectionPlan& q = projections(sim)[index];
        const PopulationPlan& pre = populations(sim)[q.model.pre];
        const std::size_t post = units(q.model.post);
        if (which == CARVE_VIEW_WEIGHTS)
            return make_unit_view(sim, q.weights, post, pre, view);
        return make_view(sim, q.sens, type,
                         {blocks, post, pre.rows, sim.n_coefficients, row_length(sim)}, view);
    }
    case CARVE_VIEW_THETA: {
        const RulePlan& r = rules(sim)[index];
        if (r.model.shared)
            return make_view(sim, r.theta, type, {r.n_terms}, view);
        return make_view(sim, r.theta, type, {blocks, r.n_terms, lanes}, view);
    }
    case CARVE_VIEW_RATES:
        return make_unit_view(sim, populations(sim)[index].rates, sim.model.batch,
                              populations(sim)[index], view);
    case CARVE_VIEW_MEAN:
        if (populations(sim)[index].model.shared)
            return make_view(sim, populations(sim)[index].mean, type, {units(index)}, view);
        return make_view(sim, populations(sim)[index].mean, type, {blocks, units(index), lanes},
                         view);
    case CARVE_VIEW_FACTOR:
        if (populations(sim)[index].model.shared)
            return make_view(sim, populations(sim)[index].factor, type,
                             {units(index), units(index)}, view);
        return make_view(sim, populations(sim)[index].factor, type,
                         {blocks, units(index), units(index), lanes}, view);
    case CARVE_VIEW_FROZEN:
        return make_view(sim, sim.frozen, CARVE_U64, {blocks, lanes}, view);
    default:
        return make_view(sim, sim.streams, CARVE_U64, {blocks, lanes}, view);
    }
}

} // namespace carve
