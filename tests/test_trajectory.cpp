// Trajectories (M40): the squared error of recorded rates, its gradient and its Gauss-Newton matrix,
// against dual numbers in the scalar reference on random models, and in closed form.
#include "reference/expected.hpp"
#include "reference/random_scenario.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <map>

using namespace reference;
using support::Sim;

namespace {

// Adds an input that has observed some rate population, with gaps, and perhaps a second probe.
void record(Scenario& s, std::uint64_t seed) {
    Network& n = s.network;
    support::Random r(seed);
    const auto n_populations = std::uint32_t(n.populations.size());
    for (std::uint32_t i = 0; i < n_populations; ++i) {
        if (n.populations[i].kind != CARVE_POPULATION_RATE ||
            (i + 1 < n_populations && r.chance(0.6)))
            continue;
        const std::uint32_t units = n.populations[i].n_units;
        n.populations[i].recorded = 1;
        n.populations[i].noise = support::as_float(r.uniform(0.5, 2));
        n.populations[i].observations = n.population(CARVE_POPULATION_INPUT, units);
        n.populations.back().shared = r.chance(0.3);
        if (r.chance(0.3))
            continue;
        const bool of_all = r.chance(0.5); // units together
        n.populations[i].selection = n.population(CARVE_POPULATION_INPUT, of_all ? 1 : units);
    }
    s.inputs.resize(n.populations.size());
    s.means.resize(n.populations.size());
    s.factors.resize(n.populations.size());
    for (std::uint32_t i = n_populations; i < n.populations.size(); ++i) {
        const flat::Population& p = n.populations[i];
        bool selects = false;
        for (const flat::Population& other : n.populations)
            selects = selects || (other.recorded && other.selection == i);
        for (std::uint32_t l = 0; l < n.model.n_replicas; ++l) {
            s.inputs[i].emplace_back();
            if (p.shared && l > 0) {
                s.inputs[i][l] = s.inputs[i][0];
                continue;
            }
            for (std::size_t k = 0; k < s.n_steps * n.model.batch * p.n_units; ++k) {
                const double value = support::as_float(r.normal());
                s.inputs[i].back().push_back(selects && r.chance(0.5) ? -1 : value);
            }
        }
    }
}

struct Sums {
    double loss = 0;
    std::vector<double> gradient, matrix; // the lower triangle, row by row
};

// (M40) as it stands, from the rates of the reference and their partial derivatives.
Sums expected_sums(Scenario& s, std::size_t lane, const Draws& draws, std::uint32_t population) {
    const std::size_t K = s.network.n_coefficients();
    const flat::Population& p = s.network.populations[population];
    Sums sums;
    sums.gradient.assign(K, 0);
    sums.matrix.assign(K * (K + 1) / 2, 0);
    const auto replica = run_reference<Dual<double>>(s, lane, draws);
    for (const auto& rates : replica.history)
        for (std::size_t sample = 0; sample < s.network.model.batch; ++sample)
            for (std::size_t i = 0; i < p.n_units; ++i) {
                double count = 1;
                if (p.selection != CARVE_NO_POPULATION) {
                    const auto& of = rates[p.selection][sample];
                    count = of[of.size() == 1 ? 0 : i].value;
                }
                if (!(count > 0))
                    continue;
                const Dual<double>& y = rates[population][sample][i];
                const double off = (y.value - rates[p.observations][sample][i].value) / p.noise;
                sums.loss += 0.5 * count * off * off;
                std::size_t at = 0;
                for (std::size_t k = 0; k < K; ++k) {
                    sums.gradient[k] += count * off * y.partial(k) / p.noise;
                    for (std::size_t l = 0; l <= k; ++l)
                        sums.matrix[at++] +=
                            count * y.partial(k) * y.partial(l) / (p.noise * p.noise);
                }
            }
    return sums;
}

std::vector<double> sums_of(const Sim& sim, std::uint32_t population, std::uint32_t replica,
                            std::size_t n) {
    std::vector<double> values(n);
    REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_TRAJECTORY, population, replica, values.data(), n,
                           nullptr) == CARVE_OK);
    return values;
}

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
            const Sums want = expected_sums(s, l, draws, i);
            carve_view view;
            REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_TRAJECTORY, i, &view, nullptr) ==
                    CARVE_OK);
            const std::vector<double> got = sums_of(sim, i, l, view.shape[1]);
            CHECK(support::relative_error({got[0]}, {want.loss}) <= bound);
            if (view.shape[1] == 1) { // it does not depend on theta, or there is no gradient
                const bool none = s.network.model.gradient == CARVE_GRADIENT_NONE;
                for (const double g : want.gradient)
                    CHECK((none || g == 0));
                continue;
            }
            REQUIRE(got.size() == 1 + K + K * (K + 1) / 2);
            const auto gradient = got.begin() + 1, matrix = gradient + std::ptrdiff_t(K);
            CHECK(support::relative_error({gradient, matrix}, want.gradient) <= bound);
            CHECK(support::relative_error({matrix, got.end()}, want.matrix) <= bound);
        }
}

