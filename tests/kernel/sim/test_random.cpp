// Counter-based random numbers: Philox4x32-10 against Random123, the normal transform, and what a
// sim draws from them.
#include "support.hpp"

#include <Random123/philox.h>

#include <set>

using support::Network;
using support::Sim;

namespace {

std::vector<double> uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t first,
                            std::size_t n) {
    std::vector<double> out(n);
    REQUIRE(carve_random_uniform(seed, stream, first, out.data(), n) == CARVE_OK);
    return out;
}

std::vector<double> normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t first,
                           std::size_t n) {
    std::vector<double> out(n);
    REQUIRE(carve_random_normal(seed, stream, first, out.data(), n) == CARVE_OK);
    return out;
}

// The middle of one of 2^52 equal intervals of (0, 1), from the words (low, high).
double middle(std::uint32_t low, std::uint32_t high) {
    return (double(((std::uint64_t(high) << 32) | low) >> 12) + 0.5) * 0x1p-52;
}

double by_random123(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
    const std::uint64_t i = index / 2;
    const r123::Philox4x32_R<10>::ctr_type counter = {{std::uint32_t(i), std::uint32_t(i >> 32),
                                                       std::uint32_t(stream),
                                                       std::uint32_t(stream >> 32)}};
    const r123::Philox4x32_R<10>::key_type key = {{std::uint32_t(seed), std::uint32_t(seed >> 32)}};
    const auto words = r123::Philox4x32_R<10>()(counter, key);
    return index % 2 ? middle(words[2], words[3]) : middle(words[0], words[1]);
}

struct Moments {
    double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
    explicit Moments(const std::vector<double>& x) {
        const double n = double(x.size());
        for (const double v : x)
            mean += v / n;
        for (const double v : x)
            variance += (v - mean) * (v - mean) / n;
        for (const double v : x) {
            const double z = (v - mean) / std::sqrt(variance);
            skewness += z * z * z / n;
            kurtosis += z * z * z * z / n;
        }
    }
};

} // namespace

TEST_SUITE_BEGIN("random");

TEST_CASE("the known answer of Philox4x32-10 for counter 0 and key 0 comes out") {
    const std::vector<double> u = uniform(0, 0, 0, 2);
    CHECK(u[0] == middle(0x6627e8d5u, 0xe169c58du));
    CHECK(u[1] == middle(0xbc57ac4cu, 0x9b00dbd8u));
}

TEST_CASE("uniform numbers are those of Random123 for any seed, stream and index") {
    support::Random r(1);
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t seed = r.bits(), stream = r.bits(), first = r.bits() >> r.below(64);
        CAPTURE(seed);
        CAPTURE(stream);
        CAPTURE(first);
        const std::vector<double> u = uniform(seed, stream, first, 5);
        for (std::uint64_t k = 0; k < 5; ++k)
            CHECK(u[k] == by_random123(seed, stream, first + k));
    }
}

TEST_CASE("the largest indices are followed by the first") {
    const std::uint64_t last = ~std::uint64_t(0);
    const std::vector<double> u = uniform(3, 4, last - 1, 4);
    CHECK(u[0] == by_random123(3, 4, last - 1));
    CHECK(u[1] == by_random123(3, 4, last));
    CHECK(u[2] == by_random123(3, 4, 0));
    CHECK(u[3] == by_random123(3, 4, 1));
}

TEST_CASE("a number depends on its index alone, not on how many are drawn with it") {
    for (const auto draw : {uniform, normal}) {
        const std::vector<double> all = draw(11, 22, 0, 200);
        for (std::size_t first = 0; first < 200; first += 7)
            for (const std::size_t n : {1u, 2u, 3u, 8u}) {
                if (first + n > 200)
                    continue;
                const std::vector<double> part = draw(11, 22, first, n);
                for (std::size_t i = 0; i < n; ++i)
                    CHECK(part[i] == all[first + i]);
            }
    }
}

TEST_CASE("a normal pair is the transform of Box and Muller of its uniform pair") {
    const std::size_t n = 20000;
    const std::vector<double> u = uniform(5, 6, 0, n), z = normal(5, 6, 0, n);
    double worst = 0;
    for (std::size_t i = 0; i < n; i += 2) {
        const long double radius = std::sqrt(-2 * std::log((long double)u[i])),
                          angle = 2 * std::acos(-1.0L) * u[i + 1];
        worst = std::fmax(worst, std::fabs(z[i] - double(radius * std::cos(angle))));
        worst = std::fmax(worst, std::fabs(z[i + 1] - double(radius * std::sin(angle))));
    }
    CHECK(worst <= 1e-14);
}

