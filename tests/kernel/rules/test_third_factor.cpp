// Third factors, their baselines, and gates (M35 to M37): against dual numbers in the scalar reference on
// random models, and in closed form.
#include "reference/rates/compare_random.hpp"

#include <cmath>
#include <functional>
#include <limits>

using namespace reference;
using support::Sim;

namespace {

Ranges modulated_models() {
    Ranges ranges;
    ranges.max_units = 19;
    ranges.max_steps = 9;
    ranges.max_work = 4e6;
    ranges.modulated = true;
    return ranges;
}

// Two inputs of one unit, the second of which is r; a linear unit that does not drive itself; one rule
// of terms with r.
Network modulated_cell(std::uint64_t terms_r, double eta) {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, 0);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[0].shared = n.populations[2].shared = 1;
    n.rules[0].terms_r = terms_r;
    n.projections[0].modulator = 2;
    n.projections[0].eta = eta;
    return n;
}
// All inputs, by step.
std::vector<carve_stream> streams(const std::vector<std::vector<double>>& inputs) {
    std::vector<carve_stream> out;
    for (const std::vector<double>& values : inputs)
        out.push_back({CARVE_F64, CARVE_STREAM_BLOCKS, values.size(), values.data()});
    return out;
}

} // namespace

TEST_SUITE_BEGIN("third factor");

TEST_CASE("sensitivities of random models with third factors equal those of dual numbers") {
    Compared compared;
    compare_random(
        120, modulated_models(), compared,
        [](const Scenario& s, const ExpectedLanes& expected, auto& seen) {
            for (const flat::Projection& p : s.network.projections) {
                if (p.rule == flat::kStatic)
                    continue;
                seen["gate"] += p.gate != CARVE_NO_POPULATION;
                seen["lateral"] += p.pre == p.post && p.modulator != CARVE_NO_POPULATION;
                if (p.modulator == CARVE_NO_POPULATION)
                    continue;
                const bool rate = s.network.populations[p.modulator].kind == CARVE_POPULATION_RATE;
                seen["baseline " + std::to_string(p.baseline) + (rate ? " of a rate" : "")] += 1;
                seen["several units"] += s.network.populations[p.modulator].n_units > 1;
                seen["its own rate"] += p.modulator == p.post;
                seen["square"] += s.network.rules[p.rule].terms_r2 != 0;
                seen["clipped"] += expected.clipped > 0;
            }
        });
    compared.check(80, 30, 12, 2);
}

TEST_CASE("all 81 terms with a third factor equal those of the reference") {
    Scenario s;
    s.network = support::single_layer(5, 2, CARVE_ACTIVATION_TANH);
    s.network.population(CARVE_POPULATION_INPUT, 3);
    s.network.rules[0].terms_r = s.network.rules[0].terms_r2 = flat::kTerms27;
    s.network.projections[0].modulator = 2;
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    s.network.model.n_replicas = 3;
    s.n_steps = 12;
    support::Random r(5);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    REQUIRE(s.network.n_coefficients() == 81);
    std::vector<Expected> expected;
    for (std::size_t l = 0; l < 3; ++l)
        expected.push_back(expect(s, l, record_draws(s)));
    for (const std::uint32_t isa : support::usable_isas())
        compare<double>(s, expected, isa, 32);
}

TEST_CASE("a reward less its running mean adds up to its closed form") {
    const double eta = 0.1, n = 8;
    for (const std::uint32_t baseline : {CARVE_BASELINE_EXPONENTIAL, CARVE_BASELINE_WINDOW}) {
        CAPTURE(baseline);
        Network network = modulated_cell(flat::term(0, 0, 0), eta); // dw = eta r
        network.projections[0].baseline = baseline;
        network.projections[0].window = std::uint32_t(n);
        Sim sim(network);
        sim.theta(0).set(1, 0, 0);
        const int steps = 30;
        const std::vector<std::vector<double>> inputs(2, std::vector<double>(steps, 1));
        REQUIRE(sim.step(streams(inputs), steps) == CARVE_OK);
        // r_t = (1 - 1/n)^t, or 1 - t/n until the window is full
        const double sum = baseline == CARVE_BASELINE_EXPONENTIAL
                               ? n * (1 - std::pow(1 - 1 / n, steps))
                               : (n + 1) / 2;
        CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(eta * sum).epsilon(1e-12));
    }
}

