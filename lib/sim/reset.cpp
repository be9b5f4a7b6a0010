// reset.cpp: what the arrays of a sim hold at step 0.
#include "arrays.hpp"
#include "connect.hpp"
#include "graph.hpp"
#include "log_exp.hpp"
#include "neurons.hpp"
#include "philox.hpp"
#include "poisson.hpp"
#include "real.hpp"
#include "sim.hpp"

namespace carve {

namespace {

// Initial weights, by the distribution of their projection.
void draw(const Projection& p, std::uint64_t seed, std::uint64_t stream, std::uint64_t first,
          double* out, std::size_t n) noexcept {
    const double low = p.distribution == CARVE_WEIGHTS_LOG_UNIFORM ? log_of(p.a) : p.a,
                 high = p.distribution == CARVE_WEIGHTS_LOG_UNIFORM ? log_of(p.b) : p.b;
    if (p.distribution == CARVE_WEIGHTS_NORMAL && p.b > 0)
        fill_normal(seed, stream, first, out, n);
    else if (p.distribution != CARVE_WEIGHTS_NORMAL)
        fill_uniform(seed, stream, first, out, n);
    for (std::size_t i = 0; i < n; ++i)
        if (p.distribution == CARVE_WEIGHTS_NORMAL)
            out[i] = p.b > 0 ? p.a + p.b * out[i] : p.a;
        else {
            const double value = low + (high - low) * out[i];
            out[i] = p.distribution != CARVE_WEIGHTS_LOG_UNIFORM ? value
                     : value < 0                                 ? exp_minus(-value)
                                                                 : 1 / exp_minus(value);
        }
}

// To the bounds of a replica, if there are any.
template <class Real>
double clip(const Sim& sim, const ProjectionPlan& q, std::size_t replica, double w) noexcept {
    if (q.bounds == 0)
        return w;
    const std::size_t n = sim.lanes_per_block;
    const Real* const low = array<Real>(sim, q.bounds) + replica / n * 2 * n + replica % n;
    return w < low[0] ? low[0] : w > low[n] ? low[n] : w;
}

// The weight of units i and j is number i 2^16 + j of its stream: it does not depend on how many there
// are.
template <class Real> void draw_weights(Sim& sim, std::uint32_t index) noexcept {
    constexpr std::size_t kSome = 64;
    const ProjectionPlan& q = projections(sim)[index];
    const Projection& p = q.model;
    const PopulationPlan& source = populations(sim)[p.pre];
    const std::size_t pre = source.model.n_units, post = populations(sim)[p.post].model.n_units;
    const std::size_t w = sim.lanes_per_block, stride = source.rows * row_length(sim);
    const std::uint64_t seed = draw_seed(sim.seed, 0, random_id_of(p.random_id, index));
    const bool masked =
        p.connectivity == CARVE_CONNECT_LOWER && p.mask_from == CARVE_MASK_FROM_START;
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane) {
        const std::uint64_t stream = array<std::uint64_t>(sim, sim.streams)[lane];
        Real* row = array<Real>(sim, q.weights) + lane / w * post * stride + lane % w;
        for (std::size_t i = 0; i < post; ++i, row += stride)
            for (std::size_t j = 0; j < pre; j += kSome) {
                double drawn[kSome];
                const std::size_t some = pre - j < kSome ? pre - j : kSome;
                draw(p, seed, stream, (std::uint64_t{i} << 16) + j, drawn, some);
                for (std::size_t d = 0; d < some; ++d)
                    row[(j + d) * w] = to_real<Real>(
                        masked && j + d >= i ? 0 : clip<Real>(sim, q, lane, drawn[d]));
            }
    }
}
template <class Real> void draw_sparse_weights(Sim& sim, std::uint32_t index) noexcept {
    const ProjectionPlan& q = projections(sim)[index];
    const Graph graph(sim, q);
    const std::size_t post = populations(sim)[q.model.post].model.n_units, w = sim.lanes_per_block;
    const std::uint64_t seed = draw_seed(sim.seed, 0, random_id_of(q.model.random_id, index));
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane) {
        const std::uint64_t stream = array<std::uint64_t>(sim, sim.streams)[lane];
        Real* const weights =
            array<Real>(sim, q.weights) + lane / w * graph.n_synapses() * w + lane % w;
        for (std::size_t i = 0; i < post; ++i)
            for (std::size_t s = graph.row(i).begin; s < graph.row(i).end; ++s) {
                double drawn = 0;
                draw(q.model, seed, stream, (std::uint64_t{i} << 16) + graph.pre(s), &drawn, 1);
                weights[s * w] = to_real<Real>(clip<Real>(sim, q, lane, drawn));
            }
    }
}
template <class Real> void draw_target_weights(Sim& sim, std::uint32_t index) noexcept {
    const ProjectionPlan& q = projections(sim)[index];
    const TargetGraph graph(sim, q);
    const std::uint64_t seed = draw_seed(sim.seed, 0, random_id_of(q.model.random_id, index));
    for (std::size_t replica = 0; replica < sim.model.n_replicas; ++replica) {
        const std::uint64_t stream = array<std::uint64_t>(sim, sim.streams)[replica];
        Real* const weights = array<Real>(sim, q.weights) + replica * graph.stride();
        for (std::size_t j = 0; j <= graph.last_pre; ++j)
            for (std::size_t s = graph.column(j).begin; s < graph.column(j).end; ++s) {
                double drawn = 0;
                draw(q.model, seed, stream, (std::uint64_t{graph.target(s)} << 16) + j, &drawn, 1);
                weights[s] = to_real<Real>(clip<Real>(sim, q, replica, drawn));
            }
    }
}
template <class Real> void draw_projection(Sim& sim, std::uint32_t index) noexcept {
    const ProjectionPlan& q = projections(sim)[index];
    if (q.model.distribution == CARVE_WEIGHTS_NORMAL && q.model.a == 0 && q.model.b == 0 &&
        q.bounds == 0)
        return; // they are 0 already
    if (sim.facts & kTargetLanes)
        draw_target_weights<Real>(sim, index);
    else if (is_sparse(q.model))
        draw_sparse_weights<Real>(sim, index);
    else
        draw_weights<Real>(sim, index);
}

