// Trajectories (M40, M44): likelihoods of recorded rates, their gradient and their Gauss-Newton matrix,
// against dual numbers in the scalar reference on random models, and in closed form.
#include "reference/rates/trajectory.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <map>

using namespace reference;
using support::Sim;

namespace {

template <class Real> void compare_sums(Scenario s, std::uint32_t isa, std::uint32_t lane_bytes) {
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.isa = isa;
    s.network.model.lane_bytes = lane_bytes;
    INFO(describe(s.network));
    const Draws draws = record_draws(s);
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    const std::size_t K = s.network.n_coefficients();
    const double bound = support::tolerance<Real>(5e-4, 1e-10);
    for (std::uint32_t i = 0; i < s.network.populations.size(); ++i)
        for (std::uint32_t l = 0;
             s.network.populations[i].recorded && l < s.network.model.n_replicas; ++l) {
            CAPTURE(i);
            CAPTURE(l);
            if (s.network.populations[i].sums == CARVE_SUMS_OF_UNITS) {
                compare_unit_sums<Real>(s, sim, l, draws, i);
                continue;
            }
            const Sums want = expected_sums(s, l, draws, i);
            carve_view view;
            REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_TRAJECTORY, i, &view, nullptr) ==
                    CARVE_OK);
            const std::vector<double> got = sums_of(sim, i, l, view.shape[1]);
            CHECK(support::relative_error({got[0]}, {want.loss}) <= bound);
            CHECK(support::relative_error({got.back()}, {want.weight}) <= bound);
            if (view.shape[1] == 2) { // it does not depend on theta, or there is no gradient
                const bool none = s.network.model.gradient == CARVE_GRADIENT_NONE;
                for (const double g : want.gradient)
                    CHECK((none || g == 0));
                continue;
            }
            REQUIRE(got.size() == 2 + K + K * (K + 1) / 2);
            const auto gradient = got.begin() + 1, matrix = gradient + std::ptrdiff_t(K);
            CHECK(support::relative_error({gradient, matrix}, want.gradient) <= bound);
            CHECK(support::relative_error({matrix, got.end() - 1}, want.matrix) <= bound);
        }
}

} // namespace

TEST_SUITE_BEGIN("trajectory");

TEST_CASE("loss, gradient and Gauss-Newton matrix of random models equal those of dual numbers") {
    Ranges ranges;
    ranges.max_units = 9;
    ranges.max_steps = 9;
    ranges.max_work = 1e6;
    ranges.memory = true;
    std::map<std::string, int> seen; // what the random models have covered
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        ranges.gradient = seed % 5 != 0;
        ranges.modulated = seed % 3 == 0;
        Scenario s = random_scenario(seed, ranges);
        record(s, seed);
        const ExpectedLanes expected(s);
        if (!expected.comparable())
            continue;
        ++compared;
        for (const std::uint32_t isa : support::usable_isas()) {
            const auto sizes = support::lane_sizes<double>();
            compare_sums<double>(s, isa, sizes[seed % sizes.size()]);
            if (expected.comparable_in_float())
                compare_sums<float>(s, isa, support::lane_sizes<float>()[seed % 3]);
        }
        for (const flat::Population& p : s.network.populations) {
            if (!p.recorded)
                continue;
            seen["likelihood " + std::to_string(p.likelihood)] += 1;
            seen["sums of units"] += p.sums;
            seen["sums of several units"] += p.sums && p.n_units > 1;
            seen["all count"] += p.selection == CARVE_NO_POPULATION;
            const bool selected = p.selection != CARVE_NO_POPULATION;
            seen["one selection"] +=
                selected && s.network.populations[p.selection].n_units < p.n_units;
            seen["a selection of each"] +=
                selected && p.n_units > 1 && s.network.populations[p.selection].n_units > 1;
            seen["more than four units"] += p.n_units > 4;
            seen["batch"] += s.network.model.batch > 1;
            seen["odd number of coefficients"] += s.network.n_coefficients() % 2 == 1;
            seen["value only"] += s.network.model.gradient == CARVE_GRADIENT_NONE;
        }
    }
    MESSAGE(compared << " models compared");
    CHECK(compared >= 40);
    CHECK(seen.size() == 13);
    for (const auto& what : seen) {
        CAPTURE(what.first);
        CHECK(what.second > 4);
    }
}