TEST_CASE("uniform and normal numbers have the moments and tails of their distributions") {
    const std::size_t n = 1000000;
    const Moments u(uniform(1, 2, 0, n));
    CHECK(std::fabs(u.mean - 0.5) < 5 * std::sqrt(1.0 / 12 / double(n)));
    CHECK(std::fabs(u.variance - 1.0 / 12) < 5 * std::sqrt(1.0 / 180 / double(n)));
    const std::vector<double> z = normal(1, 2, 0, n);
    const Moments m(z);
    CHECK(std::fabs(m.mean) < 5 / std::sqrt(double(n)));
    CHECK(std::fabs(m.variance - 1) < 5 * std::sqrt(2.0 / double(n)));
    CHECK(std::fabs(m.skewness) < 5 * std::sqrt(6.0 / double(n)));
    CHECK(std::fabs(m.kurtosis - 3) < 5 * std::sqrt(24.0 / double(n)));
    for (const double at : {1.0, 2.0, 3.0, 4.0}) {
        const double p = std::erfc(at / std::sqrt(2.0)) / 2;
        double above = 0, below = 0;
        for (const double x : z) {
            above += x > at;
            below += x < -at;
        }
        const double sigma = std::sqrt(double(n) * p);
        CHECK(std::fabs(above - double(n) * p) < 5 * sigma);
        CHECK(std::fabs(below - double(n) * p) < 5 * sigma);
    }
    double along = 0; // neighbours have nothing to do with each other
    for (std::size_t i = 1; i < n; ++i)
        along += z[i] * z[i - 1] / double(n);
    CHECK(std::fabs(along) < 5 / std::sqrt(double(n)));
}

TEST_CASE("null output is refused") {
    CHECK(carve_random_uniform(0, 0, 0, nullptr, 1) == CARVE_E_NULL);
    CHECK(carve_random_normal(0, 0, 0, nullptr, 1) == CARVE_E_NULL);
}

TEST_CASE_TEMPLATE("initial weights are normal with the projection's mean and deviation", Real,
                   float, double) {
    Network n = support::single_layer(200, 100);
    n.model.precision = support::precision_of<Real>();
    n.model.n_replicas = 4;
    n.projections[0].w_mean = 0.5;
    n.projections[0].w_sd = 0.25;
    n.projection(0, 1, flat::kStatic);
    n.projections[1].w_sd = 1;
    Sim sim(n);
    const std::uint64_t streams[4] = {9, 7, 9, 8};
    REQUIRE(carve_sim_reset(sim.get(), 42, streams, nullptr) == CARVE_OK);
    std::set<double> seen;
    for (std::size_t l = 0; l < 4; ++l) {
        const std::vector<double> w = sim.weights(0).lane(l);
        const Moments m(w);
        CHECK(std::fabs(m.mean - 0.5) < 5 * 0.25 / std::sqrt(20000.0));
        CHECK(std::fabs(std::sqrt(m.variance) - 0.25) < 5 * 0.25 / std::sqrt(40000.0));
        CHECK((w == sim.weights(0).lane(0)) == (streams[l] == 9)); // the stream is what counts
        if (l != 2)
            seen.insert(w.begin(), w.end());
    }
    CHECK(seen.size() > (sizeof(Real) == 8 ? 59990 : 50000)); // hardly any twice
    const std::vector<double> first = sim.weights(0).lane(0), other = sim.weights(1).lane(0);
    double along = 0; // the two projections, whose draws are different ones
    for (std::size_t i = 0; i < 20000; ++i)
        along += other[i] * (first[i] - 0.5) / 0.25 / 20000;
    CHECK(std::fabs(along) < 5 / std::sqrt(20000.0));
    REQUIRE(carve_sim_reset(sim.get(), 43, streams, nullptr) == CARVE_OK);
    CHECK(sim.weights(0).lane(0) != first);
    REQUIRE(carve_sim_reset(sim.get(), 42, nullptr, nullptr) == CARVE_OK);
    CHECK(sim.weights(0).lane(0) != first); // lane 0 now has stream 0
}

