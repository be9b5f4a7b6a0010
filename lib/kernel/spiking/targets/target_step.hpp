// target_step.hpp: the time loop of spiking models where lanes are targets. Replicas are stepped one after
// the other through a chunk of steps, so that the state of one stays in the cache.
#pragma once
#include "frozen_lanes.hpp"
#include "neurons/every_neuron.hpp"
#include "poisson.hpp"
#include "recorder.hpp"
#include "scored_rate.hpp"
#include "target_rows.hpp"

namespace carve {
namespace {

// A number of each neuron is a row of neighbours, and rows follow one another.
template <class V> struct NeighbourRows {
    typename V::Real* first;
    std::size_t stride; // from one row to the next
    CARVE_INLINE V load(std::size_t i) const noexcept { return V::load(first + i * stride); }
    CARVE_INLINE void store(std::size_t i, const V& x) const noexcept {
        x.store(first + i * stride);
    }
};

template <class V> class TargetSteps {
    using Real = typename V::Real;
    using Mask = typename V::Mask;
    using One = Pack<Real, sizeof(Real)>;
    static constexpr std::size_t L = V::lanes;

  public:
    TargetSteps(Sim& sim, const SpikeChunk& chunk) noexcept
        : sim_(sim), chunk_(chunk), bound_(LaneGroup<V>::limit(sim.model.bound)),
          n_links_(sim.model.n_projections) {
        for (std::size_t k = 0; k < n_links_; ++k) {
            const ProjectionPlan& q = projections(sim)[k];
            links_[k].of = SpikeLink(sim, k, q, chunk.plastic);
            links_[k].graph = TargetGraph(sim, q);
        }
        for (std::size_t i = 0; i < sim.model.n_populations; ++i) {
            const PopulationPlan& p = populations(sim)[i];
            if (!is_neuron(p.model))
                continue;
            Neurons& all = neurons_[n_neurons_++];
            all.index = static_cast<std::uint32_t>(i);
            all.plan = &p;
            all.advance = advance_of(p);
            all.stride = std::size_t{p.rows} * sim.neighbours;
            all.constants = NeuronConstants<V>(p, sim.model);
            if (p.model.scored)
                all.rate = RateConstants<One>(p, sim.model);
        }
    }

    void run() noexcept {
        for (std::size_t r = 0; r < sim_.n_blocks; ++r) {
            replica_ = {&sim_, r, 0};
            runs_ = *replica_.frozen() == 0;
            const bool ran = runs_;
            if (ran)
                enter();
            for (std::uint32_t t = 0; runs_ && t < chunk_.n_steps; ++t)
                step(t);
            if (!runs_ && (ran || chunk_.first_of_call))
                hold();
        }
    }

  private:
    struct Neurons {
        std::uint32_t index;
        const PopulationPlan* plan;
        void (TargetSteps::*advance)(Neurons&) noexcept;
        std::size_t stride; // of rows
        Real *voltages, *refractory, *conductances, *state, *counts;
        std::uint32_t n_spikes; // in this step
        NeuronConstants<V> constants;
        RateConstants<One> rate;
    };

    // ---- Around the steps
    void enter() noexcept {
        const std::size_t r = replica_.index;
        for (std::size_t k = 0; k < n_links_; ++k) {
            TargetLink<V>& q = links_[k];
            q.rule = array<Real>(sim_, sim_.spike_rules) + (r * n_links_ + k) * kSpikeRows;
            if (chunk_.first_of_call)
                prepare_projection<One>(replica_, q.of, q.rule, {{q.rule, nullptr, nullptr}});
            q.take(replica_);
        }
        for (std::size_t i = 0; i < n_neurons_; ++i) {
            Neurons& all = neurons_[i];
            const PopulationPlan& p = *all.plan;
            const auto rows = [&](Offset at, std::size_t n) noexcept {
                return at ? array<Real>(sim_, at) + r * n * all.stride : nullptr;
            };
            all.voltages = rows(p.voltages, 1);
            all.refractory = rows(p.refractory, 1);
            all.counts = rows(p.counts, 1);
            all.conductances = rows(p.conductances, p.model.n_receptors);
            all.state = rows(p.state, state_rows(p.model));
        }
    }
    void freeze() noexcept {
        *replica_.frozen() = now_ + 1;
        runs_ = false;
    }
    // What arrays of a frozen replica hold.
    void hold() const noexcept {
        for_each_array(sim_, [&](const Array& a, std::uint32_t i, Offset at) noexcept {
            if (a.after_call == Hold::none)
                return;
            const std::size_t n = static_cast<std::size_t>(count_in_group(a, sim_, i) *
                                                           element_bytes(a, sim_) / sizeof(Real));
            for (std::size_t k = 0; k < n; ++k)
                array<Real>(sim_, at)[replica_.index * n + k] = held_value<One>(a.after_call).r;
        });
    }

    // ---- One step: arrivals, membranes, spikes, decay
    void step(std::uint32_t t) noexcept {
        now_ = chunk_.first + t;
        for (std::size_t k = 0; k < n_links_; ++k)
            arrive(links_[k], t);
        for (std::size_t i = 0; runs_ && i < n_neurons_; ++i) {
            begin_spikes(neurons_[i]);
            (this->*neurons_[i].advance)(neurons_[i]);
            if (runs_ && neurons_[i].plan->model.scored)
                score(neurons_[i]);
        }
        for (std::size_t k = 0; k < n_links_; ++k)
            if (links_[k].of.plastic)
                end_step(links_[k], t);
        if ((now_ + 1) % 64 == 0)
            settle_all();
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
        default:
            return arrive_with<3>(q, unit, column);
        }
    }
    template <int orders>
    void arrive_with(TargetLink<V>& q, std::size_t unit, const SynapseRange& column) noexcept {
        const auto change =
            change_of<V, orders>(q.rule + kAtPre, q.r.used ? q.r.of(unit) : 0, *q.y.scale);
        if (!arrive_at(q, column, change, bound_) && runs_)
            freeze();
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
            traces->fade();
    }

