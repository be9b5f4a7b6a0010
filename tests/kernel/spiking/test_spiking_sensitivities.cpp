// Derivatives through spikes: the surrogate's, to rounding, against dual numbers in the
// clock-driven reference.
#include "reference/spiking/scenario.hpp"

using namespace reference;
using support::Network;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

using Number = Dual<double>;

std::vector<std::vector<Number>> variables(const std::vector<std::vector<double>>& theta) {
    std::size_t n = 0, k = 0;
    for (const auto& rule : theta)
        n += rule.size();
    std::vector<std::vector<Number>> out;
    for (const auto& rule : theta) {
        out.emplace_back();
        for (const double x : rule)
            out.back().push_back(variable(x, k++, n));
    }
    return out;
}
carve_loss rate_loss(std::uint32_t population) {
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.kind = CARVE_LOSS_RATE;
    loss.population = population;
    return loss;
}

// Sensitivities of every plastic weight and the gradient of the rate loss, kernel and reference.
void compare(Network network, std::uint64_t seed, std::uint64_t n_steps, double most) {
    network.model.gradient = CARVE_GRADIENT_FORWARD;
    const SpikingScenario s = fill_scenario(network, seed, n_steps);
    Sim sim(network);
    load(sim, s);
    const std::size_t spikes = record(sim, s, n_steps)[0].size();
    CHECK(spikes > 5);
    const std::size_t lanes = network.model.n_replicas, K = network.n_coefficients();
    std::vector<double> value(lanes), gradient(K * lanes);
    const carve_loss loss = rate_loss(2);
    REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr) == CARVE_OK);
    for (std::size_t l = 0; l < lanes; ++l) {
        CAPTURE(l);
        const auto replica = run_reference<Number>(s, l, variables(s.theta[l]));
        for (std::uint32_t p = 1; p < network.projections.size(); ++p) {
            CAPTURE(p);
            std::vector<double> expected;
            for (const Number& w : replica.synapses[p].w)
                for (std::size_t k = 0; k < K; ++k)
                    expected.push_back(w.partial(k));
            CHECK(relative_error(sim.sensitivities(p).lane(l), expected) <= most);
        }
        const Number mean = replica.neurons[2].loss * Number(1.0 / replica.neurons[2].scored);
        CHECK(relative_error({value[l]}, {mean.value}) <= most);
        std::vector<double> expected, actual;
        for (std::size_t k = 0; k < K; ++k) {
            expected.push_back(mean.partial(k));
            actual.push_back(gradient[k * lanes + l]);
        }
        CHECK(relative_error(actual, expected) <= most);
    }
}

constexpr std::uint64_t kTriplet = flat::kTauPre | flat::kTauPost | flat::kTauPre2 |
                                   flat::kTauPost2 | flat::at_pre(1, 0, 0) | flat::at_pre(1, 1, 0) |
                                   flat::at_post(1, 0, 0) | flat::at_post(1, 1, 0);

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("sensitivities through spikes are the surrogate's, by dual numbers") {
    Network n = spiking_network(30, 12, 1);
    n.model.n_replicas = 3;
    compare(n, 1, 12000, tolerance<double>(1e-9, 1e-9));
}

TEST_CASE("sensitivities follow every convention and every term of a spike rule") {
    for (std::uint32_t i = 0; i < 6; ++i) {
        CAPTURE(i);
        Network n = spiking_network(20, 8, 1 + i % 3,
                                    i < 2   ? flat::kTermsPair
                                    : i < 4 ? kTriplet
                                            : 0xFFFFFFFu);
        n.model.n_replicas = 2;
        n.model.surrogate = i % 2 ? 25 : 10;
        n.rules[0].coincidence = i % 2;
        n.rules[0].trace_jump = i == 1;
        n.projections[1].eta = i == 1 ? 1e-4 : 5e-3;
        n.projections[0].gain = 0.8;
        if (i == 3) {
            n.populations[2].synapses = CARVE_RECEPTOR_CURRENT;
            n.populations[2].v_inh = 0;
            n.populations[2].drive = 0.006;
            n.projections[0].gain = 0.02;
            n.projections[1].gain = -0.01;
        }
        compare(n, 50 + i, 5000, tolerance<double>(1e-8, 1e-8));
    }
}

