// Evaluation of a step: activations, feedforward and lateral drive, and what input and gaussian
// populations hand on (M1, M2).
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::Packed;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

// f(u) of the sim for each u: one unit, weight 1, one sample each.
template <class Real>
std::vector<double> activate(std::uint32_t activation, const std::vector<double>& u,
                             std::uint32_t isa) {
    Network n;
    n.model.precision = support::precision_of<Real>();
    n.model.isa = isa;
    n.model.batch = std::uint32_t(u.size());
    n.population(CARVE_POPULATION_INPUT, 1);
    n.population(CARVE_POPULATION_RATE, 1, activation);
    n.projection(0, 1, flat::kStatic);
    n.populations[0].shared = 1;
    Sim sim(n);
    sim.weights(0).set(1, 0);
    const Packed in(n, 0, 1,
                    [&](std::size_t, std::size_t, std::size_t s, std::size_t) { return u[s]; });
    REQUIRE(sim.step({in.stream()}, 1) == CARVE_OK);
    return sim.rates(1).lane(0);
}

template <class Real> std::vector<double> drives() {
    std::vector<double> u{0.0, -0.0, 1e8, -1e8, 88.0, -88.0, 710.0, -710.0, 1e-30, -1e-30};
    support::Random r(4);
    for (int i = 0; i < 4000; ++i) {
        const double size = std::pow(10.0, r.uniform(-8, 1.6));
        u.push_back(r.chance(0.5) ? size : -size);
    }
    for (double& x : u)
        x = double(Real(x));
    return u;
}

Scenario lateral_scenario(std::uint32_t inference, std::uint32_t lower, std::uint32_t n_sweeps) {
    Scenario s;
    s.network = support::single_layer(4, 6);
    s.network.projections[0].rule = flat::kStatic;
    s.network.projection(1, 1, flat::kStatic);
    s.network.projections[1].inference = inference;
    s.network.projections[1].connectivity = lower;
    if (inference == CARVE_INFERENCE_SWEEPS)
        s.network.projections[1].n_sweeps = n_sweeps;
    support::Random r(17);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    for (std::size_t e = 0; e < 36; ++e) // the same weights whatever the inference
        s.weights[0][1][e] =
            !lower || e % 6 < e / 6 ? support::as_float(0.1 * std::sin(double(e))) : 0;
    return s;
}

std::vector<double> rates_of(Scenario s) {
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    return sim.rates(1).lane(0);
}

} // namespace

TEST_SUITE_BEGIN("neurons");

TEST_CASE_TEMPLATE("activations are right to a few units in the last place", Real, float, double) {
    const std::vector<double> u = drives<Real>();
    for (const std::uint32_t isa : support::usable_isas()) {
        CAPTURE(isa);
        const std::vector<double> linear = activate<Real>(CARVE_ACTIVATION_LINEAR, u, isa),
                                  relu = activate<Real>(CARVE_ACTIVATION_RELU, u, isa),
                                  tanh = activate<Real>(CARVE_ACTIVATION_TANH, u, isa),
                                  sigmoid = activate<Real>(CARVE_ACTIVATION_SIGMOID, u, isa);
        double worst_tanh = 0, worst_sigmoid = 0;
        for (std::size_t i = 0; i < u.size(); ++i) {
            CHECK(linear[i] == u[i]);
            CHECK(relu[i] == (u[i] > 0 ? u[i] : 0));
            const double t = double(std::tanh((long double)u[i]));
            const double s = double(1.0L / (1.0L + std::exp(-(long double)u[i])));
            const double least = double(std::numeric_limits<Real>::min());
            worst_tanh =
                std::fmax(worst_tanh, std::fabs(tanh[i] - t) / std::fmax(std::fabs(t), least));
            if (s > 4 * least) // below: gradual underflow
                worst_sigmoid = std::fmax(worst_sigmoid, std::fabs(sigmoid[i] - s) / s);
            CHECK(std::fabs(tanh[i]) <= 1);
            CHECK((sigmoid[i] >= 0 && sigmoid[i] <= 1));
        }
        CHECK(worst_tanh <= tolerance<Real>(8));
        CHECK(worst_sigmoid <= tolerance<Real>(8));
    }
}

