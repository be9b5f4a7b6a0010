// surrogate_gradient.hpp: derivatives of spiking networks with respect to the coefficients of their rules
// (M18, M19). A surrogate spike changes every afferent weight's derivative a little in every step;
// since between two events of a synapse its trace only decays, these changes are summed up once per
// neuron and handed to a synapse when it meets an event, or at the end of a segment of steps.
#pragma once
#include "scored_rate.hpp"
#include "settle.hpp"
#include "surrogate_rows.hpp"

namespace carve {
namespace {

template <class P> class SpikeSens : public SpikeSensRows<P> {
    using Rows = SpikeSensRows<P>;
    using Rows::add, Rows::add_terms, Rows::clear, Rows::clear_lanes, Rows::conductance,
        Rows::jump_slope, Rows::kept, Rows::kept_trace, Rows::pending, Rows::post_sens, Rows::power,
        Rows::rows, Rows::sens, Rows::surrogate, Rows::total;
    using Rows::coefficients_, Rows::sim_;
    using typename Rows::Mask;
    using typename Rows::Real;
    static constexpr std::size_t W = P::width;

  public:
    using Rows::on;
    // plastic: whether weights change, and with them the sensitivities of weights
    SpikeSens(Sim& sim, bool plastic) noexcept : Rows(sim), plastic_(plastic) {}

    // A segment begins at step `first`: for the neurons, then for each plastic link.
    void start_segment(std::uint64_t first) noexcept { segment_ = first; }
    void start_segment(const SpikeLink& q, const SpikingLaneGroup<P>& s) noexcept {
        clear(total(q, s, 0, 0), q.post * 4 * coefficients_);
        P::set(1).store(power(q, s));
        fade(P::load(rows(s, q) + kPreTraces * W)).store(power(q, s) + W);
    }
    // Hands out what is pending, after step `now`.
    void end_segment(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::uint64_t now) noexcept {
        const std::uint64_t* const last = q.last;
        for (std::size_t i = 0; plastic_ && i < q.post; ++i) {
            const Totals totals(*this, q, s, i);
            Real* row = sens(q, s, i, 0);
            for (std::size_t j = 0; j < q.pre; ++j, row += coefficients_ * W)
                add_pending(totals, q, s, i, j, last[j], now + 1, row, row);
        }
    }

    // A presynaptic spike, before the weights and traces change.
    void arrive(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t unit,
                const P& elapsed, std::uint64_t now, std::uint64_t last) noexcept {
        const Real* const rule = rows(s, q);
        Real* const traces = s.at(q.plan->pre_traces, 2 * q.pre, 2 * unit);
        Real* const trace_sens = s.at(q.plan->pre_sens, 2 * q.pre, 2 * unit);
        P value[2], slope[2];
        for (std::size_t which = 0; which < 2; ++which) {
            const P rate = P::load(rule + (kPreTraces + which) * W), decay = fade(elapsed * rate),
                    old = P::load(traces + which * W);
            value[which] = decay * old;
            slope[which] =
                decay * fma(P::set(0) - old, elapsed * rate, P::load(trace_sens + which * W));
        }
        const P gain = P::load(rule + kGain * W);
        const Bounds<P> bounds = prepared_bounds<P>(rule);
        const std::size_t first = rules(sim_)[q.plan->model.rule].first;
        const std::uint64_t terms = rules(sim_)[q.plan->model.rule].model.terms;
        const P eta = P::load(rule + kEta * W);
        for (std::size_t i = 0; i < q.post; ++i) {
            Real *const row = sens(q, s, i, unit), *const g = conductance(q, s, i);
            if (!plastic_) {
                for (std::size_t k = 0; k < coefficients_; ++k)
                    fma(gain, P::load(row + k * W), P::load(g + k * W)).store(g + k * W);
                continue;
            }
            const P w = P::load(s.at(q.plan->weights, q.post * q.pre, i * q.pre + unit));
            const P y = P::load(s.at(q.plan->post_traces, 2 * q.post, 2 * i));
            const SpikeSlopes<P> change(rule + kAtPre * W, y, value[1], w);
            const P keep = P::set(1) + change.by_w;
            const Clip<P> clipped(bounds, w + change.value);
            const Real* const y_sens = post_sens(q, s, i, 0);
            add_pending(Totals(*this, q, s, i), q, s, i, unit, last, now, row, row);
            for (std::size_t k = 0; k < coefficients_; ++k) {
                const P before = P::load(row + k * W);
                fma(gain, before, P::load(g + k * W)).store(g + k * W);
                fma(keep, before, change.by_a * P::load(y_sens + k * W)).store(row + k * W);
            }
            add_terms(terms >> 4 & 0xFFF, first + count_terms(terms & 0xF), eta, y, value[1], w,
                      row);
            if (terms & kTauR)
                add(row, first + count_terms(terms & (kTauR - 1)), change.by_b * slope[1]);
            for (std::size_t k = 0; k < coefficients_; ++k)
                clipped.change(P::load(row + k * W)).store(row + k * W);
        }
        for (std::size_t which = 0; which < 2; ++which)
            (slope[which] + jump_slope(q, P::load(rule + (kPreJumps + which) * W)))
                .store(trace_sens + which * W);
    }

    // A neuron's membrane in a step, with the slopes of the step before a spike resets it, and how its
    // two receptors decay.
    template <class Slopes>
    void membrane(const SpikingLaneGroup<P>& s, const PopulationPlan& p, std::size_t unit,
                  const Slopes& slopes, const Mask& clamped, const Real* decay) noexcept {
        const std::size_t n = p.model.n_units, K = coefficients_;
        Real* const v = s.at(p.voltage_sens, n * K, unit * K);
        Real* const g = s.at(p.conductance_sens, 2 * n * K, 2 * unit * K);
        Real* const spike = surrogate(s);
        // Copies, which no store can change.
        const P by_v = slopes.by_v, by_exc = slopes.by_exc, by_inh = slopes.by_inh,
                of_spike = slopes.of_spike, exc = P::set(decay[0]), inh = P::set(decay[1]);
        for (std::size_t k = 0; k < K; ++k) {
            const P g_exc = P::load(g + k * W), g_inh = P::load(g + (K + k) * W);
            const P dv = fma(by_inh, g_inh, fma(by_exc, g_exc, by_v * P::load(v + k * W)));
            const P held = select(clamped, P::set(0), dv);
            held.store(v + k * W);
            (of_spike * held).store(spike + k * W);
            (g_exc * exc).store(g + k * W);
            (g_inh * inh).store(g + (K + k) * W);
        }
    }
    // Keeps the second postsynaptic trace of the step, before a spike raises it.
    void keep_trace(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t unit,
                    std::uint64_t now) noexcept {
        P::load(s.at(q.plan->post_traces, 2 * q.post, 2 * unit + 1))
            .store(kept_trace(q, s, unit, into_segment(now)));
    }
    // A postsynaptic spike in the lanes of the mask, before the weights and traces change.
    void fire(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t unit, const Mask& mask,
              std::uint64_t now) noexcept {
        const Real* const rule = rows(s, q);
        const std::uint64_t* const last = q.last;
        const P rate = P::load(rule + kPreTraces * W), jump = P::load(rule + kPreJumps * W);
        const P o = P::load(s.at(q.plan->post_traces, 2 * q.post, 2 * unit + 1));
        const Real *const o_sens = post_sens(q, s, unit, 1), *const spike = surrogate(s);
        const Bounds<P> bounds = prepared_bounds<P>(rule);
        const RulePlan& r = rules(sim_)[q.plan->model.rule];
        const std::uint64_t terms = r.model.terms;
        const P eta = P::load(rule + kEta * W);
        Real* const changed = pending(s);
        const Totals totals(*this, q, s, unit);
        for (std::size_t j = 0; plastic_ && j < q.pre; ++j) {
            Real* const row = sens(q, s, unit, j);
            add_pending(totals, q, s, unit, j, last[j], now, row, changed);
            const P elapsed =
                P::set(static_cast<Real>(static_cast<std::int64_t>(now + 1 - last[j])));
            const P decay = fade(elapsed * rate),
                    old = P::load(s.at(q.plan->pre_traces, 2 * q.pre, 2 * j));
            P x = old * decay;
            P slope = decay * fma(P::set(0) - old, elapsed * rate,
                                  P::load(s.at(q.plan->pre_sens, 2 * q.pre, 2 * j)));
            if (q.blind && last[j] == now + 1) {
                x = x - jump;
                slope = slope - jump_slope(q, jump);
            }
            const P w = P::load(s.at(q.plan->weights, q.post * q.pre, unit * q.pre + j));
            const SpikeSlopes<P> change(rule + kAtPost * W, x, o, w);
            const P keep = P::set(1) + change.by_w;
            const Clip<P> clipped(bounds, w + change.value);
            for (std::size_t k = 0; k < coefficients_; ++k) {
                const P before = P::load(changed + k * W);
                const P by_trace = fma(change.by_b, P::load(o_sens + k * W),
                                       change.value * P::load(spike + k * W));
                fma(keep, before, by_trace).store(changed + k * W);
            }
            add_terms(terms >> 16 & 0xFFF, r.first + count_terms(terms & 0xFFFF), eta, x, o, w,
                      changed);
            if (terms & kTauX)
                add(changed, r.first, change.by_a * slope);
            for (std::size_t k = 0; k < coefficients_; ++k) {
                const P v = clipped.change(P::load(changed + k * W));
                select(mask, v, P::load(row + k * W)).store(row + k * W);
            }
        }
        for (std::size_t part = 0; part < 4; ++part)
            clear_lanes(total(q, s, unit, part), mask); // nothing is pending
    }
    // After the neuron's spike, if it had one (`spiked` 1): what the step leaves behind.
    void finish(const SpikingLaneGroup<P>& s, const PopulationPlan& p, std::size_t unit,
                const P& spiked, std::uint64_t now) noexcept {
        const std::size_t n = p.model.n_units, K = coefficients_;
        const Mask mask = less(P::set(0), spiked);
        Real *const v = s.at(p.voltage_sens, n * K, unit * K), *const history = kept(
                                                                   p, s, unit, into_segment(now));
        for (std::size_t k = 0; k < K; ++k) {
            select(mask, P::set(0), P::load(v + k * W)).store(v + k * W); // detached reset
            select(mask, P::set(0), P::load(surrogate(s) + k * W)).store(history + k * W);
        }
        if (!P::Ops::any(mask))
            return; // what came before has been handed out
        for (std::size_t m = 0; m < into_segment(now); ++m)
            clear_lanes(kept(p, s, unit, m), mask);
    }
    // Adds the step to a link's totals, and takes the postsynaptic traces' derivatives to the next
    // step.
    void finish(const SpikeLink& q, const SpikingLaneGroup<P>& s, const PopulationPlan& p,
                std::size_t unit, const P& spiked, std::uint64_t now) noexcept {
        const std::size_t K = coefficients_;
        const Real* const history = kept(p, s, unit, into_segment(now));
        const P decayed = P::load(power(q, s)),
                o = P::load(kept_trace(q, s, unit, into_segment(now)));
        Real* const sums = total(q, s, unit, 0); // [1, x, o, x o][coefficient]
        const auto add_total = [&](std::size_t part, const P& factor) noexcept {
            for (std::size_t k = part * K; k < (part + 1) * K; ++k)
                fma(P::load(history + (k - part * K) * W), factor, P::load(sums + k * W))
                    .store(sums + k * W);
        };
        add_total(0, P::set(1));
        add_total(1, decayed);
        if (q.terms.o) {
            add_total(2, o);
            add_total(3, o * decayed);
        }
        const Real* const rule = rows(s, q);
        const std::uint64_t terms = rules(sim_)[q.plan->model.rule].model.terms;
        for (std::size_t which = 0; which < 2; ++which) {
            const std::uint64_t tau = which ? kTauO : kTauY;
            if (!(terms & tau))
                continue;
            Real* const row = post_sens(q, s, unit, which);
            const P jump = P::load(rule + (kPostJumps + which) * W),
                    decay = P::load(rule + (kPostTraces + which) * W);
            for (std::size_t k = 0; k < K; ++k)
                (decay * fma(jump, P::load(surrogate(s) + k * W), P::load(row + k * W)))
                    .store(row + k * W);
            const P trace =
                P::load(s.at(q.plan->post_traces, 2 * q.post, 2 * unit + which)); // after its jump
            const P own =
                fma(trace, P::load(rule + (kPostRates + which) * W), spiked * jump_slope(q, jump));
            add(row, rules(sim_)[q.plan->model.rule].first + count_terms(terms & (tau - 1)),
                decay * own);
        }
    }
    void next_step(const SpikeLink& q, const SpikingLaneGroup<P>& s) noexcept {
        (P::load(power(q, s)) * P::load(power(q, s) + W)).store(power(q, s));
    }

    // The filtered rate, unit by unit, and the loss (M16).
    void follow_rate(const SpikingLaneGroup<P>& s, const PopulationPlan& p,
                     const RateConstants<P>& c, std::size_t unit) noexcept {
        Real* const row = s.at(p.rate_sens, coefficients_);
        const P decay = P::set(unit == 0 ? c.decay : Real(1));
        for (std::size_t k = 0; k < coefficients_; ++k)
            fma(P::load(surrogate(s) + k * W), P::set(c.jump), P::load(row + k * W) * decay)
                .store(row + k * W);
    }
    void score(const SpikingLaneGroup<P>& s, const PopulationPlan& p, const P& slope) noexcept {
        const Real* const row = s.at(p.rate_sens, coefficients_);
        Real* const recent = s.at(p.score_sens, kScore * coefficients_, coefficients_);
        for (std::size_t k = 0; k < coefficients_; ++k)
            fma(slope, P::load(row + k * W), P::load(recent + k * W)).store(recent + k * W);
    }
    // Derivatives of no consequence become 0, as what they are derivatives of does.
    void settle(const SpikingLaneGroup<P>& s, const PopulationPlan& p) noexcept {
        const std::size_t n = p.model.n_units, K = coefficients_;
        settle_rows<P>(s.at(p.voltage_sens, n * K), n * K);
        settle_rows<P>(s.at(p.conductance_sens, 2 * n * K), 2 * n * K);
        if (p.rate_sens)
            settle_rows<P>(s.at(p.rate_sens, K), K);
    }
    void settle(const SpikingLaneGroup<P>& s, const SpikeLink& q) noexcept {
        settle_rows<P>(post_sens(q, s, 0, 0), 2 * q.post * coefficients_);
    }
    void settle_score(const SpikingLaneGroup<P>& s, const PopulationPlan& p) noexcept {
        Real* const sum = s.at(p.score_sens, kScore * coefficients_);
        for (std::size_t k = 0; k < coefficients_; ++k) {
            Real* const recent = sum + (coefficients_ + k) * W;
            (P::load(sum + k * W) + P::load(recent)).store(sum + k * W);
            P::set(0).store(recent);
        }
    }

  private:
    std::size_t into_segment(std::uint64_t step) const noexcept {
        return static_cast<std::size_t>(step - segment_);
    }
    // What adding what is pending reads of a link and neuron i, whichever the synapse.
    struct Totals {
        const Real *sums, *traces; // [1, x, o, x o][coefficient], [pre][x, r]
        P by_one, by_x, rate;
        bool simple; // of the totals 1 and x alone, whatever the weight

        Totals(const SpikeSens& sens, const SpikeLink& q, const SpikingLaneGroup<P>& s,
               std::size_t i) noexcept
            : sums(sens.total(q, s, i, 0)), traces(s.at(q.plan->pre_traces, 2 * q.pre)),
              by_one(P::load(sens.rows(s, q) + kAtPost * W)),
              by_x(P::load(sens.rows(s, q) + (kAtPost + 6) * W)),
              rate(P::load(sens.rows(s, q) + kPreTraces * W)),
              simple(q.terms.post_orders == 1 && !q.terms.o) {}
    };
    // Adds to a row of derivatives what the surrogate spikes of neuron i did to the weight of
    // synapse j, in the steps of the segment before `end` and since the synapse's last event.
    CARVE_INLINE void add_pending(const Totals& t, const SpikeLink& q, const SpikingLaneGroup<P>& s,
                                  std::size_t i, std::size_t j, std::uint64_t last,
                                  std::uint64_t end, const Real* from, Real* to) const noexcept {
        if (__builtin_expect(last > segment_, 0))
            return add_since(q, s, i, j, last, end, from, to);
        const P elapsed = P::set(static_cast<Real>(static_cast<std::int64_t>(segment_ + 1 - last)));
        const P x = P::load(t.traces + 2 * j * W) * fade(elapsed * t.rate);
        if (!t.simple)
            return add_all_totals(q, s, i, x,
                                  P::load(s.at(q.plan->weights, q.post * q.pre, i * q.pre + j)),
                                  from, to);
        const std::size_t n = coefficients_;
        const P by_x = t.by_x * x;
        for (std::size_t k = 0; k < n; ++k) {
            const P more =
                fma(by_x, P::load(t.sums + (n + k) * W), t.by_one * P::load(t.sums + k * W));
            (P::load(from + k * W) + more).store(to + k * W);
        }
    }
    __attribute__((noinline)) void add_all_totals(const SpikeLink& q, const SpikingLaneGroup<P>& s,
                                                  std::size_t i, const P& x, const P& w,
                                                  const Real* from, Real* to) const noexcept {
        const Real *const rule = rows(s, q) + kAtPost * W, *const sums = total(q, s, i, 0);
        P factor[4] = {P::set(0), P::set(0), P::set(0), P::set(0)}; // of the totals: 1, x, o, x o
        for (std::size_t c = 3; c-- > 0;)
            for (std::size_t part = 0; part < 4; ++part)
                factor[part] =
                    fma(factor[part], w,
                        P::load(rule + ((part & 1 ? 6 : 0) + (part & 2 ? 3 : 0) + c) * W));
        factor[1] = factor[1] * x;
        factor[3] = factor[3] * x;
        for (std::size_t k = 0; k < coefficients_; ++k) {
            P sum = factor[0] * P::load(sums + k * W);
            for (std::size_t part = 1; part < 4; ++part)
                sum = fma(factor[part], P::load(sums + (part * coefficients_ + k) * W), sum);
            (P::load(from + k * W) + sum).store(to + k * W);
        }
    }
    // The same if the last event is in the segment: step by step.
    __attribute__((noinline)) void add_since(const SpikeLink& q, const SpikingLaneGroup<P>& s,
                                             std::size_t i, std::size_t j, std::uint64_t last,
                                             std::uint64_t end, const Real* from,
                                             Real* to) const noexcept {
        const PopulationPlan& p = populations(sim_)[q.plan->model.post];
        const std::size_t first = into_segment(last - 1), n = into_segment(end);
        const P decay = P::load(power(q, s) + W),
                w = P::load(s.at(q.plan->weights, q.post * q.pre, i * q.pre + j));
        P x = P::load(s.at(q.plan->pre_traces, 2 * q.pre, 2 * j));
        P change[kSegment];
        for (std::size_t m = first; m < n; ++m) {
            const bool unseen = q.blind && m == first;
            const P seen = unseen ? x - P::load(rows(s, q) + kPreJumps * W) : x;
            change[m] =
                SpikeSlopes<P>(rows(s, q) + kAtPost * W, seen, P::load(kept_trace(q, s, i, m)), w)
                    .value;
            x = x * decay;
        }
        const std::size_t stride = p.model.n_units * coefficients_ * W;
        for (std::size_t k = 0; k < coefficients_; ++k) {
            const Real* const history = kept(p, s, i, 0) + k * W;
            P sum = P::set(0);
            for (std::size_t m = first; m < n; ++m)
                sum = fma(change[m], P::load(history + m * stride), sum);
            (P::load(from + k * W) + sum).store(to + k * W);
        }
    }
    const bool plastic_;
    std::uint64_t segment_ = 0; // its first step
};

} // namespace
} // namespace carve
