// eif.hpp: exponential integrate-and-fire neurons by exponential Euler, the current that starts a spike
// held constant over the step (M34).
#pragma once
#include "neuron.hpp"

namespace carve {
namespace {

template <class P> struct Eif : Neuron<P> {
    using typename Neuron<P>::Real;
    using Neuron<P>::receptors, Neuron<P>::rest;
    static constexpr std::size_t kRows = 0;

    Real membrane, onset, slope, per_slope;

    Eif() noexcept = default;
    Eif(const PopulationPlan& plan, const Settings& m) noexcept
        : Neuron<P>(plan, m), membrane(to_real<Real>(-m.dt / plan.model.tau_m)),
          onset(to_real<Real>(plan.model.v_onset)), slope(to_real<Real>(plan.model.slope)),
          per_slope(to_real<Real>(1 / plan.model.slope)) {}

    template <ReceptorForm form, class Rows, class State>
    CARVE_INLINE P step(const P& v, Rows& g, const State&) const noexcept {
        const auto sums = receptors.template sum<form>(g, P::set(rest));
        receptors.template advance<form>(g);
        const P upstroke = exp((v - P::set(onset)) * P::set(per_slope));
        const P total = P::set(1) + sums.conductance;
        const P target = fma(P::set(slope), upstroke, sums.drive) / total;
        return fma(v - target, exp(P::set(membrane) * total), target);
    }
};

} // namespace
} // namespace carve
