// Eligibility traces at spikes (M48), and several rules of one projection (M49): against the clock-driven
// reference, and in closed form.
#include "reference/spiking/compare.hpp"

#include <cmath>
#include <functional>

using namespace reference;
using support::Array;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint64_t kAll = 0xFFFFFF0u, kPair = flat::kTermsPair & kAll;

std::uint32_t spike_rule(Network& n, std::uint64_t terms, unsigned power, bool traced) {
    const std::uint32_t i =
        n.rule(power == 0 ? flat::spike_terms(terms) : flat::spike_terms(terms) & 15);
    (power == 1   ? n.rules[i].terms_r
     : power == 2 ? n.rules[i].terms_r2
                  : n.rules[i].terms) |= terms;
    n.rules[i].eligibility = traced;
    n.rules[i].spikes = 1;
    n.rules[i].shared = 0;
    return i;
}

// Its traces are moved by presynaptic spikes alone, by 1; the neuron is silent.
Network afferents(std::uint32_t n_pre, unsigned power) {
    Network n;
    n.population(CARVE_POPULATION_POISSON, n_pre);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 1, spike_rule(n, flat::at_pre(0, 0, 0), power, true));
    n.rules[0].shared = 1;
    n.projections[0].gain = 0;
    if (power > 0) {
        n.projections[0].modulator = n.population(CARVE_POPULATION_INPUT, 1);
        n.populations[2].shared = 1;
    }
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

// Streamed afferents onto neurons, an input of third factors and one of gates, a rule with eligibility.
Network traced(std::uint32_t i) {
    Network n = spiking_network(30, 12, 3);
    n.rules.clear();
    const std::uint32_t input = n.population(CARVE_POPULATION_INPUT, 1),
                        gate = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[gate].shared = 1;
    n.projections[1].rule = spike_rule(n, i % 2 ? kAll : kPair, i % 3, true);
    n.rules[0].coincidence = i / 2 % 2;
    flat::Projection& p = n.projections[1];
    p.eta = i % 3 ? 1e-3 : 1e-4;
    p.modulator = i % 3 ? (i % 2 ? input : 2) : CARVE_NO_POPULATION;
    if (p.modulator == 2) {
        p.modulator_tau = 0.1;
        p.eta = 1e-5;
    }
    p.gate = i / 2 % 2 ? gate : CARVE_NO_POPULATION;
    n.model.n_replicas = 5;
    return n;
}
// With further rules: one that changes the weight at once, and another trace.
Network with_more(std::uint32_t i) {
    Network n = traced(i);
    flat::Use direct, trace;
    direct.rule = spike_rule(n, i % 2 ? kPair : kAll, 1, false);
    n.rules.back().trace_jump = i % 2;
    n.rules.back().coincidence = (i + 1) % 2;
    direct.eta = i % 2 ? 1e-5 : 1e-3;
    direct.modulator = 3;
    direct.gate = i % 2 ? 4 : CARVE_NO_POPULATION;
    trace.rule = spike_rule(n, kPair, 0, true);
    trace.eta = 1e-5;
    n.projections[1].more = {direct, trace};
    if (i % 3 == 2) { // and first the rule that changes it at once
        flat::Projection& p = n.projections[1];
        flat::Use& first = p.more[0];
        std::swap(p.rule, first.rule);
        std::swap(p.eta, first.eta);
        std::swap(p.modulator, first.modulator);
        std::swap(p.modulator_tau, first.modulator_tau);
        std::swap(p.gate, first.gate);
    }
    return n;
}

} // namespace

TEST_SUITE_BEGIN("eligibility");

