// Rates with memory: time constants (M38) and delays (M39), against dual numbers in the scalar reference
// on random models, and in closed form.
#include "reference/rates/compare_random.hpp"

#include <algorithm>
#include <cmath>

using namespace reference;
using support::Sim;

namespace {

Ranges models_with_memory() {
    Ranges ranges;
    ranges.max_units = 19;
    ranges.max_steps = 9;
    ranges.max_work = 4e6;
    ranges.memory = true;
    return ranges;
}

// A static synapse of weight w from a shared input to a linear unit.
Network static_unit(double w) {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, 0);
    n.make_static(0);
    n.populations[0].shared = 1;
    n.projections[0].w_mean = w;
    return n;
}
void run(Sim& sim, const std::vector<double>& x) {
    const std::size_t lanes = sim.network().populations[0].shared ? 1 : 4;
    REQUIRE(sim.step({{CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()}}, x.size() / lanes) ==
            CARVE_OK);
}

// What a model has of memory.
void see(const Scenario& s, const ExpectedLanes&, std::map<std::string, int>& seen) {
    for (const flat::Population& p : s.network.populations)
        seen["tau"] += p.tau > 1;
    for (const flat::Projection& p : s.network.projections) {
        const bool leaky = s.network.populations[p.post].tau > 1;
        seen["tau with a lateral projection"] += leaky && p.pre == p.post && p.delay == 0;
        if (s.network.model.gradient == CARVE_GRADIENT_NONE)
            seen["tau with a residual"] += leaky && p.presynaptic != CARVE_PRESYNAPTIC_RATE;
        if (p.delay == 0)
            continue;
        const bool plastic = p.rule != flat::kStatic;
        seen["delay, forwards"] += p.pre < p.post;
        seen["delay, backwards"] += p.pre > p.post;
        seen["delay, within"] += p.pre == p.post;
        seen["delay, plastic"] += plastic;
        seen["batch"] += s.network.model.batch > 1;
        seen["bounded"] += plastic && p.w_min > -1;
        seen["third factor"] += plastic && p.modulator != CARVE_NO_POPULATION;
    }
}

} // namespace

TEST_SUITE_BEGIN("rate memory");

TEST_CASE("sensitivities of random models with memory equal those of dual numbers") {
    Compared compared;
    Ranges ranges = models_with_memory();
    compare_random(120, ranges, compared, see);
    ranges.modulated = true; // with a third factor
    compare_random(120, ranges, compared, see);
    compared.check(160, 60, 9, 5);
}

TEST_CASE("values without a gradient, residuals among them, equal those of the reference") {
    Compared compared;
    Ranges ranges = models_with_memory();
    ranges.gradient = false;
    compare_random(120, ranges, compared, see);
    ranges.modulated = true;
    compare_random(40, ranges, compared, see);
    compared.check(80, 30, 10, 3);
}

TEST_CASE("a leaky unit's step response is 1 - (1 - 1/tau)^t") {
    for (const double tau : {1.0, 2.5, 40.0}) {
        CAPTURE(tau);
        Network n = static_unit(2);
        n.populations[1].tau = tau;
        Sim sim(n);
        for (int t = 1; t <= 50; ++t) {
            run(sim, {3});
            CHECK(sim.rates(1).get(0, 0, 0) ==
                  doctest::Approx(6 * (1 - std::pow(1 - 1 / tau, t))).epsilon(1e-13));
        }
    }
}

TEST_CASE("what decays becomes 0 long before it is a denormal number") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64})
        for (const double tau : {1.5, 40.0}) {
            CAPTURE(precision);
            CAPTURE(tau);
            Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, 0);
            n.population(CARVE_POPULATION_INPUT, 1);
            n.populations[0].shared = n.populations[2].shared = 1;
            n.populations[1].tau = tau;
            n.model.precision = precision;
            n.model.gradient = CARVE_GRADIENT_FORWARD;
            n.model.n_replicas = 1;
            n.projections[0].modulator = 2;
            n.projections[0].baseline = CARVE_BASELINE_EXPONENTIAL;
            n.projections[0].window = 30;
            n.projections[0].w_mean = 1;
            n.rules[0].terms = n.rules[0].terms_r = 1; // dw = eta (theta_0 + theta_1 r)
            Sim sim(n);
            sim.theta(0).set(0.3, 0, 1);
            const auto step = [&](double x) {
                const float narrow = float(x);
                const carve_stream in{precision, CARVE_STREAM_BLOCKS, 1,
                                      precision == CARVE_F32 ? static_cast<const void*>(&narrow)
                                                             : static_cast<const void*>(&x)};
                REQUIRE(sim.step({in, in}, 1) == CARVE_OK);
            };
            const auto each = [&](auto look) {
                look(support::Array(sim.get(), CARVE_VIEW_DRIVE, 1).get(0, 0, 0));
                look(support::Array(sim.get(), CARVE_VIEW_BASELINE, 0).get(0, 0, 0));
                for (std::size_t k = 0; k < 2; ++k)
                    look(support::Array(sim.get(), CARVE_VIEW_DRIVE_SENSITIVITIES, 1)
                             .get(0, 0, k, 0));
            };
            for (int t = 0; t < 20; ++t)
                step(1 + t % 3);
            double largest = 0;
            each([&](double value) { largest = std::max(largest, std::fabs(value)); });
            CHECK(largest > 0.1);
            for (int t = 0; t < 6000; ++t) {
                step(0);
                each([](double value) { CHECK((value == 0 || std::fabs(value) >= 1e-30)); });
            }
            each([](double value) { CHECK(value == 0); });
        }
}

