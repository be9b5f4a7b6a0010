// units.hpp: the rates of one population at a step, and their sensitivities: values that are
// streamed or drawn, and units that sum over their afferents (M1, M2, M6).
#pragma once
#include "activation.hpp"
#include "philox.hpp"
#include "rate_block.hpp"
#include "small_gemm.hpp"

namespace carve {
namespace {

// Of population i among those that the caller streams.
template <class P> inline std::size_t input_index(const Block<P>& b, std::size_t i) noexcept {
    std::size_t n = 0;
    for (std::size_t k = 0; k < i; ++k)
        n += b.population(k).model.kind == CARVE_POPULATION_INPUT;
    return n;
}

// Streamed per lane: used where they are. Shared: one value for all lanes. Returns
// [sample][unit][lane].
template <class P>
inline const typename P::Real* input_rates(const Block<P>& b, std::size_t i, std::size_t input,
                                           std::uint64_t t) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const PopulationPlan& p = b.population(i);
    const std::size_t values = b.samples() * p.model.n_units;
    const Real* const stream = static_cast<const Real*>(b.inputs[input]);
    if (!p.model.shared)
        return stream + (p.model.fixed ? b.index : b.index * b.n_steps + t) * values * W + b.lane;
    Real* const out = b.rates(p);
    const Real* const in = stream + (p.model.fixed ? 0 : t) * values;
    if (t == 0 || !p.model.fixed)
        for (std::size_t k = 0; k < values; ++k)
            P::set(in[k]).store(out + k * W);
    return out;
}

template <class P>
inline void draw_normals(const Block<P>& b, std::size_t i, std::uint64_t sample) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, kSome = 32;
    const PopulationPlan& p = b.population(i);
    const std::uint64_t seed =
        draw_seed(b.sim->seed, 1,
                  random_id_of(b.population(i).model.random_id, static_cast<std::uint32_t>(i)));
    const std::uint64_t* const streams =
        array<std::uint64_t>(*b.sim, b.sim->streams) + b.index * W + b.lane;
    Real* const z = b.at(b.sim->normals);
    for (std::size_t l = 0; l < P::lanes; ++l)
        for (std::size_t unit = 0; unit < p.model.n_units; unit += kSome) {
            double draws[kSome];
            const std::size_t n = p.model.n_units - unit < kSome ? p.model.n_units - unit : kSome;
            fill_normal(seed, streams[l], sample * p.model.n_units + unit, draws, n);
            for (std::size_t k = 0; k < n; ++k)
                z[(unit + k) * W + l] = static_cast<Real>(draws[k]);
        }
}

// mean + factor z
template <class P>
inline const typename P::Real* gaussian_rates(const Block<P>& b, std::size_t i,
                                              std::uint64_t t) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const PopulationPlan& p = b.population(i);
    const std::size_t n = p.model.n_units, width = p.model.shared ? 1 : W;
    const std::size_t block = p.model.shared ? 0 : b.index;
    const std::size_t lane = p.model.shared ? 0 : b.lane;
    const Real* const mean = array<Real>(*b.sim, p.mean) + block * n * width + lane;
    const Real* const factor = array<Real>(*b.sim, p.factor) + block * n * n * width + lane;
    const auto load = [&](const Real* at) noexcept {
        return p.model.shared ? P::set(*at) : P::load(at);
    };
    Real* const out = b.rates(p);
    if (p.model.fixed && t > 0)
        return out;
    for (std::size_t s = 0; s < b.samples(); ++s) {
        draw_normals(b, i, (p.model.fixed ? 0 : b.step) * b.samples() + s);
        const Real* const z = b.at(b.sim->normals);
        for (std::size_t r = 0; r < n; ++r) {
            P sum = load(mean + r * width);
            for (std::size_t c = 0; c < n; ++c)
                sum = fma(load(factor + (r * n + c) * width), P::load(z + c * W), sum);
            sum.store(out + (s * n + r) * W);
        }
    }
    return out;
}

// f'(u) from y = f(u)
template <class P> CARVE_INLINE P activation_slope(std::uint32_t activation, const P& y) noexcept {
    const P one = P::set(1);
    switch (activation) {
    case CARVE_ACTIVATION_RELU:
        return select(less(P::set(0), y), one, P::set(0));
    case CARVE_ACTIVATION_TANH:
        return fma(P::set(0) - y, y, one);
    case CARVE_ACTIVATION_SIGMOID:
        return y * (one - y);
    default:
        return one;
    }
}

// One sample of a rate population: on entry drive and its derivatives, on return rates and theirs.
template <class P> struct Units {
    using Real = typename P::Real;
    const Block<P>& b;
    const PopulationPlan& p;
    Real* y;      // [unit][lane]
    Real* y_sens; // [unit][coefficient][lane], or null
    std::size_t n, K;

    Units(const Block<P>& block, std::size_t i, std::size_t sample) noexcept
        : b(block), p(block.population(i)), y(block.rates(p) + sample * p.model.n_units * P::width),
          y_sens(p.sensitive()
                     ? block.rate_sens(p) + sample * p.model.n_units * block.coefficients * P::width
                     : nullptr),
          n(p.model.n_units), K(p.sensitive() ? block.coefficients : 0) {}

    Real* sens(std::size_t i) const noexcept { return y_sens + i * K * P::width; }
    // u -> f(u) of unit i, with its derivatives
    CARVE_INLINE void fire(std::size_t i, const P& u) const noexcept {
        const P rate = activate(p.model.activation, u);
        rate.store(y + i * P::width);
        if (K == 0 || p.model.activation == CARVE_ACTIVATION_LINEAR)
            return;
        const P slope = activation_slope(p.model.activation, rate);
        for (std::size_t k = 0; k < K; ++k)
            (slope * P::load(sens(i) + k * P::width)).store(sens(i) + k * P::width);
    }
};

} // namespace
} // namespace carve
