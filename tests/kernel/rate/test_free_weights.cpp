// Free initial weights (M23, M24): derivatives by them, and what is left of a trajectory's gradient and matrix
// when they are eliminated, against dual numbers in all initial weights at once and a dense Cholesky factor.
#include "reference/rates/free_weights.hpp"

#include <cmath>
#include <functional>
#include <map>

using namespace reference;
using support::Sim;

namespace {

template <class Real>
void compare_reduced(Scenario s, std::uint32_t isa, std::uint32_t lane_bytes) {
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.isa = isa;
    s.network.model.lane_bytes = lane_bytes;
    INFO(describe(s.network));
    const Draws draws = record_draws(s);
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    const Variables v(s.network);
    const double bound = support::tolerance<Real>(2e-3, 1e-9), precision = 1;
    std::vector<double> dtheta;
    for (std::size_t k = 0; k < v.n_coefficients; ++k)
        dtheta.push_back(0.01 * double(k % 3) - 0.01);
    for (std::uint32_t i = 0; i < s.network.populations.size(); ++i) {
        bool free = false;
        for (std::size_t p = 0; p < v.first.size(); ++p)
            free = free || (v.first[p] && s.network.projections[p].post == i);
        for (std::uint32_t l = 0; free && l < s.network.model.n_replicas; ++l) {
            CAPTURE(i);
            CAPTURE(l);
            const auto replica = run_in_all(s, l, draws, v);
            const std::size_t C = v.n_coefficients + v.columns, rows = 2 + C + C * (C + 1) / 2;
            std::vector<Equations> units(s.network.populations[i].n_units, Equations(v.n));
            const auto take = [&](std::uint32_t view, std::uint32_t index,
                                  const std::vector<Equations>& of) {
                std::vector<double> got(of.size() * rows);
                REQUIRE(carve_sim_read(sim.get(), view, index, l, got.data(), got.size(),
                                       nullptr) == CARVE_OK);
                for (std::size_t unit = 0; unit < of.size(); ++unit) {
                    const auto at = got.begin() + std::ptrdiff_t(unit * rows);
                    CHECK(support::relative_error({at, at + std::ptrdiff_t(rows)},
                                                  in_order_of_view(s, v, of[unit], i, unit)) <=
                          bound);
                }
                add(units, of);
            };
            if (s.network.populations[i].recorded)
                take(CARVE_VIEW_TRAJECTORY, i, equations_of(s, replica, i, v.n));
            for (std::uint32_t p = 0; p < v.first.size(); ++p)
                if (s.network.projections[p].recorded && s.network.projections[p].post == i)
                    take(CARVE_VIEW_WEIGHT_TRAJECTORY, p, equations_of_weights(s, replica, p, v.n));
            const std::size_t K = v.n_coefficients;
            const Reduced want = reduce(units, K, v.n, precision, dtheta),
                          is = eliminated(sim, i, l, K, v.columns, precision, dtheta);
            CHECK(support::relative_error({is.value}, {want.value}) <= bound);
            CHECK(support::relative_error(is.gradient, want.gradient) <= bound);
            CHECK(support::relative_error(is.matrix, want.matrix) <= bound);
            for (std::size_t p = 0; p < v.first.size(); ++p) {
                if (!v.first[p] || s.network.projections[p].post != i)
                    continue;
                std::vector<double> steps, expected;
                for (std::size_t unit = 0; unit < units.size(); ++unit)
                    for (std::size_t j = 0; j < s.network.n_pre(p); ++j) {
                        steps.push_back(is.dw[unit * v.columns + v.column[p] + j]);
                        expected.push_back(
                            want.dw[v.first[p] - v.n_coefficients + unit * s.network.n_pre(p) + j]);
                    }
                CHECK(support::relative_error(steps, expected) <= bound);
            }
        }
    }
}

// Two units that learn from inputs by Oja's rule, recorded; the observations are another population.
Network learning_units(std::uint32_t activation = CARVE_ACTIVATION_TANH,
                       std::uint32_t n_inputs = 3) {
    Network n =
        support::single_layer(n_inputs, 2, activation, flat::term(1, 1, 0) | flat::term(0, 2, 1));
    n.populations[0].shared = 1;
    n.populations[1].recorded = 1;
    n.populations[1].observations = n.population(CARVE_POPULATION_INPUT, 2);
    n.populations[2].shared = 1;
    n.projections[0].initial_weights = CARVE_INITIAL_FREE;
    n.projections[0].w_sd = 0.5;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return n;
}
// Of learning_units: the first steps of their inputs and observations.
void step(Sim& sim, const std::vector<double>& x, const std::vector<double>& o,
          std::size_t n_steps) {
    const std::vector<carve_stream> streams{
        {CARVE_F64, CARVE_STREAM_BLOCKS, 3 * n_steps, x.data()},
        {CARVE_F64, CARVE_STREAM_BLOCKS, 2 * n_steps, o.data()}};
    REQUIRE(sim.step(streams, n_steps) == CARVE_OK);
}
std::string explain(Network n) { return support::explain(n.description()); }

} // namespace

