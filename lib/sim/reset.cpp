// reset.cpp: what the arrays of a sim hold at step 0.
#include "arrays.hpp"
#include "log_exp.hpp"
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
                for (std::size_t d = 0; d < some; ++d) {
                    double value = drawn[d];
                    if (is_plastic(p))
                        value = value < p.w_min ? p.w_min : value > p.w_max ? p.w_max : value;
                    row[(j + d) * w] = to_real<Real>(masked && j + d >= i ? 0 : value);
                }
            }
    }
}

template <class Real> void fill(Sim& sim, Offset at, std::uint64_t n, double value) noexcept {
    for (std::uint64_t k = 0; k < n; ++k)
        array<Real>(sim, at)[k] = to_real<Real>(value);
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
    case Reset::rest:
        return fill_with(populations(sim)[i].model.v_rest);
    case Reset::rate_start:
        return fill_with(populations(sim)[i].model.rate_start);
    case Reset::zero:
    case Reset::drawn:
        __builtin_memset(array<char>(sim, at), 0, static_cast<std::size_t>(bytes));
    }
}

// Padding holds what keeps a frozen lane still, as long as nobody writes it.
template <class Real> void still_padding(Sim& sim) noexcept {
    const std::size_t w = sim.lanes_per_block, last = sim.n_blocks - std::size_t{1},
                      live = sim.model.n_replicas - last * w;
    for_each_array(sim, [&](const Array& a, std::uint32_t i, Offset at) noexcept {
        if (a.dims[0] != Dim::block || (a.in_work != Hold::largest && a.in_work != Hold::nan))
            return;
        const std::size_t n = static_cast<std::size_t>(count_in_group(a, sim, i));
        const Real value = a.in_work == Hold::nan ? Real(__builtin_nan("")) : largest<Real>();
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t lane = live; lane < w; ++lane)
                array<Real>(sim, at)[(last * n + k) * w + lane] = value;
    });
}

} // namespace

void set_kept_arrays(Sim& sim) noexcept {
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
    for_each_array(sim, [&](const Array& a, std::uint32_t i, Offset at) noexcept {
        reset_array(sim, a, i, at);
    });
    for (std::uint32_t i = 0; i < sim.model.n_projections; ++i)
        if (sim.model.precision == CARVE_F32)
            draw_weights<float>(sim, i);
        else
            draw_weights<double>(sim, i);
    if (sim.model.precision == CARVE_F32)
        still_padding<float>(sim);
    else
        still_padding<double>(sim);
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i)
        if (populations(sim)[i].model.kind == CARVE_POPULATION_POISSON)
            reset_poisson(sim, populations(sim)[i]);
}

} // namespace carve
