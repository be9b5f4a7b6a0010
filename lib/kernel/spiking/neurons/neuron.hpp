// neuron.hpp: what all neurons have, and what the time loop asks of one. A neuron is a class NAME<P> of
// constants, in the sim's precision, which is copied as bytes; its state is in rows of lanes:
//   NAME(plan, settings)
//   kRows                     rows of its state, beside V
//   kDifferentiable           it has slopes<form>, of two receptors of one kind
//   step<form>(v, g, state)   takes the receptors' g and the state to the next step, and returns V
//                             after the step; the time loop clamps refractory neurons and resets
//   threshold(state)          V above it is a spike
//   ceiling(state)            V up to it is neither a spike nor beyond the bound
//   spike(state, mask)        what a spike leaves behind in the lanes of the mask, beside V's reset
#pragma once
#include "receptors.hpp"

namespace carve {
namespace {

template <class P> struct Neuron {
    using Real = typename P::Real;
    using Mask = typename P::Mask;
    static constexpr std::size_t W = P::width;
    static constexpr bool kDifferentiable = false;

    Receptors<P> receptors;
    Real rest; // with the drive
    Real fixed_threshold, reset, refractory, bound, fixed_ceiling;

    Neuron() noexcept = default;
    Neuron(const PopulationPlan& plan, const Settings& m,
           Following following = Following::exact) noexcept
        : receptors(plan.model, m.dt, following) {
        const Population& p = plan.model;
        const double most = static_cast<double>(Ieee<Real>::max); // infinity is never inside
        bound = to_real<Real>(m.bound < most ? m.bound : most);
        rest = to_real<Real>(p.v_rest + p.drive);
        fixed_threshold = to_real<Real>(p.v_threshold);
        reset = to_real<Real>(p.v_reset);
        refractory = to_real<Real>(plan.ref_steps);
        fixed_ceiling = fixed_threshold < bound ? fixed_threshold : bound;
    }
    // Of neurons whose threshold does not move, and that have no state.
    CARVE_INLINE P threshold(const Real*) const noexcept { return P::set(fixed_threshold); }
    CARVE_INLINE P ceiling(const Real*) const noexcept { return P::set(fixed_ceiling); }
    CARVE_INLINE void spike(Real*, const Mask&) const noexcept {}
};

} // namespace
} // namespace carve