TEST_SUITE_BEGIN("trajectory");

TEST_CASE("sums by unit, reduced gradients and steps of random models equal dense ones in all "
          "initial weights") {
    Ranges ranges;
    ranges.max_units = 5;
    ranges.max_steps = 9;
    ranges.max_work = 3e5;
    ranges.memory = true;
    std::map<std::string, int> seen;
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        CAPTURE(seed);
        ranges.gradient = true;
        ranges.modulated = seed % 3 == 0;
        ranges.general = ranges.modulated;
        Scenario s = random_scenario(seed, ranges);
        if (seed % 4 != 1)
            record(s, seed);
        if (seed % 4 <= 1)
            record_weights(s, seed);
        if (!free_weights(s.network))
            continue;
        const ExpectedLanes expected(s);
        if (!expected.comparable())
            continue;
        ++compared;
        compare_reduced<double>(s, CARVE_ISA_AUTO, support::lane_sizes<double>()[seed % 3]);
        if (expected.comparable_in_float() && seed % 2)
            compare_reduced<float>(s, CARVE_ISA_AUTO, support::lane_sizes<float>()[seed % 3]);
        note_free_weights(s.network, seen);
    }
    MESSAGE(compared << " models compared");
    for (const auto& what : seen) {
        CAPTURE(what.first);
        CHECK(what.second > 2);
    }
    CHECK(compared >= 60);
}

TEST_CASE("initial weights of more inputs and replicas than a lane block has numbers are free") {
    Scenario s;
    s.network = learning_units(CARVE_ACTIVATION_TANH, 9);
    s.network.projections[0].eta = 0.05;
    s.network.model.n_replicas = 9;
    s.n_steps = 21; // more than are worked on together
    support::Random r(9);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    for (const std::uint32_t bytes : {32u, 64u}) {
        compare_reduced<double>(s, CARVE_ISA_AUTO, bytes);
        compare_reduced<float>(s, CARVE_ISA_AUTO, bytes);
    }
}

TEST_CASE("coefficients and initial weights that made the observations are found from others") {
    Network n = learning_units();
    const std::size_t steps = 60, K = 2;
    support::Random r(5);
    std::vector<double> x(3 * steps), o(2 * steps, 0);
    for (double& value : x)
        value = r.normal();
    const double true_theta[] = {-0.5, 0.8}; // of y^2 w, of x y
    const std::vector<double> true_w{0.5, -0.25, 0.75, -0.5, 0.25, 1};
    std::vector<double> theta{-0.3, 0.6}, w{0.4, -0.1, 0.6, -0.4, 0.4, 0.9};
    Sim sim(n);
    const auto run_from = [&](const double* coefficients, const std::vector<double>& weights,
                              const std::vector<double>& observed, std::size_t n_steps) {
        for (std::size_t k = 0; k < K; ++k)
            sim.theta(0).set(coefficients[k], 0, k);
        for (std::size_t e = 0; e < 6; ++e)
            sim.weights(0).set(weights[e], 0, e / 3, e % 3);
        step(sim, x, observed, n_steps);
    };
    for (std::size_t t = 0; t < steps; ++t) { // the rates of the last of t + 1 steps
        REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
        run_from(true_theta, true_w, o, t + 1);
        for (std::size_t i = 0; i < 2; ++i)
            o[2 * t + i] = sim.rates(1).get(0, 0, i);
    }
    double value = 1;
    for (int iteration = 0; iteration < 15; ++iteration) {
        REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
        run_from(theta.data(), w, o, steps);
        std::vector<double> g(K), h(K * K), dw(6);
        REQUIRE(carve_sim_eliminate(sim.get(), 1, 0, nullptr, &value, g.data(), h.data(), nullptr,
                                    nullptr) == CARVE_OK);
        for (double& slope : g)
            slope = -slope;
        solve(h, g, K, 1);
        REQUIRE(carve_sim_eliminate(sim.get(), 1, 0, g.data(), nullptr, nullptr, nullptr, dw.data(),
                                    nullptr) == CARVE_OK);
        for (std::size_t k = 0; k < K; ++k)
            theta[k] += g[k];
        for (std::size_t e = 0; e < 6; ++e)
            w[e] += dw[e];
    }
    CHECK(value < 1e-20);
    CHECK(support::relative_error(theta, {-0.5, 0.8}) < 1e-10);
    CHECK(support::relative_error(w, true_w) < 1e-10);
}

