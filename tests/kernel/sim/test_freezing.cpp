// A lane that leaves the bound or the finite numbers is frozen at an exact step (M4, M5), becomes
// NaN, and touches no other lane.
#include "reference/rates/random_scenario.hpp"

#include <cstring>

using namespace reference;
using support::lane_hash;
using support::Packed;
using support::Sim;

namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

// The quiet NaN, positive, with an empty payload, in every element of the lane.
bool all_canonical_nan(const support::Array& array, std::size_t lane) {
    for (const double x : array.lane(lane)) { // widening a float keeps sign, quietness and payload
        std::uint64_t bits;
        std::memcpy(&bits, &x, sizeof bits);
        if (bits != 0x7ff8000000000000u)
            return false;
    }
    return true;
}

bool all_finite(const support::Array& array, std::size_t lane) {
    for (const double x : array.lane(lane))
        if (!std::isfinite(x))
            return false;
    return true;
}

// Each lane grows by its own factor: w(t) = (1 + eta theta)^t w(0), u = w x.
template <class Real> Network growing_network(std::uint32_t n_replicas) {
    Network n = support::single_layer(2, 2, CARVE_ACTIVATION_LINEAR, flat::term(0, 0, 1));
    n.model.precision = support::precision_of<Real>();
    n.model.n_replicas = n_replicas;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.bound = 100;
    n.rules[0].shared = 0;
    n.projections[0].eta = 1;
    n.populations[0].shared = n.populations[0].fixed = 1;
    return n;
}

void load_growing(const Sim& sim, const std::vector<double>& theta) {
    for (std::size_t l = 0; l < theta.size(); ++l) {
        sim.theta(0).set(theta[l], l, 0);
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t j = 0; j < 2; ++j)
                sim.weights(0).set(1.0, l, i, j);
    }
}

} // namespace

TEST_SUITE_BEGIN("freezing");

TEST_CASE_TEMPLATE("a lane is frozen at the exact step at which its drive passes the bound", Real,
                   float, double) {
    const std::vector<double> theta{0.25, 1.0, 0.0, 3.0, -0.5, 0.5, 0.0625};
    for (const std::uint32_t isa : support::usable_isas())
        for (const std::uint32_t lane_bytes : support::lane_sizes<Real>()) {
            CAPTURE(isa);
            CAPTURE(lane_bytes);
            Network n = growing_network<Real>(std::uint32_t(theta.size()));
            n.model.isa = isa;
            n.model.lane_bytes = lane_bytes;
            Sim sim(n);
            load_growing(sim, theta);
            const auto half = [](auto...) { return 0.5; };
            const Packed input(n, 0, 40, half), one(n, 0, 1, half);
            CHECK(sim.freezes({input.stream()}, 40));
            std::uint32_t n_frozen = 0;
            for (std::size_t l = 0; l < theta.size(); ++l) {
                CAPTURE(l);
                double w = 1; // u = 2 w / 2
                std::uint64_t expected = 0;
                for (std::uint64_t t = 0; t < 40 && expected == 0; ++t) {
                    if (w > 100)
                        expected = 1 + t;
                    w *= 1 + theta[l];
                }
                CHECK(sim.frozen(l) == expected);
                CHECK(all_canonical_nan(sim.weights(0), l) == (expected != 0));
                CHECK(all_canonical_nan(sim.sensitivities(0), l) == (expected != 0));
                CHECK(all_canonical_nan(sim.rates(1), l) == (expected != 0));
                CHECK(all_finite(sim.weights(0), l) == (expected == 0));
                n_frozen += expected != 0;
            }
            CHECK(sim.info().n_frozen == n_frozen);
            CHECK(sim.info().steps == 40);
            // it stays so, and every later call says so
            const std::uint64_t before = sim.frozen(1);
            CHECK(sim.freezes({one.stream()}, 1));
            CHECK(sim.freezes({}, 0));
            CHECK(sim.frozen(1) == before);
            // until the reset
            REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
            CHECK(sim.info().n_frozen == 0);
            CHECK(sim.frozen(1) == 0);
            CHECK(sim.step({one.stream()}, 1) == CARVE_OK);
            CHECK(all_finite(sim.sensitivities(0), 1));
        }
}

