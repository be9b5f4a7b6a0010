// cvaif.hpp: the integrate-and-fire neuron of VogelsLab's CVAIFGroup: IF with a conductance of
// adaptation, which also keeps filtered values of its voltage and of its currents (M33).
#pragma once
#include "if.hpp"

namespace carve {
namespace {

template <class P> struct Cvaif : MovingThreshold<P> {
    using typename Neuron<P>::Real;
    using typename Neuron<P>::Mask;
    using Neuron<P>::receptors;
    enum Row : std::size_t { kThreshold, kAdaptation, kVoltage, kExcitatory, kInhibitory, kRows };

    Real adaptation_decay, adaptation_jump, adaptation_reversal;
    Real filters[3];          // dt / tau of the rows from kVoltage on
    std::uint32_t inhibitory; // receptors, as bits

    Cvaif() noexcept = default;
    Cvaif(const PopulationPlan& plan, const Settings& m) noexcept
        : MovingThreshold<P>(plan, m, Following::euler), inhibitory(0) {
        const Population& p = plan.model;
        adaptation_decay = decay_by<P>(m.dt / p.adaptation_tau);
        adaptation_jump = to_real<Real>(p.adaptation_jump);
        adaptation_reversal = to_real<Real>(p.adaptation_reversal);
        filters[0] = to_real<Real>(m.dt / p.voltage_tau);
        filters[1] = to_real<Real>(m.dt / p.excitatory_tau);
        filters[2] = to_real<Real>(m.dt / p.inhibitory_tau);
        for (std::uint32_t i = 0; i < p.n_receptors; ++i)
            if (effective_kind(p, i) != CARVE_RECEPTOR_CURRENT &&
                p.receptors[i].reversal < p.v_rest)
                inhibitory |= 1u << i;
    }

    template <ReceptorForm form, class Rows, class State>
    CARVE_INLINE P step(const P& v, Rows& g, const State& state) const noexcept {
        receptors.template fade_all<form>(g);
        receptors.template follow<form>(g);
        const P adaptation = state.load(kAdaptation) * P::set(adaptation_decay);
        state.store(kAdaptation, adaptation);
        const auto exc = receptors.template sum<form>(g, P::set(0), ~inhibitory);
        const auto inh = receptors.template sum<form>(g, P::set(0), inhibitory);
        const P closing = inh.conductance + adaptation,
                pull = fma(P::set(adaptation_reversal), adaptation, inh.drive);
        filter(state, kVoltage, v);
        filter(state, kExcitatory, exc.drive - exc.conductance * v);
        filter(state, kInhibitory, closing * v - pull);
        this->lower_threshold(state);
        return this->integrate(v, exc.conductance + closing,
                               P::set(this->rest) + (exc.drive + pull));
    }
    template <class Rows>
    CARVE_INLINE void spike(const Rows& state, const Mask& mask) const noexcept {
        MovingThreshold<P>::spike(state, mask);
        const P adaptation = state.load(kAdaptation);
        state.store(kAdaptation, select(mask, adaptation + P::set(adaptation_jump), adaptation));
    }

  private:
    template <class Rows>
    CARVE_INLINE void filter(const Rows& state, Row row, const P& value) const noexcept {
        const P part = P::set(filters[row - kVoltage]);
        const P raised = fma(part, value, state.load(row));
        state.store(row, raised - part * raised);
    }
};

} // namespace
} // namespace carve
