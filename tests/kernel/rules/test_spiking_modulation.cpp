// Third factors and gates of rules at spikes (M47): against the clock-driven reference, and in closed form.
#include "reference/spiking/compare.hpp"

#include <cmath>
#include <functional>
#include <limits>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

// A rule of all its terms, with and without the third factor.
std::uint32_t modulated_rule(Network& n, std::uint64_t terms, std::uint64_t terms_r,
                             std::uint64_t terms_r2) {
    const std::uint32_t i =
        n.rule(flat::spike_terms(terms) | (flat::spike_terms(terms_r | terms_r2) & 15));
    n.rules[i].terms_r = terms_r;
    n.rules[i].terms_r2 = terms_r2;
    n.rules[i].spikes = 1;
    n.rules[i].shared = 0;
    return i;
}
constexpr std::uint64_t kAll = 0xFFFFFF0u;

// One streamed afferent of one synapse, which changes by its spikes alone, on a neuron that is silent; what the
// third factor is made of comes behind. dw = eta (sum over d of theta_d r^d) at a presynaptic spike.
Network afferent(double eta) {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 1);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 1, modulated_rule(n, 0, flat::at_pre(0, 0, 0), 0));
    n.rules[0].shared = 1;
    n.projections[0].gain = 0;
    n.projections[0].eta = eta;
    n.projections[0].modulator = 2;
    return n;
}
std::vector<carve_spike> spikes_at(const std::vector<std::uint64_t>& steps) {
    std::vector<carve_spike> spikes;
    for (const std::uint64_t t : steps)
        spikes.push_back({t, 0, 0, 0, 1});
    return spikes;
}
carve_stream values(const std::vector<double>& x) {
    return {CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()};
}
// A spike in every step.
std::vector<carve_spike> always(std::uint64_t n) {
    std::vector<std::uint64_t> steps(n);
    for (std::uint64_t t = 0; t < n; ++t)
        steps[t] = t;
    return spikes_at(steps);
}

// Of all sources: an input of one unit or several, shared or fixed or not; poisson units; neurons.
Network with_source(std::uint32_t i) {
    Network n = spiking_network(30, 12, 3, kAll | 15);
    n.population(CARVE_POPULATION_INPUT, 1 + i % 3);
    n.populations[3].shared = i / 2 % 2;
    n.populations[3].fixed = i == 3;
    n.population(CARVE_POPULATION_INPUT, 2); // the gate
    n.rules.clear();
    modulated_rule(n, i % 2 ? flat::kTermsPair & kAll : kAll, kAll,
                   i % 3 ? flat::at_pre(1, 0, 1) | flat::at_post(0, 1, 0) : 0);
    n.rules[0].coincidence = i / 2 % 2;
    flat::Projection& p = n.projections[1];
    p.eta = 1e-3;
    p.modulator = i < 4 ? 3 : i < 6 ? 0 : 2;
    if (p.modulator != 3) { // rates of some Hz
        p.modulator_tau = i % 2 ? 0.02 : 1;
        p.eta = i % 2 ? 1e-5 : 1e-4;
    }
    p.gate = i % 2 ? 4 : CARVE_NO_POPULATION;
    p.baseline = i % 3;
    p.window = p.baseline ? 5 + 70 * (i / 3) : 1;
    p.baseline_start = p.baseline ? 0.25 : 0;
    n.model.n_replicas = 5;
    return n;
}

} // namespace

TEST_SUITE_BEGIN("third factor");