TEST_CASE("the covariance of reward and activity is what a reward rule learns") {
    // dw = eta x (R - mean of R), reward R = x a in each step: the expected change is eta a var(x), and
    // without the baseline eta a E[x^2].
    const double eta = 1e-4, a = 2, mean = 1;
    const int steps = 200000;
    support::Random random(3);
    std::vector<std::vector<double>> inputs(2);
    for (int t = 0; t < steps; ++t) {
        inputs[0].push_back(mean + random.normal());
        inputs[1].push_back(a * inputs[0].back());
    }
    for (const bool with_mean : {false, true}) {
        Network network = modulated_cell(flat::term(1, 0, 0), eta);
        if (with_mean) {
            network.projections[0].baseline = CARVE_BASELINE_EXPONENTIAL;
            network.projections[0].window = 1000;
            network.projections[0].baseline_start = a * mean;
        }
        Sim sim(network);
        sim.theta(0).set(1, 0, 0);
        REQUIRE(sim.step(streams(inputs), steps) == CARVE_OK);
        const double expected = eta * a * steps * (with_mean ? 1 : 1 + mean * mean);
        CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(expected).epsilon(0.03));
    }
}

TEST_CASE("behind a closed gate the weights keep their bits, and the baseline goes on") {
    Network n = support::single_layer(6, 2, CARVE_ACTIVATION_TANH);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.rules[0].terms_r = flat::kTerms27;
    n.projections[0].modulator = 1;
    n.projections[0].baseline = CARVE_BASELINE_WINDOW;
    n.projections[0].window = 3;
    n.projections[0].gate = 2;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    Scenario s{n, 9, {}, {}, {}, {}, {}};
    support::Random r(8);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    for (std::size_t t = 0; t < 9; ++t)
        s.inputs[2][0][t] = t < 4 ? 1 : 0;
    Sim sim(n), until(n);
    load(sim, s);
    load(until, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    const Inputs four(n, s, 0, 4);
    REQUIRE(until.step(four.streams(), 4) == CARVE_OK);
    CHECK(sim.weights(0).lane(0) == until.weights(0).lane(0));
    CHECK(sim.sensitivities(0).lane(0) == until.sensitivities(0).lane(0));
    CHECK(support::Array(sim.get(), CARVE_VIEW_BASELINE, 0).lane(0) !=
          support::Array(until.get(), CARVE_VIEW_BASELINE, 0).lane(0));
}

TEST_CASE("a closed gate hides a reward that is not a number, and bounds") {
    Network n = modulated_cell(flat::term(1, 0, 0), 0.5);
    n.populations[2].shared = 1;
    n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[3].shared = 1;
    n.projections[0].gate = 3;
    n.projections[0].w_min = -1;
    n.projections[0].w_max = 1;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Sim sim(n);
    sim.theta(0).set(1, 0, 0);
    sim.weights(0).set(3, 0, 0, 0); // beyond its bounds
    for (const double closed : {0.0, -0.0, nan}) {
        CHECK_FALSE(sim.freezes(streams({{1}, {nan}, {closed}}), 1));
        CHECK(sim.weights(0).get(0, 0, 0) == 3);
    }
    CHECK_FALSE(sim.freezes(streams({{1}, {0.25}, {-2}}), 1));
    CHECK(sim.weights(0).get(0, 0, 0) == 1);
    CHECK(sim.freezes(streams({{1}, {nan}, {1}}), 1));
    CHECK(sim.frozen(0) == 5);
}

TEST_CASE("a baseline that would never be a number again freezes its replica, gate or not") {
    Network n = modulated_cell(flat::term(1, 0, 0), 0.5);
    n.projections[0].gate = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[3].shared = 1;
    n.projections[0].baseline = CARVE_BASELINE_EXPONENTIAL;
    n.projections[0].window = 4;
    Sim sim(n);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(sim.freezes(streams({{1}, {2}, {0}}), 1));
    CHECK(sim.freezes(streams({{1}, {nan}, {0}}), 1));
    CHECK(sim.frozen(0) == 2);
}

TEST_CASE("a baseline is cleared with the traces, and read and written by replica") {
    Network n = modulated_cell(flat::term(1, 0, 0), 0.5);
    n.projections[0].baseline = CARVE_BASELINE_WINDOW;
    n.projections[0].window = 3;
    n.projections[0].baseline_start = 0.5;
    Sim sim(n);
    const auto baseline = [&] {
        std::vector<double> values(3);
        CHECK(carve_sim_read(sim.get(), CARVE_VIEW_BASELINE, 0, 0, values.data(), 3, nullptr) ==
              CARVE_OK);
        return values;
    };
    CHECK(baseline() == std::vector<double>{0.5, 0.5, 0.5});
    REQUIRE(sim.step(streams({{0, 0, 0, 0}, {1, 2, 3, 4}}), 4) == CARVE_OK);
    CHECK(baseline() == std::vector<double>{4, 2, 3});
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_WEIGHTS, nullptr) == CARVE_OK);
    CHECK(baseline() == std::vector<double>{4, 2, 3});
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_TRACES, nullptr) == CARVE_OK);
    CHECK(baseline() == std::vector<double>{0.5, 0.5, 0.5});
}

