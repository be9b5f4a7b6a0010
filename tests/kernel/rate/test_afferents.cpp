// Lanes that carry the afferents of one replica: weights and sensitivities against dual numbers in
// the scalar reference at every size of the last row, the same bits on every instruction set,
// freezing as with replica lanes.
#include "reference/rates/expected.hpp"
#include "reference/rates/random_scenario.hpp"

#include <cstring>

using namespace reference;
using support::Block;
using support::lane_hashes;
using support::Packed;
using support::Sim;

namespace {

Ranges feedforward() {
    Ranges ranges;
    ranges.lateral = false;
    ranges.max_batch = 1;
    return ranges;
}

Scenario filled(Network network, std::uint64_t n_steps, std::uint64_t seed) {
    Scenario s;
    s.network = network;
    s.n_steps = n_steps;
    support::Random r(seed);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

Scenario wide_layer(std::uint32_t n_pre, std::uint32_t n_post, std::uint32_t activation,
                    std::uint64_t terms, std::uint64_t n_steps = 4) {
    Network n = support::single_layer(n_pre, n_post, activation, terms);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.layout = CARVE_LAYOUT_AFFERENTS;
    return filled(n, n_steps, n_pre);
}

// False where rounding decides on which side of a kink it is, or is amplified.
bool well_behaved(const Expected& e) { return e.largest < 20 && e.nearest_kink > 1e-10; }

std::vector<Expected> expect_all(Scenario& s) {
    const Draws draws = record_draws(s);
    std::vector<Expected> expected;
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l)
        expected.push_back(expect(s, l, draws));
    return expected;
}

std::vector<std::uint64_t> hashes_of(const Scenario& s) {
    Network network = s.network;
    Sim sim(network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    return lane_hashes(sim);
}

} // namespace

TEST_SUITE_BEGIN("afferents");

TEST_CASE("layers of every width have the derivatives of dual numbers") {
    const std::uint64_t masks[] = {flat::kTerms27, flat::term(1, 1, 0) | flat::term(0, 2, 1),
                                   flat::term(0, 0, 0) | flat::term(3, 1, 3) | flat::term(0, 3, 0)};
    const std::vector<std::uint32_t> isas = support::usable_isas();
    int compared = 0;
    for (std::uint32_t n_pre = 1; n_pre <= 67; ++n_pre) {
        CAPTURE(n_pre);
        Scenario s = wide_layer(n_pre, 1 + n_pre % 3, n_pre / 3 % 4, masks[n_pre % 3]);
        const std::vector<Expected> expected = expect_all(s);
        if (!well_behaved(expected[0]))
            continue;
        ++compared;
        for (const std::uint32_t isa : isas) {
            compare<double>(s, expected, isa, 32);
            if (expected[0].nearest_kink > 1e-4 && expected[0].largest < 5)
                compare<float>(s, expected, isa, 64);
        }
    }
    CHECK(compared >= 60);
}

TEST_CASE("every activation has the derivatives of dual numbers on all 27 terms") {
    for (std::uint32_t activation = CARVE_ACTIVATION_LINEAR; activation <= CARVE_ACTIVATION_SIGMOID;
         ++activation)
        for (const std::uint32_t n_pre : {15u, 16u, 17u, 67u}) {
            Scenario s = wide_layer(n_pre, 2, activation, flat::kTerms27, 6);
            const std::vector<Expected> expected = expect_all(s);
            REQUIRE(well_behaved(expected[0]));
            for (const std::uint32_t isa : support::usable_isas())
                compare<double>(s, expected, isa, 32);
        }
}

TEST_CASE(
    "a thousand afferents and a layer with all 64 terms have the derivatives of dual numbers") {
    for (const std::uint32_t n_pre : {67u, 1000u}) {
        Scenario s =
            wide_layer(n_pre, 1, n_pre == 67 ? CARVE_ACTIVATION_TANH : CARVE_ACTIVATION_LINEAR,
                       n_pre == 67 ? ~std::uint64_t(0) : flat::kTerms27, 5);
        const std::vector<Expected> expected = expect_all(s);
        for (const std::uint32_t isa : support::usable_isas()) {
            if (isa == CARVE_ISA_SOFTFMA)
                continue;
            compare<double>(s, expected, isa, 32);
            compare<float>(s, expected, isa, 32);
        }
    }
}

TEST_CASE("random networks without lateral synapses have the derivatives of dual numbers") {
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Scenario s = random_scenario(seed, feedforward());
        s.network.model.layout = CARVE_LAYOUT_AFFERENTS;
        const std::vector<Expected> expected = expect_all(s);
        bool fine = true;
        for (const Expected& e : expected)
            fine = fine && well_behaved(e);
        if (!fine)
            continue;
        ++compared;
        for (const std::uint32_t isa : support::usable_isas())
            if (isa != CARVE_ISA_SOFTFMA)
                compare<double>(s, expected, isa, 32);
    }
    CHECK(compared >= 40);
}