TEST_CASE("a reset and cleared weights begin with the derivative 1 of a weight by its own initial "
          "one") {
    Network n = learning_units();
    n.model.n_replicas = 3;
    Sim sim(n);
    carve_sim_info info{};
    info.struct_size = sizeof info;
    REQUIRE(carve_sim_get_info(sim.get(), &info, nullptr) == CARVE_OK);
    CHECK(info.n_coefficients == 2 + 3);
    const auto check = [&] {
        const support::Array s(sim.get(), CARVE_VIEW_SENSITIVITIES, 0);
        for (std::size_t l = 0; l < 3; ++l)
            for (std::size_t i = 0; i < 2; ++i)
                for (std::size_t j = 0; j < 3; ++j)
                    for (std::size_t k = 0; k < 5; ++k)
                        CHECK(s.get(l, i, j, k) == (k == 2 + j ? 1 : 0));
    };
    check();
    const std::vector<double> x(3 * 4, 0.5), o(2 * 4, 0.25);
    sim.theta(0).set(0.5, 0, 0);
    step(sim, x, o, 4);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_WEIGHTS, nullptr) == CARVE_OK);
    check();
}

TEST_CASE("what observations say nothing about stays where it is") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
        Network n = learning_units(CARVE_ACTIVATION_LINEAR);
        n.model.precision = precision;
        Sim sim(n);
        std::vector<float> x32;
        std::vector<double> x; // the second input is silent, the third twice the first
        support::Random r(3);
        for (int t = 0; t < 20; ++t) {
            const double value = support::as_float(r.normal());
            x.insert(x.end(), {value, 0, 2 * value});
        }
        x32.assign(x.begin(), x.end());
        const std::vector<double> o(2 * 20, 0.25);
        const std::vector<float> o32(2 * 20, 0.25f);
        const bool single = precision == CARVE_F32;
        const std::vector<carve_stream> streams{
            {precision, CARVE_STREAM_BLOCKS, x.size(),
             single ? static_cast<const void*>(x32.data()) : x.data()},
            {precision, CARVE_STREAM_BLOCKS, o.size(),
             single ? static_cast<const void*>(o32.data()) : o.data()}};
        REQUIRE(sim.step(streams, 20) == CARVE_OK);
        std::vector<double> g(2), h(4), dw(6);
        REQUIRE(carve_sim_eliminate(sim.get(), 1, 0, nullptr, nullptr, g.data(), h.data(),
                                    dw.data(), nullptr) == CARVE_OK);
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(dw[3 * i] == 0); // what the third one does
            CHECK(dw[3 * i + 1] == 0);
            CHECK(std::fabs(dw[3 * i + 2]) > 1e-3);
            CHECK(std::fabs(dw[3 * i + 2]) < 10);
        }
        for (const double value : h)
            CHECK(std::isfinite(value));
    }
}

TEST_CASE("sums that have overflowed leave nothing that looks known") {
    Network n = learning_units(CARVE_ACTIVATION_LINEAR);
    Sim sim(n);
    const std::vector<double> x(3 * 4, 0.5), o(2 * 4, 0.25);
    step(sim, x, o, 4);
    carve_view view;
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_TRAJECTORY, 1, &view, nullptr) == CARVE_OK);
    const std::size_t K = 2, columns = K + 3;
    // The square of the last free weight of the first unit: behind its loss, slopes and all other products.
    const std::size_t last = 1 + columns + columns * (columns + 1) / 2 - 1;
    for (const double bad : {double(INFINITY), double(NAN)}) {
        static_cast<double*>(view.data)[last * view.stride[2]] = bad;
        std::vector<double> g(K), h(K * K), dw(2 * 3);
        REQUIRE(carve_sim_eliminate(sim.get(), 1, 0, nullptr, nullptr, g.data(), h.data(),
                                    dw.data(), nullptr) == CARVE_OK);
        CHECK(std::isnan(g[0]));
        CHECK(std::isnan(h[0]));
        CHECK(std::isnan(dw[2]));
        CHECK(std::isfinite(dw[5])); // the other unit has its own
    }
}

