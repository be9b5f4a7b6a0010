// Every kind of neuron against one that is written down step by step: the same spikes, the same state.
#include "reference/spiking/neurons.hpp"
#include "reference/spiking/scenario.hpp"

#include <functional>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

struct Case {
    const char* name;
    std::uint32_t kind;
    std::function<void(flat::Population&)> change;
};
void as_published(flat::Population&) {}
// An excitatory conductance, a third of which passes slowly.
void slow(flat::Population& p) {
    p.n_receptors = 3;
    p.more[0].share = 1.0 / 3;
    p.more[0].tau = 0.05;
}
void at_rest_of_auryn(flat::Population& p) {
    slow(p);
    p.more[0].tau = 0.1;
    p.v_rest = p.v_reset = -0.07;
    p.t_ref = 0;
}
void everything(flat::Population& p) {
    slow(p);
    p.n_receptors = 4;
    p.v_rest = -0.065;
    p.v_reset = -0.063;
    p.drive = 0.004;
    p.t_ref = 2e-3;
    p.tau_m = 0.015;
    p.threshold_jump = 0.02;
    p.threshold_tau = 0.01;
    p.v_min = -0.066;
    p.v_max = -0.045;
    p.adaptation_jump = 0.3;
    p.adaptation_reversal = -0.075;
    p.adaptation_tau = 0.04;
    p.voltage_tau = 0.03;
    p.excitatory_tau = 0.02;
    p.inhibitory_tau = 0.05;
}
void one_current(flat::Population& p) {
    p.n_receptors = 1;
    p.synapses = CARVE_RECEPTOR_CURRENT;
}
void slow_current(flat::Population& p) {
    slow(p);
    p.synapses = CARVE_RECEPTOR_CURRENT;
    p.v_inh = 0;
}
const Case kCases[] = {{"lif", CARVE_POPULATION_LIF, as_published},
                       {"lif, slow receptor", CARVE_POPULATION_LIF, slow},
                       {"lif, four receptors", CARVE_POPULATION_LIF, everything},
                       {"lif, one current", CARVE_POPULATION_LIF, one_current},
                       {"tif", CARVE_POPULATION_TIF, as_published},
                       {"tif, four receptors", CARVE_POPULATION_TIF, everything},
                       {"if", CARVE_POPULATION_IF, at_rest_of_auryn},
                       {"if, four receptors", CARVE_POPULATION_IF, everything},
                       {"if, slow current", CARVE_POPULATION_IF, slow_current},
                       {"cvaif", CARVE_POPULATION_CVAIF, at_rest_of_auryn},
                       {"cvaif, four receptors", CARVE_POPULATION_CVAIF, everything},
                       {"cvaif, one current", CARVE_POPULATION_CVAIF, one_current},
                       {"eif", CARVE_POPULATION_EIF, as_published},
                       {"eif, four receptors", CARVE_POPULATION_EIF, everything}};

constexpr std::uint32_t kUnits = 3, kDelay = 9;

// A streamed population for each receptor that takes spikes, and then the neurons, which excite each
// other.
Network network_of(const Case& c) {
    Network n;
    flat::Population neurons;
    neurons.kind = c.kind;
    neurons.n_units = kUnits;
    neurons.scored = 1;
    c.change(neurons);
    const std::uint32_t kinds[] = {neurons.synapses, neurons.synapses, neurons.more[0].kind,
                                   neurons.more[1].kind};
    std::vector<std::uint32_t> receptors;
    for (std::uint32_t r = 0; r < neurons.n_receptors; ++r)
        if (kinds[r] != CARVE_RECEPTOR_FILTERED)
            receptors.push_back(r);
    const std::uint32_t post = std::uint32_t(receptors.size());
    for (const std::uint32_t r : receptors) {
        n.population(CARVE_POPULATION_POISSON, 20);
        n.populations.back().source = CARVE_SOURCE_STREAMED;
        flat::Projection p;
        p.pre = std::uint32_t(n.populations.size() - 1);
        p.post = post;
        p.receptor = r;
        const bool current = kinds[r] == CARVE_RECEPTOR_CURRENT;
        p.gain = current ? (r == CARVE_INHIBITORY ? -0.004 : 0.02) : r ? 0.3 : 1;
        n.projections.push_back(p);
    }
    n.populations.push_back(neurons);
    n.projection(post, post, flat::kStatic);
    n.projections.back().delay = kDelay;
    n.projections.back().gain = kinds[0] == CARVE_RECEPTOR_CURRENT ? 0.002 : 0.1;
    n.model.n_replicas = 5;
    return n;
}