TEST_CASE("third factors and gates of spikes agree with the reference, whatever they are made of") {
    for (std::uint32_t i = 0; i < 8; ++i) {
        CAPTURE(i);
        compare(fill_scenario(silence_unread_inputs(with_source(i)), 90 + i, 6000, 30),
                support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE(
    "third factors and gates between neurons, in sparse projections, agree with the reference") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        Network n = with_source(i);
        const std::uint32_t rule =
            modulated_rule(n, flat::kTermsPair & kAll, flat::kTermsPair & kAll, 0);
        n.projection(2, 2, rule);
        flat::Projection& p = n.projections[2];
        p.delay = 1 + 3 * i;
        p.gain = 0.05;
        p.modulator = i % 2 ? 3 : 2;
        p.modulator_tau = i % 2 ? 1 : 0.1; // of neurons
        p.eta = i % 2 ? 1e-2 : 1e-4;
        p.gate = 4;
        if (i / 2) {
            p.connectivity = CARVE_CONNECT_LIST;
            p.rows = {{1, 2}, {}, {0}};
            n.projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
            n.projections[1].in_degree = 7;
        }
        compare(fill_scenario(n, 190 + i, 6000, 30), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("a reward of spikes changes a weight by the filtered rewards before each spike") {
    const double eta = 0.1, tau = 0.05, dt = 1e-4;
    Network n = afferent(eta);
    n.population(CARVE_POPULATION_POISSON, 2);
    n.populations[2].source = CARVE_SOURCE_STREAMED;
    n.projections[0].modulator_tau = tau;
    Sim sim(n);
    sim.theta(0).set(1, 0, 0);
    const std::vector<std::uint64_t> pre{10, 100, 101, 700, 1500}, reward{5, 100, 400, 1499, 1500};
    double expected = 0;
    for (const std::uint64_t t : pre)
        for (const std::uint64_t from : reward)
            if (from < t) // a spike never sees a reward of its own step
                expected += eta / (2 * tau) * std::exp(-double(t - 1 - from) * dt / tau);
    const std::vector<carve_spike> x = spikes_at(pre), r = spikes_at(reward);
    REQUIRE(sim.step({stream_of(x), stream_of(r)}, 2000) == CARVE_OK);
    CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(expected).epsilon(1e-12));
    const double rate = support::Array(sim.get(), CARVE_VIEW_MODULATOR_RATE, 0).get(0);
    double filtered = 0;
    for (const std::uint64_t from : reward)
        filtered += std::exp(-double(1999 - from) * dt / tau) / (2 * tau);
    CHECK(rate == doctest::Approx(filtered).epsilon(1e-12));
}

TEST_CASE("a rule that follows the mean reward of spikes relaxes to it") {
    // At a presynaptic spike dw = eta (r - w): with independent Poisson spikes of rates x and R
    // E w(T) = R (1 - (1 - eta)^n) over n spikes, x T on average.
    const double eta = 0.01, reward = 30, seconds = 20;
    Network n = afferent(eta);
    n.populations[0].source = CARVE_SOURCE_CONSTANT;
    n.populations[0].rate = 40;
    n.populations[0].t_ref = 0;
    n.population(CARVE_POPULATION_POISSON, 20);
    n.populations[2].rate = reward;
    n.populations[2].t_ref = 0;
    n.rules[0].terms = flat::at_pre(0, 0, 1);
    n.projections[0].modulator_tau = 0.02;
    Sim sim(n);
    sim.theta(0).set(-1, 0, 0); // w
    sim.theta(0).set(1, 0, 1);  // r
    REQUIRE(sim.step({}, std::uint64_t(seconds / 1e-4)) == CARVE_OK);
    CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(reward).epsilon(0.05));
}

TEST_CASE("a reward of values less its running mean adds up to its closed form at spikes") {
    const double eta = 0.1, window = 8;
    for (const std::uint32_t baseline : {CARVE_BASELINE_EXPONENTIAL, CARVE_BASELINE_WINDOW}) {
        CAPTURE(baseline);
        Network n = afferent(eta);
        n.population(CARVE_POPULATION_INPUT, 1);
        n.populations[2].shared = 1;
        n.projections[0].baseline = baseline;
        n.projections[0].window = std::uint32_t(window);
        Sim sim(n);
        sim.theta(0).set(1, 0, 0);
        const int steps = 30;
        const std::vector<carve_spike> x = always(steps);
        const std::vector<double> one(steps, 1);
        REQUIRE(sim.step({stream_of(x), values(one)}, steps) == CARVE_OK);
        const double sum = baseline == CARVE_BASELINE_EXPONENTIAL
                               ? window * (1 - std::pow(1 - 1 / window, steps))
                               : (window + 1) / 2;
        CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(eta * sum).epsilon(1e-12));
    }
}

TEST_CASE("a closed gate hides a reward that is not a number, and bounds, and traces go on") {
    Network n = afferent(0.5);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[2].shared = n.populations[3].shared = 1;
    n.rules[0].terms = flat::spike_terms(flat::at_post(1, 0, 0));
    n.projections[0].gate = 3;
    n.projections[0].w_min = -1;
    n.projections[0].w_max = 1;
    for (const double beyond : {3.0, -3.0}) {
        Sim sim(n);
        sim.theta(0).set(std::log(0.02), 0, 0);
        sim.theta(0).set(beyond, 0, 1);
        sim.weights(0).set(beyond, 0, 0, 0);
        const std::vector<carve_spike> x = always(5);
        const auto step = [&](double reward, double gate) {
            const std::vector<double> r{reward}, g{gate};
            return sim.freezes({stream_of(x), values(r), values(g)}, 1);
        };
        for (const double closed : {0.0, -0.0, kNan}) {
            CHECK_FALSE(step(kNan, closed));
            CHECK(sim.weights(0).get(0, 0, 0) == beyond);
        }
        CHECK(support::Array(sim.get(), CARVE_VIEW_PRE_TRACES, 0).get(0, 0, 0) > 2.9);
        CHECK_FALSE(step(0.25, -2));
        CHECK(sim.weights(0).get(0, 0, 0) == beyond / 3);
        CHECK(step(kNan, 1));
        CHECK(sim.frozen(0) == 5);
    }
}

TEST_CASE("a replica whose third factor passes the bound freezes alone, with its baseline") {
    Network n = afferent(0.5);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.projections[0].baseline = CARVE_BASELINE_EXPONENTIAL;
    n.projections[0].window = 4;
    n.model.n_replicas = 5;
    n.model.bound = 100;
    Sim sim(n);
    sim.theta(0).set(1, 0, 0);
    const std::uint64_t steps = 6;
    const support::Packed r(n, 2, steps,
                            [](std::size_t lane, std::size_t t, std::size_t, std::size_t) {
                                return t < 3 || lane < 3 ? 1.0 : lane == 3 ? 1e5 : kNan;
                            });
    const std::vector<carve_spike> x = always(steps);
    REQUIRE(sim.step({stream_of(x), r.stream()}, steps) == CARVE_OK);
    for (std::size_t l = 0; l < 5; ++l) {
        CAPTURE(l);
        CHECK(sim.frozen(l) == (l < 3 ? 0 : 4));
        CHECK((sim.weights(0).get(l, 0, 0) > 0) == (l < 3));
        const double mean = support::Array(sim.get(), CARVE_VIEW_BASELINE, 0).get(l);
        CHECK(std::isnan(mean) == (l >= 3));
    }
}

TEST_CASE("a step that is not plastic keeps the weights, and rates and baselines go on") {
    Network n = with_source(6);
    n.projections[1].baseline = CARVE_BASELINE_EXPONENTIAL;
    n.projections[1].window = 5;
    n.projections[1].baseline_start = 0.25;
    n = silence_unread_inputs(n);
    const SpikingScenario s = fill_scenario(n, 7, 400, 60);
    Sim sim(n);
    load(sim, s);
    Network all = n;
    Sim other(all);
    load(other, s);
    const Streams half(s, 0, 200), rest(s, 200, 200);
    REQUIRE(sim.step(half.streams(), 200) == CARVE_OK);
    REQUIRE(other.step(half.streams(), 200) == CARVE_OK);
    const std::vector<double> before = sim.weights(1).lane(0);
    carve_step step = support::steps(rest.streams(), 200);
    step.plastic = 0;
    REQUIRE(carve_sim_step(sim.get(), &step, nullptr) == CARVE_OK);
    CHECK(sim.weights(1).lane(0) == before);
    const support::Array rate(sim.get(), CARVE_VIEW_MODULATOR_RATE, 1);
    CHECK(rate.get(0) > 0);
    CHECK(support::Array(sim.get(), CARVE_VIEW_BASELINE, 1).get(0) > 0);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_TRACES, nullptr) == CARVE_OK);
    CHECK(rate.get(0) == 0);
    CHECK(support::Array(sim.get(), CARVE_VIEW_BASELINE, 1).get(0) == 0.25);
}

