// Poisson units: how many spikes, how regular, how independent, and that what is drawn depends on
// nothing but what it is keyed by.
#include "reference/spiking/scenario.hpp"

using namespace reference;
using support::Network;
using support::Sim;

namespace {

// Units whose spikes are seen through relays: neurons that each spike whenever their unit does.
struct Trains {
    std::vector<std::vector<std::uint64_t>> of; // [unit] steps

    Trains(flat::Population p, std::uint64_t n_steps, std::uint64_t stream = 0, double dt = 1e-4,
           std::uint64_t piece = 1u << 20, std::uint64_t seed = 1) {
        Network n;
        n.model.dt = dt;
        n.populations.push_back(p);
        n.population(CARVE_POPULATION_LIF, p.n_units);
        n.populations[1].tau_exc = dt / 100;
        n.populations[1].t_ref = 0;
        n.projection(0, 1, flat::kStatic);
        Sim sim(n);
        REQUIRE(carve_sim_reset(sim.get(), seed, &stream, nullptr) == CARVE_OK);
        for (std::size_t i = 0; i < p.n_units; ++i)
            sim.weights(0).set(1e6, 0, i, i);
        std::vector<carve_spike> buffer(1 << 20);
        carve_recorder r{};
        r.struct_size = sizeof r;
        r.spikes = buffer.data();
        r.capacity = buffer.size();
        for (std::uint64_t t = 0; t < n_steps; t += piece)
            REQUIRE(support::step(sim.get(), {}, std::min(piece, n_steps - t), &r) == CARVE_OK);
        REQUIRE(r.n_lost == 0);
        of.resize(p.n_units);
        for (std::uint64_t k = 0; k < r.n_written; ++k)
            of[buffer[k].unit].push_back(buffer[k].step);
    }
    double count() const {
        double n = 0;
        for (const auto& train : of)
            n += double(train.size());
        return n;
    }
};

flat::Population poisson(std::uint32_t n_units, double rate, double t_ref = 0) {
    flat::Population p;
    p.kind = CARVE_POPULATION_POISSON;
    p.n_units = n_units;
    p.rate = rate;
    p.t_ref = t_ref;
    return p;
}

struct Moments {
    double mean = 0, variance = 0;
};
Moments moments(const std::vector<double>& x) {
    Moments m;
    for (const double v : x)
        m.mean += v / double(x.size());
    for (const double v : x)
        m.variance += (v - m.mean) * (v - m.mean) / double(x.size() - 1);
    return m;
}
std::vector<double> intervals(const Trains& t, double dt) {
    std::vector<double> out;
    for (const auto& train : t.of)
        for (std::size_t k = 1; k < train.size(); ++k)
            out.push_back(double(train[k] - train[k - 1]) * dt);
    return out;
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("units of a constant rate have its mean, Fano factor 1 and exponential intervals") {
    for (const std::uint32_t groups : {1u, 8u, 64u}) {
        CAPTURE(groups);
        flat::Population p = poisson(64, 40);
        p.n_groups = groups;
        const Trains t(p, 200000);
        const double chance = -std::expm1(-40e-4), expected = 64 * 200000 * chance;
        CHECK(std::fabs(t.count() - expected) < 4 * std::sqrt(expected));
        std::vector<double> counts; // of windows of 0.5 s
        for (const auto& train : t.of) {
            std::vector<double> bins(40);
            for (const std::uint64_t step : train)
                ++bins[step / 5000];
            counts.insert(counts.end(), bins.begin(), bins.end());
        }
        const Moments m = moments(counts), isi = moments(intervals(t, 1e-4));
        CHECK(m.variance / m.mean == doctest::Approx(1).epsilon(0.1));
        CHECK(std::sqrt(isi.variance) / isi.mean == doctest::Approx(1).epsilon(0.03));
    }
}

TEST_CASE("units are independent of each other and of their past") {
    const Trains t(poisson(8, 100), 200000);
    std::vector<std::vector<double>> bins(8, std::vector<double>(4000));
    for (std::size_t u = 0; u < 8; ++u)
        for (const std::uint64_t step : t.of[u])
            ++bins[u][step / 50];
    const auto correlation = [&](std::size_t a, std::size_t b, std::size_t lag) {
        const Moments ma = moments(bins[a]), mb = moments(bins[b]);
        double sum = 0;
        for (std::size_t k = lag; k < 4000; ++k)
            sum += (bins[a][k] - ma.mean) * (bins[b][k - lag] - mb.mean);
        return sum / double(4000 - lag) / std::sqrt(ma.variance * mb.variance);
    };
    for (std::size_t a = 0; a < 8; ++a)
        for (std::size_t b = 0; b <= a; ++b)
            for (const std::size_t lag : {0u, 1u, 2u})
                if (a != b || lag > 0)
                    CHECK(std::fabs(correlation(a, b, lag)) < 4.5 / std::sqrt(4000.0));
}

TEST_CASE("a dead time lowers rate and variability as it does for a Poisson process") {
    const Trains t(poisson(32, 100, 5e-3), 400000);
    const double chance = -std::expm1(-100e-4);
    const double mean = 50 + 1 / chance; // steps: at least 51
    const double count = 32 * 400000 / mean;
    CHECK(std::fabs(t.count() - count) < 4 * std::sqrt(count));
    const std::vector<double> isi = intervals(t, 1);
    CHECK(*std::min_element(isi.begin(), isi.end()) == 51);
    const Moments m = moments(isi);
    CHECK(std::sqrt(m.variance) / m.mean ==
          doctest::Approx(1 - 50 / mean).epsilon(0.02)); // CV = 1 - d rate
}

TEST_CASE("rates beyond one spike a step make every unit spike in every step") {
    const Trains t(poisson(5, 1e9), 50);
    CHECK(t.count() == 250);
    CHECK(Trains(poisson(5, 0), 1000).count() == 0);
}

TEST_CASE("signals are those of the filtered noise, shared by populations that name them") {
    flat::Population p = poisson(8, 0, 0);
    p.source = CARVE_SOURCE_SIGNAL;
    p.n_groups = 8;
    p.rate = 0;
    p.signal_gain = 1e10; // certain to spike where the signal is well above 0, silent below
    Network n;
    n.populations = {p, p};
    n.populations[1].n_units = 16;
    n.population(CARVE_POPULATION_LIF, 24);
    n.populations[2].tau_exc = 1e-6;
    n.populations[2].t_ref = 0;
    n.projection(0, 2, flat::kStatic);
    n.projection(1, 2, flat::kStatic);
    Sim sim(n);
    for (std::size_t i = 0; i < 8; ++i)
        sim.weights(0).set(1e6, 0, i, i);
    for (std::size_t i = 0; i < 16; ++i)
        sim.weights(1).set(1e6, 0, 8 + i, i);
    SpikingScenario s;
    s.network = n;
    const std::uint64_t steps = 2000;
    const auto spikes = record(sim, s, steps)[0];
    std::vector<std::vector<char>> fired(24, std::vector<char>(steps));
    for (const carve_spike& spike : spikes)
        fired[spike.unit][spike.step] = 1;
    // the two populations agree wherever the signal is not within a hair of 0
    std::size_t agree = 0, on = 0;
    for (std::size_t g = 0; g < 8; ++g)
        for (std::size_t t = 0; t < steps; ++t) {
            agree += fired[g][t] == fired[8 + 2 * g][t];
            on += std::size_t(fired[g][t]);
        }
    CHECK(double(agree) > 0.97 * 8 * double(steps));
    CHECK(double(on) > 0.3 * 8 * double(steps));
    CHECK(double(on) < 0.7 * 8 * double(steps));
}

TEST_CASE("the mean rate of Vogels' modulated afferents is that of the formula") {
    flat::Population p = poisson(200, 5, 5e-3);
    p.source = CARVE_SOURCE_SIGNAL;
    p.n_groups = 200; // many independent signals
    const Trains t(p, 100000);
    // f is nearly normal, with the sd of an autoregression of first order on uniform noise, and
    // slow against the dead time, so that at a rate r there are r / (1 + r d) spikes
    const double decay = std::exp(-1e-4 / 0.05), sd = std::sqrt((1 - decay) / (1 + decay) / 12);
    double expected = 0, total = 0;
    for (double z = -5; z < 5; z += 0.01) {
        const double r = 5 + 500 / 0.03 * std::max(0.0, sd * z), weight = std::exp(-z * z / 2);
        expected += weight * r / (1 + r * 5.1e-3);
        total += weight;
    }
    const double rate = t.count() / 200 / 10;
    CHECK(rate == doctest::Approx(expected / total).epsilon(0.05));
    CHECK(rate == doctest::Approx(38).epsilon(0.08)); // paper: about 38 Hz
}

TEST_CASE("spikes depend on seed and stream, and not on how the steps are cut into calls") {
    flat::Population p = poisson(50, 200, 2e-3);
    for (const std::uint32_t source : {CARVE_SOURCE_CONSTANT, CARVE_SOURCE_SIGNAL}) {
        p.source = source;
        p.n_groups = 10;
        const Trains a(p, 3000, 7), cut(p, 3000, 7, 1e-4, 137), other(p, 3000, 8);
        const Trains seeded(p, 3000, 7, 1e-4, 1u << 20, 2);
        CHECK(a.of == cut.of);
        CHECK(a.of != other.of);
        CHECK(a.of != seeded.of);
    }
}

TEST_CASE("a burst of more spikes than the buffer holds loses none") {
    flat::Population p = poisson(3000, 9000); // 0.59 a step each
    Network n;
    n.populations = {p, p};
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 2, n.rule(flat::kTermsPair));
    n.projection(1, 2, flat::kStatic);
    n.rules[0].spikes = 1;
    n.projections[0].eta = 1;
    Sim sim(n);
    sim.theta(0).set(1, 0, 2); // alpha: the weight counts the spikes
    REQUIRE(sim.step({}, 700) == CARVE_OK);
    double count = 0;
    for (const double w : sim.weights(0).lane(0))
        count += w;
    const double chance = -std::expm1(-0.9), expected = 3000 * 700 * chance;
    CHECK(std::fabs(count - expected) < 4 * std::sqrt(expected * (1 - chance)));
}

TEST_CASE("a rate that is changed between calls holds from the next step on") {
    Network n;
    n.populations = {poisson(500, 1)};
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 1, n.rule(flat::kTermsPair));
    n.rules[0].spikes = 1;
    n.projections[0].eta = 1;
    Sim sim(n);
    sim.theta(0).set(1, 0, 2);
    const auto total = [&] {
        double sum = 0;
        for (const double w : sim.weights(0).lane(0))
            sum += w;
        return sum;
    };
    REQUIRE(sim.step({}, 10000) == CARVE_OK);
    const double before = total();
    CHECK(std::fabs(before - 500) < 90);
    support::Array(sim.get(), CARVE_VIEW_GROUPS, 0, false).set(100, 0, 0, 0);
    REQUIRE(sim.step({}, 10000) == CARVE_OK);
    const double expected = 500 * 10000 * -std::expm1(-100e-4);
    CHECK(std::fabs(total() - before - expected) < 4 * std::sqrt(expected));
}

TEST_SUITE_END();