TEST_CASE("a population sums over all its projections, from populations declared before it") {
    Network n;
    n.population(CARVE_POPULATION_INPUT, 2);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.population(CARVE_POPULATION_RATE, 2);
    n.population(CARVE_POPULATION_RATE, 1, CARVE_ACTIVATION_RELU);
    n.projection(0, 2, flat::kStatic);
    n.projection(1, 2, flat::kStatic);
    n.projection(2, 3, flat::kStatic);
    n.projection(0, 3, flat::kStatic); // past the layer between
    n.model.n_replicas = 3;
    Sim sim(n);
    for (std::size_t l = 0; l < 3; ++l) {
        for (std::size_t i = 0; i < 2; ++i) {
            for (std::size_t j = 0; j < 2; ++j)
                sim.weights(0).set(double(1 + 2 * i + j), l, i, j); // [1 2; 3 4]
            sim.weights(1).set(10, l, i, 0);
            sim.weights(2).set(1, l, 0, i);
            sim.weights(3).set(double(l), l, 0, i);
        }
    }
    const Packed a(n, 0, 1, [](std::size_t, std::size_t, std::size_t, std::size_t u) {
        return u == 0 ? 1.0 : -2.0;
    });
    const Packed b(n, 1, 1,
                   [](std::size_t l, std::size_t, std::size_t, std::size_t) { return double(l); });
    REQUIRE(sim.step({a.stream(), b.stream()}, 1) == CARVE_OK);
    for (std::size_t l = 0; l < 3; ++l) {
        const double shift = 10 * double(l);
        CHECK(sim.rates(2).get(l, 0, 0) == 1 - 4 + shift);
        CHECK(sim.rates(2).get(l, 0, 1) == 3 - 8 + shift);
        CHECK(sim.rates(3).get(l) == std::fmax(0.0, -8 + 2 * shift - double(l)));
    }
}

TEST_CASE("a lower lateral matrix gives the same rates by sequence, solution or enough sweeps") {
    const std::vector<double> sequential =
        rates_of(lateral_scenario(CARVE_INFERENCE_SEQUENTIAL, 1, 1));
    CHECK(relative_error(rates_of(lateral_scenario(CARVE_INFERENCE_SOLVE, 1, 1)), sequential) <=
          tolerance<double>(8));
    CHECK(relative_error(rates_of(lateral_scenario(CARVE_INFERENCE_SWEEPS, 1, 5)), sequential) <=
          tolerance<double>(8));
    CHECK(relative_error(rates_of(lateral_scenario(CARVE_INFERENCE_SWEEPS, 1, 1)), sequential) >
          1e-4);
}

TEST_CASE("a dense lateral matrix reaches its solution by many sweeps") {
    const std::vector<double> solved = rates_of(lateral_scenario(CARVE_INFERENCE_SOLVE, 0, 1));
    CHECK(relative_error(rates_of(lateral_scenario(CARVE_INFERENCE_SWEEPS, 0, 200)), solved) <=
          tolerance<double>(16));
    Scenario s = lateral_scenario(CARVE_INFERENCE_SOLVE, 0, 1); // y = u + M y
    for (std::size_t i = 0; i < 6; ++i) {
        double right = 0;
        for (std::size_t j = 0; j < 4; ++j)
            right += s.weights[0][0][i * 4 + j] * s.input(0, 0, 0, 0, j);
        for (std::size_t j = 0; j < 6; ++j)
            right += s.weights[0][1][i * 6 + j] * solved[j];
        CHECK(right == doctest::Approx(solved[i]).epsilon(1e-13));
    }
}