    // ---- Neurons
    using Advance = void (TargetSteps::*)(Neurons&) noexcept;
    static Advance advance_of(const PopulationPlan& p) noexcept {
        Advance found = nullptr;
        with_neuron<V>(p.model.kind, [&](auto type) noexcept {
            using N = typename decltype(type)::type;
            const ReceptorForm form = receptor_form(p.model);
            if (N::kDifferentiable && form == ReceptorForm::two_conductances)
                found = advance_as<N, ReceptorForm::two_conductances>(p);
            else if (N::kDifferentiable && form == ReceptorForm::two_currents)
                found = advance_as<N, ReceptorForm::two_currents>(p);
            else
                found = advance_as<N, ReceptorForm::any>(p);
        });
        return found;
    }
    template <class N, ReceptorForm form>
    static Advance advance_as(const PopulationPlan& p) noexcept {
        return p.ref_steps ? &TargetSteps::advance_all<N, form, true>
                           : &TargetSteps::advance_all<N, form, false>;
    }
    template <class N, ReceptorForm form, bool waits> void advance_all(Neurons& all) noexcept {
        const N neuron = all.constants.template of<N>();
        const V lowest = V::set(-neuron.bound), reset = V::set(neuron.reset), zero = V::set(0),
                one = V::set(1);
        const std::size_t n = all.plan->model.n_units;
        for (std::size_t u = 0; u < n; u += L) {
            const NeighbourRows<V> g{all.conductances + u, all.stride},
                state{all.state + u, all.stride};
            V v = neuron.template step<form>(V::load(all.voltages + u), g, state);
            if constexpr (waits) {
                const V wait = V::load(all.refractory + u);
                const Mask clamped = less(zero, wait);
                v = select(clamped, reset, v);
                select(clamped, wait - one, wait).store(all.refractory + u);
            }
            v.store(all.voltages + u);
            const bool calm = V::Ops::all(
                V::Ops::both(less_equal(v, neuron.ceiling(state)), less_equal(lowest, v)));
            if (__builtin_expect(!calm, 0))
                fire<N>(all, u);
        }
    }
    // A voltage among neighbours is above threshold, outside of the bound, or not a number.
    template <class N> __attribute__((noinline)) void fire(Neurons& all, std::size_t u) noexcept {
        const N neuron = all.constants.template of<N>();
        const std::size_t left = all.plan->model.n_units - u, n = left < L ? left : L;
        const NeighbourRows<V> state{all.state + u, all.stride};
        const V v = V::load(all.voltages + u), wait = V::load(all.refractory + u), zero = V::set(0),
                one = V::set(1);
        const V outside = select(LaneGroup<V>::inside(v, bound_), zero, one);
        const Mask mask =
            V::Ops::both(V::Ops::both(less(neuron.threshold(state), v), less_equal(wait, zero)),
                         first_lanes<V>(n));
        Real leaves[L], spiked[L];
        outside.store(leaves);
        select(mask, one, zero).store(spiked);
        select(mask, V::set(neuron.reset), v).store(all.voltages + u);
        select(mask, V::set(neuron.refractory), wait).store(all.refractory + u);
        neuron.spike(state, mask);
        for (std::size_t l = 0; runs_ && l < n; ++l) {
            if (leaves[l] != 0)
                return freeze();
            if (spiked[l] != 0)
                spike(all, u + l);
        }
    }
    void spike(Neurons& all, std::size_t unit) noexcept {
        const PopulationPlan& p = *all.plan;
        const std::uint64_t* const window = array<std::uint64_t>(sim_, p.window);
        if (now_ >= window[0] && now_ < window[1])
            all.counts[unit] += 1;
        if (p.history)
            fired(p, slot_of(p, 0))[all.n_spikes] = static_cast<std::uint16_t>(unit);
        ++all.n_spikes;
        if (p.history)
            fired_count(p, slot_of(p, 0)) = all.n_spikes;
        for (std::size_t k = 0; k < n_links_; ++k) {
            TargetLink<V>& q = links_[k];
            if (!q.of.plastic || q.of.plan->model.post != all.index)
                continue;
            if (chunk_.plastic)
                sweep(q, unit);
            q.y.raise(unit);
            q.o.raise(unit);
        }
        if (chunk_.recorder)
            record_spike(*chunk_.recorder, {now_, all.index, static_cast<std::uint32_t>(unit),
                                            static_cast<std::uint32_t>(replica_.index), 1});
    }
    // A postsynaptic spike changes all its afferent synapses.
    void sweep(TargetLink<V>& q, std::size_t unit) noexcept {
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
        if (!sweep_over(q, q.graph.row(unit), change, bound_) && runs_)
            freeze();
    }

