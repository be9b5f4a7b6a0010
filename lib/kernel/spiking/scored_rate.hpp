// scored_rate.hpp: constants of the filtered rate of a population with a probe (M16), in the sim's precision.
#pragma once
#include "neurons/receptors.hpp"

namespace carve {
namespace {

template <class P> struct RateConstants {
    using Real = typename P::Real;
    Real decay, jump, low, high, target, offset;

    RateConstants() noexcept = default;
    RateConstants(const PopulationPlan& plan, const Settings& m) noexcept {
        const Population& p = plan.model;
        const auto real = [](double x) noexcept { return to_real<Real>(x); };
        const double most = static_cast<double>(Ieee<Real>::max);
        decay = decay_by<P>(m.dt / p.rate_tau);
        jump = real(1 / (p.rate_tau * p.n_units));
        low = real(p.rate_low);
        high = real(p.rate_high < most ? p.rate_high : most);
        target = real(p.rate_target);
        offset = real(p.rate_offset);
    }
    // (M16): the filtered rate after a step with so many spikes.
    CARVE_INLINE P next(const P& n_spikes, const P& rate) const noexcept {
        return fma(n_spikes, P::set(jump), rate * P::set(decay));
    }
    // 1 where a rate is outside of its bounds, never where it is NaN: frozen lanes
    CARVE_INLINE P leaves(const P& rate) const noexcept {
        const P one = P::set(1), zero = P::set(0);
        return select(less(rate, P::set(low)), one, select(less(P::set(high), rate), one, zero));
    }
    // The loss is the mean of off * part; part: off / (rate + offset).
    struct Deviation {
        P off, part;
    };
    CARVE_INLINE Deviation deviation(const P& rate) const noexcept {
        const P off = rate - P::set(target);
        return {off, off / (rate + P::set(offset))};
    }
};

} // namespace
} // namespace carve