TEST_CASE("with the mask from the first update the upper entries act once") {
    Scenario s = lateral_scenario(CARVE_INFERENCE_SWEEPS, 1, 2);
    s.network.projections[1].rule = s.network.rule(flat::term(0, 0, 1));
    s.network.projections[1].mask_from = CARVE_MASK_FROM_FIRST_UPDATE;
    s.network.projections[1].w_sd = 1;
    s.network.projections[1].w_min = 0.0625; // does not move the others away from 0
    s.network.populations[0].fixed = 1;
    s.theta[0].push_back({0.0});
    Sim sim(s.network);
    REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
    double upper = 0;
    for (std::size_t e = 0; e < 36; ++e)
        if (e % 6 >= e / 6)
            upper += sim.weights(1).get(0, e / 6, e % 6);
    CHECK(upper > 0); // drawn, not 0
    for (std::size_t e = 0; e < 36; ++e)
        s.weights[0][1][e] = 0.125;
    load(sim, s);
    const Inputs inputs(s.network, s, 0, 1);
    for (int t = 0; t < 3; ++t) {
        REQUIRE(sim.step(inputs.streams(), 1) == CARVE_OK);
        for (std::size_t e = 0; e < 36; ++e)
            CHECK(sim.weights(1).get(0, e / 6, e % 6) == (e % 6 < e / 6 ? 0.125 : 0));
        Scenario alike = s; // what a mask from the start, or none at all, makes of it
        alike.network.projections[1].connectivity =
            t == 0 ? CARVE_CONNECT_ALL : CARVE_CONNECT_LOWER;
        alike.network.projections[1].mask_from = CARVE_MASK_FROM_START;
        for (std::size_t e = 0; e < 36 && t > 0; ++e)
            alike.weights[0][1][e] = e % 6 < e / 6 ? 0.125 : 0;
        CHECK(relative_error(sim.rates(1).lane(0), rates_of(alike)) <= tolerance<double>(8));
    }
}

TEST_CASE("entries outside a lower mask are zero from the reset on") {
    Scenario s = lateral_scenario(CARVE_INFERENCE_SEQUENTIAL, 1, 1);
    s.network.projections[1].w_sd = 1;
    s.network.projections[1].w_mean = 5;
    Sim sim(s.network);
    REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t j = 0; j < 6; ++j)
            CHECK((sim.weights(1).get(0, i, j) != 0) == (j < i));
}

TEST_CASE_TEMPLATE("a gaussian population is its mean plus its factor times normal numbers", Real,
                   float, double) {
    for (const std::uint32_t shared : {0u, 1u}) {
        Network n;
        n.model.precision = support::precision_of<Real>();
        n.model.n_replicas = 3;
        n.model.batch = 4;
        n.population(CARVE_POPULATION_GAUSSIAN, 3);
        n.population(CARVE_POPULATION_RATE, 1);
        n.projection(0, 1, flat::kStatic);
        n.populations[0].shared = shared;
        Sim standard(n), mixed(n);
        const double a[3][3] = {{2, 0, 0}, {-1, 0.5, 0}, {0.25, 1, -3}}, mean[3] = {1, -2, 0};
        for (std::size_t l = 0; l < (shared ? 1 : 3); ++l)
            for (std::size_t i = 0; i < 3; ++i) {
                standard.factor(0).set(1, l, i, i);
                mixed.mean(0).set(mean[i], l, i);
                for (std::size_t j = 0; j < 3; ++j)
                    mixed.factor(0).set(a[i][j], l, i, j);
            }
        for (int t = 0; t < 5; ++t) {
            REQUIRE(standard.step({}, 1) == CARVE_OK);
            REQUIRE(mixed.step({}, 1) == CARVE_OK);
            for (std::size_t l = 0; l < 3; ++l)
                for (std::size_t s = 0; s < 4; ++s)
                    for (std::size_t i = 0; i < 3; ++i) {
                        double x = mean[i], size = std::fabs(x);
                        for (std::size_t j = 0; j < 3; ++j) {
                            const double z = standard.rates(0).get(l, s, j);
                            CHECK(z != 0);
                            x += a[i][j] * z;
                            size += std::fabs(a[i][j] * z);
                        }
                        CHECK(std::fabs(mixed.rates(0).get(l, s, i) - x) <=
                              tolerance<Real>(4) * size);
                    }
        }
    }
}

TEST_CASE("a fixed gaussian batch is the same at every step, another is not") {
    for (const std::uint32_t fixed : {0u, 1u}) {
        Network n;
        n.model.batch = 3;
        n.model.form = CARVE_FORM_SAMPLES;
        n.population(CARVE_POPULATION_GAUSSIAN, 2);
        n.population(CARVE_POPULATION_RATE, 1);
        n.projection(0, 1, flat::kStatic);
        n.populations[0].fixed = fixed;
        Sim sim(n);
        for (std::size_t i = 0; i < 2; ++i)
            sim.factor(0).set(1, 0, i, i);
        REQUIRE(sim.step({}, 1) == CARVE_OK);
        const std::vector<double> first = sim.rates(0).lane(0);
        REQUIRE(sim.step({}, 1) == CARVE_OK);
        CHECK((sim.rates(0).lane(0) == first) == (fixed == 1));
    }
}

TEST_SUITE_END();
