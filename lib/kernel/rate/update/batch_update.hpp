// batch_update.hpp: plastic update of one row of synapses as the mean over a batch of samples: weights
// (M3) from the means of x^a y^b, sensitivities (M7) with the sum over samples as a matrix product.
#pragma once
#include "bounds.hpp"
#include "rate_block.hpp"
#include "small_gemm.hpp"
#include "volterra_rule.hpp"

namespace carve {
namespace {

// One row of a projection with all samples of the step, and the synapses of a tile in it.
template <class P> struct BatchRow {
    using Real = typename P::Real;
    const ProjectionPlan& projection;
    std::size_t index, row, first, synapses;
    const Real *x, *y;           // [sample][unit][lane]
    const Real *x_sens, *y_sens; // [sample][unit][coefficient][lane], or null
    std::size_t x_units, y_units;
    P scale;     // eta / samples
    P y_sums[4]; // sum over samples of y^k
};

template <class P, int order> struct SynapseRule {
    P by_xy[order][order]; // [a][b]: eta / S sum_c theta_abc w^c
};

constexpr std::size_t kFew = 8; // synapses worked on together

template <class P, int exponent> CARVE_INLINE P power(const P& x) noexcept {
    P out = x;
    for (int k = 1; k < exponent; ++k)
        out = out * x;
    return out;
}

// sum[j][a][k] = sum over the batch of x_j^a y^k, of a few synapses that share y.
template <class P, int order, int a, std::size_t n>
inline void sum_power(const Block<P>& b, const BatchRow<P>& row, int k, std::size_t first,
                      P (*sum)[order][order]) noexcept {
    constexpr std::size_t W = P::width;
    P total[n];
    for (std::size_t j = 0; j < n; ++j)
        total[j] = P::set(0);
    for (std::size_t s = 0; s < b.samples(); ++s) {
        P ys[order];
        powers<P, order>(P::load(row.y + (s * row.y_units + row.row) * W), P::set(1), ys);
        const typename P::Real* const x = row.x + (s * row.x_units + row.first + first) * W;
        for (std::size_t j = 0; j < n; ++j)
            total[j] = fma(power<P, a>(P::load(x + j * W)), ys[k], total[j]);
    }
    for (std::size_t j = 0; j < n; ++j)
        sum[first + j][a][k] = total[j];
}
template <class P, int order, int a>
inline void sum_power_of(const Block<P>& b, const BatchRow<P>& row, int k,
                         P (*sum)[order][order]) noexcept {
    if (row.synapses == kFew)
        return sum_power<P, order, a, kFew>(b, row, k, 0, sum);
    for (std::size_t j = 0; j < row.synapses; ++j)
        sum_power<P, order, a, 1>(b, row, k, j, sum);
}
// Only what a term of the rule needs; x^0 y^k is the same for all synapses of the row.
template <class P, int order>
inline void sum_powers(const Block<P>& b, const BatchRow<P>& row, P (*sum)[order][order]) noexcept {
    const std::uint64_t terms = rules(*b.sim)[row.projection.model.rule].model.terms;
    for (int a = 0; a < order; ++a)
        for (int k = 0; k < order; ++k) {
            const bool used = (terms >> (16 * a + 4 * k) & 0xF) != 0;
            if (!used || a == 0)
                for (std::size_t j = 0; j < row.synapses; ++j)
                    sum[j][a][k] = used ? row.y_sums[k] : P::set(0);
            else if (a == 1)
                sum_power_of<P, order, 1>(b, row, k, sum);
            else if (a == 2)
                sum_power_of<P, order, 2>(b, row, k, sum);
            else if constexpr (order > 3)
                sum_power_of<P, order, 3>(b, row, k, sum);
        }
}

// New weight; by gradient also the part of (M7) that needs no sample: S <- q S + eta mean x^a y^b
// w^c.
template <class P, int order, bool gradient>
inline P update_synapse(const Block<P>& b, const BatchRow<P>& row, std::size_t j, const P& w,
                        const P (&sum)[order][order], SynapseRule<P, order>& rule) noexcept {
    constexpr std::size_t W = P::width;
    const typename P::Real* const dense = b.dense(row.projection.model.rule);
    P by_w[order], w_power[order];
    powers<P, order>(w, P::set(1), w_power);
    for (int c = 0; c < order; ++c)
        by_w[c] = P::set(0);
    for (int a = 0; a < order; ++a)
        for (int k = 0; k < order; ++k) {
            P contracted = P::set(0);
            for (int c = 0; c < order; ++c) {
                const P theta = dense_theta<P>(dense, a, k, c);
                by_w[c] = fma(theta, sum[a][k], by_w[c]);
                contracted = fma(theta, w_power[c], contracted);
            }
            rule.by_xy[a][k] = contracted * row.scale;
        }
    if constexpr (gradient) {
        const P q = fma(row.scale, horner_slope(by_w, w), P::set(1));
        const TermRow* const terms =
            array<TermRow>(*b.sim, b.sim->terms) + row.index * b.coefficients;
        P phi[order * order * order];
        for (int a = 0; a < order; ++a)
            for (int k = 0; k < order; ++k)
                for (int c = 0; c < order; ++c)
                    phi[(a * order + k) * order + c] = row.scale * sum[a][k] * w_power[c];
        typename P::Real* const s =
            b.sens(row.projection, row.row) + (row.first + j) * b.coefficients * W;
        for (std::size_t k = 0; k < b.coefficients; ++k) {
            const P kept = q * P::load(s + k * W);
            (terms[k].own ? kept + phi[terms[k].index] : kept).store(s + k * W);
        }
    }
    return fma(row.scale, horner(by_w, w), w);
}

// dG/dy and dG/dx of samples s0 ... s0 + n of one synapse, scaled by eta / S, into
// [sample][kTile][lane].
template <class P, int order>
inline void sample_slopes(const BatchRow<P>& row, const SynapseRule<P, order>& rule, std::size_t j,
                          std::size_t s0, std::size_t n, typename P::Real* by_y,
                          typename P::Real* by_x) noexcept {
    constexpr std::size_t W = P::width;
    for (std::size_t s = 0; s < n; ++s) {
        const P x = P::load(row.x + ((s0 + s) * row.x_units + row.first + j) * W);
        const P y = P::load(row.y + ((s0 + s) * row.y_units + row.row) * W);
        P slope[order], value[order];
        for (int a = 0; a < order; ++a) {
            slope[a] = horner_slope(rule.by_xy[a], y);
            value[a] = horner(rule.by_xy[a], y);
        }
        horner(slope, x).store(by_y + (s * kTile + j) * W);
        if (row.x_sens)
            horner_slope(value, x).store(by_x + (s * kTile + j) * W);
    }
}

// S += sum over samples of dG/dy Y + dG/dx X.
template <class P, int order>
inline void add_samples(const Block<P>& b, const BatchRow<P>& row,
                        const SynapseRule<P, order>* rules_of_tile) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const std::size_t K = b.coefficients;
    Real* const by_y = b.at(b.sim->samples);
    Real* const by_x = by_y + kChunk * kTile * W;
    Real* const sens = b.sens(row.projection, row.row) + row.first * K * W;
    for (std::size_t s = 0; s < b.samples(); s += kChunk) {
        const std::size_t n = b.samples() - s < kChunk ? b.samples() - s : kChunk;
        for (std::size_t j = 0; j < row.synapses; ++j)
            sample_slopes<P, order>(row, rules_of_tile[j], j, s, n, by_y, by_x);
        gemm<P>({sens, K * W, W}, {by_y, kTile * W, W},
                {row.y_sens + (s * row.y_units + row.row) * K * W, row.y_units * K * W, W},
                row.synapses, K, n);
        if (!row.x_sens)
            continue;
        for (std::size_t j = 0; j < row.synapses; ++j)
            gemm<P>(
                {sens + j * K * W, 0, W}, {by_x + j * W, kTile * W, 0},
                {row.x_sens + (s * row.x_units + row.first + j) * K * W, row.x_units * K * W, W}, 1,
                K, n);
    }
}

template <class P, int order, bool gradient>
inline void update_batch_tile(const Block<P>& b, const BatchRow<P>& row,
                              const Bounds<P>& bounds) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    for (std::size_t j0 = 0; j0 < row.synapses; j0 += kFew) {
        BatchRow<P> few = row;
        few.first = row.first + j0;
        few.synapses = row.synapses - j0 < kFew ? row.synapses - j0 : kFew;
        SynapseRule<P, order> synapse_rules[kFew];
        P next[kFew], sum[kFew][order][order];
        Real* const w = b.weights(row.projection, row.row) + few.first * W;
        sum_powers<P, order>(b, few, sum);
        for (std::size_t j = 0; j < few.synapses; ++j)
            next[j] = update_synapse<P, order, gradient>(b, few, j, P::load(w + j * W), sum[j],
                                                         synapse_rules[j]);
        if constexpr (gradient)
            add_samples<P, order>(b, few, synapse_rules);
        for (std::size_t j = 0; j < few.synapses; ++j) {
            if (bounds.active) {
                const Clip<P> clipped(bounds, next[j]);
                if constexpr (gradient) {
                    Real* const s =
                        b.sens(row.projection, row.row) + (few.first + j) * b.coefficients * W;
                    for (std::size_t k = 0; k < b.coefficients; ++k)
                        clipped.change(P::load(s + k * W)).store(s + k * W);
                }
                next[j] = clipped.weight();
            }
            next[j].store(w + j * W);
        }
    }
}

} // namespace
} // namespace carve
