// General rules (M41 to M43): means, weight sums, eligibility traces and hidden layers, against dual numbers
// in the scalar reference on random models, and in closed form.
#include "reference/rates/compare_random.hpp"
#include "reference/spiking/scenario.hpp"

#include <plan.hpp>

#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace reference;
using support::Sim;

namespace {

Ranges general_models() {
    Ranges ranges;
    ranges.max_units = 9;
    ranges.max_steps = 9;
    ranges.max_work = 2e6;
    ranges.modulated = true;
    ranges.general = true;
    ranges.memory = true;
    return ranges;
}

} // namespace

TEST_SUITE_BEGIN("general rules");

TEST_CASE("sensitivities of random models with general rules equal those of dual numbers") {
    Compared compared;
    compare_random(200, general_models(), compared,
                   [](const Scenario& s, const ExpectedLanes& expected, auto& seen) {
                       for (const flat::Projection& p : s.network.projections) {
                           if (p.rule == flat::kStatic ||
                               (!flat::is_general(s.network.rules[p.rule]) && p.more.empty()))
                               continue;
                           seen["several rules"] += !p.more.empty();
                           for (const flat::Use& use : p.more) {
                               seen["further gate"] += use.gate != CARVE_NO_POPULATION;
                               seen["further third factor"] += use.modulator != CARVE_NO_POPULATION;
                               seen["further eligibility"] += s.network.rules[use.rule].eligibility;
                               seen["further ordinary rule"] +=
                                   !flat::is_general(s.network.rules[use.rule]);
                           }
                           const flat::Rule& rule = s.network.rules[p.rule];
                           const std::uint32_t means = flat::means_of(rule);
                           seen["mean of x"] += (means & CARVE_FACTOR_PRE_MEAN) != 0;
                           seen["mean of y"] += (means & CARVE_FACTOR_POST_MEAN) != 0;
                           seen["mean of y^2"] += (means & CARVE_FACTOR_POST_SQUARE) != 0;
                           seen["eligibility"] += rule.eligibility;
                           seen["hidden layer"] += rule.kind == CARVE_RULE_MLP;
                           seen["hidden ReLU"] += rule.kind == CARVE_RULE_MLP &&
                                                  rule.activation == CARVE_ACTIVATION_RELU;
                           seen["third factor"] += p.modulator != CARVE_NO_POPULATION;
                           seen["eligibility times r"] +=
                               rule.eligibility && p.modulator != CARVE_NO_POPULATION;
                           seen["gate"] += p.gate != CARVE_NO_POPULATION;
                           seen["lateral"] += p.pre == p.post && p.delay == 0;
                           seen["delay"] += p.delay > 0;
                           seen["clipped"] += expected.clipped > 0;
                           for (const carve_term& t : rule.listed)
                               seen["weight sum"] += t.weight_sum > 0;
                       }
                   });
    compared.check(120, 40, 18, 3);
}

namespace {

// One input, one linear unit that it does not drive (the weight starts at 0 and x is what the rule reads),
// under one listed rule with one coefficient per term.
Network listed_cell(std::vector<carve_term> terms, std::uint32_t eligibility, double eta) {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, 0);
    n.populations[0].shared = 1;
    n.rules[0].listed = std::move(terms);
    n.rules[0].eligibility = eligibility;
    n.projections[0].eta = eta;
    return n;
}
void step_inputs(Sim& sim, const std::vector<std::vector<double>>& inputs, std::uint64_t n_steps,
                 std::uint32_t plastic = 1) {
    std::vector<carve_stream> streams;
    for (const std::vector<double>& values : inputs)
        streams.push_back({CARVE_F64, CARVE_STREAM_BLOCKS, values.size(), values.data()});
    carve_step step;
    REQUIRE(carve_step_init(&step, sizeof step) == CARVE_OK);
    step.n_steps = n_steps;
    step.n_inputs = std::uint32_t(streams.size());
    step.inputs = streams.data();
    step.plastic = plastic;
    REQUIRE(carve_sim_step(sim.get(), &step, nullptr) == CARVE_OK);
}
double kept(double tau) { return std::exp(-1 / tau); }

} // namespace