TEST_CASE_TEMPLATE("the other lanes keep every bit", Real, float, double) {
    const std::vector<double> healthy{0.03125, 0.0, -0.5, 0.015625, -0.25, 0.0625, -1.0};
    Network n = growing_network<Real>(std::uint32_t(healthy.size()));
    const Packed input(n, 0, 1, [](auto...) { return 0.5; });
    Sim alone(n);
    load_growing(alone, healthy);
    REQUIRE(alone.step({input.stream()}, 64) == CARVE_OK);
    for (std::size_t sick = 0; sick < healthy.size(); ++sick)
        for (const double bad : {4.0, kInf, kNan, -1e300}) {
            CAPTURE(sick);
            CAPTURE(bad);
            std::vector<double> theta = healthy;
            theta[sick] = bad;
            Sim sim(n);
            load_growing(sim, theta);
            CHECK(sim.freezes({input.stream()}, 64));
            CHECK(sim.info().n_frozen == 1);
            for (std::size_t l = 0; l < healthy.size(); ++l)
                CHECK((lane_hash(sim, l) == lane_hash(alone, l)) == (l != sick));
        }
}

TEST_CASE_TEMPLATE("plastic weights are compared with the bound every 64 steps", Real, float,
                   double) {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, flat::term(0, 0, 0));
    n.model.precision = support::precision_of<Real>();
    n.model.n_replicas = 3;
    n.model.bound = 10;
    n.rules[0].shared = 0;
    n.projections[0].eta = 1;
    n.populations[0].shared = n.populations[0].fixed = 1;
    const Packed silent(n, 0, 1, [](auto...) { return 0.0; });
    for (const std::uint32_t form : {CARVE_FORM_SAMPLES, CARVE_FORM_MOMENTS})
        for (const std::uint64_t first : {0u, 1u, 40u, 62u, 63u, 64u}) { // whatever the calls
            CAPTURE(form);
            CAPTURE(first);
            n.model.form = form;
            Sim sim(n);
            const double theta[3] = {0.5, 0.0625, 0.125}; // w = 10 after 20, 160 and 80 steps
            for (std::size_t l = 0; l < 3; ++l)
                sim.theta(0).set(theta[l], l, 0);
            CHECK(sim.freezes({silent.stream()}, first) == (first == 64));
            CHECK(sim.freezes({silent.stream()}, 130 - first));
            CHECK(sim.frozen(0) == 64);
            CHECK(sim.frozen(1) == 0);
            CHECK(sim.frozen(2) == 128);
            CHECK(sim.weights(0).get(1) == 130 * 0.0625);
        }
}

TEST_CASE_TEMPLATE("an input that is not a number freezes its lane at its step", Real, float,
                   double) {
    Network n = support::single_layer(3, 2, CARVE_ACTIVATION_TANH);
    n.model.precision = support::precision_of<Real>();
    n.model.n_replicas = 5;
    n.model.batch = 3;
    n.projections[0].w_sd = 1;
    for (const double bad : {kNan, kInf, -kInf}) {
        Sim sim(n);
        const Packed input(n, 0, 8,
                           [&](std::size_t l, std::size_t t, std::size_t s, std::size_t u) {
                               return l == 3 && t == 5 && s == 2 && u == 1 ? bad : 0.25;
                           });
        CHECK(sim.freezes({input.stream()}, 8));
        for (std::size_t l = 0; l < 5; ++l)
            CHECK(sim.frozen(l) == (l == 3 ? 6u : 0u));
    }
}

TEST_CASE_TEMPLATE("the drive counts where the rate cannot tell", Real, float, double) {
    for (const std::uint32_t activation :
         {CARVE_ACTIVATION_RELU, CARVE_ACTIVATION_TANH, CARVE_ACTIVATION_SIGMOID})
        for (const double u : {-101.0, 101.0, -100.0, 100.0}) {
            CAPTURE(activation);
            CAPTURE(u);
            Network n;
            n.model.precision = support::precision_of<Real>();
            n.model.bound = 100;
            n.population(CARVE_POPULATION_INPUT, 1);
            n.population(CARVE_POPULATION_RATE, 1, activation);
            n.projection(0, 1, flat::kStatic);
            Sim sim(n);
            sim.weights(0).set(1, 0);
            const Packed input(n, 0, 1, [&](auto...) { return u; });
            const bool passes = std::fabs(u) > 100;
            CHECK(sim.freezes({input.stream()}, 1) == passes);
            CHECK(sim.frozen(0) == (passes ? 1u : 0u));
            CHECK(all_canonical_nan(sim.rates(1), 0) == passes);
            CHECK(sim.weights(0).get(0) == 1); // static weights stay
        }
}

