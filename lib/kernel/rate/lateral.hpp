// lateral.hpp: how a population takes the synapses within it into account (M2), one sample at a
// time, with the derivatives of each scheme.
#pragma once
#include "units.hpp"

namespace carve {
namespace {

// dU_i += sum_j S_ij y_j + M_ij Y_j over the first n sources
template <class P>
inline void add_lateral_sens(const Units<P>& units, const ProjectionPlan& m, std::size_t i,
                             std::size_t n, const typename P::Real* y,
                             const typename P::Real* y_sens, typename P::Real* out) noexcept {
    constexpr std::size_t W = P::width;
    const std::size_t K = units.K;
    if (K == 0)
        return;
    if (m.sens)
        gemm<P>({out, 0, W}, {y, W, 0}, {units.b.sens(m, i), K * W, W}, 1, K, n);
    gemm<P>({out, 0, W}, {units.b.weights(m, i), W, 0}, {y_sens, K * W, W}, 1, K, n);
}
template <class P>
CARVE_INLINE P lateral_drive(const Units<P>& units, const ProjectionPlan& m, std::size_t i,
                             std::size_t n, const typename P::Real* y, P u) noexcept {
    constexpr std::size_t W = P::width;
    const typename P::Real* const w = units.b.weights(m, i);
    for (std::size_t j = 0; j < n; ++j)
        u = fma(P::load(w + j * W), P::load(y + j * W), u);
    return u;
}

template <class P>
inline void infer_sequential(const Units<P>& units, const ProjectionPlan& m) noexcept {
    constexpr std::size_t W = P::width;
    for (std::size_t i = 0; i < units.n; ++i) {
        const P u = lateral_drive(units, m, i, i, units.y, P::load(units.y + i * W));
        units.b.check(u);
        if (units.K)
            add_lateral_sens(units, m, i, i, units.y, units.y_sens, units.sens(i));
        units.fire(i, u);
    }
}

template <class P>
inline void infer_sweeps(const Units<P>& units, const ProjectionPlan& m) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const std::size_t n = units.n, K = units.K;
    Real* const drive = units.b.at(units.b.sim->lateral);
    Real* const before = drive + n * W;
    Real* const drive_sens = before + n * W;
    Real* const before_sens = drive_sens + n * K * W;
    copy<P>(drive, units.y, n);
    copy<P>(drive_sens, units.y_sens, n * K);
    for (std::size_t i = 0; i < n; ++i)
        units.fire(i, P::load(drive + i * W));
    for (std::uint32_t sweep = 0; sweep < m.model.n_sweeps; ++sweep) {
        const bool last = sweep + 1 == m.model.n_sweeps;
        copy<P>(before, units.y, n);
        copy<P>(before_sens, units.y_sens, n * K);
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t length = units.b.row_length(m, i);
            const P u = lateral_drive(units, m, i, length, before, P::load(drive + i * W));
            if (last)
                units.b.check(u);
            if (K) {
                copy<P>(units.sens(i), drive_sens + i * K * W, K);
                add_lateral_sens(units, m, i, length, before, before_sens, units.sens(i));
            }
            units.fire(i, u);
        }
    }
}

// L U = I - M in place, unit diagonal of L left out.
template <class P>
inline typename P::Real* factorise(const Block<P>& b, const ProjectionPlan& m) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const std::size_t n = b.post(m);
    Real* const a = b.at(b.sim->solve);
    const auto at = [&](std::size_t r, std::size_t c) noexcept { return a + (r * n + c) * W; };
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < n; ++c) {
            const P w = c < b.row_length(m, r) ? P::load(b.weights(m, r) + c * W) : P::set(0);
            (P::set(r == c ? 1 : 0) - w).store(at(r, c));
        }
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t r = k + 1; r < n; ++r) {
            const P factor = P::load(at(r, k)) / P::load(at(k, k));
            factor.store(at(r, k));
            for (std::size_t c = k + 1; c < n; ++c)
                fma(P::set(0) - factor, P::load(at(k, c)), P::load(at(r, c))).store(at(r, c));
        }
    return a;
}
// Solves for `columns` right-hand sides x [unit][column][lane] in place.
template <class P>
inline void substitute(const typename P::Real* a, std::size_t n, typename P::Real* x,
                       std::size_t columns) noexcept {
    constexpr std::size_t W = P::width;
    const auto subtract = [&](std::size_t r, std::size_t c) noexcept {
        const P factor = P::set(0) - P::load(a + (r * n + c) * W);
        for (std::size_t k = 0; k < columns; ++k)
            fma(factor, P::load(x + (c * columns + k) * W), P::load(x + (r * columns + k) * W))
                .store(x + (r * columns + k) * W);
    };
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < r; ++c)
            subtract(r, c);
    for (std::size_t r = n; r-- > 0;) {
        for (std::size_t c = r + 1; c < n; ++c)
            subtract(r, c);
        const P pivot = P::load(a + (r * n + r) * W);
        for (std::size_t k = 0; k < columns; ++k)
            (P::load(x + (r * columns + k) * W) / pivot).store(x + (r * columns + k) * W);
    }
}

template <class P>
inline void infer_solve(const Units<P>& units, const ProjectionPlan& m) noexcept {
    constexpr std::size_t W = P::width;
    const std::size_t n = units.n, K = units.K;
    const typename P::Real* const a = factorise(units.b, m);
    substitute<P>(a, n, units.y, 1);
    for (std::size_t i = 0; i < n; ++i) {
        units.b.check(P::load(units.y + i * W));
        if (K && m.sens)
            gemm<P>({units.sens(i), 0, W}, {units.y, W, 0}, {units.b.sens(m, i), K * W, W}, 1, K,
                    units.b.row_length(m, i));
    }
    if (K)
        substitute<P>(a, n, units.y_sens, K);
}

template <class P>
inline void infer(const Units<P>& units, const ProjectionPlan* lateral) noexcept {
    if (lateral == nullptr) {
        for (std::size_t i = 0; i < units.n; ++i) {
            const P u = P::load(units.y + i * P::width);
            units.b.check(u);
            units.fire(i, u);
        }
    } else if (lateral->model.inference == CARVE_INFERENCE_SEQUENTIAL) {
        infer_sequential(units, *lateral);
    } else if (lateral->model.inference == CARVE_INFERENCE_SWEEPS) {
        infer_sweeps(units, *lateral);
    } else {
        infer_solve(units, *lateral);
    }
}

} // namespace
} // namespace carve