TEST_CASE("the sums of one unit are those of its closed form, whatever hides behind a gap") {
    // y_t = w_t x with x = 3, w_0 = 1: w_t = 1 + eta theta x t, dy_t/dtheta = eta x^2 t
    const double theta = 0.1, x = 3, eta = 0.5, nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> observed = {2, nan, 5, -1, 7}, counts = {1, 0, 2, nan, 0.5};
    Network n = recorded_unit();
    n.projections[0].w_mean = 1;
    Sim sim(n);
    sim.theta(0).set(theta, 0, 0);
    for (const bool cleared : {false, true}) { // a second time from the reset
        CAPTURE(cleared);
        run(sim, {std::vector<double>(5, x), observed, counts});
        double loss = 0, gradient = 0, matrix = 0;
        for (int t = 0; t < 5; ++t) {
            if (!(counts[std::size_t(t)] > 0))
                continue;
            const double y = (1 + eta * theta * x * t) * x, slope = eta * x * x * t;
            const double off = y - observed[std::size_t(t)];
            loss += 0.5 * counts[std::size_t(t)] * off * off / 4;
            gradient += counts[std::size_t(t)] * off * slope / 4;
            matrix += counts[std::size_t(t)] * slope * slope / 4;
        }
        const std::vector<double> got = sums_of(sim, 1, 0, 4);
        CHECK(got[3] == 3.5); // of the weights
        CHECK(got[0] == doctest::Approx(loss).epsilon(1e-13));
        CHECK(got[1] == doctest::Approx(gradient).epsilon(1e-13));
        CHECK(got[2] == doctest::Approx(matrix).epsilon(1e-13));
        CHECK(sim.frozen(0) == 0);
        REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
        CHECK(sums_of(sim, 1, 0, 4) == std::vector<double>(4, 0));
    }
}

TEST_CASE("whether a replica's neighbours count leaves its negative zeros as they are") {
    Network n = recorded_unit();
    n.model.precision = CARVE_F64;
    n.model.n_replicas = 4;
    n.populations[3].shared = 0;
    Sim sim(n);
    std::vector<double> sums(4, -0.0);
    for (std::uint32_t l = 0; l < 4; ++l)
        REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_TRAJECTORY, 1, l, sums.data(), 4, nullptr) ==
                CARVE_OK);
    run(sim, {{1}, {2}, {0, 1, -1, std::numeric_limits<double>::quiet_NaN()}});
    for (const std::uint32_t l : {0u, 2u, 3u})
        for (const double sum : sums_of(sim, 1, l, 4)) {
            CAPTURE(l);
            CHECK(sum == 0);
            CHECK(std::signbit(sum));
        }
}

TEST_CASE("a Gauss-Newton step finds the coefficient that made a recording") {
    // y is linear in theta here, so that one step is enough
    const std::size_t steps = 20;
    support::Random r(11);
    std::vector<double> x(steps), recorded(steps), all(steps, 1);
    for (double& value : x)
        value = r.normal();
    double w = 0.5;
    for (std::size_t t = 0; t < steps; ++t) { // theta is 0.8
        recorded[t] = w * x[t];
        w += 0.5 * 0.8 * x[t];
    }
    Network n = recorded_unit();
    n.projections[0].w_mean = 0.5;
    Sim sim(n);
    sim.theta(0).set(0.3, 0, 0);
    run(sim, {x, recorded, all});
    const std::vector<double> sums = sums_of(sim, 1, 0, 4);
    CHECK(0.3 - sums[1] / sums[2] == doctest::Approx(0.8).epsilon(1e-12));
}

TEST_CASE("measures are cleared without the rest, and steps without plasticity count") {
    Network n = recorded_unit();
    n.projections[0].w_mean = 2;
    Sim sim(n);
    run(sim, {{1, 1}, {0, 0}, {1, 1}});
    CHECK(sums_of(sim, 1, 0, 4)[0] == 2 * 0.5 * 4 / 4);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_MEASURES, nullptr) == CARVE_OK);
    CHECK(sums_of(sim, 1, 0, 4)[0] == 0);
    run(sim, {{1}, {0}, {1}});
    CHECK(sums_of(sim, 1, 0, 4)[0] == 0.5 * 4 / 4);
}

