// likelihood.hpp: the negative logarithm of the likelihood of an observation o of a rate y (M40, M44), with its
// slope by y and what it expects of its second derivative.
#pragma once
#include "log.hpp"

namespace carve {
namespace {

template <class P> struct Likelihood { P loss, slope, precision; };

// Rates nearer to where they are impossible are taken as this: the logarithm stays finite.
template <class Real> constexpr Real kLeastRate = sizeof(Real) == 4 ? Real(0x1p-23) : Real(0x1p-50);

// An event of probability y, which was seen (o = 1) or not (0).
template <class P> inline Likelihood<P> of_event(const P& y, const P& o) noexcept {
    using Real = typename P::Real;
    const P one = P::set(1), least = P::set(kLeastRate<Real>), most = one - least;
    const P p = select(less(y, least), least, select(less(most, y), most, y)), q = one - p;
    const P precision = one / (p * q);
    return {P::set(0) - fma(o, log(p), (one - o) * log(q)), (p - o) * precision, precision};
}

// A Poisson count of mean y, without the logarithm of o!.
template <class P> inline Likelihood<P> of_count(const P& y, const P& o) noexcept {
    const P least = P::set(kLeastRate<typename P::Real>), mean = select(less(y, least), least, y);
    const P precision = P::set(1) / mean;
    return {mean - o * log(mean), (mean - o) * precision, precision};
}

} // namespace
} // namespace carve
