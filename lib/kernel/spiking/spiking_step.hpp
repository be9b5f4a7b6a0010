// spiking_step.hpp: the time loop of spiking models. Poisson spikes are the same in all lanes, so a few
// lane groups go through time together: a spike's search for its synapses is shared, and one
// group's arithmetic hides the latency of another's.
#pragma once
#include "recorder.hpp"
#include "spike_modulation.hpp"

namespace carve {
namespace {

template <class P> class SpikingSteps : SpikeModulation<P> {
    using Synapses = SpikeModulation<P>;
    using Synapses::check, Synapses::freeze, Synapses::kAtOnce, Synapses::history,
        Synapses::in_window, Synapses::rule, Synapses::take;
    using Synapses::chunk_, Synapses::constants_, Synapses::first_from_, Synapses::from_,
        Synapses::links_, Synapses::neuron_rows_, Synapses::rates_;
    using Synapses::n_general_, Synapses::n_links_, Synapses::n_lane_groups_,
        Synapses::n_modulated_, Synapses::n_uses_, Synapses::now_, Synapses::sens_, Synapses::sim_,
        Synapses::lane_groups_;
    using typename Synapses::Mask;
    using typename Synapses::Real;
    static constexpr std::size_t W = P::width;

  public:
    SpikingSteps(Sim& sim, const SpikeChunk& chunk) noexcept : Synapses(sim, chunk) {
        for (std::size_t i = 0; i < sim.model.n_populations; ++i) {
            const PopulationPlan& p = populations(sim)[i];
            if (is_neuron(p.model))
                neurons_[n_neurons_++] = {
                    i, advance_of(p.model, sens_.on() || p.history || p.model.scored)};
        }
    }

    void run() noexcept {
        const std::size_t per_block = W / P::lanes, n = sim_.n_blocks * per_block;
        // The last spikes belong to all lanes: each set of lane groups that run
        // together follows them from the chunk's start, on a copy if there are several sets.
        const bool copies = n > kAtOnce;
        for (std::size_t k = 0; k < n_links_; ++k) {
            const ProjectionPlan& q = *links_[k].plan;
            if (q.last)
                links_[k].last = array<std::uint64_t>(sim_, copies ? q.last_working : q.last);
        }
        bool ran = false;
        for (std::size_t first = 0; first < n; first += kAtOnce) {
            n_lane_groups_ = 0;
            for (std::size_t s = first; s < n && s < first + kAtOnce; ++s) {
                const SpikingLaneGroup<P> lane_group{
                    {&sim_, s / per_block, s % per_block * P::lanes}, n_lane_groups_};
                if (lane_group.live_lanes() == 0)
                    continue;
                if (chunk_.first_of_call)
                    enter(lane_group);
                if (!lane_group.all_frozen())
                    take(lane_group);
                else if (chunk_.first_of_call)
                    leave(lane_group);
            }
            if (n_lane_groups_ == 0)
                continue;
            if (copies)
                copy_last(true);
            if (sens_.on())
                start_segment(chunk_.first);
            if (n_modulated_)
                this->observe(0);
            const Between between = sens_.on()                   ? Between::sensitivities
                                    : n_modulated_ || n_general_ ? Between::rules
                                                                 : Between::nothing;
            for (std::uint32_t t = 0; t < chunk_.n_steps; ++t) {
                step(t);
                if (between == Between::nothing)
                    continue;
                if (between == Between::sensitivities)
                    finish_sens(t + 1 == chunk_.n_steps);
                else
                    between_steps(t);
            }
            ran = true;
            for (std::size_t s = 0; s < n_lane_groups_; ++s)
                if (chunk_.last_of_call || lane_groups_[s].all_frozen())
                    leave(lane_groups_[s]);
        }
        if (ran && copies)
            copy_last(false);
    }

  private:
    // ---- Around the steps
    enum class Between { nothing, sensitivities, rules }; // steps; a model has one of these
    // What third factors, gates, eligibility traces and several rules of a projection want.
    __attribute__((noinline)) void between_steps(std::uint32_t t) noexcept {
        this->finish_generally();
        if (n_modulated_)
            this->follow_and_observe(t);
    }
    // Frozen lanes hold what keeps them still while others run. Padding always does, since the reset, if
    // its rules are 0.
    void enter(const SpikingLaneGroup<P>& s) noexcept {
        const HeldLanes<P> held(s);
        const Mask padding = less(P::set(0), held.padding);
        const bool padded = P::Ops::any(padding);
        for (std::size_t k = 0; k < n_uses_; ++k) {
            Real* const rows = rule(s, k);
            prepare_projection<P>(s, links_[k], rows, this->terms(s, k));
            this->prepare_modulation(s, k, padding);
            const std::size_t first = links_[k].plastic ? 0 : std::size_t{kGain};
            const auto clear_padding = [&](Real* at) noexcept {
                select(padding, P::set(0), P::load(at)).store(at);
            };
            for (std::size_t row = first; padded && row < kSpikeRows; ++row)
                clear_padding(rows + row * W);
            const std::size_t sums = links_[k].sum_power ? 2 * kSpikeTheta : 0;
            for (std::size_t row = 0; padded && row < sums; ++row)
                clear_padding(sum_rows(s, *links_[k].plan, 1) + row * W);
        }
        hold_frozen(s, held, true);
    }
    void leave(const SpikingLaneGroup<P>& s) const noexcept {
        hold_frozen(s, HeldLanes<P>(s), false);
    }
    void hold_frozen(const SpikingLaneGroup<P>& s, const HeldLanes<P>& held,
                     bool in_work) const noexcept {
        if (P::Ops::any(less(P::set(0), held.frozen)))
            hold_lanes(s, s.slot, {held.frozen, P::set(0)}, in_work);
    }
    void copy_last(bool to_working) const noexcept {
        for (std::size_t k = 0; k < n_links_; ++k) {
            const ProjectionPlan& q = *links_[k].plan;
            if (!q.last)
                continue;
            __builtin_memcpy(array<char>(sim_, to_working ? q.last_working : q.last),
                             array<char>(sim_, to_working ? q.last : q.last_working),
                             std::size_t{8} * links_[k].pre);
        }
    }
    template <class Do> void for_plastic_links(Do&& action) noexcept { // of every lane group
        for (std::size_t k = 0; k < n_links_; ++k)
            for (std::size_t s = 0; links_[k].plastic && s < n_lane_groups_; ++s)
                action(links_[k], lane_groups_[s]);
    }
    void start_segment(std::uint64_t first) noexcept {
        sens_.start_segment(first);
        for_plastic_links([&](const SpikeLink& q, const SpikingLaneGroup<P>& s) noexcept {
            sens_.start_segment(q, s);
        });
    }
    void finish_sens(bool last) noexcept {
        const bool end = last || (now_ + 1) % kSegment == 0;
        for_plastic_links([&](const SpikeLink& q, const SpikingLaneGroup<P>& s) noexcept {
            if (end)
                sens_.end_segment(q, s, now_);
            else
                sens_.next_step(q, s);
        });
        if (end)
            start_segment(now_ + 1);
    }

    // ---- One step: arrivals, membranes, spikes, decay
    void step(std::uint32_t t) noexcept {
        now_ = chunk_.first + t;
        for (std::uint32_t e = chunk_.begin[t]; e < chunk_.begin[t + 1]; ++e) {
            const Spike spike = chunk_.spikes[e];
            for (std::size_t k = first_from_[spike.population];
                 k < first_from_[spike.population + 1]; ++k)
                this->arrive(links_[from_[k]], spike.unit);
        }
        for (std::size_t k = 0; k < n_links_; ++k)
            if (links_[k].plan->model.delay > 0)
                this->deliver(links_[k]);
        for (std::size_t i = 0; i < n_neurons_; ++i)
            (this->*neurons_[i].advance)(neurons_[i].population);
        this->decay_traces();
        if ((now_ + 1) % 64 == 0)
            settle_all();
    }

    // ---- Neurons
    using Advance = void (SpikingSteps::*)(std::size_t population) noexcept;
    // The loop for a kind of neurons and what they have, looked up once a call.
    static Advance advance_of(const Population& p, bool detailed) noexcept {
        Advance found = nullptr;
        with_neuron<P>(p.kind, [&](auto type) noexcept {
            using N = typename decltype(type)::type;
            if constexpr (N::kDifferentiable) { // forms of its own for what Vogels et al. have
                const ReceptorForm form = receptor_form(p);
                if (form == ReceptorForm::two_conductances)
                    found = p.n_units == 1
                                ? advance_as<N, ReceptorForm::two_conductances, true>(detailed)
                                : advance_as<N, ReceptorForm::two_conductances>(detailed);
                else if (form == ReceptorForm::two_currents)
                    found = advance_as<N, ReceptorForm::two_currents>(detailed);
            }
            if (!found)
                found = advance_as<N, ReceptorForm::any>(detailed);
        });
        return found;
    }
    template <class N, ReceptorForm form, bool single = false>
    static Advance advance_as(bool detailed) noexcept {
        return detailed ? &SpikingSteps::advance_all<N, form, true, single>
                        : &SpikingSteps::advance_all<N, form, false, single>;
    }
    // single: of one unit, so that the loop over lane groups is the innermost, before which constants are
    // loaded.
    template <class N, ReceptorForm form, bool detailed, bool single>
    void advance_all(std::size_t population) noexcept {
        constexpr bool slopes = detailed && N::kDifferentiable && form != ReceptorForm::any;
        const PopulationPlan& p = populations(sim_)[population];
        const N neuron = constants_[population].template of<N>(); // which no store can change
        const P lowest = P::set(-neuron.bound), reset = P::set(neuron.reset), zero = P::set(0),
                one = P::set(1);
        const std::size_t units = single ? 1 : p.model.n_units, receptors = p.model.n_receptors;
        for (std::size_t s = 0; s < n_lane_groups_; ++s) {
            const NeuronRows<P> rows = neuron_rows_[population][s];
            P n_spikes = zero;
            for (std::size_t i = 0; i < units; ++i) {
                Real *const at = rows.voltages + i * W, *const refractory = rows.refractory + i * W;
                LaneRows<P> g{rows.conductances + receptors * i * W};
                const LaneRows<P> state{rows.state + N::kRows * i * W};
                const P wait = P::load(refractory), before = P::load(at);
                const Mask clamped = less(zero, wait);
                P g_exc = zero, g_inh = zero;
                if (slopes && sens_.on()) {
                    g_exc = g.load(0);
                    g_inh = g.load(1);
                }
                const P v = select(clamped, reset, neuron.template step<form>(before, g, state));
                v.store(at);
                select(clamped, wait - one, wait).store(refractory);
                if constexpr (slopes)
                    if (sens_.on())
                        begin_sens<N, form>(s, population, i, before, v, clamped, g_exc, g_inh);
                P spiked = zero;
                const bool calm = P::Ops::all(
                    P::Ops::both(less_equal(v, neuron.ceiling(state)), less_equal(lowest, v)));
                if (__builtin_expect(!calm, 0))
                    spiked = fire<N>(s, population, i);
                else if (detailed && p.history)
                    zero.store(history(lane_groups_[s], p, i, 0));
                if (!detailed)
                    continue;
                n_spikes = n_spikes + spiked;
                if (slopes && sens_.on())
                    end_sens(s, population, i, spiked);
            }
            if (detailed && p.model.scored)
                score(s, population, n_spikes);
        }
    }
    template <class N, ReceptorForm form>
    __attribute__((noinline)) void
    begin_sens(std::size_t s, std::size_t population, std::size_t unit, const P& before, const P& v,
               const Mask& clamped, const P& g_exc, const P& g_inh) noexcept {
        const N neuron = constants_[population].template of<N>();
        sens_.membrane(
            lane_groups_[s], populations(sim_)[population], unit,
            neuron.template slopes<form>(before, v, g_exc, g_inh,
                                         P::set(static_cast<Real>(sim_.model.surrogate))),
            clamped, neuron.receptors.decay);
        for (std::size_t k = 0; k < n_links_; ++k)
            if (links_[k].plastic && links_[k].plan->model.post == population)
                sens_.keep_trace(links_[k], lane_groups_[s], unit, now_);
    }
    __attribute__((noinline)) void end_sens(std::size_t s, std::size_t population, std::size_t unit,
                                            const P& spiked) noexcept {
        const PopulationPlan& p = populations(sim_)[population];
        sens_.finish(lane_groups_[s], p, unit, spiked, now_);
        for (std::size_t k = 0; k < n_links_; ++k)
            if (links_[k].plastic && links_[k].plan->model.post == population)
                sens_.finish(links_[k], lane_groups_[s], p, unit, spiked, now_);
        if (p.model.scored)
            sens_.follow_rate(lane_groups_[s], p, rates_[population], unit);
    }
    // A voltage is above threshold, outside of the bound, or not a number. Returns 1 where a neuron
    // spiked.
    template <class N>
    __attribute__((noinline)) P fire(std::size_t s, std::size_t population,
                                     std::size_t unit) noexcept {
        const PopulationPlan& p = populations(sim_)[population];
        const N neuron = constants_[population].template of<N>();
        const SpikingLaneGroup<P>& lane_group = lane_groups_[s];
        const NeuronRows<P>& rows = neuron_rows_[population][s];
        Real *const at = rows.voltages + unit * W, *const wait = rows.refractory + unit * W;
        const LaneRows<P> state{rows.state + N::kRows * unit * W};
        check(lane_group, P::load(at));
        const P v = P::load(at);
        const Mask mask =
            P::Ops::both(less(neuron.threshold(state), v), less_equal(P::load(wait), P::set(0)));
        const P spiked = select(mask, P::set(1), P::set(0));
        if (p.history)
            spiked.store(history(lane_group, p, unit, 0));
        if (!P::Ops::any(mask))
            return spiked;
        select(mask, P::set(neuron.reset), v).store(at);
        select(mask, P::set(neuron.refractory), P::load(wait)).store(wait);
        neuron.spike(state, mask);
        Real* const count = lane_group.at(p.counts, p.model.n_units, unit);
        if (in_window(population))
            select(mask, P::load(count) + spiked, P::load(count)).store(count);
        for (std::size_t k = 0; k < n_links_; ++k)
            if (links_[k].plastic && links_[k].plan->model.post == population)
                this->sweep(links_[k], s, unit, mask);
        if (chunk_.recorder)
            record(lane_group, population, unit, spiked);
        return spiked;
    }
    void record(const SpikingLaneGroup<P>& s, std::size_t population, std::size_t unit,
                const P& spiked) const noexcept {
        Real lanes[P::lanes];
        spiked.store(lanes);
        for (std::size_t l = 0; l < s.live_lanes(); ++l)
            if (lanes[l] != 0)
                record_spike(*chunk_.recorder,
                             {now_, static_cast<std::uint32_t>(population),
                              static_cast<std::uint32_t>(unit),
                              static_cast<std::uint32_t>(s.index * W + s.lane + l), 1});
    }

    // (M16): the filtered rate, its bounds, and the loss of the window.
    void score(std::size_t s, std::size_t population, const P& n_spikes) noexcept {
        const PopulationPlan& p = populations(sim_)[population];
        const RateConstants<P>& c = rates_[population];
        Real* const rate = lane_groups_[s].at(p.rate, 1);
        const P r = c.next(n_spikes, P::load(rate));
        r.store(rate);
        const Mask stays = less(c.leaves(r), P::set(1));
        if (__builtin_expect(!P::Ops::all(stays), 0))
            freeze(lane_groups_[s], stays);
        if (!in_window(population))
            return;
        Real* const recent = lane_groups_[s].at(p.score, kScore, 1);
        const auto [off, part] = c.deviation(r);
        fma(off, part, P::load(recent)).store(recent);
        if (sens_.on())
            sens_.score(lane_groups_[s], p, part * (P::set(2) - part));
    }
    // Sums of many small numbers are kept in two parts; values of no consequence become 0.
    void settle_all() noexcept {
        this->settle_traces();
        for (std::size_t i = 0; i < sim_.model.n_populations; ++i) {
            const PopulationPlan& p = populations(sim_)[i];
            const std::size_t units = p.model.n_units;
            for (std::size_t s = 0; is_neuron(p.model) && s < n_lane_groups_; ++s) {
                const NeuronRows<P>& rows = neuron_rows_[i][s];
                settle_rows<P>(rows.voltages, units); // where rest is 0
                settle_rows<P>(rows.conductances, p.model.n_receptors * units);
                settle_rows<P>(rows.state, state_rows(p.model) * units);
                if (sens_.on())
                    sens_.settle(lane_groups_[s], p);
                if (!p.score)
                    continue;
                settle_rows<P>(lane_groups_[s].at(p.rate, 1), 1);
                Real *const sum = lane_groups_[s].at(p.score, kScore), *const recent = sum + W;
                (P::load(sum) + P::load(recent)).store(sum);
                P::set(0).store(recent);
                if (sens_.on())
                    sens_.settle_score(lane_groups_[s], p);
            }
        }
    }

    struct Neurons {
        std::size_t population;
        Advance advance;
    };
    std::size_t n_neurons_ = 0;
    Neurons neurons_[kMostElements]; // populations of neurons
};

} // namespace
} // namespace carve