namespace {

// A linear unit whose rate is its input, the derivative of which by the one coefficient is 1 in every step.
Network likelihood_unit(std::uint32_t likelihood, std::uint32_t precision) {
    Network n = recorded_unit();
    n.model.precision = precision;
    n.populations[1].likelihood = likelihood;
    n.populations[1].noise = 1;
    n.projections[0].w_mean = 1;
    return n;
}
template <class Real>
std::vector<double> sums_at(Sim& sim, double rate, double observation, double slope) {
    REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
    REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_SENSITIVITIES, 0, 0, &slope, 1, nullptr) ==
            CARVE_OK);
    const Real values[] = {Real(rate), Real(observation), Real(1)};
    std::vector<carve_stream> streams;
    for (const Real& value : values)
        streams.push_back({support::precision_of<Real>(), CARVE_STREAM_BLOCKS, 1, &value});
    REQUIRE(sim.step(streams, 1) == CARVE_OK);
    return sums_of(sim, 1, 0, 4);
}
template <class Real> void check_logarithm(std::uint32_t isa) {
    // Many counts of a small or large mean y: L = y - o ln y is nearly -o ln y.
    Network n = likelihood_unit(CARVE_LIKELIHOOD_POISSON, support::precision_of<Real>());
    n.model.isa = isa;
    Sim sim(n);
    const double counts = 0x1p40, eps = double(std::numeric_limits<Real>::epsilon());
    for (double y = 8 * eps; y < 1e6; y *= 1.037) {
        CAPTURE(y);
        const double rate = double(Real(y)), exact = -counts * std::log(rate);
        CHECK(std::fabs(sums_at<Real>(sim, rate, counts, 0)[0] - exact) <=
              support::tolerance<Real>(3) * std::fabs(exact) + 2e6);
    }
}

} // namespace

TEST_CASE("the logarithm in a likelihood is within three units of the last place") {
    for (const std::uint32_t isa : support::usable_isas()) {
        check_logarithm<double>(isa);
        check_logarithm<float>(isa);
    }
}

TEST_CASE("impossible rates are taken as the nearest possible ones, slope and precision too") {
    const auto check = [](auto real, double least) {
        using Real = decltype(real);
        const std::uint32_t precision = support::precision_of<Real>();
        Network counts = likelihood_unit(CARVE_LIKELIHOOD_POISSON, precision),
                events = likelihood_unit(CARVE_LIKELIHOOD_BERNOULLI, precision);
        Sim of_counts(counts), of_events(events);
        // A sensitivity of 1 / y makes dy/dtheta 1; of 0 its sums stay 0.
        for (const double y : {-3.0, -1e-30}) {
            CAPTURE(y);
            const std::vector<double> count = sums_at<Real>(of_counts, y, 1, 1 / y),
                                      event = sums_at<Real>(of_events, y, 1, 1 / y);
            CHECK(count[0] == doctest::Approx(least - std::log(least)).epsilon(1e-6));
            CHECK(count[1] == doctest::Approx(1 - 1 / least).epsilon(1e-6));
            CHECK(count[2] == doctest::Approx(1 / least).epsilon(1e-6));
            CHECK(event[0] == doctest::Approx(-std::log(least)).epsilon(1e-6));
            CHECK(event[1] == doctest::Approx(-1 / least).epsilon(1e-6));
        }
        const std::vector<double> sure = sums_at<Real>(of_events, 2, 0, 0.5);
        CHECK(sure[0] == doctest::Approx(-std::log(least)).epsilon(1e-6));
        CHECK(sure[1] == doctest::Approx(1 / least).epsilon(1e-6));
        CHECK(sure[2] == doctest::Approx(1 / least).epsilon(1e-6));
    };
    check(0.0, 0x1p-50);
    check(0.0f, 0x1p-23);
}