TEST_CASE("lanes of random models are frozen at the steps of the reference") {
    int frozen = 0, healthy = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Ranges ranges;
        ranges.max_units = 9;
        ranges.max_lanes = 7;
        ranges.gaussian = false;
        Scenario s = random_scenario(seed, ranges);
        s.network.model.bound = 0.75;
        INFO(describe(s.network));
        bool solved = false; // there the drive is the solution of an equation
        for (const flat::Projection& p : s.network.projections)
            solved = solved || (p.pre == p.post && p.inference == CARVE_INFERENCE_SOLVE);
        if (solved)
            continue;
        Sim sim(s.network);
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        const Draws no_draws;
        bool any = false;
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
            const auto replica = run_reference<double>(s, l, no_draws);
            CHECK(sim.frozen(l) == replica.frozen);
            (replica.frozen ? frozen : healthy) += 1;
            any = any || replica.frozen;
        }
        CHECK((sim.info().n_frozen > 0) == any);
    }
    CHECK(frozen > 20);
    CHECK(healthy > 20);
}

TEST_CASE_TEMPLATE("in moment form the root mean square of the drive is compared", Real, float,
                   double) {
    Network n = growing_network<Real>(3);
    n.model.form = CARVE_FORM_MOMENTS;
    n.model.batch = 4;
    Sim sim(n);
    load_growing(sim, {1.0, 0.0, 0.25});
    // u = w (x0 + x1) = 2 w times 0, 0, 0, 1: its root mean square is w
    const Packed input(n, 0, 1, [](std::size_t, std::size_t, std::size_t s, std::size_t) {
        return s == 3 ? 1.0 : 0.0;
    });
    CHECK(sim.freezes({input.stream()}, 60));
    CHECK(sim.frozen(0) == 1 + 7); // 2^7 > 100
    CHECK(sim.frozen(1) == 0);
    CHECK(sim.frozen(2) == 1 + 21); // 1.25^21 > 100
    CHECK(all_canonical_nan(sim.weights(0), 0));
    CHECK(all_finite(sim.weights(0), 1));
}

TEST_CASE_TEMPLATE("in moment form a lane is frozen as it would be alone", Real, float, double) {
    // x1 = -x0 and nearly equal, huge weights: what rounding leaves of the mean square of u may be
    // far beyond the bound on either side of 0
    const std::uint32_t n_replicas = 32;
    support::Random r(5);
    std::vector<double> w;
    for (std::uint32_t k = 0; k < 2 * n_replicas; k += 2) {
        w.push_back((sizeof(Real) == 4 ? 1e15 : 1e30) * r.uniform(1, 2));
        w.push_back(w.back() * (1 + 2 * double(std::numeric_limits<Real>::epsilon()) * r.below(3)));
    }
    const auto frozen = [&](std::uint32_t first, std::uint32_t lanes, std::uint32_t lane_bytes) {
        Network n = growing_network<Real>(lanes);
        n.model.form = CARVE_FORM_MOMENTS;
        n.model.batch = 3;
        n.model.lane_bytes = lane_bytes;
        Sim sim(n);
        load_growing(sim, std::vector<double>(lanes, 0.0));
        for (std::size_t l = 0; l < lanes; ++l)
            for (std::size_t j = 0; j < 2; ++j)
                sim.weights(0).set(w[2 * (first + l) + j], l, 0, j);
        const Packed input(n, 0, 1, [](std::size_t, std::size_t, std::size_t s, std::size_t u) {
            return (u ? -1 : 1) * (0.3 + 0.7 * double(s));
        });
        sim.step({input.stream()}, 2);
        std::vector<std::uint64_t> out;
        for (std::size_t l = 0; l < lanes; ++l)
            out.push_back(sim.frozen(l));
        return out;
    };
    std::vector<std::uint64_t> alone;
    for (std::uint32_t l = 0; l < n_replicas; ++l)
        alone.push_back(frozen(l, 1, sizeof(Real))[0]);
    CHECK(std::count(alone.begin(), alone.end(), 1u) > 5);
    for (const std::uint32_t lane_bytes : support::lane_sizes<Real>())
        CHECK(frozen(0, n_replicas, lane_bytes) == alone);
}

TEST_CASE_TEMPLATE("padding lanes are never frozen", Real, float, double) {
    Network n = growing_network<Real>(1);
    n.model.lane_bytes = 64;
    n.populations[0].shared = 0; // then padding lanes of the input are NaN, see Packed
    Sim sim(n);
    load_growing(sim, {0.0});
    const carve_view theta = sim.theta(0).view();
    for (std::size_t l = 1; l < n.lanes_per_block(); ++l)
        static_cast<Real*>(theta.data)[l] = Real(kNan);
    const Packed input(n, 0, 1, [](auto...) { return 1.0; });
    CHECK(sim.step({input.stream()}, 70) == CARVE_OK);
    CHECK(sim.info().n_frozen == 0);
    CHECK(sim.weights(0).get(0) == 1);
}

TEST_SUITE_END();