TEST_CASE("sensitivities follow spikes that arrive later") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        Network n = spiking_network(20, 8, 2, i % 2 ? kTriplet : std::uint64_t(flat::kTermsPair));
        n.model.n_replicas = 2;
        n.rules[0].coincidence = i / 2;
        n.projections[0].gain = 0.8;
        n.projections[0].delay = 7 * i;
        n.projections[1].eta = 5e-3;
        n.projections[1].delay = 1 + 70 * i;
        compare(n, 90 + i, 5000, tolerance<double>(1e-8, 1e-8));
    }
}

TEST_CASE("a weight that a spike of either neuron clips has no derivative") {
    std::size_t low = 0, high = 0;
    for (const bool at_post : {true, false})
        for (std::uint64_t seed = 60; seed < 64; ++seed) {
            CAPTURE(at_post);
            CAPTURE(seed);
            const std::uint64_t terms =
                at_post ? flat::kTauPre | flat::at_post(0, 0, 0) | flat::at_post(1, 0, 0)
                        : flat::kTauPost | flat::at_pre(0, 0, 0) | flat::at_pre(1, 0, 0);
            Network n = spiking_network(20, 8, 1, terms);
            n.model.n_replicas = 3;
            n.projections[0].gain = 0.8;
            n.projections[1].eta = 0.05;
            n.projections[1].w_min = 0.1; // no weight starts outside
            n.projections[1].w_max = 0.6;
            compare(n, seed, 5000, tolerance<double>(1e-8, 1e-8));
            const SpikingScenario s = fill_scenario(n, seed, 5000);
            Sim sim(n);
            load(sim, s);
            record(sim, s, 5000);
            for (std::size_t l = 0; l < 3; ++l)
                for (const double w : sim.weights(1).lane(l)) {
                    low += at_post && w == 0.1;
                    high += at_post && w == 0.6;
                }
        }
    CHECK(low > 0);
    CHECK(high > 0);
}

TEST_CASE("two plastic projections onto one population, excitatory and inhibitory, do not mix") {
    Network n = spiking_network(15, 8, 2);
    n.rule(flat::kTermsPair);
    n.rules[1].spikes = 1;
    n.projection(0, 2, 1);
    n.projections[2].eta = 1e-3;
    n.projections[2].gain = 0.3;
    n.projections[2].w_min = 0;
    compare(n, 7, 5000, tolerance<double>(1e-8, 1e-8));
}

TEST_CASE("without a gradient every weight has the same bits as with one") {
    Network n = spiking_network(30, 12, 2);
    n.model.n_replicas = 3;
    const SpikingScenario s = fill_scenario(n, 3, 4000);
    Sim value(n);
    load(value, s);
    record(value, s, 4000);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim both(n);
    load(both, s);
    record(both, s, 4000);
    for (std::size_t l = 0; l < 3; ++l)
        CHECK(both.weights(1).lane(l) == value.weights(1).lane(l));
}

TEST_CASE("sensitivities have the same bits on every instruction set and in every lane") {
    Network n = spiking_network(20, 8, 2, kTriplet);
    n.model.n_replicas = 5;
    n.model.precision = CARVE_F32;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    const SpikingScenario s = fill_scenario(n, 3, 3000);
    const auto run = [&](const SpikingScenario& one) {
        Network network = one.network;
        Sim sim(network);
        load(sim, one);
        REQUIRE(sim.step(SpikeLists(one.spikes).streams(), one.n_steps) == CARVE_OK);
        std::vector<std::vector<double>> out;
        for (std::size_t l = 0; l < 5; ++l)
            out.push_back(sim.sensitivities(1).lane(l));
        return out;
    };
    const auto expected = run(s);
    for (const std::uint32_t isa : support::usable_isas())
        for (const std::uint32_t lane_bytes : {4u, 32u, 64u}) {
            SpikingScenario other = s;
            other.network.model.isa = isa;
            other.network.model.lane_bytes = lane_bytes;
            if (isa == CARVE_ISA_SOFTFMA)
                continue; // slow
            CHECK(run(other) == expected);
        }
    SpikingScenario turned = s;
    std::reverse(turned.theta.begin(), turned.theta.end());
    std::reverse(turned.weights.begin(), turned.weights.end());
    auto reversed = run(turned);
    std::reverse(reversed.begin(), reversed.end());
    CHECK(reversed == expected);
}

TEST_SUITE_END();
