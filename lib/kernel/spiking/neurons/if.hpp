// if.hpp: the integrate-and-fire neuron of Auryn's IFGroup, by Euler's step: a spike lifts the
// threshold, which falls back, and V is kept in a range (M32).
#pragma once
#include "neuron.hpp"

namespace carve {
namespace {

// A threshold that a spike sets to `jump` above the fixed one: what Auryn has in place of a refractory
// period. Its row is the first of the state.
template <class P> struct MovingThreshold : Neuron<P> {
    using typename Neuron<P>::Real;
    using typename Neuron<P>::Mask;

    Real rate; // dt / tau_m
    Real threshold_decay, jump, lowest, highest;

    MovingThreshold() noexcept = default;
    MovingThreshold(const PopulationPlan& plan, const Settings& m, Following following) noexcept
        : Neuron<P>(plan, m, following), rate(to_real<Real>(m.dt / plan.model.tau_m)),
          threshold_decay(decay_by<P>(m.dt / plan.model.threshold_tau)),
          jump(to_real<Real>(plan.model.threshold_jump)), lowest(to_real<Real>(plan.model.v_min)),
          highest(to_real<Real>(plan.model.v_max)) {}

    template <class Rows> CARVE_INLINE P threshold(const Rows& state) const noexcept {
        return P::set(this->fixed_threshold) + state.load(0);
    }
    template <class Rows> CARVE_INLINE P ceiling(const Rows& state) const noexcept {
        const P now = threshold(state), most = P::set(this->bound);
        return select(less(now, most), now, most);
    }
    template <class Rows>
    CARVE_INLINE void spike(const Rows& state, const Mask& mask) const noexcept {
        state.store(0, select(mask, P::set(jump), state.load(0)));
    }

  protected:
    template <class Rows> CARVE_INLINE void lower_threshold(const Rows& state) const noexcept {
        state.store(0, state.load(0) * P::set(threshold_decay));
    }
    // V after a step with these sums of its receptors, the leak's drive among them.
    CARVE_INLINE P integrate(const P& v, const P& conductance, const P& drive) const noexcept {
        const P slope = (drive - v) - conductance * v;
        const P next = fma(P::set(rate), slope, v), low = P::set(lowest), high = P::set(highest);
        return select(less(next, low), low, select(less(high, next), high, next));
    }
};

template <class P> struct If : MovingThreshold<P> {
    using typename Neuron<P>::Real;
    static constexpr std::size_t kRows = 1;

    If() noexcept = default;
    If(const PopulationPlan& plan, const Settings& m) noexcept
        : MovingThreshold<P>(plan, m, Following::exact) {}

    template <ReceptorForm form, class Rows, class State>
    CARVE_INLINE P step(const P& v, Rows& g, const State& state) const noexcept {
        const auto sums = this->receptors.template sum<form>(g, P::set(this->rest));
        this->receptors.template advance<form>(g);
        this->lower_threshold(state);
        return this->integrate(v, sums.conductance, sums.drive);
    }
};

} // namespace
} // namespace carve