// One replica of a linear unit y = w x under dw = eta theta x, recorded with noise 2.
Network recorded_unit() {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.populations[0].shared = 1;
    n.projections[0].eta = 0.5;
    n.populations[1].recorded = 1;
    n.populations[1].noise = 2;
    n.populations[1].observations = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[1].selection = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[2].shared = n.populations[3].shared = 1;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return n;
}
void run(Sim& sim, const std::vector<std::vector<double>>& inputs) {
    std::vector<carve_stream> streams;
    for (const std::vector<double>& x : inputs)
        streams.push_back({CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()});
    REQUIRE(sim.step(streams, inputs[0].size()) == CARVE_OK);
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
    CHECK(seen.size() == 7);
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
        const std::vector<double> got = sums_of(sim, 1, 0, 3);
        CHECK(got[0] == doctest::Approx(loss).epsilon(1e-13));
        CHECK(got[1] == doctest::Approx(gradient).epsilon(1e-13));
        CHECK(got[2] == doctest::Approx(matrix).epsilon(1e-13));
        CHECK(sim.frozen(0) == 0);
        REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
        CHECK(sums_of(sim, 1, 0, 3) == std::vector<double>(3, 0));
    }
}

TEST_CASE("whether a replica's neighbours count leaves its negative zeros as they are") {
    Network n = recorded_unit();
    n.model.precision = CARVE_F64;
    n.model.n_replicas = 4;
    n.populations[3].shared = 0;
    Sim sim(n);
    std::vector<double> sums(3, -0.0);
    for (std::uint32_t l = 0; l < 4; ++l)
        REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_TRAJECTORY, 1, l, sums.data(), 3, nullptr) ==
                CARVE_OK);
    run(sim, {{1}, {2}, {0, 1, -1, std::numeric_limits<double>::quiet_NaN()}});
    for (const std::uint32_t l : {0u, 2u, 3u})
        for (const double sum : sums_of(sim, 1, l, 3)) {
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
    const std::vector<double> sums = sums_of(sim, 1, 0, 3);
    CHECK(0.3 - sums[1] / sums[2] == doctest::Approx(0.8).epsilon(1e-12));
}

TEST_CASE("measures are cleared without the rest, and steps without plasticity count") {
    Network n = recorded_unit();
    n.projections[0].w_mean = 2;
    Sim sim(n);
    run(sim, {{1, 1}, {0, 0}, {1, 1}});
    CHECK(sums_of(sim, 1, 0, 3)[0] == 2 * 0.5 * 4 / 4);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_MEASURES, nullptr) == CARVE_OK);
    CHECK(sums_of(sim, 1, 0, 3)[0] == 0);
    run(sim, {{1}, {0}, {1}});
    CHECK(sums_of(sim, 1, 0, 3)[0] == 0.5 * 4 / 4);
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
