// target_step.hpp: the time loop of spiking models where lanes are targets. Replicas are stepped one after
// the other through a chunk of steps, so that the state of one stays in the cache.
#pragma once
#include "frozen_lanes.hpp"
#include "neurons/every_neuron.hpp"
#include "recorder.hpp"
#include "scored_rate.hpp"
#include "target_synapses.hpp"

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

// Likewise, of numbers in growing form; where the scale is 1 they are as they are.
template <class V> struct GrowingRows : NeighbourRows<V> {
    V scales[kMaxReceptors];
    CARVE_INLINE V load(std::size_t i) const noexcept {
        return NeighbourRows<V>::load(i) * scales[i];
    }
    CARVE_INLINE void fade(std::size_t i, const V& factor) noexcept {
        scales[i] = scales[i] * factor;
    }
};

template <class V> class TargetSteps : TargetSynapses<V> {
    using Synapses = TargetSynapses<V>;
    using Synapses::arrive, Synapses::end_step, Synapses::fired, Synapses::fired_count,
        Synapses::freeze, Synapses::slot_of, Synapses::sweep;
    using Synapses::bound_, Synapses::chunk_, Synapses::links_, Synapses::n_links_, Synapses::now_,
        Synapses::replica_, Synapses::runs_, Synapses::sim_;
    using typename Synapses::One;
    using typename Synapses::Real;
    using Mask = typename V::Mask;
    static constexpr std::size_t L = V::lanes;

  public:
    TargetSteps(Sim& sim, const SpikeChunk& chunk) noexcept : Synapses(sim, chunk) {
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
        Real *voltages, *refractory, *conductances, *scales, *state, *counts;
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
            all.scales = array<Real>(sim_, p.conductance_scales) + r * p.model.n_receptors;
            all.state = rows(p.state, state_rows(p.model));
        }
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

    // ---- Neurons
    using Advance = void (TargetSteps::*)(Neurons&) noexcept;
    static Advance advance_of(const PopulationPlan& p) noexcept {
        Advance found = nullptr;
        with_neuron<V>(p.model.kind, [&](auto type) noexcept {
            using N = typename decltype(type)::type;
            const ReceptorForm form = receptor_form(p.model);
            if (form == ReceptorForm::two_conductances)
                found = advance_as<N, ReceptorForm::two_conductances>(p);
            else if (form == ReceptorForm::two_currents)
                found = advance_as<N, ReceptorForm::two_currents>(p);
            else if (p.model.n_receptors == 3)
                found = advance_as<N, ReceptorForm::three>(p);
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
        const std::size_t n = all.plan->model.n_units, receptors = all.plan->model.n_receptors;
        V scales[kMaxReceptors];
        for (std::size_t i = 0; i < kMaxReceptors; ++i)
            scales[i] = i < receptors ? V::set(all.scales[i]) : one;
        for (std::size_t u = 0; u < n; u += L) {
            GrowingRows<V> g{{all.conductances + u, all.stride},
                             {scales[0], scales[1], scales[2], scales[3]}};
            const NeighbourRows<V> state{all.state + u, all.stride};
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
        for (std::size_t i = 0; i < receptors; ++i)
            if (!(neuron.receptors.filtered >> i & 1))
                Growing<V>{all.conductances + i * all.stride, all.scales + i, all.stride,
                           neuron.receptors.decay[i]}
                    .fade();
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
            for (std::size_t k = 0; k < p.model.n_receptors; ++k)
                if (p.model.receptors[k].kind == CARVE_RECEPTOR_FILTERED)
                    settle_neighbours<V>(all.conductances + k * all.stride, all.stride);
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

    std::size_t n_neurons_ = 0;
    Neurons neurons_[64];
};

} // namespace
} // namespace carve