TEST_CASE("eligibility traces of spikes agree with the reference") {
    for (std::uint32_t i = 0; i < 6; ++i) {
        CAPTURE(i);
        compare(fill_scenario(silence_unread_inputs(traced(i)), 400 + i, 6000, 30),
                support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("several rules of a projection at spikes agree with the reference") {
    for (std::uint32_t i = 0; i < 6; ++i) {
        CAPTURE(i);
        Network n = silence_unread_inputs(with_more(i));
        compare(fill_scenario(n, 500 + i, 6000, 30), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE(
    "traces and several rules between neurons, in sparse projections, agree with the reference") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        Network n = with_more(i % 2);
        n.projection(2, 2, spike_rule(n, kAll, i % 2, true));
        flat::Projection& p = n.projections[2];
        p.delay = 1 + 3 * i;
        p.gain = 0.05;
        p.eta = 1e-5;
        p.w_min = 0; // or rounding grows with the weights
        p.w_max = 1;
        p.modulator = i % 2 ? 3 : CARVE_NO_POPULATION;
        flat::Use direct;
        direct.rule = spike_rule(n, kPair, 0, false);
        n.rules.back().coincidence = CARVE_COINCIDENCE_BLIND;
        direct.eta = 1e-3;
        direct.gate = 4;
        p.more = {direct};
        if (i / 2) {
            p.connectivity = CARVE_CONNECT_LIST;
            p.rows = {{1, 2}, {}, {0}};
            n.projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
            n.projections[1].in_degree = 7;
        }
        compare(fill_scenario(n, 600 + i, 6000, 30), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("under Poisson events the mean of a trace is rate times jump times time constant") {
    const double rate = 20, tau = 0.1, jump = 0.5;
    Network n = afferents(20000, 0);
    n.populations[0].source = CARVE_SOURCE_CONSTANT;
    n.populations[0].rate = rate;
    n.populations[0].t_ref = 0;
    n.projections[0].eta = 0;
    Sim sim(n);
    sim.theta(0).set(std::log(tau), 0, 0);
    sim.theta(0).set(jump, 0, 1);
    REQUIRE(sim.step({}, 10000) == CARVE_OK); // 10 tau
    const std::vector<double> e = Array(sim.get(), CARVE_VIEW_ELIGIBILITY, 0).lane(0);
    double mean = 0, square = 0;
    for (const double x : e) {
        mean += x / 20000;
        square += x * x / 20000;
    }
    CHECK(mean == doctest::Approx(rate * jump * tau).epsilon(0.02));
    // shot noise: variance rate jump^2 tau / 2
    CHECK(square - mean * mean == doctest::Approx(rate * jump * jump * tau / 2).epsilon(0.05));
}

TEST_CASE("a delayed reward changes a weight by what is left of the events before it") {
    const double eta = 0.1, tau = 0.05, dt = 1e-4;
    for (const unsigned power : {1u, 2u}) {
        CAPTURE(power);
        Network n = afferents(1, power);
        n.projections[0].eta = eta;
        Sim sim(n);
        sim.theta(0).set(std::log(tau), 0, 0);
        sim.theta(0).set(2, 0, 1);
        const std::vector<std::uint64_t> events{10, 100, 101, 700, 999};
        const std::vector<carve_spike> x = spikes_at(events);
        std::vector<double> reward(1000);
        double expected = 0, left = 0;
        for (const std::uint64_t at : {100u, 450u, 999u}) { // a trace holds the events of its step
            reward[at] = 0.5 + double(at);
            for (const std::uint64_t t : events)
                if (t <= at)
                    expected += eta * std::pow(reward[at], power) * 2 *
                                std::exp(-double(at - t) * dt / tau);
        }
        for (const std::uint64_t t : events) // decayed to the next step
            left += 2 * std::exp(-double(1000 - t) * dt / tau);
        REQUIRE(sim.step({stream_of(x), values(reward)}, 1000) == CARVE_OK);
        CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(expected).epsilon(1e-12));
        CHECK(Array(sim.get(), CARVE_VIEW_ELIGIBILITY, 0).get(0, 0, 0) ==
              doctest::Approx(left).epsilon(1e-12));
    }
}

TEST_CASE("behind a closed gate and in a step that is not plastic a trace keeps its bits") {
    Network n = silence_unread_inputs(traced(2));
    n.model.n_replicas = 1;
    SpikingScenario s = fill_scenario(n, 8, 300, 60);
    for (std::uint64_t t = 0; t < 300; ++t)
        s.values[4][0][t][0] = t < 100 ? 1 : 0;
    Sim sim(n);
    load(sim, s);
    const auto state = [&] {
        std::vector<double> all = Array(sim.get(), CARVE_VIEW_ELIGIBILITY, 1).lane(0);
        const std::vector<double> w = sim.weights(1).lane(0);
        all.insert(all.end(), w.begin(), w.end());
        return all;
    };
    const std::vector<double> start = state();
    REQUIRE(sim.step(Streams(s, 0, 100).streams(), 100) == CARVE_OK);
    const std::vector<double> before = state();
    CHECK(before != start);
    REQUIRE(sim.step(Streams(s, 100, 100).streams(), 100) == CARVE_OK);
    CHECK(state() == before);
    s.values[4][0].assign(300, {1});
    const Streams rest(s, 200, 100);
    carve_step step = support::steps(rest.streams(), 100);
    step.plastic = 0;
    REQUIRE(carve_sim_step(sim.get(), &step, nullptr) == CARVE_OK);
    CHECK(state() == before);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_TRACES, nullptr) == CARVE_OK);
    const std::vector<double> e = Array(sim.get(), CARVE_VIEW_ELIGIBILITY, 1).lane(0);
    CHECK(e == std::vector<double>(e.size(), 0));
}

TEST_CASE("a second rule of coefficients that are 0 changes no bit of the first one") {
    Network n = spiking_network(30, 12, 3, kAll | 15);
    n.projections[1].eta = 1e-3;
    n.model.n_replicas = 5;
    const SpikingScenario s = fill_scenario(n, 31, 2000, 30);
    Sim one(n);
    load(one, s);
    flat::Use more;
    more.rule = spike_rule(n, kPair, 0, false);
    n.projections[1].more = {more};
    Sim two(n);
    load(two, s);
    two.theta(1).set(-4, 0, 0);
    REQUIRE(one.step(Streams(s, 0, 2000).streams(), 2000) == CARVE_OK);
    REQUIRE(two.step(Streams(s, 0, 2000).streams(), 2000) == CARVE_OK);
    for (std::size_t l = 0; l < 5; ++l)
        CHECK(one.weights(1).lane(l) == two.weights(1).lane(l));
    CHECK(Array(one.get(), CARVE_VIEW_PRE_TRACES, 1).lane(0) ==
          Array(two.get(), CARVE_VIEW_PRE_TRACES, 1).lane(0));
}

TEST_CASE("bounds bind as long as the gate of one of several rules is open") {
    Network n = afferents(1, 0);
    const std::uint32_t gates[] = {n.population(CARVE_POPULATION_INPUT, 1),
                                   n.population(CARVE_POPULATION_INPUT, 1)};
    for (const std::uint32_t gate : gates)
        n.populations[gate].shared = 1;
    for (const bool at_once : {false, true}) {
        CAPTURE(at_once);
        n.rules.resize(1);
        flat::Use more;
        more.rule = spike_rule(n, flat::at_pre(0, 0, 0), 0, !at_once);
        more.gate = gates[1];
        n.projections[0].gate = gates[0];
        n.projections[0].more = {more};
        n.projections[0].w_min = -1;
        n.projections[0].w_max = 1;
        for (const std::uint32_t open : {0u, 1u, 2u, 3u}) {
            CAPTURE(open);
            Sim sim(n);
            sim.weights(0).set(3, 0, 0, 0);
            const std::vector<carve_spike> x = spikes_at({0});
            const std::vector<double> first{double(open & 1)}, second{double(open >> 1)};
            REQUIRE(sim.step({stream_of(x), values(first), values(second)}, 1) == CARVE_OK);
            CHECK(sim.weights(0).get(0, 0, 0) == (open ? 1 : 3));
        }
    }
}

TEST_CASE("a trace that overflows its weight freezes its replica alone") {
    Network n = afferents(1, 0);
    n.rules[0].shared = 0;
    n.model.n_replicas = 5;
    n.model.bound = 10;
    n.projections[0].eta = 1;
    Sim sim(n);
    for (std::size_t l = 0; l < 5; ++l)
        sim.theta(0).set(l == 2 ? 20 : 0.01, l, 1);
    const std::vector<carve_spike> x = spikes_at({3});
    REQUIRE(sim.step({stream_of(x)}, 10) == CARVE_OK);
    for (std::size_t l = 0; l < 5; ++l) {
        CAPTURE(l);
        CHECK(sim.frozen(l) == (l == 2 ? 4 : 0));
        CHECK(std::isnan(Array(sim.get(), CARVE_VIEW_ELIGIBILITY, 0).get(l, 0, 0)) == (l == 2));
        CHECK(std::isnan(sim.weights(0).get(l, 0, 0)) == (l == 2));
    }
}

TEST_CASE("cuts into calls and lanes do not change a bit of traces and of several rules") {
    for (const std::uint32_t i : {0u, 1u, 3u, 4u}) {
        CAPTURE(i);
        Network n = silence_unread_inputs(with_more(i));
        SpikingScenario s = fill_scenario(n, 700 + i, 1500, 40);
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
        carve_sim* moved = nullptr;
        REQUIRE(carve_sim_attach(copy.data(), copy.size(), &moved, nullptr) == CARVE_OK);
        REQUIRE(support::step(moved, Streams(s, 700, 800).streams(), 800) == CARVE_OK);
        std::memcpy(cut.block().data(), copy.data(), copy.size());
        for (std::size_t l = 0; l < n.model.n_replicas; ++l)
            CHECK(lane_state(whole, l) == lane_state(cut, l));
    }
}

TEST_CASE("what eligibility and several rules at spikes ask of a model is refused by name") {
    const auto fault = [](const std::function<void(Network&)>& change) {
        Network n = with_more(1);
        change(n);
        return support::explain(n.description());
    };
    CHECK(fault([](Network&) {}) == "");
    const std::string gradient =
        "gradient is 1; it must be CARVE_GRADIENT_NONE (0) in a spiking model with a modulator, a "
        "gate, eligibility, a sum of weights or several rules of a projection: its sensitivities "
        "do not follow them";
    for (const bool traced : {false, true})
        CHECK(fault([=](Network& n) {
                  n = spiking_network(4, 4, 2);
                  n.rules[0].eligibility = traced;
                  n.projections[1].more.resize(traced ? 0 : 1);
                  n.model.gradient = CARVE_GRADIENT_FORWARD;
              }) == gradient);
    CHECK(fault([](Network& n) { n.rules[0].terms |= flat::at_pre(0, 0, 0); }) ==
          "rules[0].polynomial.terms[1].modulator is 1; it must be the same in all terms of a rule "
          "with eligibility: it is the power of r that multiplies the trace");
    CHECK(fault([](Network& n) { n.projections[1].more.resize(4); }) ==
          "projections[1].n_plasticity is 5; it must be 0 to 4");
    CHECK(fault([](Network& n) { n.projections[1].more[1].gate = 0; }) ==
          "projections[1].plasticity[2].gate is 0; it must be the index of an input population, or "
          "CARVE_NO_POPULATION, in a spiking model");
}

TEST_SUITE_END();
