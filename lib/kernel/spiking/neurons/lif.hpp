// lif.hpp: leaky integrate-and-fire neurons by exponential Euler (M12), and their derivatives (M18).
#pragma once
#include "neuron.hpp"

namespace carve {
namespace {

template <class P> struct Lif : Neuron<P> {
    using typename Neuron<P>::Real;
    using Neuron<P>::receptors, Neuron<P>::rest;
    static constexpr std::size_t kRows = 0;
    static constexpr bool kDifferentiable = true;

    Real membrane, membrane_decay;

    Lif() noexcept = default;
    Lif(const PopulationPlan& plan, const Settings& m) noexcept
        : Neuron<P>(plan, m), membrane(to_real<Real>(-m.dt / plan.model.tau_m)),
          membrane_decay(decay_by<P>(m.dt / plan.model.tau_m)) {}

    template <ReceptorForm form, class Rows, class State>
    CARVE_INLINE P step(const P& v, Rows& g, const State&) const noexcept {
        if constexpr (!is_of_two(form)) {
            const auto sums = receptors.template sum<form>(g, P::set(rest));
            receptors.template advance<form>(g);
            const P total = P::set(1) + sums.conductance, target = sums.drive / total;
            return fma(v - target, exp(P::set(membrane) * total), target);
        } else {
            const P g_exc = g.load(0), g_inh = g.load(1);
            const P after = step_of_two<form>(v, g_exc, g_inh);
            g.fade(0, P::set(receptors.decay[0]));
            g.fade(1, P::set(receptors.decay[1]));
            return after;
        }
    }

    // dV' = by_v dV + by_exc dg_exc + by_inh dg_inh of a step from `before` to `after`, and the slope of
    // the chance of a spike in it, at an intensity of 1 / (tau_m distance).
    struct Slopes {
        P by_v, by_exc, by_inh, of_spike;
    };
    template <ReceptorForm form>
    CARVE_INLINE Slopes slopes(const P& before, const P& after, const P& g_exc, const P& g_inh,
                               const P& b) const noexcept {
        constexpr bool current = form == ReceptorForm::two_currents;
        const P exc = P::set(receptors.drives[0]), inh = P::set(receptors.drives[1]);
        const P total_g = current ? P::set(1) : P::set(1) + (g_exc + g_inh);
        const P target =
            current ? P::set(0) : fma(g_inh, inh, fma(g_exc, exc, P::set(rest))) / total_g;
        const P decay = current ? P::set(membrane_decay) : exp(P::set(membrane) * total_g);
        const P left = P::set(1) - decay, drag = (before - target) * decay * P::set(membrane);
        const P scale = P::set(Real(1) / (this->fixed_threshold - this->reset));
        const P distance = P::set(1) + b * abs((after - P::set(this->fixed_threshold)) * scale);
        return {decay, current ? left : fma((exc - target) / total_g, left, drag),
                current ? left : fma((inh - target) / total_g, left, drag),
                scale * P::set(-membrane) * (b / (distance * distance))};
    }

  private:
    template <ReceptorForm form>
    CARVE_INLINE P step_of_two(const P& v, const P& g_exc, const P& g_inh) const noexcept {
        if constexpr (form == ReceptorForm::two_currents) {
            const P target = P::set(rest) + (g_exc + g_inh);
            return fma(v - target, P::set(membrane_decay), target);
        } else {
            const P total = P::set(1) + (g_exc + g_inh);
            const P target = fma(g_inh, P::set(receptors.drives[1]),
                                 fma(g_exc, P::set(receptors.drives[0]), P::set(rest))) /
                             total;
            return fma(v - target, exp(P::set(membrane) * total), target);
        }
    }
};

} // namespace
} // namespace carve