TEST_CASE("a rate arrives after the delay, in a ring of units too") {
    const std::uint32_t delay = 3;
    Network n = static_unit(1);
    n.projections[0].delay = delay;
    Sim sim(n);
    for (int t = 1; t <= 20; ++t) { // the input is the number of the step, from 1 on
        run(sim, {double(t)});
        CHECK(sim.rates(1).get(0, 0, 0) == std::max(0, t - int(delay)));
    }
    // An impulse goes round a loop of two populations and is halved by each round of 2 + 5 steps.
    Network ring = static_unit(1);
    ring.population(CARVE_POPULATION_RATE, 1);
    ring.projections[ring.projection(1, 2, flat::kStatic)].delay = 2;
    ring.projections[ring.projection(2, 1, flat::kStatic)].delay = 5;
    ring.projections[1].w_mean = 1;
    ring.projections[2].w_mean = 0.5;
    Sim loop(ring);
    for (int t = 0; t < 40; ++t) {
        run(loop, {t == 0 ? 1.0 : 0.0});
        CAPTURE(t);
        CHECK(loop.rates(1).get(0, 0, 0) == (t % 7 == 0 ? std::pow(0.5, t / 7) : 0));
        CHECK(loop.rates(2).get(0, 0, 0) == (t % 7 == 2 ? std::pow(0.5, t / 7) : 0));
    }
}

TEST_CASE("a unit that hears itself one step later is leaky") {
    // u(t) = (1 - 1/tau) u(t-1) + w x / tau, once by tau and once by a synapse onto itself
    const double tau = 8;
    Network leaky = static_unit(2), lagged = static_unit(2 / tau);
    leaky.populations[1].tau = tau;
    lagged.projections[lagged.projection(1, 1, flat::kStatic)].delay = 1;
    lagged.projections[1].w_mean = 1 - 1 / tau;
    Sim a(leaky), b(lagged);
    support::Random r(3);
    for (int t = 0; t < 60; ++t) {
        const double x = r.normal();
        run(a, {x});
        run(b, {x});
        CHECK(a.rates(1).get(0, 0, 0) == doctest::Approx(b.rates(1).get(0, 0, 0)).epsilon(1e-12));
    }
}

TEST_CASE("memory is cleared with the activity, and read and written by replica") {
    Network n = static_unit(1);
    n.populations[1].tau = 4;
    n.projections[0].delay = 2;
    n.model.n_replicas = 3;
    Sim sim(n);
    run(sim, {4, 8, 16});
    double drive[3], past[4];
    for (std::uint32_t l = 0; l < 3; ++l)
        REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_DRIVE, 1, l, drive + l, 1, nullptr) ==
                CARVE_OK);
    CHECK(drive[1] == 1); // the 4 has arrived
    REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_PAST_RATES, 0, 2, past, 4, nullptr) == CARVE_OK);
    CHECK(past[0] == 4);
    CHECK(past[1] == 8);
    CHECK(past[2] == 16);
    CHECK(past[3] == 0);
    drive[1] = 100;
    REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_DRIVE, 1, 1, drive + 1, 1, nullptr) == CARVE_OK);
    past[1] = -8;
    REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_PAST_RATES, 0, 2, past, 4, nullptr) == CARVE_OK);
    run(sim, {0});
    CHECK(sim.rates(1).get(0, 0, 0) == 1 + (8 - 1) / 4.0);
    CHECK(sim.rates(1).get(1, 0, 0) == 100 + (8 - 100) / 4.0);
    CHECK(sim.rates(1).get(2, 0, 0) == 1 + (-8 - 1) / 4.0);
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_ACTIVITY, nullptr) == CARVE_OK);
    run(sim, {0, 0, 0});
    CHECK(sim.rates(1).get(1, 0, 0) == 0);
}

TEST_CASE("a frozen replica's memory is not a number, its neighbours' goes on") {
    Network n = static_unit(1);
    n.populations[1].tau = 4;
    n.projections[0].delay = 1;
    n.populations[0].shared = 0;
    n.model.n_replicas = 2;
    n.model.lane_bytes = 32;
    n.model.bound = 10;
    Sim sim(n);
    std::vector<double> x(4 * 3, 1.0); // 3 steps of a block of 4 lanes
    x[1] = 100;                        // the second replica's first step
    run(sim, x);
    CHECK(sim.frozen(0) == 0);
    CHECK(sim.frozen(1) == 2);
    for (const std::uint32_t which : {CARVE_VIEW_DRIVE, CARVE_VIEW_PAST_RATES}) {
        const std::uint32_t population = which == CARVE_VIEW_DRIVE ? 1 : 0;
        const std::size_t count = which == CARVE_VIEW_DRIVE ? 1 : 3;
        std::vector<double> values(count);
        REQUIRE(carve_sim_read(sim.get(), which, population, 1, values.data(), count, nullptr) ==
                CARVE_OK);
        CHECK(std::isnan(values[0]));
        REQUIRE(carve_sim_read(sim.get(), which, population, 0, values.data(), count, nullptr) ==
                CARVE_OK);
        CHECK_FALSE(std::isnan(values[0]));
    }
}

TEST_SUITE_END();