TEST_CASE("a hidden layer of 51 coefficients equals the reference") {
    for (const std::uint32_t activation : {CARVE_ACTIVATION_TANH, CARVE_ACTIVATION_SIGMOID}) {
        Scenario s;
        s.network = support::single_layer(5, 3, CARVE_ACTIVATION_TANH);
        s.network.rules[0].kind = CARVE_RULE_MLP;
        s.network.rules[0].activation = activation;
        s.network.model.gradient = CARVE_GRADIENT_FORWARD;
        s.network.model.n_replicas = 3;
        s.n_steps = 12;
        support::Random r(5);
        detail::fill(s, r);
        detail::fill_sources(s, r);
        REQUIRE(s.network.n_coefficients() == 51);
        std::vector<Expected> expected;
        for (std::size_t l = 0; l < 3; ++l)
            expected.push_back(expect(s, l, record_draws(s)));
        for (const std::uint32_t isa : support::usable_isas()) {
            compare<double>(s, expected, isa, 32);
            compare<float>(s, expected, isa, 32);
        }
    }
}

TEST_CASE("a rule of 192 terms, of all powers of x, its mean and w, equals the reference") {
    Scenario s;
    s.network = support::single_layer(3, 2, CARVE_ACTIVATION_TANH);
    std::vector<carve_term>& terms = s.network.rules[0].listed;
    for (unsigned i = 0; i < 192; ++i)
        terms.push_back(flat::listed_term(i & 3, i / 64, i >> 2 & 3, 0, i >> 4 & 3, 0, 0, i / 64));
    flat::sort_terms(terms);
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    s.n_steps = 6;
    support::Random r(8);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    REQUIRE(terms.size() == 192);
    const std::vector<Expected> expected{expect(s, 0, record_draws(s))};
    for (const std::uint32_t isa : support::usable_isas())
        compare<double>(s, expected, isa, 32);
}

TEST_CASE("a trace of a constant input rises as its closed form, and a late reward turns it into "
          "weight") {
    const double tau = 7, eta = 0.5, lambda = kept(tau);
    const std::uint64_t n = 20;
    Network network = listed_cell({flat::listed_term(1, 0, 0, 1, 0, 0, 0, 0)}, 1, eta);
    network.population(CARVE_POPULATION_INPUT, 1); // the reward
    network.populations[2].shared = 1;
    network.projections[0].modulator = 2;
    Sim sim(network);
    sim.theta(0).set(std::log(tau), 0, 0);
    sim.theta(0).set(1, 0, 1);
    std::vector<double> reward(n, 0);
    reward.back() = 3;
    step_inputs(sim, {std::vector<double>(n, 1), reward}, n);
    const double trace = (1 - std::pow(lambda, double(n))) / (1 - lambda);
    const support::Array e(sim.get(), CARVE_VIEW_ELIGIBILITY, 0);
    CHECK(e.get(0, 0, 0) == doctest::Approx(trace).epsilon(1e-13));
    CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(eta * 3 * trace).epsilon(1e-13));
}

TEST_CASE("the mean of a trace that random events drive is their rate over its decay") {
    const double tau = 20, rate = 0.1;
    const std::uint64_t n = 100000;
    Network network = listed_cell({flat::listed_term(1, 0, 0, 0, 0, 0, 0, 0)}, 1, 1.0 / double(n));
    Sim sim(network);
    sim.theta(0).set(std::log(tau), 0, 0);
    sim.theta(0).set(1, 0, 1);
    support::Random random(4);
    std::vector<double> events;
    while (events.size() < n)
        events.push_back(random.uniform() < rate ? 1 : 0);
    step_inputs(sim, {events}, n);
    CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(rate / (1 - kept(tau))).epsilon(0.01));
}

