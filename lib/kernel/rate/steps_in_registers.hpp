// steps_in_registers.hpp: several steps of one linear neuron with few afferents. Its rates and weights are
// computed first, the sensitivities of all these steps after them, which then go from step to step
// in registers. The same operations in the same order as step by step.
#pragma once
#include "update/online_update.hpp"

namespace carve {
namespace {

constexpr std::size_t kLeap = 12; // steps at most

// Whether the model is of that kind: otherwise 0, else how many steps fit into a tile.
template <class P> inline std::size_t longest_leap(const Block<P>& b) noexcept {
    if (!built(feature::unrolled) || b.sim->model.n_populations != 2 ||
        b.sim->model.n_projections != 1 || b.full_powers == 0 || b.samples() != 1)
        return 0;
    const PopulationPlan &source = b.population(0), &post = b.population(1);
    const Projection& q = b.projection(0).model;
    const bool simple = q.delay == 0 && !is_leaky(post.model) && !post.model.recorded &&
                        !q.recorded && q.presynaptic == CARVE_PRESYNAPTIC_RATE && q.pre == 0 &&
                        !is_bounded(q) && !is_modulated(q) &&
                        post.model.activation == CARVE_ACTIVATION_LINEAR && post.model.n_units == 1;
    if (!simple || !streams_per_lane(source.model) || source.model.fixed)
        return 0;
    const std::size_t fit = kFullPowerTile / source.model.n_units;
    return fit < kLeap ? fit : kLeap;
}

// n steps, of which b.step is the first; the update of the one before it is pending, and so is that
// of the last of them on return. x [step][unit][lane] from the step before on.
template <class P>
inline void leap(Block<P>& b, const typename P::Real* x, std::size_t n) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const ProjectionPlan& q = b.projection(0);
    const PopulationPlan& post = b.population(1);
    const std::size_t pre = b.pre(q);
    const P eta = b.of_replica(q.eta);
    const Bounds<P> none{eta, eta, false};
    Real* const tile = b.at(b.sim->tile);
    alignas(64) Real y_powers[kLeap * 3 * P::lanes]; // [step][power][lane]
    P y = P::load(b.current[1]);
    for (std::size_t s = 0; s < n; ++s) {
        P powers_of_y[3];
        powers<P, 3>(y, P::set(1), powers_of_y);
        for (std::size_t k = 0; k < 3; ++k)
            powers_of_y[k].store(y_powers + (3 * s + k) * P::lanes);
        powers<P, 3>(y, eta, powers_of_y);
        const std::size_t at = s * pre * W;
        const Tile<P> synapses{x + at, x + at + pre * W, b.weights(q, 0), tile + at, pre};
        y = update_tile<P, 3, Keep::full_powers, false>(
            contract<P, 3, true>(b.dense(q.model.rule), powers_of_y), none, synapses, P::set(0));
        b.check(y);
        ++b.step;
    }
    --b.step;
    const Real* const y_sens = b.rate_sens(post);
    b.parity = static_cast<unsigned>(b.step & 1);
    const TermRow* const terms = array<TermRow>(*b.sim, b.sim->terms);
    leap_full_powers<P>({b.sens(q, 0), x, x + pre * W, nullptr, y_sens, y_powers, tile, terms,
                         b.rate_sens(post), true, b.coefficients},
                        eta, pre, n);
    b.current[0] = x + n * pre * W;
    b.current[1] = b.rates(post);
    y.store(b.rates(post));
}

} // namespace
} // namespace carve
