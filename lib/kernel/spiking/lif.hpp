// lif.hpp: leaky integrate-and-fire neurons by exponential Euler (M12), a register of lanes at a
// time.
#pragma once
#include "exp.hpp"
#include "plan.hpp"
#include "real.hpp"

namespace carve {
namespace {

// Constants of a lif population, in the sim's precision.
template <class P> struct LifConstants {
    using Real = typename P::Real;
    Real rest, exc, inh, threshold, reset, decay_exc, decay_inh, membrane, membrane_decay;
    Real lowest, highest; // a voltage between them neither spikes nor leaves the bound
    Real refractory, bound, rate_decay, rate_jump, rate_low, rate_high, rate_target, rate_offset;

    LifConstants() noexcept = default;
    LifConstants(const PopulationPlan& plan, const Settings& m) noexcept {
        const Population& p = plan.model;
        const auto real = [](double x) noexcept { return to_real<Real>(x); };
        const double most = static_cast<double>(Ieee<Real>::max); // infinity is never inside
        bound = real(m.bound < most ? m.bound : most);
        rest = real(p.v_rest + p.drive);
        exc = real(p.v_exc);
        inh = real(p.v_inh);
        threshold = real(p.v_threshold);
        reset = real(p.v_reset);
        lowest = -bound;
        highest = threshold < bound ? threshold : bound;
        decay_exc = decay(m.dt / p.tau_exc);
        decay_inh = decay(m.dt / p.tau_inh);
        membrane = real(-m.dt / p.tau_m);
        membrane_decay = decay(m.dt / p.tau_m);
        refractory = real(plan.ref_steps);
        rate_decay = decay(m.dt / p.rate_tau);
        rate_jump = real(1 / (p.rate_tau * p.n_units));
        rate_low = real(p.rate_low);
        rate_high = real(p.rate_high < most ? p.rate_high : most);
        rate_target = real(p.rate_target);
        rate_offset = real(p.rate_offset);
    }

  private:
    static Real decay(double x) noexcept {
        Real lanes[P::lanes];
        fade(P::set(to_real<Real>(-x))).store(lanes);
        return lanes[0];
    }
};

// The voltage after a step, unless the neuron is refractory; g: both synapses', after this step's
// arrivals.
template <class P, bool current>
CARVE_INLINE P membrane_step(const LifConstants<P>& c, const P& v, const P& g_exc,
                             const P& g_inh) noexcept {
    if constexpr (current) {
        const P target = P::set(c.rest) + (g_exc + g_inh);
        return fma(v - target, P::set(c.membrane_decay), target);
    } else {
        const P total = P::set(1) + (g_exc + g_inh);
        const P target =
            fma(g_inh, P::set(c.inh), fma(g_exc, P::set(c.exc), P::set(c.rest))) / total;
        return fma(v - target, exp(P::set(c.membrane) * total), target);
    }
}

// Values of no consequence become 0 before they reach the denormal numbers, which are slow on some
// machines: the smallest normal float is 1.2e-38.
template <class P> CARVE_INLINE P settle(const P& x) noexcept {
    const P floor = P::set(typename P::Real(1e-30));
    return select(less(abs(x), floor), P::set(0), x);
}
template <class P> inline void settle_rows(typename P::Real* at, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        settle(P::load(at + i * P::width)).store(at + i * P::width);
}
} // namespace
} // namespace carve
