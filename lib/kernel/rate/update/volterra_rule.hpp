// volterra_rule.hpp: the Volterra rule (M3) and its derivatives (M7), factored: contracted with the powers
// of the postsynaptic rate once per unit, then by Horner in x and w, about 20 flops per synapse.
#pragma once
#include "pack.hpp"

#include <cstddef>

namespace carve {
namespace {

// Coefficients of the block in work: [64][lane] at 16 a + 4 b + c, absent terms 0.
template <class P>
CARVE_INLINE P dense_theta(const typename P::Real* dense, int a, int b, int c) noexcept {
    return P::load(dense + static_cast<std::size_t>(16 * a + 4 * b + c) * P::width);
}

// out[k] = scale x^k
template <class P, int order>
CARVE_INLINE void powers(const P& x, const P& scale, P (&out)[order]) noexcept {
    out[0] = scale;
#pragma GCC unroll 4
    for (int k = 1; k < order; ++k)
        out[k] = out[k - 1] * x;
}

// One postsynaptic unit's view of a rule whose exponents are below `order`.
template <class P, int order> struct RowRule {
    P value[order][order]; // [a][c]: eta sum_b theta_abc y^b
    P by_y[order][order];  // [a][c]: eta sum_b theta_abc b y^(b-1)
};

template <class P, int order, bool gradient>
CARVE_INLINE RowRule<P, order> contract(const typename P::Real* dense,
                                        const P (&eta_y)[order]) noexcept {
    RowRule<P, order> row;
#pragma GCC unroll 4
    for (int a = 0; a < order; ++a)
#pragma GCC unroll 4
        for (int c = 0; c < order; ++c) {
            P value = dense_theta<P>(dense, a, 0, c) * eta_y[0];
#pragma GCC unroll 4
            for (int b = 1; b < order; ++b)
                value = fma(dense_theta<P>(dense, a, b, c), eta_y[b], value);
            row.value[a][c] = value;
            if constexpr (gradient) {
                P slope = dense_theta<P>(dense, a, 1, c) * eta_y[0];
#pragma GCC unroll 4
                for (int b = 2; b < order; ++b) {
                    const P factor = P::set(typename P::Real(b)) * eta_y[b - 1];
                    slope = fma(dense_theta<P>(dense, a, b, c), factor, slope);
                }
                row.by_y[a][c] = slope;
            }
        }
    return row;
}

// sum_k coefficients[k] x^k and its derivative
template <class P, int order> CARVE_INLINE P horner(const P (&k)[order], const P& x) noexcept {
    P sum = k[order - 1];
#pragma GCC unroll 4
    for (int i = order - 2; i >= 0; --i)
        sum = fma(sum, x, k[i]);
    return sum;
}
template <class P, int order>
CARVE_INLINE P horner_slope(const P (&k)[order], const P& x) noexcept {
    P sum = P::set(typename P::Real(order - 1)) * k[order - 1];
#pragma GCC unroll 4
    for (int i = order - 2; i >= 1; --i)
        sum = fma(sum, x, P::set(typename P::Real(i)) * k[i]);
    return sum;
}
// [a][c] -> [c] at x, by value or by derivative
template <class P, int order>
CARVE_INLINE void at_x(const P (&k)[order][order], const P& x, P (&out)[order]) noexcept {
#pragma GCC unroll 4
    for (int c = 0; c < order; ++c) {
        P sum = k[order - 1][c];
#pragma GCC unroll 4
        for (int a = order - 2; a >= 0; --a)
            sum = fma(sum, x, k[a][c]);
        out[c] = sum;
    }
}
template <class P, int order>
CARVE_INLINE void slope_at_x(const P (&k)[order][order], const P& x, P (&out)[order]) noexcept {
#pragma GCC unroll 4
    for (int c = 0; c < order; ++c) {
        P sum = P::set(typename P::Real(order - 1)) * k[order - 1][c];
#pragma GCC unroll 4
        for (int a = order - 2; a >= 1; --a)
            sum = fma(sum, x, P::set(typename P::Real(a)) * k[a][c]);
        out[c] = sum;
    }
}

} // namespace
} // namespace carve