TEST_CASE("initial plastic weights are clipped to their bounds") {
    Network n = support::single_layer(50, 4);
    n.projections[0].w_sd = 1;
    n.projections[0].w_min = -0.25;
    n.projections[0].w_max = 0.5;
    n.projection(0, 1, flat::kStatic);
    n.projections[1].w_sd = 1;
    Sim sim(n);
    const std::vector<double> plastic = sim.weights(0).lane(0), fixed = sim.weights(1).lane(0);
    CHECK(*std::min_element(plastic.begin(), plastic.end()) == -0.25);
    CHECK(*std::max_element(plastic.begin(), plastic.end()) == 0.5);
    CHECK(*std::min_element(fixed.begin(), fixed.end()) < -0.25); // static ones have none
    CHECK(*std::max_element(fixed.begin(), fixed.end()) > 0.5);
}

TEST_CASE("initial weights are uniform, or their logarithms are, within the projection's range") {
    Network n = support::single_layer(200, 100);
    n.projections[0].distribution = CARVE_WEIGHTS_UNIFORM;
    n.projections[0].w_mean = -0.5;
    n.projections[0].w_sd = 1.5;
    n.projection(0, 1, flat::kStatic);
    n.projections[1].distribution = CARVE_WEIGHTS_LOG_UNIFORM;
    n.projections[1].w_mean = 1e-3;
    n.projections[1].w_sd = 1e2;
    Sim sim(n);
    const double root = std::sqrt(20000.0);
    const std::vector<double> uniform = sim.weights(0).lane(0);
    const Moments m(uniform);
    CHECK(*std::min_element(uniform.begin(), uniform.end()) > -0.5);
    CHECK(*std::max_element(uniform.begin(), uniform.end()) < 1.5);
    CHECK(std::fabs(m.mean - 0.5) < 5 * 2 / std::sqrt(12.0) / root);
    CHECK(std::fabs(m.variance - 4 / 12.0) < 5 * 4 / std::sqrt(180.0) / root);
    std::vector<double> logs = sim.weights(1).lane(0);
    CHECK(*std::min_element(logs.begin(), logs.end()) > 1e-3 * (1 - 1e-12));
    CHECK(*std::max_element(logs.begin(), logs.end()) < 1e2 * (1 + 1e-12));
    for (double& w : logs)
        w = std::log10(w);
    const Moments of_logs(logs);
    CHECK(std::fabs(of_logs.mean + 0.5) < 5 * 5 / std::sqrt(12.0) / root);
    CHECK(std::fabs(of_logs.variance - 25 / 12.0) < 5 * 25 / std::sqrt(180.0) / root);
    n.projections[0].w_sd = n.projections[0].w_mean = 0.375; // one value
    n.projections[1].w_sd = n.projections[1].w_mean = 8;
    Sim same(n);
    for (std::size_t e = 0; e < 20000; ++e) {
        REQUIRE(same.weights(0).lane(0)[e] == 0.375);
        REQUIRE(same.weights(1).lane(0)[e] == doctest::Approx(8).epsilon(1e-13));
        if (e == 100)
            break; // a row and a half
    }
}

TEST_CASE("a weight depends on its units and the projection's id, not on what else there is") {
    Network small = support::single_layer(5, 3);
    small.projections[0].w_sd = 1;
    small.projections[0].random_id = 7;
    Network large;
    large.population(CARVE_POPULATION_INPUT, 4);
    large.population(CARVE_POPULATION_INPUT, 150);
    large.population(CARVE_POPULATION_RATE, 6);
    large.rule();
    large.projection(0, 2, 0);
    large.projection(1, 2, 0);
    large.projections[0].w_sd = large.projections[1].w_sd = 1;
    large.projections[1].random_id = 7;
    for (const std::uint32_t layout : {CARVE_LAYOUT_REPLICAS, CARVE_LAYOUT_AFFERENTS}) {
        large.model.layout = layout;
        Sim one(small), other(large);
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 5; ++j)
                CHECK(one.weights(0).get(0, i, j) == other.weights(1).get(0, i, j));
        CHECK(one.weights(0).get(0) != other.weights(0).get(0));
    }
    small.projections[0].random_id = CARVE_ID_OF_INDEX; // 0
    Sim one(small), other(large);
    CHECK(one.weights(0).get(0) == other.weights(0).get(0));
}

