// neuron.hpp: what all neurons have, and what the time loop asks of one. A neuron is a class NAME<P> of
// constants, in the sim's precision, which is copied as bytes; the receptors' g and its state are rows
// of lanes (LaneRows, or another class with load, store and fade):
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

// Of one neuron in each lane, where rows follow one another.
template <class P> struct LaneRows {
    typename P::Real* first;
    CARVE_INLINE P load(std::size_t i) const noexcept { return P::load(first + i * P::width); }
    CARVE_INLINE void store(std::size_t i, const P& x) const noexcept {
        x.store(first + i * P::width);
    }
    CARVE_INLINE void fade(std::size_t i, const P& factor) const noexcept {
        store(i, load(i) * factor);
    }
};

template <class P> struct Neuron {
    using Real = typename P::Real;
    using Mask = typename P::Mask;
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
    template <class Rows> CARVE_INLINE P threshold(const Rows&) const noexcept {
        return P::set(fixed_threshold);
    }
    template <class Rows> CARVE_INLINE P ceiling(const Rows&) const noexcept {
        return P::set(fixed_ceiling);
    }
    template <class Rows> CARVE_INLINE void spike(const Rows&, const Mask&) const noexcept {}
};

} // namespace
} // namespace carve
