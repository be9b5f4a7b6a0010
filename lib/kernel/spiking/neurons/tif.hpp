// tif.hpp: the integrate-and-fire neuron of Auryn's TIFGroup, by Euler's step (M31).
#pragma once
#include "neuron.hpp"

namespace carve {
namespace {

template <class P> struct Tif : Neuron<P> {
    using typename Neuron<P>::Real;
    using Neuron<P>::receptors, Neuron<P>::rest;
    static constexpr std::size_t kRows = 0;

    Real rate; // dt / tau_m

    Tif() noexcept = default;
    Tif(const PopulationPlan& plan, const Settings& m) noexcept
        : Neuron<P>(plan, m), rate(to_real<Real>(m.dt / plan.model.tau_m)) {}

    template <ReceptorForm form, class Rows, class State>
    CARVE_INLINE P step(const P& v, Rows& g, const State&) const noexcept {
        const auto sums = receptors.template sum<form>(g, P::set(rest));
        receptors.template advance<form>(g);
        const P slope = (sums.drive - v) - sums.conductance * v;
        return fma(P::set(rate), slope, v);
    }
};

} // namespace
} // namespace carve