TEST_CASE("afferent lanes draw the rates and weights of replica lanes") {
    Network n;
    n.population(CARVE_POPULATION_GAUSSIAN, 19);
    n.population(CARVE_POPULATION_RATE, 2);
    n.projection(0, 1, n.rule(flat::term(1, 1, 0)));
    n.projections[0].w_sd = 0.5;
    n.projections[0].w_min = -0.25;
    n.model.n_replicas = 3;
    Scenario s = filled(n, 3, 8);
    const auto end = [&](std::uint32_t lanes) {
        s.network.model.layout = lanes;
        Sim sim(s.network);
        const std::uint64_t streams[] = {7, 7, 9};
        std::vector<std::vector<double>> out;
        REQUIRE(carve_sim_reset(sim.get(), 5, streams, nullptr) == CARVE_OK);
        for (std::size_t l = 0; l < 3; ++l) {
            out.push_back(sim.weights(0).lane(l));
            s.weights[l][0] = out.back();
        }
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        for (std::size_t l = 0; l < 3; ++l)
            out.push_back(sim.rates(0).lane(l));
        return out;
    };
    CHECK(end(CARVE_LAYOUT_AFFERENTS) == end(CARVE_LAYOUT_REPLICAS));
}

TEST_CASE_TEMPLATE("every instruction set gives the same bits, in whatever calls", Real, float,
                   double) {
    int drawn = 0;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        CAPTURE(seed);
        Ranges ranges = feedforward();
        ranges.max_work = 3e5;
        Scenario s = random_scenario(seed, ranges);
        s.network.model.layout = CARVE_LAYOUT_AFFERENTS;
        s.network.model.precision = support::precision_of<Real>();
        s.network.model.gradient = seed % 3 ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
        const std::vector<std::uint64_t> first = hashes_of(s);
        for (const std::uint32_t isa : support::usable_isas())
            for (const std::uint32_t lane_bytes : {std::uint32_t(sizeof(Real)), 64u}) {
                CAPTURE(isa);
                s.network.model.isa = isa;
                s.network.model.lane_bytes = lane_bytes;
                CHECK(hashes_of(s) == first);
            }
        for (std::uint64_t a = 0; a <= s.n_steps; ++a) { // in two calls, the second on a copy
            Sim sim(s.network);
            load(sim, s);
            const Inputs head(s.network, s, 0, a), tail(s.network, s, a, s.n_steps - a);
            REQUIRE(sim.step(head.streams(), a) == CARVE_OK);
            Block copy(sim.block().size());
            std::memcpy(copy.data(), sim.block().data(), copy.size());
            carve_sim* moved = nullptr;
            REQUIRE(carve_sim_attach(copy.data(), copy.size(), &moved, nullptr) == CARVE_OK);
            const auto inputs = tail.streams();
            REQUIRE(support::step(moved, inputs, s.n_steps - a) == CARVE_OK);
            std::memcpy(sim.block().data(), copy.data(), copy.size());
            CHECK(lane_hashes(sim) == first);
        }
        drawn += s.network.populations[0].kind == CARVE_POPULATION_GAUSSIAN;
    }
    CHECK(drawn > 0);
}

