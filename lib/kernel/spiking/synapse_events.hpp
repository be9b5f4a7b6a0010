// synapse_events.hpp: what spikes do at synapses (M14, M15): arrivals, and the sweep over a
// neuron's afferents when it spikes.
#pragma once
#include "general_synapses.hpp"
#include "mlp_rule.hpp"
#include "product_rule.hpp"

#include <type_traits>

namespace carve {
namespace {

template <class P> class SpikeSynapses : protected GeneralSynapses<P> {
  protected:
    using State = GeneralSynapses<P>;
    using State::all_lanes, State::check, State::chunk_, State::history, State::in_window,
        State::raise, State::since, State::without_coincident;
    using State::link_rows_, State::links_, State::n_links_, State::n_lane_groups_, State::now_,
        State::sens_, State::sim_, State::lane_groups_, State::neuron_rows_;
    using typename State::Mask;
    using typename State::Real;
    static constexpr std::size_t W = P::width;
    using State::State;

    // A poisson unit's spike arrives at all its synapses: it transmits the weight as it is, then
    // the rule changes the weight, if the call is plastic, then the traces rise.
    void arrive(const SpikeLink& q, std::size_t unit) noexcept {
        if (q.plan->model.tuning && in_window(q.plan->model.post))
            count_transmitted(q, unit);
        if (built(feature::sparse) && q.sparse)
            arrive_at(q, unit, ListedTargets(q, unit));
        else
            arrive_at(q, unit, AllTargets(q, unit));
    }
    template <class Targets>
    CARVE_INLINE void arrive_at(const SpikeLink& q, std::size_t unit,
                                const Targets& targets) noexcept {
        if (q.plastic)
            return arrive_at_plastic(q, unit, targets);
        const std::size_t stride = q.receptors * W;
        for (std::size_t s = 0; s < n_lane_groups_; ++s)
            transmit_to(targets, stride, link_rows_[q.index][s]);
    }
    // stride: from one neuron's conductance to the next one's
    template <class Targets>
    static CARVE_INLINE void transmit_to(const Targets& targets, std::size_t stride,
                                         const LinkRows<P>& rows) noexcept {
        const P gain = P::load(rows.rule + kGain * W);
        const Real* const weights = rows.weights;
        Real* const conductances = rows.conductances;
        for (std::size_t k = targets.first; k < targets.end; ++k) {
            Real* const g = conductances + stride * targets.post(k);
            fma(gain, P::load(weights + targets.synapse(k) * W), P::load(g)).store(g);
        }
    }
    template <class Targets>
    void arrive_at_plastic(const SpikeLink& q, std::size_t unit, const Targets& targets) noexcept {
        std::uint64_t& last = q.last[unit];
        const P elapsed = P::set(since(last));
        for (std::size_t s = 0; s < n_lane_groups_; ++s) {
            if (sens_.on())
                sens_.arrive(q, lane_groups_[s], unit, elapsed, now_, last);
            transmit_to(targets, q.receptors * W, link_rows_[q.index][s]);
            const Real* const rule = link_rows_[q.index][s].rule;
            Real* const traces = link_rows_[q.index][s].pre_traces + 2 * unit * W;
            P r = P::set(0);
            if (q.terms.r)
                r = P::load(traces + W) * fade(elapsed * P::load(rule + (kPreTraces + 1) * W));
            change_at_pre(q, s, targets, r, all_lanes());
            if (q.terms.x)
                fma(P::load(traces), fade(elapsed * P::load(rule + kPreTraces * W)),
                    P::load(rule + kPreJumps * W))
                    .store(traces);
            if (q.terms.r)
                (r + P::load(rule + (kPreJumps + 1) * W)).store(traces + W);
        }
        last = now_ + 1;
    }
    void count_transmitted(const SpikeLink& q, std::size_t unit) const noexcept {
        for (std::size_t s = 0; s < n_lane_groups_; ++s) {
            const LinkRows<P>& rows = link_rows_[q.index][s];
            const P gain = P::load(rows.rule + kGain * W);
            for (std::size_t i = 0; i < q.post; ++i) {
                Real* const sum = lane_groups_[s].at(q.plan->transmitted, q.post * q.groups,
                                                     i * q.groups + unit / q.group_units);
                fma(gain, P::load(rows.weights + (i * q.pre + unit) * W), P::load(sum)).store(sum);
            }
        }
    }

    // dw of a presynaptic spike, in the lanes of the mask. Where weights do not change nothing is
    // computed: 0 times what overflowed is not 0.
    template <class Targets>
    CARVE_INLINE void change_at_pre(const SpikeLink& q, std::size_t s, const Targets& targets,
                                    const P& r, const Mask& mask) noexcept {
        switch (q.at_pre) {
        case PreChange::nothing:
            return;
        case PreChange::constant:
            return change_at_pre_of<SpikeChange<P, 1>>(q, s, targets, r, mask);
        case PreChange::linear:
            return change_at_pre_of<SpikeChange<P, 2>>(q, s, targets, r, mask);
        case PreChange::quadratic:
            return change_at_pre_of<SpikeChange<P, 3>>(q, s, targets, r, mask);
        case PreChange::product:
            if constexpr (built(feature::general_rules))
                change_at_pre_of<ProductChange<P>>(q, s, targets, r, mask);
            return;
        case PreChange::mlp:
            if constexpr (built(feature::general_rules))
                change_at_pre_of<MlpChange<P>>(q, s, targets, r, mask);
            return;
        default:
            if constexpr (built(feature::general_rules))
                this->change_generally(q, s, targets, r, mask);
        }
    }
    // What a spike of either side does to the synapses of a postsynaptic unit.
    template <class Change>
    CARVE_INLINE Change change_of(const SpikeLink& q, std::size_t s, std::size_t unit,
                                  bool at_pre) const noexcept {
        const LinkRows<P>& rows = link_rows_[q.index][s];
        const Real* const side = rows.rule + (at_pre ? kAtPre : kAtPost) * W;
        const P trace = P::load(rows.post_traces + (2 * unit + (at_pre ? 0 : 1)) * W);
        const Real* const state =
            q.state_factors ? neuron_rows_[q.plan->model.post][s].state + Cvaif<P>::kRows * unit * W
                            : nullptr;
        if constexpr (std::is_same_v<Change, ProductChange<P>>) {
            return {side, q.state_factors, trace, at_pre, state};
        } else if constexpr (std::is_same_v<Change, MlpChange<P>>) {
            return {lane_groups_[s],
                    rules(sim_)[q.plan->model.rule],
                    P::load(rows.rule + kEta * W),
                    trace,
                    at_pre,
                    state};
        } else {
            return {side, trace, at_pre};
        }
    }
    template <class Change, class Targets>
    void change_at_pre_of(const SpikeLink& q, std::size_t s, const Targets& targets, const P& r,
                          const Mask& mask) noexcept {
        const LinkRows<P>& rows = link_rows_[q.index][s];
        const Bounds<P> bounds = prepared_bounds<P>(rows.rule);
        for (std::size_t k = targets.first; k < targets.end; ++k) {
            if (targets.absent(k))
                continue;
            const Change change = change_of<Change>(q, s, targets.post(k), true);
            Real* const at = rows.weights + targets.synapse(k) * W;
            const P w = P::load(at);
            const P next = select(mask, Clip<P>(bounds, w + change(w, r)).weight(), w);
            next.store(at);
            check(lane_groups_[s], next, mask);
        }
    }

    // Spikes that were fired `delay` steps ago.
    void deliver(const SpikeLink& q) noexcept {
        const PopulationPlan& source = populations(sim_)[q.plan->model.pre];
        if (!q.from_neurons)
            return deliver_drawn(q, source);
        for (std::size_t s = 0; s < n_lane_groups_; ++s) {
            const Real* const fired = history(lane_groups_[s], source, 0, q.plan->model.delay);
            for (std::size_t j = 0; j < q.pre; ++j) {
                const Mask mask = less(P::set(0), P::load(fired + j * W));
                if (P::Ops::any(mask))
                    deliver_from(q, s, j, mask);
            }
        }
    }
    void deliver_drawn(const SpikeLink& q, const PopulationPlan& source) noexcept {
        if (now_ < q.plan->model.delay)
            return;
        const std::uint64_t* const row = raster_row(sim_, source, now_ - q.plan->model.delay);
        for (std::size_t word = 0; word < words_of(source); ++word)
            for (std::uint64_t left = row[word]; left; left &= left - 1) {
                const std::size_t unit =
                    64 * word + static_cast<std::size_t>(__builtin_ctzll(left));
                if (unit < q.pre) // a block may hold anything
                    arrive(q, unit);
            }
    }
    __attribute__((noinline)) void deliver_from(const SpikeLink& q, std::size_t s, std::size_t unit,
                                                const Mask& mask) noexcept {
        if (built(feature::sparse) && q.sparse)
            deliver_to(q, s, unit, ListedTargets(q, unit), mask);
        else
            deliver_to(q, s, unit, AllTargets(q, unit), mask);
    }
    template <class Targets>
    void deliver_to(const SpikeLink& q, std::size_t s, std::size_t unit, const Targets& targets,
                    const Mask& mask) noexcept {
        const LinkRows<P>& rows = link_rows_[q.index][s];
        const P gain = P::load(rows.rule + kGain * W);
        for (std::size_t k = targets.first; k < targets.end; ++k) {
            if (targets.absent(k))
                continue;
            Real* const at = rows.conductances + q.receptors * targets.post(k) * W;
            const P g = P::load(at), w = P::load(rows.weights + targets.synapse(k) * W);
            select(mask, fma(gain, w, g), g).store(at);
        }
        if (!q.plastic)
            return;
        Real* const traces = rows.pre_traces + 2 * unit * W;
        change_at_pre(q, s, targets, P::load(traces + W), mask);
        raise(traces, rows.rule + kPreJumps * W, mask);
    }
    // A postsynaptic spike changes all its afferent synapses, in the lanes of the mask; then its
    // traces rise.
    void sweep(const SpikeLink& q, std::size_t s, std::size_t unit, const Mask& mask) noexcept {
        if (sens_.on())
            sens_.fire(q, lane_groups_[s], unit, mask, now_);
        if (built(feature::general_rules) && q.general)
            this->sweep_generally(q, s, unit, mask);
        else if (built(feature::sparse) && chunk_.plastic && q.sparse)
            sweep_of<ListedAfferents>(q, s, unit, mask);
        else if (chunk_.plastic)
            sweep_of<AllAfferents>(q, s, unit, mask);
        const LinkRows<P>& rows = link_rows_[q.index][s];
        raise(rows.post_traces + 2 * unit * W, rows.rule + kPostJumps * W, mask);
    }
    template <class Afferents>
    CARVE_INLINE void sweep_of(const SpikeLink& q, std::size_t s, std::size_t unit,
                               const Mask& mask) noexcept {
        if constexpr (built(feature::general_rules)) {
            if (q.product)
                return sweep_of<Afferents, ProductChange<P>>(q, s, unit, mask);
            if (q.mlp)
                return sweep_of<Afferents, MlpChange<P>>(q, s, unit, mask);
        }
        switch (q.terms.post_orders) {
        case 1:
            return sweep_of<Afferents, SpikeChange<P, 1>>(q, s, unit, mask);
        case 2:
            return sweep_of<Afferents, SpikeChange<P, 2>>(q, s, unit, mask);
        default:
            return sweep_of<Afferents, SpikeChange<P, 3>>(q, s, unit, mask);
        }
    }
    template <class Afferents, class Change>
    void sweep_of(const SpikeLink& q, std::size_t s, std::size_t unit, const Mask& mask) noexcept {
        const Afferents afferents(q, unit);
        const LinkRows<P>& rows = link_rows_[q.index][s];
        const Bounds<P> bounds = prepared_bounds<P>(rows.rule);
        const Change change = change_of<Change>(q, s, unit, false);
        const P rate = P::load(rows.rule + kPreTraces * W),
                jump = P::load(rows.rule + kPreJumps * W);
        const std::uint64_t* const last = q.from_neurons || !q.terms.x ? nullptr : q.last;
        const Real* const traces = rows.pre_traces;
        Real* const w = rows.weights + afferents.first_synapse * W;
        Mask inside = all_lanes();
        for (std::size_t k = 0; k < afferents.n; ++k) {
            if (afferents.absent(k))
                continue;
            const std::size_t j = afferents.pre(k);
            P x = P::load(traces + 2 * j * W);
            if (last)
                x = x * fade(P::set(since(last[j])) * rate);
            if (q.blind)
                x = without_coincident(q, s, j, x, jump);
            const P old = P::load(w + k * W);
            const P next = select(mask, Clip<P>(bounds, old + change(old, x)).weight(), old);
            next.store(w + k * W);
            inside = P::Ops::both(inside, lane_groups_[s].inside(next, this->bound_));
        }
        if (__builtin_expect(!P::Ops::all(inside), 0))
            for (std::size_t k = 0; k < afferents.n; ++k)
                if (!afferents.absent(k))
                    check(lane_groups_[s], P::load(w + k * W), mask);
    }
    void decay_traces() noexcept {
        for (std::size_t k = 0; k < n_links_; ++k)
            for (std::size_t s = 0; links_[k].plastic && s < n_lane_groups_; ++s)
                State::decay_traces(links_[k], link_rows_[k][s]);
    }
    void settle_traces() noexcept {
        for (std::size_t k = 0; k < n_links_; ++k)
            for (std::size_t s = 0; links_[k].plastic && s < n_lane_groups_; ++s) {
                State::settle_traces(links_[k], link_rows_[k][s]);
                if (sens_.on())
                    sens_.settle(lane_groups_[s], links_[k]);
            }
    }
};

} // namespace
} // namespace carve
