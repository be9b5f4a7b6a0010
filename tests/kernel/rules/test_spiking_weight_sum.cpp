// The sum of the weights onto a neuron as a factor of rules at spikes (M50): against the clock-driven reference, and in
// closed form.
#include "reference/spiking/compare.hpp"

#include <cmath>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

carve_term with_sum(carve_term term, unsigned power) {
    term.weight_sum = std::uint8_t(power);
    return term;
}
// The terms of the bits, times powers 0 to 2 of the sum: each power of some of them.
std::uint32_t rule_of_sums(Network& n, std::uint64_t terms, std::uint64_t terms_r) {
    flat::Rule bits;
    bits.spikes = 1;
    bits.terms = flat::spike_terms(terms);
    bits.terms_r = terms_r;
    const std::uint32_t i = n.rule(flat::spike_terms(terms | terms_r) & 15);
    flat::Rule& rule = n.rules[i];
    rule.spikes = 1;
    rule.shared = 0;
    unsigned k = 0;
    for (const carve_term& term : flat::terms_of(bits))
        for (unsigned power = 0; power < 3; ++power, ++k)
            if (k % 4 != 3 && (power < 2 || k % 3))
                rule.listed.push_back(with_sum(term, power));
    return i;
}
constexpr std::uint64_t kAll = 0xFFFFFF0u, kPair = flat::kTermsPair & kAll;

// Streamed afferents onto neurons, whose inhibition learns by a rule that reads the sum of its weights; by i
// a third factor, a gate, eligibility, a further rule with or without a sum.
Network with_sums(std::uint32_t i) {
    Network n = spiking_network(30, 12, 3);
    n.rules.clear();
    const std::uint32_t input = n.population(CARVE_POPULATION_INPUT, 2),
                        gate = n.population(CARVE_POPULATION_INPUT, 1);
    const bool modulated = i % 3 == 1;
    rule_of_sums(n, i % 2 ? kAll : kPair, modulated ? kPair : 0);
    flat::Projection& p = n.projections[1];
    p.eta = 2e-5;
    p.modulator = modulated ? input : CARVE_NO_POPULATION;
    p.gate = i % 4 == 2 ? gate : CARVE_NO_POPULATION;
    n.rules[0].coincidence = i / 2 % 2;
    n.rules[0].eligibility = i == 3 || i == 5;
    if (i == 5)
        p.eta = 1e-7;
    if (i >= 4) {
        flat::Use use;
        use.rule = rule_of_sums(n, kPair, 0);
        if (i == 5)
            for (carve_term& term : n.rules.back().listed)
                term.weight_sum = 0;
        flat::sort_terms(n.rules.back().listed);
        use.eta = 1e-5;
        use.gate = i == 5 ? gate : CARVE_NO_POPULATION;
        p.more = {use};
    }
    n.model.n_replicas = 5;
    return n;
}
void compare_with_reference(const Network& n, std::uint64_t seed) {
    compare(fill_scenario(silence_unread_inputs(n), seed, 6000, 30),
            support::tolerance<double>(1e-9, 1e-9));
}

// A neuron that spikes by itself again and again, of three afferents that do not drive it.
Network silent_afferents(const carve_term& term, unsigned powers) {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 3);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 1);
    n.populations[1].drive = 0.02;
    n.rule(0);
    n.rules[0].spikes = 1;
    for (unsigned power = 0; power <= powers; ++power)
        n.rules[0].listed.push_back(with_sum(term, power));
    n.projection(0, 1, 0);
    n.projections[0].gain = 0;
    n.projections[0].eta = 0.1;
    return n;
}
carve_term at(std::uint8_t event) {
    carve_term term{};
    term.event = event;
    return term;
}

} // namespace

TEST_SUITE_BEGIN("rule");

TEST_CASE("sums of weights as factors at spikes agree with the reference") {
    for (std::uint32_t i = 0; i < 6; ++i) {
        CAPTURE(i);
        compare_with_reference(with_sums(i), 700 + i);
    }
}