TEST_CASE("a gaussian population draws by its id, wherever it stands") {
    std::vector<std::vector<double>> seen;
    for (const bool later : {false, true}) {
        Network n;
        if (later)
            n.population(CARVE_POPULATION_GAUSSIAN, 2);
        const std::uint32_t g = n.population(CARVE_POPULATION_GAUSSIAN, 3);
        n.populations[g].random_id = 12;
        n.projection(g, n.population(CARVE_POPULATION_RATE, 1), flat::kStatic);
        Sim sim(n);
        for (std::size_t k = 0; k < 3; ++k)
            sim.factor(g).set(1, 0, k, k);
        REQUIRE(sim.step({}, 1) == CARVE_OK);
        seen.push_back(sim.rates(g).lane(0));
    }
    CHECK(seen[0] == seen[1]);
    CHECK(seen[0][0] != 0);
}

TEST_CASE("poisson units spike by their population's id, wherever it stands") {
    std::vector<std::vector<double>> seen;
    for (const bool later : {false, true}) {
        Network n;
        if (later)
            n.population(CARVE_POPULATION_POISSON, 5);
        const std::uint32_t p = n.population(CARVE_POPULATION_POISSON, 20);
        n.populations[p].random_id = 3;
        n.populations[p].rate = 300;
        n.populations[p].n_groups = 20;
        n.projection(p, n.population(CARVE_POPULATION_LIF, 1), flat::kStatic);
        n.projections[0].tuning = 1;
        n.projections[0].w_mean = 1;
        Sim sim(n);
        REQUIRE(sim.step({}, 3000) == CARVE_OK);
        seen.push_back(support::Array(sim.get(), CARVE_VIEW_TRANSMITTED, 0).lane(0));
    }
    CHECK(seen[0] == seen[1]);
    CHECK(seen[0][0] > 5);
}

TEST_CASE("a sim is built as if it had been reset with seed 0 and the lanes as streams") {
    Network n = support::single_layer(7, 3);
    n.projections[0].w_sd = 1;
    n.model.n_replicas = 6;
    Sim built(n), reset(n);
    const std::uint64_t streams[6] = {0, 1, 2, 3, 4, 5};
    REQUIRE(carve_sim_reset(reset.get(), 0, streams, nullptr) == CARVE_OK);
    for (std::size_t l = 0; l < 6; ++l)
        CHECK(built.weights(0).lane(l) == reset.weights(0).lane(l));
}

TEST_CASE("draws of a gaussian population are normal and independent") {
    Network n;
    n.population(CARVE_POPULATION_GAUSSIAN, 2);
    n.population(CARVE_POPULATION_GAUSSIAN, 1);
    n.population(CARVE_POPULATION_RATE, 1);
    n.projection(0, 2, flat::kStatic);
    n.model.batch = 500;
    n.model.n_replicas = 2;
    Sim sim(n);
    for (std::size_t l = 0; l < 2; ++l) {
        for (std::size_t i = 0; i < 2; ++i)
            sim.factor(0).set(1, l, i, i);
        sim.factor(1).set(1, l);
    }
    // eight series: unit 0 and 1 of population 0, population 1, the next step, in each lane
    std::vector<std::vector<double>> series(8);
    std::vector<double> all;
    for (int t = 0; t < 200; ++t) {
        REQUIRE(sim.step({}, 1) == CARVE_OK);
        for (std::size_t l = 0; l < 2; ++l)
            for (std::size_t s = 0; s < 500; ++s)
                for (std::size_t k = 0; k < 3; ++k) {
                    const double z = k < 2 ? sim.rates(0).get(l, s, k) : sim.rates(1).get(l, s, 0);
                    all.push_back(z);
                    if (t < 199)
                        series[4 * l + k].push_back(z);
                    if (t > 0 && k == 0)
                        series[4 * l + 3].push_back(z);
                }
    }
    const Moments m(all);
    CHECK(std::fabs(m.mean) < 5 / std::sqrt(double(all.size())));
    CHECK(std::fabs(m.variance - 1) < 5 * std::sqrt(2.0 / double(all.size())));
    CHECK(std::fabs(m.kurtosis - 3) < 5 * std::sqrt(24.0 / double(all.size())));
    for (std::size_t a = 0; a < 8; ++a)
        for (std::size_t b = 0; b < a; ++b) {
            double along = 0;
            for (std::size_t i = 0; i < series[a].size(); ++i)
                along += series[a][i] * series[b][i] / double(series[a].size());
            CHECK(std::fabs(along) < 5 / std::sqrt(double(series[a].size())));
        }
}

TEST_SUITE_END();