struct PlainRun {
    std::vector<PlainNeuron> neurons;
    std::vector<carve_spike> spikes;
    double rate; // filtered (M16)
};
PlainRun run_plainly(const SpikingScenario& s, std::size_t lane) {
    const Network& n = s.network;
    const std::uint32_t population = std::uint32_t(n.populations.size() - 1);
    PlainRun run{std::vector<PlainNeuron>(kUnits, {n.populations.back(), n.model.dt}),
                 {},
                 n.populations.back().rate_start};
    std::vector<std::size_t> at(s.spikes.size());
    std::vector<std::vector<bool>> fired;
    for (std::uint64_t t = 0; t < s.n_steps; ++t) {
        const auto arrive = [&](std::size_t k, std::size_t unit) {
            for (std::size_t i = 0; i < kUnits; ++i)
                if (n.projections[k].pre != population || i != unit)
                    run.neurons[i].g[n.projections[k].receptor] +=
                        n.projections[k].gain * s.weights[lane][k][i * n.n_pre(k) + unit];
        };
        for (std::size_t k = 0; k < s.spikes.size(); ++k)
            for (; at[k] < s.spikes[k].size() && s.spikes[k][at[k]].step == t; ++at[k])
                arrive(k, s.spikes[k][at[k]].unit);
        for (std::uint32_t j = 0; t >= kDelay && j < kUnits; ++j)
            if (fired[t - kDelay][j])
                arrive(s.spikes.size(), j);
        fired.emplace_back(kUnits);
        run.rate *= std::exp(-n.model.dt / n.populations.back().rate_tau);
        for (std::uint32_t i = 0; i < kUnits; ++i)
            if ((fired.back()[i] = run.neurons[i].step())) {
                run.spikes.push_back({t, population, i, 0, 0});
                run.rate += 1 / (n.populations.back().rate_tau * kUnits);
            }
    }
    return run;
}

void check_state(const Sim& sim, std::uint32_t population, std::size_t lane,
                 const std::vector<PlainNeuron>& neurons) {
    std::vector<double> v, g, state;
    for (const PlainNeuron& neuron : neurons) {
        v.push_back(neuron.v);
        g.insert(g.end(), neuron.g.begin(), neuron.g.end());
        const std::vector<double> own = neuron.state();
        state.insert(state.end(), own.begin(), own.end());
    }
    const auto compare = [&](std::uint32_t which, const std::vector<double>& expected) {
        CAPTURE(which);
        CHECK(support::relative_error(support::Array(sim.get(), which, population).lane(lane),
                                      expected) <= 1e-9);
    };
    compare(CARVE_VIEW_VOLTAGES, v);
    compare(CARVE_VIEW_CONDUCTANCES, g);
    carve_view view;
    if (state.empty())
        CHECK(carve_sim_view(sim.get(), CARVE_VIEW_NEURON_STATE, population, &view, nullptr) ==
              CARVE_E_UNAVAILABLE);
    else
        compare(CARVE_VIEW_NEURON_STATE, state);
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("every kind of neuron spikes and remembers as one that is written down step by step") {
    for (const Case& c : kCases) {
        CAPTURE(std::string(c.name));
        SpikingScenario s = fill_scenario(network_of(c), 70 + c.kind, 20000, 25);
        Sim sim(s.network);
        load(sim, s);
        const auto recorded = record(sim, s, s.n_steps);
        for (std::size_t lane = 0; lane < s.network.model.n_replicas; ++lane) {
            CAPTURE(lane);
            const PlainRun plain = run_plainly(s, lane);
            CHECK(plain.spikes.size() > 10); // or there is nothing to compare
            REQUIRE(recorded[lane].size() == plain.spikes.size());
            for (std::size_t k = 0; k < plain.spikes.size(); ++k) {
                CAPTURE(k);
                REQUIRE(recorded[lane][k].step == plain.spikes[k].step);
                REQUIRE(recorded[lane][k].unit == plain.spikes[k].unit);
            }
            const std::uint32_t population = std::uint32_t(s.network.populations.size() - 1);
            check_state(sim, population, lane, plain.neurons);
            const support::Array rate(sim.get(), CARVE_VIEW_FILTERED_RATE, population);
            CHECK(support::relative_error(rate.lane(lane), {plain.rate}) <= 1e-9);
        }
    }
}

TEST_CASE("neurons without a refractory period may spike in every step") {
    for (const std::uint32_t kind :
         {CARVE_POPULATION_LIF, CARVE_POPULATION_TIF, CARVE_POPULATION_IF, CARVE_POPULATION_CVAIF,
          CARVE_POPULATION_EIF}) {
        CAPTURE(kind);
        Network n;
        n.population(CARVE_POPULATION_POISSON, 1);
        n.population(kind, 1);
        n.populations[1].t_ref = 0;
        n.populations[1].drive = 10;
        n.populations[1].threshold_jump = n.populations[1].adaptation_jump = 0;
        n.projection(0, 1, flat::kStatic);
        Sim sim(n);
        REQUIRE(sim.step({}, 100) == CARVE_OK);
        CHECK(support::Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 1).lane(0) ==
              std::vector<double>{100});
    }
}

TEST_SUITE_END();