TEST_CASE("a mean follows a step of its input as its closed form") {
    // dw = eta times the mean of x over the steps before
    const double tau = 4, lambda = kept(tau);
    Network network = listed_cell({flat::listed_term(0, 0, 0, 0, 1, 0, 0, 0)}, 0, 1);
    Sim sim(network);
    sim.theta(0).set(std::log(tau), 0, 0);
    sim.theta(0).set(1, 0, 1);
    const int n = 15;
    step_inputs(sim, {std::vector<double>(n, 2)}, n);
    double sum = 0;
    for (int t = 0; t < n; ++t)
        sum += 2 * (1 - std::pow(lambda, t));
    CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(sum).epsilon(1e-13));
    CHECK(support::Array(sim.get(), CARVE_VIEW_PRE_TRACES, 0).get(0, 0) ==
          doctest::Approx(2 * (1 - std::pow(lambda, n))).epsilon(1e-13));
}

TEST_CASE("a term in the sum of weights makes the sum decay by its closed form") {
    const double eta = 0.03, start = 0.4;
    const std::uint32_t units = 5;
    const int n = 12;
    Network network = support::single_layer(units, 1, CARVE_ACTIVATION_LINEAR, 0);
    network.rules[0].listed = {flat::listed_term(0, 0, 0, 0, 0, 0, 0, 1)};
    network.projections[0].eta = eta;
    Sim sim(network);
    sim.theta(0).set(-1, 0, 0);
    for (std::uint32_t j = 0; j < units; ++j)
        sim.weights(0).set(start, 0, 0, j);
    step_inputs(sim, {std::vector<double>(std::size_t(n) * units * network.lanes_per_block(), 1)},
                n);
    double sum = 0;
    for (std::uint32_t j = 0; j < units; ++j)
        sum += sim.weights(0).get(0, 0, j);
    CHECK(sum == doctest::Approx(units * start * std::pow(1 - eta * units, n)).epsilon(1e-12));
}

TEST_CASE("with a sliding threshold a unit becomes selective for one of two patterns") {
    // Bienenstock, Cooper and Munro: of two orthogonal patterns, each shown in half of the steps, one is
    // answered by y = <y^2> = y^2 / 2, so y = 2, the other by 0.
    Network network = support::single_layer(2, 1, CARVE_ACTIVATION_LINEAR, 0);
    network.populations[0].shared = 1;
    network.rules[0].listed = {flat::listed_term(1, 1, 0, 0, 0, 0, 1, 0),
                               flat::listed_term(1, 2, 0, 0, 0, 0, 0, 0)};
    network.projections[0].eta = 0.002;
    Sim sim(network);
    sim.theta(0).set(std::log(100.0), 0, 0);
    sim.theta(0).set(-1, 0, 1);
    sim.theta(0).set(1, 0, 2);
    sim.weights(0).set(0.5, 0, 0, 0);
    sim.weights(0).set(0.4, 0, 0, 1);
    const std::uint64_t n = 40000;
    std::vector<double> patterns;
    for (std::uint64_t t = 0; t < n; ++t)
        for (std::uint64_t j = 0; j < 2; ++j)
            patterns.push_back(t % 2 == j ? 1 : 0);
    step_inputs(sim, {patterns}, n);
    CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(2).epsilon(0.02));
    CHECK(std::fabs(sim.weights(0).get(0, 0, 1)) < 0.02);
}

