// Several steps of a linear neuron with few afferents at once: the derivatives of dual numbers, and
// the bits of steps that are made one by one.
#include "reference/rates/expected.hpp"
#include "reference/rates/random_scenario.hpp"

#include <algorithm>

using namespace reference;
using support::lane_hashes;
using support::Sim;

namespace {

Scenario neuron(std::uint32_t afferents, std::uint64_t terms, std::uint32_t lanes,
                std::uint64_t steps) {
    Scenario s;
    s.network = support::single_layer(afferents, 1, CARVE_ACTIVATION_LINEAR, terms);
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    s.network.model.n_replicas = lanes;
    s.network.model.bound = 1e9;
    s.n_steps = steps;
    support::Random r(afferents);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

// The sim after the scenario in calls of n steps.
Sim in_calls_of(Scenario& s, std::uint64_t n) {
    Sim sim(s.network);
    REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
    load(sim, s);
    for (std::uint64_t t = 0; t < s.n_steps; t += n) {
        const std::uint64_t here = std::min(n, s.n_steps - t);
        const Inputs inputs(s.network, s, t, here);
        (void)sim.step(inputs.streams(), here);
    }
    return sim;
}

constexpr std::uint64_t kOnlyOfOnePower =
    flat::kTerms27 & (std::uint64_t{0xFFFF} << 16); // x y^b w^c

} // namespace

TEST_SUITE_BEGIN("leaps");

TEST_CASE("neurons with few afferents have the derivatives of dual numbers") {
    for (const std::uint32_t isa : support::usable_isas())
        for (const std::uint32_t afferents : {1u, 2u, 3u, 8u, 12u, 13u})
            for (const std::uint64_t terms : {std::uint64_t(flat::kTerms27), kOnlyOfOnePower})
                for (const std::uint64_t steps : {2u, 15u}) {
                    CAPTURE(afferents);
                    CAPTURE(steps);
                    Scenario s = neuron(afferents, terms, 1, steps);
                    const std::vector<Expected> expected{expect(s, 0, record_draws(s))};
                    for (const std::uint32_t lane_bytes : support::lane_sizes<double>())
                        compare<double>(s, expected, isa, lane_bytes);
                    for (const std::uint32_t lane_bytes : support::lane_sizes<float>())
                        compare<float>(s, expected, isa, lane_bytes);
                }
}

TEST_CASE_TEMPLATE("steps at once have the bits of steps one by one", Real, float, double) {
    for (const std::uint32_t isa : support::usable_isas())
        for (const std::uint32_t afferents : {1u, 2u, 5u, 12u}) {
            CAPTURE(isa);
            CAPTURE(afferents);
            Scenario s = neuron(afferents, flat::kTerms27, 3, 70); // beyond the check of weights
            s.network.model.precision = support::precision_of<Real>();
            s.network.model.isa = isa;
            Sim alone = in_calls_of(s, 1);
            for (const std::uint64_t n : {2u, 7u, 13u, 70u}) {
                CAPTURE(n);
                Sim together = in_calls_of(s, n);
                CHECK(lane_hashes(together) == lane_hashes(alone));
                CHECK(together.info().steps == 70);
            }
        }
}

TEST_CASE_TEMPLATE("a lane that diverges among steps made at once is frozen at its own", Real,
                   float, double) {
    for (const std::uint64_t at : {3u, 9u, 20u, 63u, 64u, 69u}) {
        CAPTURE(at);
        Scenario s = neuron(2, flat::kTerms27, 3, 70);
        s.network.model.precision = support::precision_of<Real>();
        s.inputs[0][1][at * 2] = 1e12; // of lane 1
        s.weights[1][0][0] = 0.5;
        Sim together = in_calls_of(s, 70);
        CHECK(together.frozen(1) == at + 1);
        CHECK(together.frozen(0) == 0);
        CHECK(lane_hashes(together) == lane_hashes(in_calls_of(s, 1)));
    }
}

TEST_CASE_TEMPLATE("no leap passes a comparison of the weights with the bound", Real, float,
                   double) {
    // without input y is 0, and a weight grows by theta_000 a step: 10 after 20, 160 and 80 steps
    Scenario s = neuron(2, flat::kTerms27, 3, 130);
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.bound = 10;
    s.network.rules[0].shared = 0;
    s.network.projections[0].eta = 1;
    for (std::size_t l = 0; l < 3; ++l) {
        std::fill(s.inputs[0][l].begin(), s.inputs[0][l].end(), 0);
        std::fill(s.weights[l][0].begin(), s.weights[l][0].end(), 0);
        std::fill(s.theta[l][0].begin(), s.theta[l][0].end(), 0);
        s.theta[l][0][0] = l == 0 ? 0.5 : l == 1 ? 0.0625 : 0.125;
    }
    for (const std::uint64_t n : {1u, 7u, 60u, 130u}) {
        CAPTURE(n);
        Sim sim = in_calls_of(s, n);
        CHECK(sim.frozen(0) == 64);
        CHECK(sim.frozen(1) == 0);
        CHECK(sim.frozen(2) == 128);
        CHECK(sim.weights(0).get(1) == 130 * 0.0625);
    }
}

TEST_SUITE_END();