TEST_CASE("sums of weights between neurons, and of sparse projections, agree with the reference") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        Network n = with_sums(i);
        n.projection(2, 2, rule_of_sums(n, kPair, 0));
        flat::Projection& p = n.projections[2];
        p.delay = 1 + 3 * i;
        p.gain = 0.05;
        p.eta = 1e-4;
        if (i / 2) {
            p.connectivity = CARVE_CONNECT_LIST;
            p.rows = {{1, 2}, {}, {0}};
            n.projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
            n.projections[1].in_degree = 7;
        }
        compare_with_reference(n, 800 + i);
    }
}

TEST_CASE("postsynaptic spikes bring a sum of weights to its set point by a share each") {
    // dw = eta (c0 + c1 W) at each of 3 synapses: W - W* shrinks by 1 + 3 eta c1, W* = -c0 / c1.
    Network n = silent_afferents(at(CARVE_EVENT_POST), 1);
    Sim sim(n);
    sim.theta(0).set(0.9, 0, 0);
    sim.theta(0).set(-0.6, 0, 1);
    const double weights[] = {0.5, -0.25, 4};
    for (std::size_t j = 0; j < 3; ++j)
        sim.weights(0).set(weights[j], 0, 0, j);
    const std::vector<carve_spike> none;
    REQUIRE(sim.step({stream_of(none)}, 3000) == CARVE_OK);
    const double spikes = support::Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 1).get(0, 0);
    REQUIRE(spikes > 5);
    const double change = (4.25 - 1.5) * (std::pow(1 - 3 * 0.1 * 0.6, spikes) - 1);
    for (std::size_t j = 0; j < 3; ++j)
        CHECK(sim.weights(0).get(0, 0, j) ==
              doctest::Approx(weights[j] + change / 3).epsilon(1e-12));
}

TEST_CASE("spikes of one step see the sum of weights that those before them left") {
    Network n = silent_afferents(at(CARVE_EVENT_PRE), 2);
    n.populations[1].drive = 0;
    Sim sim(n);
    const double c[] = {0.25, 0.5, 2};
    for (std::size_t k = 0; k < 3; ++k)
        sim.theta(0).set(c[k], 0, k);
    double w[] = {0.5, -0.25, 1};
    for (std::size_t j = 0; j < 3; ++j)
        sim.weights(0).set(w[j], 0, 0, j);
    const std::vector<carve_spike> spikes{{4, 0, 0, 0, 1}, {4, 0, 2, 0, 1}, {9, 0, 1, 0, 1}};
    REQUIRE(sim.step({stream_of(spikes)}, 20) == CARVE_OK);
    for (const std::size_t j : {0u, 2u, 1u}) {
        const double sum = w[0] + w[1] + w[2];
        w[j] += 0.1 * (c[0] + c[1] * sum + c[2] * sum * sum);
    }
    for (std::size_t j = 0; j < 3; ++j)
        CHECK(sim.weights(0).get(0, 0, j) == doctest::Approx(w[j]).epsilon(1e-14));
}

TEST_CASE("a sum of weights at spikes has a power of 2 at most, and no gradient") {
    Network n = silent_afferents(at(CARVE_EVENT_POST), 2);
    CHECK(support::explain(n.description()) == "");
    n.rules[0].listed.push_back(with_sum(at(CARVE_EVENT_POST), 3));
    CHECK(support::explain(n.description())
              .find("rules[0].polynomial.terms[3].event is 2; it must be of a term") == 0);
    Network gradient = spiking_network(4, 4, 2);
    CHECK(support::explain(gradient.description()) == "");
    gradient.model.gradient = CARVE_GRADIENT_FORWARD;
    CHECK(support::explain(gradient.description()) == "");
    gradient.rules[0].listed = flat::terms_of(gradient.rules[0]);
    gradient.rules[0].listed.push_back(with_sum(at(CARVE_EVENT_POST), 1));
    flat::sort_terms(gradient.rules[0].listed);
    CHECK(support::explain(gradient.description())
              .find("gradient is 1; it must be CARVE_GRADIENT_NONE (0) in a spiking model with a "
                    "modulator, a gate, eligibility, a sum of weights or several rules") == 0);
}

TEST_SUITE_END();