TEST_CASE("frozen replicas have no reduced gradient, and wrong arguments are refused by name") {
    Network n = learning_units(CARVE_ACTIVATION_LINEAR);
    n.model.n_replicas = 2;
    n.model.bound = 100;
    Sim sim(n);
    sim.weights(0).set(1e6, 1, 0, 0);
    const std::vector<double> x(3 * 4, 0.5), o(2 * 4, 0.25);
    step(sim, x, o, 4);
    std::vector<double> value(2), g(4), h(8), dw(12);
    carve_fault fault;
    REQUIRE(carve_sim_eliminate(sim.get(), 1, 1, nullptr, value.data(), g.data(), h.data(),
                                dw.data(), &fault) == CARVE_OK);
    for (const auto* const all : {&value, &g, &h, &dw})
        for (std::size_t k = 0; k < all->size(); ++k)
            CHECK(std::isnan((*all)[k]) == (k % 2 == 1));
    CHECK(carve_sim_eliminate(sim.get(), 1, 0, nullptr, nullptr, nullptr, nullptr, nullptr,
                              nullptr) == CARVE_OK);
    const auto refused = [&](std::uint32_t population, double precision) {
        const carve_status status = carve_sim_eliminate(
            sim.get(), population, precision, nullptr, nullptr, g.data(), nullptr, nullptr, &fault);
        CHECK(status == fault.status);
        return support::sentence(fault);
    };
    CHECK(refused(3, 0) == "population is 3; it must be the index of a population");
    CHECK(refused(0, 0) ==
          "population is 0; it must be one onto which a projection has CARVE_INITIAL_FREE");
    CHECK(refused(1, -1) == "precision is -1; it must be at least 0, and finite");
    for (const double bad : {double(INFINITY), double(NAN)})
        CHECK(refused(1, bad).find("precision is ") == 0);
    CHECK(carve_sim_eliminate(nullptr, 1, 0, nullptr, nullptr, g.data(), nullptr, nullptr,
                              nullptr) == CARVE_E_NULL);
}

TEST_CASE("initial weights are free only where one row's change no other's rates") {
    const std::string field = "projections[0].initial_weights is 1; it ";
    const auto refused = [&](const std::string& why, const std::function<void(Network&)>& how) {
        Network n = learning_units();
        how(n);
        const std::string sentence = explain(n);
        CAPTURE(sentence);
        CHECK(sentence.find(field + why) == 0);
    };
    CHECK(explain(learning_units()) == "");
    refused("must be CARVE_INITIAL_GIVEN (0) in a projection that is not plastic",
            [](Network& n) { n.make_static(0); });
    refused("may be CARVE_INITIAL_FREE (1) only with CARVE_GRADIENT_FORWARD (1)",
            [](Network& n) { n.model.gradient = CARVE_GRADIENT_NONE; });
    const std::string probe = "may be CARVE_INITIAL_FREE (1) only if post has a "
                              "CARVE_PROBE_TRAJECTORY";
    refused(probe, [](Network& n) { n.populations[1].recorded = 0; });
    refused(probe, [](Network& n) { n.populations[1].sums = CARVE_SUMS_OF_UNITS; });
    refused(probe, [](Network& n) { n.populations[1].likelihood = CARVE_LIKELIHOOD_CATEGORICAL; });
    const std::string heard = "may be CARVE_INITIAL_FREE (1) only if post drives no population";
    refused(heard, [](Network& n) { // lateral
        n.projection(1, 1, flat::kStatic);
        n.projections[1].connectivity = CARVE_CONNECT_LOWER;
    });
    refused(heard, [](Network& n) { // recurrent
        n.projection(1, 1, flat::kStatic);
        n.projections[1].delay = 1;
    });
    refused(heard, [](Network& n) { // a readout
        n.population(CARVE_POPULATION_RATE, 1);
        n.projection(1, 3, flat::kStatic);
    });
    refused(heard, [](Network& n) {
        n.rules[0].terms_r = flat::term(1, 0, 0);
        n.projections[0].modulator = 1;
    });
    Network gated = learning_units();
    gated.projections[0].gate = 1; // whose derivative is 0
    CHECK(explain(gated) == "");
    Network lateral = learning_units();
    lateral.projection(1, 1, 0);
    lateral.projections[0].initial_weights = CARVE_INITIAL_GIVEN;
    lateral.projections[1].connectivity = CARVE_CONNECT_LOWER;
    lateral.projections[1].initial_weights = CARVE_INITIAL_FREE;
    CHECK(explain(lateral).find("projections[1].initial_weights is 1; it must be "
                                "CARVE_INITIAL_GIVEN (0) unless the projection is between") == 0);
    Network other = learning_units();
    other.projections[0].initial_weights = 2;
    CHECK(explain(other).find("projections[0].initial_weights is 2; it must be "
                              "CARVE_INITIAL_GIVEN (0) or CARVE_INITIAL_FREE (1)") == 0);
    Network spiking = support::single_layer(1, 1);
    spiking = Network();
    spiking.population(CARVE_POPULATION_POISSON, 2);
    spiking.population(CARVE_POPULATION_LIF, 1);
    spiking.projection(0, 1, flat::kStatic);
    spiking.projections[0].initial_weights = CARVE_INITIAL_FREE;
    CHECK(explain(spiking).find("projections[0].initial_weights is 1; it must be") == 0);
}

TEST_SUITE_END();