TEST_CASE_TEMPLATE("long runs have the same bits on every instruction set, and replicas do not mix",
                   Real, float, double) {
    Scenario s = wide_layer(67, 2, CARVE_ACTIVATION_LINEAR, flat::kTerms27, 200);
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.n_replicas = 3;
    s.network.rules[0].shared = 0;
    s = filled(s.network, 200, 3);
    for (auto& lane : s.theta) // Oja's rule and a little of the others
        for (std::size_t k = 0; k < 27; ++k)
            lane[0][k] = 0.03125 * lane[0][k] + (k == 12 ? 1.0 : k == 7 ? -1.0 : 0.0);
    const std::vector<std::uint64_t> first = hashes_of(s);
    for (const std::uint32_t isa : support::usable_isas()) {
        s.network.model.isa = isa;
        CHECK(hashes_of(s) == first);
    }
    for (std::size_t l = 0; l < 3; ++l) {
        Scenario alone = s;
        alone.network.model.n_replicas = 1;
        alone.weights = {s.weights[l]};
        alone.theta = {s.theta[l]};
        alone.inputs[0] = {s.inputs[0][l]};
        CHECK(hashes_of(alone)[0] == first[l]);
    }
}

TEST_CASE_TEMPLATE("sums are made of sixteen partial sums, halved again and again (M20)", Real,
                   float, double) {
    for (const std::uint32_t n_pre : {1u, 16u, 37u, 48u, 100u}) {
        Network n;
        n.population(CARVE_POPULATION_INPUT, n_pre);
        n.population(CARVE_POPULATION_RATE, 1);
        n.projection(0, 1, flat::kStatic);
        n.model.precision = support::precision_of<Real>();
        n.model.layout = CARVE_LAYOUT_AFFERENTS;
        const Scenario s = filled(n, 1, 40 + n_pre);
        Real sums[16] = {};
        for (std::size_t j = 0; j < n_pre; ++j)
            sums[j % 16] =
                std::fma(Real(s.weights[0][0][j]), Real(s.input(0, 0, 0, 0, j)), sums[j % 16]);
        for (std::size_t half = 8; half > 0; half /= 2)
            for (std::size_t l = 0; l < half; ++l)
                sums[l] += sums[l + half];
        for (const std::uint32_t isa : support::usable_isas()) {
            n.model.isa = isa;
            Sim sim(n);
            load(sim, s);
            REQUIRE(run(sim, s) == CARVE_OK);
            CHECK(sim.rates(1).get(0) == double(sums[0]));
        }
    }
}

TEST_CASE_TEMPLATE("losses, slopes and chains read the lanes of afferents", Real, float, double) {
    Scenario s = wide_layer(21, 2, CARVE_ACTIVATION_TANH, flat::kTerms27, 5);
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.n_replicas = 2;
    s = filled(s.network, 5, 4);
    const std::vector<double> target(42, 0.25);
    const auto losses = [&](std::uint32_t lanes) {
        s.network.model.layout = lanes;
        Sim sim(s.network);
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        carve_loss loss;
        REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
        loss.kind = CARVE_LOSS_DISTANCE_SQUARED;
        loss.target = target.data();
        std::vector<double> value(2), gradient(54), slopes(84), chained(54), all;
        REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr) ==
                CARVE_OK);
        REQUIRE(carve_sim_loss_slopes(sim.get(), &loss, value.data(), slopes.data(), nullptr) ==
                CARVE_OK);
        REQUIRE(carve_sim_chain(sim.get(), 0, slopes.data(), chained.data(), nullptr) == CARVE_OK);
        for (const auto* part : {&value, &gradient, &slopes, &chained})
            all.insert(all.end(), part->begin(), part->end());
        return all;
    };
    CHECK(support::relative_error(losses(CARVE_LAYOUT_AFFERENTS), losses(CARVE_LAYOUT_REPLICAS)) <=
          support::tolerance<Real>(1e-5, 1e-13));
}

