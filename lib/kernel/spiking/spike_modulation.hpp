// spike_modulation.hpp: third factors and gates of rules at spikes (M47). Each is one number of a replica and step, which
// is contracted with the coefficients before the step: its events find an ordinary rule, which changes nothing
// and has no bounds behind a closed gate.
#pragma once
#include "synapse_events.hpp"
#include "third_factor.hpp"

namespace carve {
namespace {

template <class P> class SpikeModulation : protected SpikeSynapses<P> {
  protected:
    using Synapses = SpikeSynapses<P>;
    using Synapses::check, Synapses::history, Synapses::rule;
    using Synapses::chunk_, Synapses::links_, Synapses::n_lane_groups_, Synapses::n_uses_,
        Synapses::now_, Synapses::sim_, Synapses::lane_groups_;
    using typename Synapses::Mask;
    using typename Synapses::Real;
    static constexpr std::size_t W = P::width;

    SpikeModulation(Sim& sim, const SpikeChunk& chunk) noexcept : Synapses(sim, chunk) {
        for (std::size_t k = 0; k < n_uses_; ++k) {
            const ProjectionPlan& q = *links_[k].plan;
            if (!built(feature::third_factors) || !q.modulation)
                continue;
            modulated_[n_modulated_++] = k;
            if (!q.modulator_rate)
                continue;
            by_poisson_ = by_poisson_ || !is_neuron(populations(sim)[q.model.modulator].model);
            const double tau = q.model.modulator_tau;
            decay_[k] = decay_by<P>(sim.model.dt / tau);
            jump_[k] = to_real<Real>(1 / (tau * populations(sim)[q.model.modulator].model.n_units));
        }
    }

    // Where the coefficients of a link's terms are prepared.
    TermRows<Real> terms(const SpikingLaneGroup<P>& s, std::size_t link) const noexcept {
        const ProjectionPlan& q = *links_[link].plan;
        TermRows<Real> rows{};
        for (unsigned sum = 0; sum <= links_[link].sum_power; ++sum)
            rows.by_sum[sum] = built(feature::third_factors) && q.modulation
                                   ? modulated_terms(s, q, sum)
                                   : step_terms(s, link, sum);
        return rows;
    }
    // After a link's rule has been prepared. padding: lanes that there are not.
    void prepare_modulation(const SpikingLaneGroup<P>& s, std::size_t link,
                            const Mask& padding) const noexcept {
        const ProjectionPlan& q = *links_[link].plan;
        if (!built(feature::third_factors) || !q.modulation)
            return;
        Real* const at = modulation_rows(s, q);
        const Real* const prepared = rule(s, link);
        select(padding, P::set(0), P::set(1)).store(at + kRowAlive * W);
        P::load(prepared + kLow * W).store(at + kRowBounds * W);
        P::load(prepared + kHigh * W).store(at + (kRowBounds + 1) * W);
    }

    // Before a step of the chunk: what it has for third factors and gates.
    __attribute__((noinline)) void observe(std::uint32_t t) noexcept {
        now_ = chunk_.first + t;
        for (std::size_t m = 0; m < n_modulated_; ++m)
            for (std::size_t s = 0; s < n_lane_groups_; ++s)
                observe(modulated_[m], lane_groups_[s]);
    }
    // After a step, and before the next one of the chunk.
    __attribute__((noinline)) void follow_and_observe(std::uint32_t t) noexcept {
        follow(t);
        if (t + 1 < chunk_.n_steps)
            observe(t + 1);
    }

    std::size_t n_modulated_ = 0;

  private:
    // [power of r][kSpikeTheta], from which those of a step are contracted, by the power of the sum of weights.
    static Real* modulated_terms(const SpikingLaneGroup<P>& s, const ProjectionPlan& q,
                                 unsigned sum) noexcept {
        const std::size_t powers = has_modulator(q.model) ? 3 : 1;
        return modulation_rows(s, q) + (kRowTerms + sum * powers * kSpikeTheta) * W;
    }
    // Of the step in work: [kSpikeTheta].
    Real* step_terms(const SpikingLaneGroup<P>& s, std::size_t link, unsigned sum) const noexcept {
        return sum == 0 ? rule(s, link) : sum_rows(s, *links_[link].plan, sum);
    }
    // The rates of modulators that spike take in a step.
    void follow(std::uint32_t t) noexcept {
        if (by_poisson_)
            count_poisson_spikes(t);
        for (std::size_t m = 0; m < n_modulated_; ++m) {
            const std::size_t k = modulated_[m];
            const ProjectionPlan& q = *links_[k].plan;
            for (std::size_t s = 0; q.modulator_rate && s < n_lane_groups_; ++s) {
                Real* const rate = lane_groups_[s].at(q.modulator_rate, 1);
                settle(fma(count_spikes(q, lane_groups_[s]), P::set(jump_[k]),
                           P::load(rate) * P::set(decay_[k])))
                    .store(rate);
            }
        }
    }
    // x in lanes where a row is 1, else 0.
    static P where(const Real* row, const P& x) noexcept {
        return select(less(P::set(0), P::load(row)), x, P::set(0));
    }

    void observe(std::size_t link, const SpikingLaneGroup<P>& s) noexcept {
        const ProjectionPlan& q = *links_[link].plan;
        Real *const at = modulation_rows(s, q), *const alive = at + kRowAlive * W,
                    *const open = at + kRowOpen * W;
        P one = P::load(alive);
        if (q.model.gate != CARVE_NO_POPULATION)
            one = where(alive,
                        select(less(P::set(0), abs(value(q.model.gate, 0, s))), one, P::set(0)));
        one.store(open);
        if (has_modulator(q.model))
            observe_factor(q, s, at);
        if (chunk_.plastic)
            contract(link, s, at);
    }
    // r, and whether it freezes a lane, which sets the lane's rows to 0.
    void observe_factor(const ProjectionPlan& q, const SpikingLaneGroup<P>& s, Real* at) noexcept {
        const Real* const open = at + kRowOpen * W;
        P r = where(at + kRowAlive * W, rate_of_modulator(q, s));
        if (q.baseline) {
            r = r - take_in(q.model, s.at(q.baseline, baseline_steps(q.model)), W, now_, r);
            check(s, r); // or the baseline is never a number again
        }
        check(s, where(open, r));
        where(open, r).store(at + kRowFactor * W);
    }
    P rate_of_modulator(const ProjectionPlan& q, const SpikingLaneGroup<P>& s) const noexcept {
        if (q.modulator_rate)
            return P::load(s.at(q.modulator_rate, 1));
        const std::size_t units = populations(sim_)[q.model.modulator].model.n_units;
        P sum = value(q.model.modulator, 0, s);
        for (std::size_t i = 1; i < units; ++i)
            sum = sum + value(q.model.modulator, i, s);
        return units > 1 ? sum * P::set(Real(1) / static_cast<Real>(units)) : sum;
    }
    // What the caller streams to a unit of an input in this step.
    P value(std::uint32_t population, std::size_t unit,
            const SpikingLaneGroup<P>& s) const noexcept {
        const Population& p = populations(sim_)[population].model;
        const Real* const values = static_cast<const Real*>(chunk_.values[population]);
        const std::uint64_t step = p.fixed ? 0 : now_ - chunk_.first_of_values,
                            steps = p.fixed ? 1 : chunk_.steps_of_values;
        if (p.shared)
            return P::set(values[step * p.n_units + unit]);
        return P::load(values + ((s.index * steps + step) * p.n_units + unit) * W + s.lane);
    }
    // The coefficients of this step's rule, and its bounds.
    void contract(std::size_t link, const SpikingLaneGroup<P>& s, const Real* at) const noexcept {
        const ProjectionPlan& q = *links_[link].plan;
        const P r = P::load(at + kRowFactor * W);
        const Bounds<P> none = Bounds<P>::none();
        const Mask is_open = less(P::set(0), P::load(at + kRowOpen * W));
        constexpr std::size_t power = kSpikeTheta * W;
        for (unsigned by = 0; by <= links_[link].sum_power; ++by) {
            const Real* const theta = modulated_terms(s, q, by);
            Real* const out = step_terms(s, link, by);
            for (std::uint64_t left = rules(sim_)[q.model.rule].model.terms & ~kTimeConstants; left;
                 left &= left - 1) {
                const std::size_t k = (static_cast<std::size_t>(__builtin_ctzll(left)) - 4) * W;
                P sum = P::load(theta + k);
                if (has_modulator(q.model) && !links_[link].traced)
                    sum = in_powers(sum, P::load(theta + power + k), P::load(theta + 2 * power + k),
                                    r);
                select(is_open, sum, P::set(0)).store(out + k);
            }
        }
        Real* const out = rule(s, link);
        select(is_open, P::load(at + kRowBounds * W), none.low).store(out + kLow * W);
        select(is_open, P::load(at + (kRowBounds + 1) * W), none.high).store(out + kHigh * W);
    }

    // Those of a step are few, and of all populations: looked through once.
    void count_poisson_spikes(std::uint32_t t) noexcept {
        for (std::size_t i = 0; i < sim_.model.n_populations; ++i)
            n_spikes_[i] = 0;
        for (std::uint32_t e = chunk_.begin[t]; e < chunk_.begin[t + 1]; ++e)
            ++n_spikes_[chunk_.spikes[e].population];
    }
    // Of a modulator in this step, in each lane.
    P count_spikes(const ProjectionPlan& q, const SpikingLaneGroup<P>& s) const noexcept {
        const PopulationPlan& p = populations(sim_)[q.model.modulator];
        if (!is_neuron(p.model))
            return P::set(static_cast<Real>(n_spikes_[q.model.modulator]));
        const Real* const fired = history(s, p, 0, 0);
        P sum = P::load(fired);
        for (std::size_t i = 1; i < p.model.n_units; ++i)
            sum = sum + P::load(fired + i * W);
        return sum;
    }

    bool by_poisson_ = false;               // some modulator is a population of poisson units
    std::uint32_t n_spikes_[kMostElements]; // of these in a step
    std::size_t modulated_[kMostElements];  // links
    Real decay_[kMostElements], jump_[kMostElements]; // of the filters of their modulators
};

} // namespace
} // namespace carve
