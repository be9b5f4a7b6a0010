// Networks whose rules are functions of what a spike finds, of traces with fixed time constants, the weight and the state of
// the postsynaptic neuron, written down step by step.
#ifndef CARVE_TESTS_REFERENCE_SPIKING_EVENT_RULE_HPP
#define CARVE_TESTS_REFERENCE_SPIKING_EVENT_RULE_HPP

#include "neurons.hpp"
#include "scenario.hpp"

#include <functional>

namespace reference {

// dw / eta at a spike of either side: of w, the postsynaptic neuron, and the traces r and y, or x and o.
struct EventRule {
    using Change = std::function<double(double w, const PlainNeuron& n, double pre, double post)>;
    Change at_pre, at_post;
};
using MakeEventRule = EventRule (*)(const flat::Rule& rule, const std::vector<double>& theta);

constexpr std::uint32_t kEventUnits = 4;

// Two streamed populations, excitation and inhibition that learns, onto neurons that excite each other by
// synapses that learn by another rule.
inline support::Network event_network(std::uint32_t kind, const flat::Rule& of) {
    support::Network n;
    for (int i = 0; i < 2; ++i) {
        n.population(CARVE_POPULATION_POISSON, 20);
        n.populations.back().source = CARVE_SOURCE_STREAMED;
    }
    n.population(kind, kEventUnits);
    flat::Population& neurons = n.populations[2];
    neurons.scored = 1;
    neurons.n_receptors = 3; // with a slow one, as published
    neurons.more[0].share = 1 / 1.3;
    neurons.more[0].tau = 0.1;
    neurons.v_rest = neurons.v_reset = -0.07;
    neurons.t_ref = kind == CARVE_POPULATION_CVAIF ? 0 : 5e-3;
    n.projection(0, 2, flat::kStatic);
    n.projections[0].gain = 2;
    for (const std::uint32_t shared : {0u, 1u}) {
        flat::Rule rule = of;
        rule.spikes = 1;
        rule.shared = shared;
        rule.coincidence = shared ? CARVE_COINCIDENCE_PRE_FIRST : CARVE_COINCIDENCE_BLIND;
        if (shared)
            rule.taus[0] = 0.03, rule.taus[1] = 0.05, rule.taus[2] = 0.07, rule.taus[3] = 0.09;
        n.rules.push_back(rule);
    }
    n.projection(1, 2, 0);
    n.projections[1].gain = 0.3;
    n.projections[1].receptor = CARVE_INHIBITORY;
    n.projections[1].eta = 1e-3;
    n.projections[1].w_min = 0;
    n.projections[1].w_max = 1;
    n.projection(2, 2, 1);
    n.projections[2].delay = 9;
    n.projections[2].gain = 0.1;
    n.projections[2].eta = -3e-3;
    n.projections[2].w_max = 0.8;
    n.projections[2].w_min = 0.05;
    n.model.n_replicas = 5;
    return n;
}

struct PlainSynapses { // all traces are kept for each of them
    std::vector<double> w, x, y, r, o;
    explicit PlainSynapses(const std::vector<double>& weights)
        : w(weights), x(w.size()), y(x), r(x), o(x) {}
};

class PlainNetwork {
  public:
    std::vector<PlainNeuron> neurons;
    std::vector<PlainSynapses> synapses;
    std::vector<carve_spike> spikes;

    PlainNetwork(const SpikingScenario& s, std::size_t lane, MakeEventRule make)
        : neurons(kEventUnits, {s.network.populations[2], s.network.model.dt}), n_(s.network) {
        for (std::size_t k = 0; k < 3; ++k)
            synapses.emplace_back(s.weights[lane][k]);
        for (std::size_t r = 0; r < 2; ++r)
            rules_.push_back(make(n_.rules[r], s.theta[lane][r]));
        std::vector<std::size_t> at(2);
        for (std::uint64_t t = 0; t < s.n_steps; ++t) {
            std::vector<std::vector<char>> here(3);
            for (std::size_t k = 0; k < 2; ++k) {
                here[k].resize(n_.n_pre(k));
                for (; at[k] < s.spikes[k].size() && s.spikes[k][at[k]].step == t; ++at[k])
                    here[k][s.spikes[k][at[k]].unit] = 1;
            }
            here[2] = t < n_.projections[2].delay
                          ? std::vector<char>(kEventUnits)
                          : fired_[std::size_t(t - n_.projections[2].delay)];
            step(t, here);
        }
    }

