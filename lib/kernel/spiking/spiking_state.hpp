// spiking_state.hpp: what the parts of the spiking time loop share: the step, the lane groups in work and
// where their arrays are, the links, and freezing.
#pragma once
#include "frozen_lanes.hpp"
#include "neurons/every_neuron.hpp"
#include "poisson.hpp"
#include "surrogate_gradient.hpp"

namespace carve {
namespace {

// Where a link's and a population of neurons' arrays begin for one lane group.
template <class P> struct LinkRows {
    typename P::Real *weights, *conductances, *pre_traces, *post_traces;
    const typename P::Real* rule;
};
template <class P> struct NeuronRows {
    typename P::Real *voltages, *refractory, *conductances, *state;
};

template <class P> class SpikingState {
  protected:
    using Real = typename P::Real;
    using Mask = typename P::Mask;
    static constexpr std::size_t W = P::width;
    // Lane groups that go through time together: alone where little stack is wanted.
    static constexpr std::size_t kAtOnce = built(feature::lane_blocks) ? kLaneGroupsAtOnce : 1;

    SpikingState(Sim& sim, const SpikeChunk& chunk) noexcept
        : sim_(sim), bound_(LaneGroup<P>::limit(sim.model.bound)), chunk_(chunk),
          sens_(sim, chunk.plastic), n_links_(sim.model.n_projections),
          n_uses_(count_uses(sim.model)) {
        std::size_t listed = 0;
        for (std::size_t k = 0; k < n_links_; ++k) {
            const ProjectionPlan& q = projections(sim)[k];
            links_[k] = SpikeLink(sim, k, q, chunk.plastic);
            for (std::size_t u = 1; u < q.model.n_uses; ++u)
                links_[links_[k].use(u)] = SpikeLink(sim, links_[k].use(u), q, chunk.plastic);
        }
        for (std::size_t i = 0; i < sim.model.n_populations; ++i) {
            const PopulationPlan& p = populations(sim)[i];
            if (is_neuron(p.model))
                constants_[i] = NeuronConstants<P>(p, sim.model);
            if (p.model.scored)
                rates_[i] = RateConstants<P>(p, sim.model);
            first_from_[i] = listed;
            for (std::size_t k = 0; k < n_links_; ++k)
                if (links_[k].plan->model.pre == i && links_[k].plan->model.delay == 0)
                    from_[listed++] = k;
        }
        first_from_[sim.model.n_populations] = listed;
    }

    void take(const SpikingLaneGroup<P>& s) noexcept {
        lane_groups_[n_lane_groups_++] = s;
        for (std::size_t k = 0; k < n_links_; ++k) {
            const SpikeLink& q = links_[k];
            const PopulationPlan& post = populations(sim_)[q.plan->model.post];
            link_rows_[k][s.slot] = {
                s.at(q.plan->weights, q.n_synapses),
                s.at(post.conductances, q.receptors * q.post, q.plan->model.receptor),
                q.plastic ? s.at(q.plan->pre_traces, 2 * q.pre) : nullptr,
                q.plastic ? s.at(q.plan->post_traces, 2 * q.post) : nullptr, rule(s, k)};
        }
        for (std::size_t k = n_links_; k < n_uses_; ++k) // without synapses of their own
            link_rows_[k][s.slot] = {
                nullptr, nullptr, s.at(links_[k].plan->pre_traces, 2 * links_[k].pre),
                s.at(links_[k].plan->post_traces, 2 * links_[k].post), rule(s, k)};
        for (std::size_t i = 0; i < sim_.model.n_populations; ++i) {
            const PopulationPlan& p = populations(sim_)[i];
            const std::size_t n = p.model.n_units;
            const std::size_t rows = state_rows(p.model);
            if (is_neuron(p.model))
                neuron_rows_[i][s.slot] = {s.at(p.voltages, n), s.at(p.refractory, n),
                                           s.at(p.conductances, p.model.n_receptors * n),
                                           rows ? s.at(p.state, rows * n) : nullptr};
        }
    }
    Real* rule(const SpikingLaneGroup<P>& s, std::size_t link) const noexcept {
        return s.at(sim_.spike_rules, n_uses_ * kSpikeRows, link * kSpikeRows);
    }
    bool in_window(std::size_t population) const noexcept {
        const std::uint64_t* const window =
            array<std::uint64_t>(sim_, populations(sim_)[population].window);
        return now_ >= window[0] && now_ < window[1];
    }
    // Steps since a spike.
    Real since(std::uint64_t last) const noexcept {
        return static_cast<Real>(static_cast<std::int64_t>(now_ + 1 - last));
    }
    static Mask all_lanes() noexcept { return less_equal(P::set(0), P::set(0)); }
    // Where neurons spiked some steps ago (0: in this step), 1 or 0.
    Real* history(const SpikingLaneGroup<P>& s, const PopulationPlan& p, std::size_t unit,
                  std::uint64_t ago) const noexcept {
        const std::size_t slot =
            static_cast<std::size_t>((now_ + p.history_steps - ago) % p.history_steps);
        return s.at(p.history, static_cast<std::size_t>(p.history_steps) * p.model.n_units,
                    slot * p.model.n_units + unit);
    }

    // Both traces of a unit jump in the lanes of the mask.
    static void raise(Real* traces, const Real* jumps, const Mask& mask) noexcept {
        for (std::size_t which = 0; which < 2; ++which) {
            const P trace = P::load(traces + which * W);
            select(mask, trace + P::load(jumps + which * W), trace).store(traces + which * W);
        }
    }
    // A trace as it was before the spikes of this very step. q: of the projection.
    P without_coincident(const SpikeLink& q, std::size_t s, std::size_t j, const P& x,
                         const P& jump) const noexcept {
        if (!q.from_neurons)
            return q.last[j] == now_ + 1 ? x - jump : x;
        const PopulationPlan& source = populations(sim_)[q.plan->model.pre];
        return select(
            less(P::set(0), P::load(history(lane_groups_[s], source, j, q.plan->model.delay))),
            x - jump, x);
    }
    // Traces that decay in every step: those of neurons.
    static CARVE_INLINE void decay_traces(const SpikeLink& q, const LinkRows<P>& rows) noexcept {
        if (q.terms.y)
            decay_some(rows.post_traces, q.post, rows.rule + kPostTraces * W);
        if (q.terms.o)
            decay_some(rows.post_traces + W, q.post, rows.rule + (kPostTraces + 1) * W);
        if (!q.from_neurons)
            return; // between neurons the presynaptic traces differ by lane
        if (q.terms.x)
            decay_some(rows.pre_traces, q.pre, rows.rule + kPreTraces * W);
        if (q.terms.r)
            decay_some(rows.pre_traces + W, q.pre, rows.rule + (kPreTraces + 1) * W);
    }
    static CARVE_INLINE void decay_some(Real* traces, std::size_t n, const Real* decay) noexcept {
        const P factor = P::load(decay);
        for (std::size_t i = 0; i < n; ++i, traces += 2 * W)
            (P::load(traces) * factor).store(traces);
    }
    // Values of no consequence become 0.
    static void settle_traces(const SpikeLink& q, const LinkRows<P>& rows) noexcept {
        settle_rows<P>(rows.post_traces, 2 * q.post);
        if (q.from_neurons)
            settle_rows<P>(rows.pre_traces, 2 * q.pre);
    }

    // Lanes in which |value| passes the bound, or is not a number, freeze.
    CARVE_INLINE void check(const SpikingLaneGroup<P>& s, const P& value) noexcept {
        const Mask inside = s.inside(value, bound_);
        if (__builtin_expect(!P::Ops::all(inside), 0))
            freeze(s, inside);
    }
    // The same for lanes of the mask alone: whether a lane is looked at is its own affair, not that
    // of its neighbours in the register.
    CARVE_INLINE void check(const SpikingLaneGroup<P>& s, const P& value,
                            const Mask& mask) noexcept {
        if (__builtin_expect(!P::Ops::all(s.inside(value, bound_)), 0))
            check(s, select(mask, value, P::set(0)));
    }
    void freeze(const SpikingLaneGroup<P>& s, const Mask& inside) noexcept {
        s.freeze(inside, now_, [&](std::size_t l) noexcept {
            Real lane[P::lanes] = {};
            lane[l] = 1;
            hold_lanes(s, s.slot, {P::load(lane), P::set(0)}, true);
        });
    }

    Sim& sim_;
    const P bound_; // of voltages and weights
    const SpikeChunk& chunk_;
    SpikeSens<P> sens_;
    std::uint64_t now_ = 0; // the step
    std::size_t n_links_, n_uses_,
        n_lane_groups_ = 0; // links of projections, and with further uses
    SpikingLaneGroup<P> lane_groups_[kAtOnce];
    SpikeLink links_[kMostElements];
    std::size_t from_[kMostElements],
        first_from_[kMostElements + 1]; // links without delay by presynaptic population
    LinkRows<P> link_rows_[kMostElements][kAtOnce];
    NeuronRows<P> neuron_rows_[kMostElements][kAtOnce];
    NeuronConstants<P> constants_[kMostElements];
    RateConstants<P> rates_[kMostElements];
};

} // namespace
} // namespace carve
