// log.hpp: natural logarithm of a lane block, by the same polynomial and the same operations on every
// instruction set. At most 3 ulp off.
#pragma once
#include "exp.hpp"

namespace carve {
namespace {

template <class Real> struct LogConstants;
template <> struct LogConstants<double> { static constexpr int terms = 12; };
template <> struct LogConstants<float> { static constexpr int terms = 6; };

// Of normal x > 0; NaN stays NaN. x = 2^e m, m in (sqrt(1/2), sqrt 2], ln m = 2 atanh s.
template <class P> CARVE_INLINE P log(const P& x) noexcept {
    using Real = typename P::Real;
    using C = ExpConstants<Real>;
    const P one = P::set(1), root = P::set(Real(0x1.6a09e667f3bcdp+0)); // sqrt 2
    P m = significand(x), e = exponent(x);
    const auto large = less(root, m);
    m = select(large, m * P::set(Real(0.5)), m);
    e = select(large, e + one, e);
    const P s = (m - one) / (m + one), s2 = s * s;
    P sum = P::set(Real(1) / Real(2 * LogConstants<Real>::terms - 1));
#pragma GCC unroll 12
    for (int k = LogConstants<Real>::terms - 2; k >= 0; --k)
        sum = fma(sum, s2, P::set(Real(1) / Real(2 * k + 1)));
    const P of_m = fma(e, P::set(C::ln2_low), (s + s) * sum);
    return select(less_equal(x, x), fma(e, P::set(C::ln2_high), of_m), x);
}

} // namespace
} // namespace carve