  private:
    bool absent(std::size_t k, std::size_t i, std::size_t j) const {
        return !n_.connected(k, std::uint32_t(i), std::uint32_t(j));
    }
    void step(std::uint64_t t, const std::vector<std::vector<char>>& here) {
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t j = 0; j < here[k].size(); ++j)
                for (std::size_t i = 0; here[k][j] && i < kEventUnits; ++i)
                    if (!absent(k, i, j))
                        arrive(k, i, j);
        fired_.emplace_back(kEventUnits);
        for (std::uint32_t i = 0; i < kEventUnits; ++i) {
            if (!neurons[i].step())
                continue;
            fired_.back()[i] = 1;
            spikes.push_back({t, 2, i, 0, 0});
            for (std::size_t k = 1; k < 3; ++k)
                for (std::size_t j = 0; j < here[k].size(); ++j)
                    if (!absent(k, i, j))
                        sweep(k, i, j, here[k][j] != 0);
        }
        for (std::size_t k = 1; k < 3; ++k) {
            const double* const taus = n_.rules[k - 1].taus;
            std::vector<double>* const traces[] = {&synapses[k].x, &synapses[k].y, &synapses[k].r,
                                                   &synapses[k].o};
            for (std::size_t m = 0; m < 4; ++m)
                for (double& value : *traces[m])
                    value *= std::exp(-n_.model.dt / taus[m]);
        }
    }
    void change(std::size_t k, std::size_t e, double dw) {
        double& w = synapses[k].w[e];
        w = std::min(std::max(w + n_.projections[k].eta * dw, n_.projections[k].w_min),
                     n_.projections[k].w_max);
    }
    void arrive(std::size_t k, std::size_t i, std::size_t j) {
        PlainSynapses& s = synapses[k];
        const std::size_t e = i * n_.n_pre(k) + j;
        neurons[i].g[n_.projections[k].receptor] += n_.projections[k].gain * s.w[e];
        if (k == 0)
            return;
        change(k, e, rules_[k - 1].at_pre(s.w[e], neurons[i], s.r[e], s.y[e]));
        s.x[e] += 1;
        s.r[e] += 1;
    }
    void sweep(std::size_t k, std::size_t i, std::size_t j, bool coincident) {
        PlainSynapses& s = synapses[k];
        const std::size_t e = i * n_.n_pre(k) + j;
        const bool blind = n_.rules[k - 1].coincidence == CARVE_COINCIDENCE_BLIND;
        const double x = blind && coincident ? s.x[e] - 1 : s.x[e];
        change(k, e, rules_[k - 1].at_post(s.w[e], neurons[i], x, s.o[e]));
        s.y[e] += 1;
        s.o[e] += 1;
    }

    const support::Network& n_;
    std::vector<EventRule> rules_;
    std::vector<std::vector<char>> fired_;
};

// Weights that have changed, but not to a bound.
inline std::size_t count_moved(const std::vector<double>& w, const std::vector<double>& before) {
    std::size_t moved = 0;
    for (std::size_t e = 0; e < w.size(); ++e)
        moved += std::fabs(w[e] - before[e]) > 1e-4 && w[e] > 0 && w[e] < 1;
    return moved;
}

inline void compare_events(const support::Network& n, std::uint64_t seed, MakeEventRule make) {
    SpikingScenario s = fill_scenario(n, seed, 8000, 25);
    support::Sim sim(s.network);
    load(sim, s);
    const auto recorded = record(sim, s, s.n_steps);
    std::size_t moved = 0;
    for (std::size_t lane = 0; lane < s.network.model.n_replicas; ++lane) {
        CAPTURE(lane);
        const PlainNetwork plain(s, lane, make);
        CHECK(plain.spikes.size() > 10); // or there is nothing to compare
        REQUIRE(recorded[lane].size() == plain.spikes.size());
        for (std::size_t k = 0; k < plain.spikes.size(); ++k) {
            REQUIRE(recorded[lane][k].step == plain.spikes[k].step);
            REQUIRE(recorded[lane][k].unit == plain.spikes[k].unit);
        }
        for (std::uint32_t k = 1; k < 3; ++k) {
            CAPTURE(k);
            CHECK(support::relative_error(sim.weights(k).lane(lane),
                                          of_synapses(s.network, k, plain.synapses[k].w)) <= 1e-9);
        }
        for (std::uint32_t k = 3; k < s.network.projections.size(); ++k)
            CHECK(support::relative_error(sim.weights(k).lane(lane), s.weights[lane][k]) > 1e-4);
        moved += count_moved(plain.synapses[1].w, s.weights[lane][1]);
    }
    CHECK(moved > 5);
}

} // namespace reference
#endif