template <class Real> void fill(Sim& sim, Offset at, std::uint64_t n, double value) noexcept {
    for (std::uint64_t k = 0; k < n; ++k)
        array<Real>(sim, at)[k] = to_real<Real>(value);
}
// n numbers.
template <class Real> void fill_state(Sim& sim, const PopulationPlan& p, std::uint64_t n) noexcept {
    const NeuronKind& neuron = *neuron_kind(p.model.kind);
    // Rows of all neurons one after the other, or those of each.
    const std::size_t w =
        sim.facts & kTargetLanes ? std::size_t{p.rows} * sim.neighbours : sim.lanes_per_block;
    for (std::uint64_t k = 0; k < n; ++k)
        array<Real>(sim, p.state)[k] =
            to_real<Real>(neuron.at_rest >> (k / w % neuron.n_state) & 1 ? p.model.v_rest : 0);
}
// With target lanes: padding never spikes.
template <class Real> void fill_waits(Sim& sim, const PopulationPlan& p) noexcept {
    const std::size_t n = std::size_t{p.rows} * sim.neighbours;
    for (std::size_t k = 0; k < sim.n_blocks * n; ++k)
        array<Real>(sim, p.refractory)[k] = k % n < p.model.n_units ? Real(0) : largest<Real>();
}
// The derivative of each weight by its own initial weight, in the column that has it (M23).
template <class Real> void fill_start(Sim& sim, std::uint32_t index, Offset at) noexcept {
    const Model m = model_of(sim);
    const Projection p = m.projections[index];
    const std::size_t pre = m.populations[p.pre].n_units, post = m.populations[p.post].n_units,
                      n = sim.n_coefficients, w = sim.lanes_per_block,
                      first = n - count_free_columns(m) + free_columns_before(m, index, p.post);
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane)
        for (std::size_t row = 0; row < post * pre; ++row)
            array<Real>(
                sim, at)[((lane / w * post * pre + row) * n + first + row % pre) * w + lane % w] =
                1;
}
void reset_array(Sim& sim, const Array& a, std::uint32_t i, Offset at) noexcept {
    const std::uint64_t n = count(a, sim, i), bytes = n * element_bytes(a, sim);
    const auto fill_with = [&](double value) noexcept {
        if (sim.model.precision == CARVE_F32)
            fill<float>(sim, at, bytes / sizeof(float), value);
        else
            fill<double>(sim, at, bytes / sizeof(double), value);
    };
    switch (a.reset) {
    case Reset::none:
        return;
    case Reset::one:
        return fill_with(1);
    case Reset::waits:
        return sim.model.precision == CARVE_F32 ? fill_waits<float>(sim, populations(sim)[i])
                                                : fill_waits<double>(sim, populations(sim)[i]);
    case Reset::rest:
        return fill_with(populations(sim)[i].model.v_rest);
    case Reset::state:
        return sim.model.precision == CARVE_F32
                   ? fill_state<float>(sim, populations(sim)[i], bytes / sizeof(float))
                   : fill_state<double>(sim, populations(sim)[i], bytes / sizeof(double));
    case Reset::rate_start:
        return fill_with(populations(sim)[i].model.rate_start);
    case Reset::baseline:
        return fill_with(projections(sim)[i].model.baseline_start);
    case Reset::zero:
    case Reset::drawn:
    case Reset::start:
        __builtin_memset(array<char>(sim, at), 0, static_cast<std::size_t>(bytes));
        if (a.reset != Reset::start || !is_free(projections(sim)[i].model))
            return;
        return sim.model.precision == CARVE_F32 ? fill_start<float>(sim, i, at)
                                                : fill_start<double>(sim, i, at);
    }
}

