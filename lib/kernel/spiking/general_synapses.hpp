// general_synapses.hpp: synapses of a projection with several rules (M49), or under one that drives eligibility traces
// (M48) or reads the sum of weights (M50): what spikes do at them, and what every step does.
#pragma once
#include "settle.hpp"
#include "spike_modulation_rows.hpp"
#include "spiking_state.hpp"
#include "synapses.hpp"

namespace carve {
namespace {

template <class P> class GeneralSynapses : protected SpikingState<P> {
  protected:
    using State = SpikingState<P>;
    using State::check, State::raise, State::since, State::without_coincident;
    using State::chunk_, State::link_rows_, State::links_, State::n_links_, State::n_lane_groups_,
        State::now_, State::sim_, State::lane_groups_;
    using typename State::Mask;
    using typename State::Real;
    static constexpr std::size_t W = P::width;

    GeneralSynapses(Sim& sim, const SpikeChunk& chunk) noexcept : State(sim, chunk) {
        for (std::size_t k = 0; k < n_links_; ++k)
            if (built(feature::general_rules) && links_[k].general)
                general_[n_general_++] = k;
    }

    // A presynaptic spike, in the lanes of the mask: each rule's change at the weight before it, and then the
    // traces of further rules. r: the first one's trace.
    template <class Targets>
    __attribute__((noinline)) void change_generally(const SpikeLink& q, std::size_t s,
                                                    const Targets& targets, const P& r,
                                                    const Mask& mask) noexcept {
        const std::size_t n = q.plan->model.n_uses;
        P traces[kMostUses];
        traces[0] = r;
        for (std::size_t u = 1; u < n; ++u)
            traces[u] = faded(q, s, u, targets.unit, 1);
        if (chunk_.plastic)
            change_targets(q, s, targets, traces, mask);
        for (std::size_t u = 1; u < n; ++u) {
            const LinkRows<P>& rows = link_rows_[q.use(u)][s];
            Real* const own = rows.pre_traces + 2 * targets.unit * W;
            faded(q, s, u, targets.unit, 0).store(own);
            traces[u].store(own + W);
            raise(own, rows.rule + kPreJumps * W, mask);
        }
    }
    // A postsynaptic one, and the traces of further rules.
    __attribute__((noinline)) void sweep_generally(const SpikeLink& q, std::size_t s,
                                                   std::size_t unit, const Mask& mask) noexcept {
        if (chunk_.plastic && q.sparse)
            sweep(q, s, unit, ListedAfferents(q, unit), mask);
        else if (chunk_.plastic)
            sweep(q, s, unit, AllAfferents(q, unit), mask);
        for (std::size_t u = 1; u < q.plan->model.n_uses; ++u) {
            const LinkRows<P>& rows = link_rows_[q.use(u)][s];
            raise(rows.post_traces + 2 * unit * W, rows.rule + kPostJumps * W, mask);
        }
    }
    // At the end of a step: eligibility traces act and decay, and so do the traces of further rules.
    void finish_generally() noexcept {
        for (std::size_t g = 0; g < n_general_; ++g)
            for (std::size_t s = 0; s < n_lane_groups_; ++s) {
                const SpikeLink& q = links_[general_[g]];
                if (chunk_.plastic)
                    apply_traces(q, s);
                for (std::size_t u = 1; u < q.plan->model.n_uses; ++u) {
                    const SpikeLink& use = links_[q.use(u)];
                    State::decay_traces(use, link_rows_[use.index][s]);
                    if ((now_ + 1) % 64 == 0)
                        State::settle_traces(use, link_rows_[use.index][s]);
                }
            }
    }

    std::size_t n_general_ = 0;

  private:
    Real* eligibility(const SpikeLink& q, std::size_t u, std::size_t s,
                      std::size_t synapse) const noexcept {
        return lane_groups_[s].at(links_[q.use(u)].plan->eligibility, q.n_synapses, synapse);
    }
    // Lanes whose gate of use u is open.
    Mask is_open(const SpikeLink& q, std::size_t u, std::size_t s) const noexcept {
        const SpikeLink& use = links_[q.use(u)];
        if (!use.plan->modulation)
            return less(P::set(0), P::set(1));
        return less(P::set(0), P::load(modulation_rows(lane_groups_[s], *use.plan) + kRowOpen * W));
    }
    // A presynaptic trace of use u, x or r, as it is now.
    P faded(const SpikeLink& q, std::size_t s, std::size_t u, std::size_t unit,
            std::size_t which) const noexcept {
        const LinkRows<P>& rows = link_rows_[q.use(u)][s];
        const P trace = P::load(rows.pre_traces + (2 * unit + which) * W);
        const SpikeTerms& terms = links_[q.use(u)].terms;
        if (q.from_neurons || !(which == 0 ? terms.x : terms.r))
            return trace;
        return trace *
               fade(P::set(since(q.last[unit])) * P::load(rows.rule + (kPreTraces + which) * W));
    }
    // Bounds are those of any rule whose gate is open: the others have none.
    Bounds<P> bounds(const SpikeLink& q, std::size_t s) const noexcept {
        Bounds<P> all = prepared_bounds<P>(link_rows_[q.index][s].rule);
        for (std::size_t u = 1; u < q.plan->model.n_uses; ++u) {
            const Bounds<P> own = prepared_bounds<P>(link_rows_[q.use(u)][s].rule);
            all.low = select(less(all.low, own.low), own.low, all.low);
            all.high = select(less(own.high, all.high), own.high, all.high);
        }
        return all;
    }
    // The sum of the weights onto a unit, in the order of its synapses, if a rule of the projection reads it.
    P sum_onto(const SpikeLink& q, std::size_t s, std::size_t unit) const noexcept {
        bool wanted = false;
        for (std::size_t u = 0; u < q.plan->model.n_uses; ++u)
            wanted = wanted || links_[q.use(u)].sum_power > 0;
        return !wanted    ? P::set(0)
               : q.sparse ? sum_of(q, s, ListedAfferents(q, unit))
                          : sum_of(q, s, AllAfferents(q, unit));
    }
    template <class Afferents>
    P sum_of(const SpikeLink& q, std::size_t s, const Afferents& afferents) const noexcept {
        const Real* const w = link_rows_[q.index][s].weights + afferents.first_synapse * W;
        P sum = P::set(0);
        for (std::size_t k = 0; k < afferents.n; ++k)
            if (!afferents.absent(k))
                sum = sum + P::load(w + k * W);
        return sum;
    }
    // What the terms of use u are at an event of `unit`, with its trace known, in a row whose weights add up to `sum`.
    SpikeChange<P, 3> terms_of_use(const SpikeLink& q, std::size_t s, std::size_t u,
                                   std::size_t unit, bool at_pre, const P& sum) const noexcept {
        const SpikeLink& use = links_[q.use(u)];
        const LinkRows<P>& rows = link_rows_[use.index][s];
        const P known = P::load(rows.post_traces + (2 * unit + (at_pre ? 0 : 1)) * W);
        const std::size_t side = (at_pre ? kAtPre : kAtPost) * W;
        if (use.sum_power == 0)
            return {rows.rule + side, known, at_pre};
        const Real* const linear = sum_rows(lane_groups_[s], *use.plan, 1) + side;
        const Real* const square = sum_rows(lane_groups_[s], *use.plan, 2) + side;
        Real with_sum[(kAtPost - kAtPre) * W];
        for (std::size_t k = 0; k < (kAtPost - kAtPre) * W; k += W) {
            P slope = P::load(linear + k);
            if (use.sum_power > 1)
                slope = fma(P::load(square + k), sum, slope);
            fma(slope, sum, P::load(rows.rule + side + k)).store(with_sum + k);
        }
        return {with_sum, known, at_pre};
    }
    // What an event does to a synapse: change_of(use, weight) of each rule goes to its trace, or to the weight.
    // Returns the weight.
    template <class ChangeOf>
    P change(const SpikeLink& q, std::size_t s, std::size_t synapse, const Bounds<P>& bounds,
             const Mask& mask, const ChangeOf& change_of) noexcept {
        Real* const at = link_rows_[q.index][s].weights + synapse * W;
        const P w = P::load(at);
        P next = w;
        bool direct = false;
        for (std::size_t u = 0; u < q.plan->model.n_uses; ++u) {
            const P change = change_of(u, w);
            if (links_[q.use(u)].traced) {
                Real* const trace = eligibility(q, u, s, synapse);
                const P e = P::load(trace);
                select(mask, select(is_open(q, u, s), e + change, e), e).store(trace);
                continue;
            }
            next = next + change;
            direct = true;
        }
        if (!direct)
            return w;
        next = select(mask, Clip<P>(bounds, next).weight(), w);
        next.store(at);
        return next;
    }
    // traces: r of each use.
    template <class Targets>
    void change_targets(const SpikeLink& q, std::size_t s, const Targets& targets,
                        const P (&traces)[kMostUses], const Mask& mask) noexcept {
        const Bounds<P> all = bounds(q, s);
        for (std::size_t k = targets.first; k < targets.end; ++k) {
            if (targets.absent(k))
                continue;
            const std::size_t unit = targets.post(k);
            const P sum = sum_onto(q, s, unit);
            check(lane_groups_[s],
                  change(q, s, targets.synapse(k), all, mask,
                         [&](std::size_t u, const P& w) noexcept {
                             return terms_of_use(q, s, u, unit, true, sum)(w, traces[u]);
                         }),
                  mask);
        }
    }
    template <class Afferents>
    void sweep(const SpikeLink& q, std::size_t s, std::size_t unit, const Afferents& afferents,
               const Mask& mask) noexcept {
        const std::size_t n = q.plan->model.n_uses;
        const P sum = sum_onto(q, s, unit);
        SpikeChange<P, 3> of_use[kMostUses];
        for (std::size_t u = 0; u < n; ++u)
            of_use[u] = terms_of_use(q, s, u, unit, false, sum);
        const Bounds<P> all = bounds(q, s);
        Mask inside = State::all_lanes();
        for (std::size_t k = 0; k < afferents.n; ++k) {
            if (afferents.absent(k))
                continue;
            const std::size_t j = afferents.pre(k);
            const P next = change(
                q, s, afferents.first_synapse + k, all, mask,
                [&](std::size_t u, const P& w) noexcept {
                    P x = faded(q, s, u, j, 0);
                    if (links_[q.use(u)].blind)
                        x = without_coincident(
                            q, s, j, x, P::load(link_rows_[q.use(u)][s].rule + kPreJumps * W));
                    return of_use[u](w, x);
                });
            inside = P::Ops::both(inside, lane_groups_[s].inside(next, this->bound_));
        }
        if (__builtin_expect(P::Ops::all(inside), 1))
            return;
        for (std::size_t k = 0; k < afferents.n;
             ++k) // frozen at the end: its rules are still at work
            if (!afferents.absent(k))
                check(lane_groups_[s],
                      P::load(link_rows_[q.index][s].weights + (afferents.first_synapse + k) * W),
                      mask);
    }

    // What an eligibility trace does in a step: w += scale e, and e <- keep e, where its gate is open.
    struct Trace {
        Real* e; // [synapse]
        P scale, keep, open;
    };
    std::size_t traces(const SpikeLink& q, std::size_t s, Trace (&of)[kMostUses]) const noexcept {
        std::size_t n = 0;
        for (std::size_t u = 0; u < q.plan->model.n_uses; ++u) {
            const SpikeLink& use = links_[q.use(u)];
            if (!use.traced)
                continue;
            const Real* const rule = link_rows_[use.index][s].rule;
            P scale = P::load(rule + kEta * W), open = P::set(1);
            if (use.plan->modulation) {
                const Real* const rows = modulation_rows(lane_groups_[s], *use.plan);
                const P m = P::load(rows + kRowFactor * W);
                open = P::load(rows + kRowOpen * W);
                for (std::uint32_t d = rules(sim_)[use.plan->model.rule].model.outer; d > 0; --d)
                    scale = scale * m;
            }
            of[n++] = {eligibility(q, u, s, 0), scale, P::load(rule + kTraceKeep * W), open};
        }
        return n;
    }
    void apply_traces(const SpikeLink& q, std::size_t s) noexcept {
        Trace of[kMostUses];
        const std::size_t n = traces(q, s, of);
        if (n == 0)
            return;
        const Bounds<P> all = bounds(q, s);
        for (std::size_t i = 0; i < q.post; ++i)
            if (q.sparse)
                apply(q, s, of, n, ListedAfferents(q, i), all);
            else
                apply(q, s, of, n, AllAfferents(q, i), all);
    }
    template <class Afferents>
    void apply(const SpikeLink& q, std::size_t s, const Trace (&of)[kMostUses], std::size_t n,
               const Afferents& afferents, const Bounds<P>& all) noexcept {
        const P zero = P::set(0);
        for (std::size_t k = 0; k < afferents.n; ++k) {
            if (afferents.absent(k))
                continue;
            const std::size_t at = (afferents.first_synapse + k) * W;
            Real* const weight = link_rows_[q.index][s].weights + at;
            P w = P::load(weight);
            for (std::size_t u = 0; u < n; ++u) {
                const Mask open = less(zero, of[u].open);
                const P e = P::load(of[u].e + at);
                w = select(open, fma(of[u].scale, e, w), w);
                select(open, settle(of[u].keep * e), e).store(of[u].e + at);
            }
            w = Clip<P>(all, w).weight();
            w.store(weight);
            check(lane_groups_[s], w);
        }
    }

    std::size_t general_[kMostElements]; // links
};

} // namespace
} // namespace carve
