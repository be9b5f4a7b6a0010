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
};

} // namespace
} // namespace carve