TEST_CASE("without plasticity, or behind a closed gate, traces and weights stay and means go on") {
    Network network = listed_cell({flat::listed_term(1, 0, 1, 0, 1, 0, 0, 0)}, 1, 0.1);
    network.population(CARVE_POPULATION_INPUT, 1); // the gate
    network.populations[2].shared = 1;
    network.projections[0].gate = 2;
    network.model.gradient = CARVE_GRADIENT_FORWARD;
    const std::vector<double> input(6, 1.5), open(6, 1), closed(6, 0);
    for (const bool by_gate : {false, true}) {
        CAPTURE(by_gate);
        Sim sim(network);
        sim.weights(0).set(0.3, 0, 0, 0);
        for (std::size_t k = 0; k < 3; ++k)
            sim.theta(0).set(1, 0, k);
        step_inputs(sim, {input, open}, 6);
        std::vector<std::vector<double>> before, after;
        const auto look = [&](std::vector<std::vector<double>>& at) {
            for (const std::uint32_t view :
                 {CARVE_VIEW_WEIGHTS, CARVE_VIEW_SENSITIVITIES, CARVE_VIEW_ELIGIBILITY,
                  CARVE_VIEW_ELIGIBILITY_SENSITIVITIES})
                at.push_back(support::Array(sim.get(), view, 0).lane(0));
        };
        const support::Array mean(sim.get(), CARVE_VIEW_PRE_TRACES, 0);
        const double mean_before = mean.get(0, 0);
        look(before);
        step_inputs(sim, {input, by_gate ? closed : open}, 6, by_gate ? 1 : 0);
        look(after);
        CHECK(before == after);
        CHECK(mean.get(0, 0) > mean_before);
    }
}

TEST_CASE("clearing the traces sets means, traces and their derivatives to 0, and no weight") {
    Network network = listed_cell({flat::listed_term(1, 1, 0, 0, 1, 0, 1, 0)}, 1, 0.1);
    network.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim sim(network), fresh(network);
    for (Sim* each : {&sim, &fresh}) {
        each->weights(0).set(0.3, 0, 0, 0);
        for (std::size_t k = 0; k < 4; ++k)
            each->theta(0).set(0.7, 0, k);
    }
    const std::vector<double> input(6, 1.5);
    step_inputs(sim, {input}, 6);
    const double weight = sim.weights(0).get(0, 0, 0);
    CHECK(weight != 0.3);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_TRACES, nullptr) == CARVE_OK);
    CHECK(sim.weights(0).get(0, 0, 0) == weight);
    for (const std::uint32_t view : {CARVE_VIEW_PRE_TRACES, CARVE_VIEW_POST_TRACES,
                                     CARVE_VIEW_ELIGIBILITY, CARVE_VIEW_ELIGIBILITY_SENSITIVITIES})
        for (const double value : support::Array(sim.get(), view, 0).lane(0))
            CHECK(value == 0);
    // Derivatives of means have no view: from the same weights on, both go the same way.
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_WEIGHTS, nullptr) == CARVE_OK);
    sim.weights(0).set(0.3, 0, 0, 0);
    step_inputs(sim, {input}, 6);
    step_inputs(fresh, {input}, 6);
    CHECK(sim.sensitivities(0).lane(0) == fresh.sensitivities(0).lane(0));
}

TEST_CASE("a caller that was compiled before there was eligibility has none") {
    Network n = support::single_layer(1, 1);
    (void)n.description();
    n.structs.polynomials[0].struct_size = offsetof(carve_polynomial, eligibility);
    n.structs.polynomials[0].eligibility = 7; // what is beyond is not looked at
    n.structs.polynomials[0].reserved = 7;
    CHECK(support::explain(&n.model) == "");
}