TEST_CASE("cuts into calls, copies and lanes do not change a bit of modulated spikes") {
    for (const std::uint32_t i : {1u, 2u, 5u, 7u}) {
        CAPTURE(i);
        Network n = silence_unread_inputs(with_source(i));
        SpikingScenario s = fill_scenario(n, 300 + i, 1500, 40);
        Sim whole(n);
        load(whole, s);
        REQUIRE(whole.step(Streams(s, 0, 1500).streams(), 1500) == CARVE_OK);
        n.model.lane_bytes = s.network.model.lane_bytes = 64;
        Sim cut(n);
        load(cut, s);
        REQUIRE(cut.step(Streams(s, 0, 1).streams(), 1) == CARVE_OK);
        REQUIRE(cut.step(Streams(s, 1, 699).streams(), 699) == CARVE_OK);
        support::Block copy(cut.block().size());
        std::memcpy(copy.data(), cut.block().data(), copy.size());
        std::memset(cut.block().data(), 0, copy.size());
        std::memcpy(cut.block().data(), copy.data(), copy.size());
        REQUIRE(cut.step(Streams(s, 700, 800).streams(), 800) == CARVE_OK);
        for (std::size_t l = 0; l < n.model.n_replicas; ++l)
            CHECK(lane_state(whole, l) == lane_state(cut, l));
    }
}