TEST_CASE("a choice is compared by what its logits differ in, and counts once") {
    Network n = support::single_layer(1, 3, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.model.precision = CARVE_F32;
    n.populations[0].shared = 1;
    n.populations[1].recorded = 1;
    n.populations[1].likelihood = CARVE_LIKELIHOOD_CATEGORICAL;
    n.populations[1].observations = n.population(CARVE_POPULATION_INPUT, 3);
    n.populations[2].shared = 1;
    Sim sim(n);
    const float offset = 1 << 20, x = 1, chosen[] = {0, 1, 0};
    for (std::size_t i = 0; i < 3; ++i)
        sim.weights(0).set(offset + double(i), 0, i, 0);
    REQUIRE(sim.step({{CARVE_F32, CARVE_STREAM_BLOCKS, 1, &x},
                      {CARVE_F32, CARVE_STREAM_BLOCKS, 3, chosen}},
                     1) == CARVE_OK);
    const std::vector<double> sums = sums_of(sim, 1, 0, 2);
    CHECK(sums[0] == doctest::Approx(std::log(1 + std::exp(-1.0) + std::exp(1.0))).epsilon(1e-6));
    CHECK(sums[1] == 1);
}

TEST_CASE("Fisher steps find the coefficient that made choices, within its error bar") {
    // p = sigmoid(v w x), dw = eta theta x: 4000 steps of replicas that start at w = 0
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.population(CARVE_POPULATION_RATE, 1, CARVE_ACTIVATION_SIGMOID);
    n.projection(1, 2, flat::kStatic);
    n.projections[1].w_mean = 1;
    n.projections[0].eta = 0.01;
    n.populations[2].recorded = 1;
    n.populations[2].likelihood = CARVE_LIKELIHOOD_BERNOULLI;
    n.populations[2].observations = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[0].shared = n.populations[3].shared = 1;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim sim(n);
    const double truth = 0.3;
    support::Random r(9);
    std::vector<double> x, choices;
    double w = 0;
    for (int t = 0; t < 4000; ++t) {
        x.push_back(r.normal() - 0.02 * w);
        choices.push_back(r.uniform() < 1 / (1 + std::exp(-w * x.back())) ? 1 : 0);
        w += 0.01 * truth * x.back();
    }
    double theta = 0, spread = 0;
    for (int iteration = 0; iteration < 8; ++iteration) {
        REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
        sim.theta(0).set(theta, 0, 0);
        run(sim, {x, choices});
        const std::vector<double> sums = sums_of(sim, 2, 0, 4);
        theta -= sums[1] / sums[2];
        spread = 1 / std::sqrt(sums[2]);
    }
    CHECK(std::fabs(theta - truth) < 3 * spread);
    CHECK(spread < 0.2);
}

TEST_CASE("what a probe of a trajectory asks of a model is refused by name") {
    const auto where = [](const std::function<void(Network&)>& change) {
        Network n = recorded_unit();
        change(n);
        const std::string sentence = support::explain(n.description());
        return sentence.substr(0, sentence.find(" is "));
    };
    CHECK(where([](Network&) {}) == "");
    CHECK(where([](Network& n) { n.populations[1].observations = 9; }) ==
          "probes[0].trajectory.observations");
    CHECK(where([](Network& n) { n.populations[1].observations = 1; }) ==
          "probes[0].trajectory.observations");
    CHECK(where([](Network& n) { n.populations[2].n_units = 2; }) ==
          "probes[0].trajectory.observations");
    CHECK(where([](Network& n) { n.populations[1].selection = 4; }) ==
          "probes[0].trajectory.selection");
    for (const double noise : {0.0, 1e-154})
        CHECK(where([&](Network& n) { n.populations[1].noise = noise; }) ==
              "probes[0].trajectory.noise");
    CHECK(where([](Network& n) {
              n.model.precision = CARVE_F32;
              n.populations[1].noise = 1e-20;
          }) == "probes[0].trajectory.noise");
    CHECK(where([](Network& n) { n.populations[1].likelihood = 4; }) ==
          "probes[0].trajectory.likelihood");
    CHECK(where([](Network& n) {
              n.populations[1].noise = 1;
              n.populations[1].likelihood = CARVE_LIKELIHOOD_CATEGORICAL;
          }) == "probes[0].trajectory.likelihood"); // one unit
    CHECK(where([](Network& n) { n.populations[1].likelihood = CARVE_LIKELIHOOD_POISSON; }) ==
          "probes[0].trajectory.noise"); // 2
    CHECK(where([](Network& n) {
              n.populations[1].n_units = n.populations[2].n_units = n.populations[3].n_units = 2;
              n.populations[1].noise = 1;
              n.populations[1].likelihood = CARVE_LIKELIHOOD_CATEGORICAL;
          }) == "probes[0].trajectory.selection");
    CHECK(where([](Network& n) {
              n.populations[0].recorded = 1;
              n.populations[1].recorded = 0;
          }) == "probes[0].index");
    CHECK(where([](Network& n) {
              n.model.gradient = CARVE_GRADIENT_ADJOINT;
              n.model.max_steps = 10;
          }) == "gradient");
    CHECK(where([](Network& n) { n.model.layout = CARVE_LAYOUT_AFFERENTS; }) == "layout");
}

TEST_SUITE_END();