TEST_CASE_TEMPLATE("a replica is frozen at the exact step, and no other is touched", Real, float,
                   double) {
    // w(t) = (1 + theta)^t, u = 20 w / 16
    Network n = support::single_layer(20, 1, CARVE_ACTIVATION_LINEAR, flat::term(0, 0, 1));
    n.model.precision = support::precision_of<Real>();
    n.model.layout = CARVE_LAYOUT_AFFERENTS;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 4;
    n.model.bound = 100;
    n.rules[0].shared = 0;
    n.projections[0].eta = 1;
    const double theta[] = {0.25, 0.0, 1.0, -0.5};
    for (const std::uint32_t isa : support::usable_isas()) {
        n.model.isa = isa;
        Sim sim(n);
        for (std::size_t l = 0; l < 4; ++l) {
            sim.theta(0).set(theta[l], l, 0);
            for (std::size_t j = 0; j < 20; ++j)
                sim.weights(0).set(1.0, l, 0, j);
        }
        const auto value = [](auto...) { return 0.0625; };
        const Packed input(n, 0, 40, value), one(n, 0, 1, value);
        CHECK(sim.freezes({input.stream()}, 40));
        CHECK(sim.info().n_frozen == 2);
        for (std::size_t l = 0; l < 4; ++l) {
            CAPTURE(l);
            double w = 1;
            std::uint64_t expected = 0;
            for (std::uint64_t t = 0; t < 40 && expected == 0; ++t, w *= 1 + theta[l])
                if (1.25 * w > 100)
                    expected = 1 + t;
            CHECK(sim.frozen(l) == expected);
            for (const auto& values :
                 {sim.weights(0).lane(l), sim.sensitivities(0).lane(l), sim.rates(1).lane(l)})
                for (const double x : values)
                    CHECK(std::isnan(x) == (expected != 0));
        }
        CHECK(sim.freezes({one.stream()}, 1));
        REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
        CHECK(sim.step({one.stream()}, 1) == CARVE_OK);
        CHECK(sim.info().n_frozen == 0);
    }
}

TEST_CASE_TEMPLATE("lanes behind the last afferent neither learn nor freeze", Real, float, double) {
    // Without input w grows by 1 a step; a synapse from nowhere would pass the bound at step 64.
    for (const double w_min : {-std::numeric_limits<double>::infinity(), 0.5}) {
        Network n = support::single_layer(17, 1, CARVE_ACTIVATION_LINEAR,
                                          flat::term(0, 0, 0) | flat::term(1, 0, 1));
        n.model.precision = support::precision_of<Real>();
        n.model.layout = CARVE_LAYOUT_AFFERENTS;
        n.model.gradient = CARVE_GRADIENT_FORWARD;
        n.model.bound = 50;
        n.projections[0].eta = 1;
        n.projections[0].w_min = w_min;
        Sim sim(n);
        support::set_theta(sim, 0, 0, 0, 0, 1.0); // dw = 1 - w x: to 1, where x is 1
        support::set_theta(sim, 0, 1, 0, 1, -1.0);
        const Packed input(n, 0, 130, [](auto...) { return 1.0; });
        CHECK(sim.step({input.stream()}, 130) == CARVE_OK);
        CHECK(sim.frozen(0) == 0);
        CHECK(sim.rates(1).get(0) == 17);
        const carve_view weights = sim.weights(0).view();
        const Real* const w = static_cast<const Real*>(weights.data);
        for (std::size_t j = 0; j < weights.stride[1]; ++j)
            CHECK(w[j] == (j < 17 ? Real(1) : Real(0)));
    }
}

TEST_CASE("weights are compared with the bound every 64 steps") {
    Network n = support::single_layer(18, 1, CARVE_ACTIVATION_LINEAR, flat::term(0, 0, 0));
    n.model.layout = CARVE_LAYOUT_AFFERENTS;
    n.model.bound = 10;
    n.projections[0].eta = 1;
    n.populations[0].shared = n.populations[0].fixed = 1;
    const Packed silent(n, 0, 1, [](auto...) { return 0.0; });
    for (const std::uint64_t first : {0u, 1u, 63u, 100u}) {
        Sim sim(n);
        support::set_theta(sim, 0, 0, 0, 0, 0.125); // w = 10 after 80 steps
        CHECK(sim.step({silent.stream()}, first) == CARVE_OK);
        CHECK(sim.freezes({silent.stream()}, 130 - first));
        CHECK(sim.frozen(0) == 128);
    }
}

TEST_SUITE_END();
