// target_synapses.hpp: what spikes do where lanes are targets (M14, M15): arrivals, and the sweep over a
// neuron's afferents when it spikes.
#pragma once
#include "poisson.hpp"
#include "target_rows.hpp"

namespace carve {
namespace {

template <class V> class TargetSynapses {
  protected:
    using Real = typename V::Real;
    using One = Pack<Real, sizeof(Real)>;

    TargetSynapses(Sim& sim, const SpikeChunk& chunk) noexcept
        : sim_(sim), chunk_(chunk), bound_(LaneGroup<V>::limit(sim.model.bound)),
          n_links_(sim.model.n_projections) {
        for (std::size_t k = 0; k < n_links_; ++k) {
            const ProjectionPlan& q = projections(sim)[k];
            links_[k].of = SpikeLink(sim, k, q, chunk.plastic);
            links_[k].graph = TargetGraph(sim, q);
        }
    }

    void freeze() noexcept {
        *replica_.frozen() = now_ + 1;
        runs_ = false;
    }
    // Calls work(unit) for the spikes that arrive at a projection's synapses in this step.
    template <class Work>
    CARVE_INLINE void for_arrivals(const TargetLink<V>& q, std::uint32_t t, Work work) noexcept {
        const std::uint64_t delay = q.of.plan->model.delay;
        const PopulationPlan& source = populations(sim_)[q.of.plan->model.pre];
        if (q.of.from_neurons) {
            const std::size_t slot = slot_of(source, delay);
            const std::uint16_t* const units = fired(source, slot);
            const std::size_t n = fired_count(source, slot);
            for (std::size_t k = 0; k < n && k < q.of.pre; ++k)
                work(units[k] < q.of.pre ? units[k] : q.of.pre - 1);
        } else if (delay == 0) {
            for (std::uint32_t e = chunk_.begin[t]; e < chunk_.begin[t + 1]; ++e)
                if (chunk_.spikes[e].population == q.of.plan->model.pre)
                    work(chunk_.spikes[e].unit);
        } else if (now_ >= delay) {
            const std::uint64_t* const row = raster_row(sim_, source, now_ - delay);
            for (std::size_t word = 0; word < words_of(source); ++word)
                for (std::uint64_t left = row[word]; left; left &= left - 1) {
                    const std::size_t unit =
                        64 * word + static_cast<std::size_t>(__builtin_ctzll(left));
                    if (unit < q.of.pre) // a block may hold anything
                        work(unit);
                }
        }
    }
    CARVE_INLINE void arrive(TargetLink<V>& q, std::uint32_t t) noexcept {
        const bool sees = q.of.plastic && !q.of.blind;
        q.added = q.gain / *q.scale;
        for_arrivals(q, t, [&](std::size_t unit) noexcept {
            arrive_from(q, unit);
            if (sees)
                raise_pre(q, unit);
        });
    }
    __attribute__((noinline)) void arrive_from(TargetLink<V>& q, std::size_t unit) noexcept {
        const SynapseRange column = q.graph.column(unit);
        switch (q.of.plastic ? q.of.at_pre : PreChange::nothing) {
        case PreChange::nothing:
            return transmit(q, column);
        case PreChange::constant:
            return arrive_with<1>(q, unit, column);
        case PreChange::linear:
            return arrive_with<2>(q, unit, column);
        case PreChange::product:
            return arrive_with_product(q, unit, column);
        case PreChange::mlp:
            return arrive_with_mlp(q, unit, column);
        default:
            return arrive_with<3>(q, unit, column);
        }
    }
    template <int orders>
    void arrive_with(TargetLink<V>& q, std::size_t unit, const SynapseRange& column) noexcept {
        const auto change =
            change_of<V, orders>(q.rule + kAtPre, q.r.used ? q.r.of(unit) : 0, *q.y.scale);
        change_at_pre(q, column, [&](const Indices<V>& targets, const V& w) noexcept {
            return change(w, targets.gather(q.y.first));
        });
    }
    template <class Change>
    void change_at_pre(TargetLink<V>& q, const SynapseRange& column,
                       const Change& change) noexcept {
        if (!arrive_at(q, column, change, bound_) && runs_)
            freeze();
    }
    static StateOfTargets<V> state_of(const TargetLink<V>& q, const Indices<V>& targets) noexcept {
        return {q.of.state_factors, [&](std::size_t row) noexcept {
                    return targets.gather(q.state + row * q.state_stride);
                }};
    }
    static StateOfTargets<V> state_of(const TargetLink<V>& q, std::size_t unit) noexcept {
        return {q.of.state_factors, [&](std::size_t row) noexcept {
                    return V::set(q.state[row * q.state_stride + unit]);
                }};
    }
    void arrive_with_product(TargetLink<V>& q, std::size_t unit,
                             const SynapseRange& column) noexcept {
        const ProductRows<V> side(q.rule + kAtPre);
        const V r = V::set(q.r.of(unit)), scale = V::set(*q.y.scale);
        change_at_pre(q, column, [&](const Indices<V>& targets, const V& w) noexcept {
            const StateOfTargets<V> state = state_of(q, targets);
            const V y = targets.gather(q.y.first) * scale;
            return ProductChange<V>(side.rows, q.of.state_factors, y, true, state.rows)(w, r);
        });
    }
    MlpChange<V> network_of(const TargetLink<V>& q, const V& y, bool at_pre,
                            const StateOfTargets<V>& state) const noexcept {
        return {LaneGroup<V>{&sim_, replica_.index, 0},
                rules(sim_)[q.of.plan->model.rule],
                V::set(q.rule[kEta]),
                y,
                at_pre,
                state.rows};
    }
    void arrive_with_mlp(TargetLink<V>& q, std::size_t unit, const SynapseRange& column) noexcept {
        const V r = V::set(q.r.of(unit)), scale = V::set(*q.y.scale);
        change_at_pre(q, column, [&](const Indices<V>& targets, const V& w) noexcept {
            const V y = targets.gather(q.y.first) * scale;
            return network_of(q, y, true, state_of(q, targets))(w, r);
        });
    }
    static void raise_pre(TargetLink<V>& q, std::size_t unit) noexcept {
        q.x.raise(unit);
        q.r.raise(unit);
    }
    // Its synapses are to see the spikes of this step in the next one; then all traces decay.
    void end_step(TargetLink<V>& q, std::uint32_t t) noexcept {
        if (q.of.blind)
            for_arrivals(q, t, [&](std::size_t unit) noexcept { raise_pre(q, unit); });
        for (GrowingTraces<V>* const traces : {&q.x, &q.r, &q.y, &q.o})
            if (traces->used)
                traces->fade();
    }

    // A postsynaptic spike changes all its afferent synapses.
    void sweep(TargetLink<V>& q, std::size_t unit) noexcept {
        if (q.of.product) {
            const ProductRows<V> side(q.rule + kAtPost);
            return sweep_with(q, unit,
                              ProductChange<V>(side.rows, q.of.state_factors, V::set(q.o.of(unit)),
                                               false, state_of(q, unit).rows));
        }
        if (q.of.mlp)
            return sweep_with(q, unit,
                              network_of(q, V::set(q.o.of(unit)), false, state_of(q, unit)));
        switch (q.of.terms.post_orders) {
        case 1:
            return sweep_with<1>(q, unit);
        case 2:
            return sweep_with<2>(q, unit);
        default:
            return sweep_with<3>(q, unit);
        }
    }
    template <int orders> void sweep_with(TargetLink<V>& q, std::size_t unit) noexcept {
        const auto change =
            change_of<V, orders>(q.rule + kAtPost, q.o.used ? q.o.of(unit) : 0, *q.x.scale);
        change_at_post(q, unit, [&](const Indices<V>& sources, const V& w) noexcept {
            return change(w, sources.gather(q.x.first));
        });
    }
    template <class Change>
    void sweep_with(TargetLink<V>& q, std::size_t unit, const Change& change) noexcept {
        const V scale = V::set(*q.x.scale);
        change_at_post(q, unit, [&](const Indices<V>& sources, const V& w) noexcept {
            return change(w, sources.gather(q.x.first) * scale);
        });
    }
    template <class Change>
    void change_at_post(TargetLink<V>& q, std::size_t unit, const Change& change) noexcept {
        if (!sweep_over(q, q.graph.row(unit), change, bound_) && runs_)
            freeze();
    }

    // Spikes that somebody waits for: a slot for each step.
    std::size_t slot_of(const PopulationPlan& p, std::uint64_t ago) const noexcept {
        return static_cast<std::size_t>((now_ + p.history_steps - ago) % p.history_steps);
    }
    std::uint16_t* fired(const PopulationPlan& p, std::size_t slot) const noexcept {
        const std::size_t n = std::size_t{p.rows} * sim_.neighbours;
        return array<std::uint16_t>(sim_, p.history) +
               (replica_.index * static_cast<std::size_t>(p.history_steps) + slot) * n;
    }
    std::uint32_t& fired_count(const PopulationPlan& p, std::size_t slot) const noexcept {
        return array<std::uint32_t>(
            sim_,
            p.fired_counts)[replica_.index * static_cast<std::size_t>(p.history_steps) + slot];
    }

    Sim& sim_;
    const SpikeChunk& chunk_;
    const V bound_; // of voltages and weights
    LaneGroup<One> replica_{};
    bool runs_ = true;      // the replica in work is not frozen
    std::uint64_t now_ = 0; // the step
    std::size_t n_links_;
    TargetLink<V> links_[64];
};

} // namespace
} // namespace carve