// Padding of a reset array holds what keeps a frozen lane still, as long as nobody writes it; lanes that
// stay frozen hold what they do after a call.
template <class Real>
void hold_still_lanes(Sim& sim, const Array& a, std::uint32_t i, Offset at) noexcept {
    const std::size_t w = sim.lanes_per_block,
                      inner = a.element == Element::lanes ? sim.neighbours : 1,
                      n = static_cast<std::size_t>(count_in_group(a, sim, i)) * inner;
    for (std::size_t lane = 0; lane < sim.n_blocks * w; ++lane) {
        const bool padding = lane >= sim.model.n_replicas;
        const Hold hold = padding ? a.in_work : is_frozen(sim, lane) ? a.after_call : Hold::none;
        if (hold != Hold::nan && hold != Hold::largest)
            continue;
        const Real value = hold == Hold::nan ? Real(__builtin_nan("")) : largest<Real>();
        for (std::size_t k = 0; k < n; ++k)
            array<Real>(sim, at)[(lane / w * n + k) * w + lane % w] = value;
    }
}
// Arrays of the parts, of kNoPart too if `all`.
template <class Real> void reset_arrays(Sim& sim, std::uint32_t parts, bool all) noexcept {
    const auto for_each_of_parts = [&](auto work) noexcept {
        for_each_array(sim, [&](const Array& a, std::uint32_t i, Offset at) noexcept {
            if (all || (a.part & parts))
                work(a, i, at);
        });
    };
    for_each_of_parts(
        [&](const Array& a, std::uint32_t i, Offset at) noexcept { reset_array(sim, a, i, at); });
    for (std::uint32_t i = 0; (parts & CARVE_PART_WEIGHTS) && i < sim.model.n_projections; ++i)
        draw_projection<Real>(sim, i);
    for_each_of_parts([&](const Array& a, std::uint32_t i, Offset at) noexcept {
        if (a.dims[0] == Dim::block)
            hold_still_lanes<Real>(sim, a, i, at);
    });
}

constexpr std::uint32_t kAllParts =
    CARVE_PART_ACTIVITY | CARVE_PART_TRACES | CARVE_PART_WEIGHTS | CARVE_PART_MEASURES;

void reset_parts(Sim& sim, std::uint32_t parts, bool all) noexcept {
    if (sim.model.precision == CARVE_F32)
        reset_arrays<float>(sim, parts, all);
    else
        reset_arrays<double>(sim, parts, all);
}

// All lanes get what the model says.
template <class Real> void set_projection(Sim& sim, const ProjectionPlan& q) noexcept {
    const std::size_t n = sim.lanes_per_block;
    for (std::size_t k = 0; k < sim.n_blocks * n; ++k) {
        if (q.eta)
            array<Real>(sim, q.eta)[k] = to_real<Real>(q.model.eta);
        if (q.gain)
            array<Real>(sim, q.gain)[k] = to_real<Real>(q.model.gain);
        if (q.bounds) {
            Real* const bounds = array<Real>(sim, q.bounds) + k / n * 2 * n + k % n;
            bounds[0] = to_real<Real>(q.model.w_min);
            bounds[n] = to_real<Real>(q.model.w_max);
        }
    }
}

} // namespace

void set_kept_arrays(Sim& sim) noexcept {
    for (std::uint32_t i = 0; i < count_uses(sim.model); ++i)
        if (sim.model.precision == CARVE_F32)
            set_projection<float>(sim, projections(sim)[i]);
        else
            set_projection<double>(sim, projections(sim)[i]);
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

void reset_sim(Sim& sim, std::uint64_t seed, const std::uint64_t* streams) noexcept {
    sim.seed = seed;
    sim.steps = 0;
    const std::uint64_t lanes = std::uint64_t{sim.n_blocks} * sim.lanes_per_block;
    std::uint64_t* const stream = array<std::uint64_t>(sim, sim.streams);
    for (std::uint64_t lane = 0; lane < lanes; ++lane)
        stream[lane] = lane < sim.model.n_replicas && streams ? streams[lane] : lane;
    for (std::uint32_t i = 0; i < sim.model.n_projections; ++i)
        connect(sim, i);
    reset_parts(sim, kAllParts, true);
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i)
        if (populations(sim)[i].model.kind == CARVE_POPULATION_POISSON)
            reset_poisson(sim, i);
}

Fault clear_sim(Sim& sim, std::uint32_t parts) noexcept {
    if (parts == 0 || (parts & ~kAllParts))
        return fault_of(
            CARVE_E_RANGE, "parts", parts,
            "must be a sum of CARVE_PART_ACTIVITY (1), "
            "CARVE_PART_TRACES (2), CARVE_PART_WEIGHTS (4) and CARVE_PART_MEASURES (8)");
    if ((parts & CARVE_PART_WEIGHTS) && sim.interval)
        return fault_of(
            CARVE_E_UNAVAILABLE, "parts", parts,
            "must not hold CARVE_PART_WEIGHTS (4) in a sim with CARVE_GRADIENT_ADJOINT");
    reset_parts(sim, parts, false);
    return {};
}

} // namespace carve