TEST_CASE("a caller that was compiled before there were third factors has none") {
    Network n = support::single_layer(1, 1);
    (void)n.description();
    n.structs.plasticity[0].struct_size = offsetof(carve_plasticity, modulator);
    n.structs.plasticity[0].modulator = 5; // what is beyond is not looked at
    n.structs.plasticity[0].gate = 7;
    CHECK(support::explain(&n.model) == "");
}

TEST_CASE("what a third factor and a gate ask of a model is refused by name") {
    const auto fault = [](const std::function<void(Network&)>& change) {
        Network n = modulated_cell(flat::term(1, 0, 0), 0.1);
        change(n);
        return support::explain(n.description());
    };
    CHECK(fault([](Network&) {}) == "");
    CHECK(fault([](Network& n) { n.projections[0].modulator = CARVE_NO_POPULATION; }) ==
          "projections[0].plasticity[0].modulator is 4.29497e+09; it must be the index of a "
          "population: the rule has a third factor");
    CHECK(fault([](Network& n) { n.projections[0].modulator = 3; }) ==
          "projections[0].plasticity[0].modulator is 3; it must be the index of a population");
    CHECK(fault([](Network& n) {
              n.rules[0].terms = flat::term(1, 1, 0);
              n.rules[0].terms_r = 0;
          }) == "projections[0].plasticity[0].modulator is 2; it must be CARVE_NO_POPULATION: the "
                "rule has no third factor");
    CHECK(fault([](Network& n) { n.projections[0].gate = 9; }) ==
          "projections[0].plasticity[0].gate is 9; it must be the index of a population");
    CHECK(fault([](Network& n) { n.projections[0].window = 2; }) ==
          "projections[0].plasticity[0].window is 2; it must keep its default, 1: there is no "
          "baseline");
    CHECK(fault([](Network& n) { n.projections[0].baseline_start = 2; }) ==
          "projections[0].plasticity[0].baseline_start is 2; it must keep its default, 0: there is "
          "no baseline");
    CHECK(fault([](Network& n) { n.model.batch = 2; }) ==
          "batch is 2; it must be 1 with a modulator, a gate, several rules of a projection, or a "
          "rule with means, weight sums, eligibility or hidden units: they belong to a step, not "
          "to a sample");
    CHECK(fault([](Network& n) {
              n.model.gradient = CARVE_GRADIENT_ADJOINT;
              n.model.max_steps = 5;
          }) == "gradient is 2; it may not be CARVE_GRADIENT_ADJOINT (2) with a modulator, a gate, "
                "several rules of a "
                "projection, or a rule with means, weight sums, eligibility or hidden units; use "
                "CARVE_GRADIENT_FORWARD (1)");
}

TEST_SUITE_END();