    // ---- Spikes that somebody waits for
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
    void begin_spikes(Neurons& all) const noexcept {
        all.n_spikes = 0;
        if (all.plan->history)
            fired_count(*all.plan, slot_of(*all.plan, 0)) = 0;
    }

    void score(Neurons& all) noexcept {
        const PopulationPlan& p = *all.plan;
        Real* const rate = array<Real>(sim_, p.rate) + replica_.index;
        const One r = all.rate.next(One::set(static_cast<Real>(all.n_spikes)), One::load(rate));
        r.store(rate);
        if (all.rate.leaves(r).r != 0)
            freeze();
        const std::uint64_t* const window = array<std::uint64_t>(sim_, p.window);
        if (now_ < window[0] || now_ >= window[1])
            return;
        const auto [off, part] = all.rate.deviation(r);
        Real* const recent = array<Real>(sim_, p.score) + replica_.index * kScore + 1;
        fma(off, part, One::load(recent)).store(recent);
    }
    // As in SpikingSteps.
    void settle_all() noexcept {
        for (std::size_t i = 0; i < n_neurons_; ++i) {
            Neurons& all = neurons_[i];
            const PopulationPlan& p = *all.plan;
            settle_neighbours<V>(all.voltages, all.stride);
            settle_neighbours<V>(all.conductances, p.model.n_receptors * all.stride);
            settle_neighbours<V>(all.state, state_rows(p.model) * all.stride);
            if (!p.score)
                continue;
            Real* const rate = array<Real>(sim_, p.rate) + replica_.index;
            settle(One::load(rate)).store(rate);
            Real* const score = array<Real>(sim_, p.score) + replica_.index * kScore;
            score[0] += score[1];
            score[1] = 0;
        }
    }

    Sim& sim_;
    const SpikeChunk& chunk_;
    const V bound_; // of voltages and weights
    LaneGroup<One> replica_{};
    bool runs_ = true;      // the replica in work is not frozen
    std::uint64_t now_ = 0; // the step
    std::size_t n_links_, n_neurons_ = 0;
    TargetLink<V> links_[64];
    Neurons neurons_[64];
};

} // namespace
} // namespace carve