TEST_CASE("what a general rule cannot be is refused by name") {
    const auto fault = [](const std::function<void(Network&)>& change) {
        Network n = listed_cell({flat::listed_term(1, 1, 0, 0, 0, 0, 1, 0)}, 0, 0.1);
        change(n);
        return support::explain(n.description());
    };
    const auto mlp = [&](const std::function<void(flat::Rule&)>& change) {
        return fault([&](Network& n) {
            n.rules[0] = {};
            n.rules[0].kind = CARVE_RULE_MLP;
            change(n.rules[0]);
        });
    };
    CHECK(fault([](Network&) {}) == "");
    CHECK(mlp([](flat::Rule&) {}) == "");
    CHECK(fault([](Network& n) { n.model.batch = 2; }) ==
          "batch is 2; it must be 1 with a modulator, a gate, several rules of a projection, or a "
          "rule with means, weight sums, eligibility or hidden units: they belong to a step, not "
          "to a sample");
    CHECK(fault([](Network& n) { n.projections[0].presynaptic = CARVE_PRESYNAPTIC_RESIDUAL; }) ==
          "projections[0].plasticity[0].presynaptic is 2; it must be CARVE_PRESYNAPTIC_RATE (0) "
          "under "
          "several rules, or one with means, weight sums, eligibility or hidden units");
    CHECK(fault([](Network& n) {
              n.rules[0].eligibility = 1;
              n.rules[0].listed.push_back(flat::listed_term(1, 0, 0, 1, 0, 0, 0, 0));
          }) ==
          "rules[0].polynomial.terms[1].modulator is 1; it must be the same in all terms of a rule "
          "with eligibility: it is the power of r that multiplies the trace");
    CHECK(fault([](Network& n) {
              n.rules[0].eligibility = 2;
          }).find("polynomial.eligibility is 2") != std::string::npos);
    CHECK(fault([](Network& n) {
              n.rules[0].listed[0].modulator = 1;
          }).find("plasticity[0].modulator") != std::string::npos);
    CHECK(mlp([](flat::Rule& r) { r.hidden = 0; }) ==
          "rules[0].mlp.n_hidden is 0; it must be 1 to 64");
    CHECK(mlp([](flat::Rule& r) { r.hidden = 65; }) ==
          "rules[0].mlp.n_hidden is 65; it must be 1 to 64");
    CHECK(
        mlp([](flat::Rule& r) { r.inputs = 0; }) ==
        "rules[0].mlp.inputs is 0; it must be bits CARVE_FACTOR_..., 1 to 255, at spikes of 1, 2, "
        "4, 256, 512 and 1024");
    CHECK(mlp([](flat::Rule& r) { r.inputs = 256; }) ==
          "rules[0].mlp.inputs is 256; it must be bits CARVE_FACTOR_..., 1 to 255, at spikes of 1, "
          "2, 4, 256, 512 and 1024");
    CHECK(mlp([](flat::Rule& r) { r.activation = CARVE_ACTIVATION_LINEAR; }) ==
          "rules[0].mlp.activation is 0; it must be CARVE_ACTIVATION_RELU (1) to "
          "CARVE_ACTIVATION_SIGMOID (3)");
    Network spiking = reference::spiking_network(4, 4, 2);
    spiking.rules[0].kind = CARVE_RULE_MLP;
    spiking.rules[0].spikes = 0;
    CHECK(support::explain(spiking.description()) ==
          "projections[1].plasticity[0].rule is 0; it must be the index of a rule at spikes, "
          "with terms at spikes, of kind CARVE_RULE_PRODUCT (2), or of CARVE_RULE_MLP (1) with "
          "at_spikes 1, between spiking populations, and only there");
}

TEST_CASE("powers that a rule does not have are 0 whatever the words of its terms hold") {
    Network n = support::single_layer(2, 2);
    n.populations[0].shared = 1;
    n.rules[0].listed = {flat::listed_term(1, 0, 0, 0, 0, 0, 0, 1)};
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    const auto weight_after = [&](std::uint32_t word) {
        Sim sim(n);
        carve::Sim& head = *reinterpret_cast<carve::Sim*>(sim.get());
        std::memcpy(reinterpret_cast<char*>(&head) + carve::rules(head)[0].listed, &word,
                    sizeof word);
        sim.theta(0).set(0.5, 0, 0);
        for (std::size_t i = 0; i < 4; ++i)
            sim.weights(0).set(0.25, 0, i / 2, i % 2);
        const double x[] = {1, 2};
        REQUIRE(support::step(sim.get(), {{CARVE_F64, CARVE_STREAM_BLOCKS, 2, x}}, 1) == CARVE_OK);
        return sim.weights(0).get(0, 1, 1);
    };
    const double as_described = weight_after(1u | 1u << 14); // x and the sum of weights
    CHECK(as_described == 0.25 + 0.1 * 0.5 * 2 * 0.5);
    CHECK(weight_after(1u | 1u << 14 | 0xFFFF3FFCu) == as_described);
}

TEST_SUITE_END();