TEST_CASE("what third factors and gates of spikes ask of a model is refused by name") {
    const auto fault = [](const std::function<void(Network&)>& change) {
        Network n = afferent(0.1);
        n.population(CARVE_POPULATION_INPUT, 1);
        change(n);
        return support::explain(n.description());
    };
    CHECK(fault([](Network&) {}) == "");
    CHECK(fault([](Network& n) {
              n.projections[0].modulator = 1;
              n.projections[0].gate = 2;
          }) == "");
    CHECK(
        fault([](Network& n) { n.projections[0].modulator = 1; }) ==
        "populations[2].kind is 0; it must not be CARVE_POPULATION_INPUT (0) where no projection, "
        "modulator, gate or probe reads the population");
    CHECK(fault([](Network& n) { n.projections[0].modulator = CARVE_NO_POPULATION; }) ==
          "projections[0].plasticity[0].modulator is 4.29497e+09; it must be the index of a "
          "population: the rule has a third factor");
    CHECK(fault([](Network& n) {
              n.rules[0].terms = flat::at_pre(0, 0, 0);
              n.rules[0].terms_r = 0;
          }) == "projections[0].plasticity[0].modulator is 2; it must be CARVE_NO_POPULATION: the "
                "rule has no third factor");
    CHECK(fault([](Network& n) { n.projections[0].gate = 0; }) ==
          "projections[0].plasticity[0].gate is 0; it must be the index of an input population, or "
          "CARVE_NO_POPULATION, in a spiking model");
    CHECK(fault([](Network& n) { n.projections[0].modulator_tau = 2; }) ==
          "projections[0].plasticity[0].modulator_tau is 2; it must keep its default, 1: there is "
          "no modulator that spikes");
    CHECK(
        fault([](Network& n) {
            n.projections[0].modulator = 0;
            n.projections[0].modulator_tau = 0.9e-9;
        }) ==
        "projections[0].plasticity[0].modulator_tau is 9e-10; it must be at least 1e-9 and finite");
    CHECK(
        fault([](Network& n) { n.model.gradient = CARVE_GRADIENT_FORWARD; }) ==
        "gradient is 1; it must be CARVE_GRADIENT_NONE (0) in a spiking model with a modulator, a "
        "gate, eligibility, a sum of weights or several rules of a projection: its sensitivities "
        "do not follow them");
    CHECK(fault([](Network& n) { n.projection(2, 1, flat::kStatic); }) ==
          "projections[1].pre is 2; it must be a poisson population or one of neurons in a "
          "spiking model, in which an input is a modulator or a gate");
    CHECK(fault([](Network& n) { n.populations[2].kind = CARVE_POPULATION_GAUSSIAN; }) ==
          "populations[2].kind is 1; it must be CARVE_POPULATION_POISSON (3) or of neurons (from 4 "
          "on), or CARVE_POPULATION_INPUT (0) as a modulator or gate, in a model in which a "
          "population spikes: rates and spikes do not drive each other in this version");
}

TEST_CASE("values beside lists of spikes are streams in the order of their populations") {
    Network n = afferent(1);
    n.populations.insert(n.populations.begin(), flat::Population());
    n.populations[0].kind = CARVE_POPULATION_INPUT; // before all that spikes
    n.projections[0].pre = 1;
    n.projections[0].post = 2;
    n.projections[0].modulator = 0;
    Sim sim(n);
    sim.theta(0).set(1, 0, 0);
    const std::vector<carve_spike> x = spikes_at({0, 2});
    std::vector<double> r(3 * n.lanes_per_block(), 0.5);
    REQUIRE(sim.step({values(r), stream_of(x)}, 3) == CARVE_OK);
    CHECK(sim.weights(0).get(0, 0, 0) == 1);
    const auto fault = [&](const std::vector<carve_stream>& streams) {
        const carve_step step = support::steps(streams, 3);
        carve_fault f;
        CHECK(carve_sim_step(sim.get(), &step, &f) != CARVE_OK);
        return support::sentence(f);
    };
    CHECK(fault({stream_of(x), values(r)}) ==
          "inputs[0].type is 4; it must be the model's precision: CARVE_F32 (0) or CARVE_F64 (1)");
    CHECK(fault({values(r)}) == "n_inputs is 1; it must be the number of streamed poisson "
                                "populations and inputs of the model");
    r.pop_back();
    CHECK(fault({values(r), stream_of(x)}) ==
          "inputs[0].length is 11; it must be the number of values that n_steps steps take, "
          "padding lanes included");
    CHECK(sim.info().steps == 3);
}

TEST_SUITE_END();
