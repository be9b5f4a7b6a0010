// exp.hpp: exp, tanh and the logistic function of a lane block, by the same polynomial and the
// same operations on every instruction set. At most 2 ulp off (exp, sigmoid) and 4 ulp (tanh).
#pragma once
#include "pack.hpp"

namespace carve {
namespace {

template <class Real> struct ExpConstants;
template <> struct ExpConstants<double> {
    static constexpr int degree = 13;
    static constexpr double low = -708.0, high = 709.0; // results stay normal and finite
    static constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
};
template <> struct ExpConstants<float> {
    static constexpr int degree = 7;
    static constexpr float low = -87.0f, high = 88.0f;
    static constexpr float ln2_high = 0x1.62e400p-1f, ln2_low = 0x1.7f7d1cp-20f;
};

template <class P> struct Reduced {
    P r, scale; // e^x = scale * e^r, |r| <= ln 2 / 2
};
// x between low and high; NaN stays NaN.
template <class P> CARVE_INLINE Reduced<P> reduce(const P& x) noexcept {
    using C = ExpConstants<typename P::Real>;
    const P k = round_even(x * P::set(typename P::Real(0x1.71547652b82fep+0)));
    const P r = fma(k, P::set(-C::ln2_low), fma(k, P::set(-C::ln2_high), x));
    return {r, pow2(k)};
}
template <class P> CARVE_INLINE P clamp_exponent(const P& x) noexcept {
    using C = ExpConstants<typename P::Real>;
    const P low = P::set(C::low), high = P::set(C::high);
    return select(less(x, low), low, select(less(high, x), high, x));
}
// 1 / k! rounded once to double, then to Real
template <class Real> struct TaylorTerms {
    Real inverse[ExpConstants<Real>::degree + 1] = {};
    constexpr TaylorTerms() noexcept {
        double factorial = 1;
        for (int k = 1; k <= ExpConstants<Real>::degree; ++k) {
            factorial *= k;
            inverse[k] = Real(1 / factorial);
        }
    }
};
// (e^r - 1) / r by its Taylor polynomial
template <class P> CARVE_INLINE P exp_quotient(const P& r) noexcept {
    using Real = typename P::Real;
    constexpr int degree = ExpConstants<Real>::degree;
    constexpr TaylorTerms<Real> terms; // known when compiling, or it costs more than the polynomial
    P sum = P::set(terms.inverse[degree]);
#pragma GCC unroll 16
    for (int k = degree - 1; k >= 1; --k)
        sum = fma(sum, r, P::set(terms.inverse[k]));
    return sum;
}

// x between low and high
template <class P> CARVE_INLINE P exp_inside(const P& x) noexcept {
    const Reduced<P> e = reduce(x);
    return fma(e.r, exp_quotient(e.r), P::set(1)) * e.scale;
}
template <class P> CARVE_INLINE P exp(const P& x) noexcept { return exp_inside(clamp_exponent(x)); }
// e^x of x <= 0: what is left after some time, nothing below 1e-30.
template <class P> CARVE_INLINE P fade(const P& x) noexcept {
    const P lowest = P::set(typename P::Real(-69)); // ln 1e-30, nearly
    const auto gone = less(x, lowest);
    return select(gone, P::set(0), exp_inside(select(gone, lowest, x)));
}
// e^x - 1 without cancellation near 0
template <class P> CARVE_INLINE P expm1(const P& x) noexcept {
    const Reduced<P> e = reduce(clamp_exponent(x));
    return fma(e.scale, e.r * exp_quotient(e.r), e.scale - P::set(1));
}
template <class P> CARVE_INLINE P tanh(const P& x) noexcept {
    const P m = expm1(P::set(-2) * abs(x)); // in (-1, 0]
    const P t = (P::set(0) - m) / (m + P::set(2));
    return select(less(x, P::set(0)), P::set(0) - t, t);
}
template <class P> CARVE_INLINE P sigmoid(const P& x) noexcept {
    return P::set(1) / (P::set(1) + exp(P::set(0) - x));
}

} // namespace
} // namespace carve
