// Neurons, synapses and rules against closed forms: decay, steady states, inter-spike intervals,
// the window of spike pairs and triplets, fixed points.
#include "reference/spiking/scenario.hpp"

using namespace reference;
using support::Array;
using support::Network;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

// A neuron with one streamed afferent, and a second one that can force it to spike.
Network pair_network(std::uint64_t terms = flat::kTermsPair) {
    Network n = spiking_network(1, 1, 1, terms);
    n.projections[1].eta = 1;
    n.projections[1].w_min = -1e3;
    n.projections[1].w_max = 1e3;
    n.projections[1].gain = 0; // it learns and does not act
    n.populations[2].tau_exc = 1e-5;
    n.populations[2].t_ref = 0;
    return n;
}
constexpr double kForce = 1000; // a conductance that makes the neuron spike in the same step

struct Train {
    std::vector<std::uint64_t> pre, post;
};
// The change of the weight, from 0, by trains of presynaptic and (forced) postsynaptic spikes.
double change(Network n, const Train& train, const std::vector<double>& theta, double w = 0) {
    std::vector<std::vector<carve_spike>> spikes(2);
    std::uint64_t end = 0;
    for (const std::uint64_t t : train.post)
        spikes[0].push_back({t, 0, 0, 0, 1}), end = std::max(end, t);
    for (const std::uint64_t t : train.pre)
        spikes[1].push_back({t, 0, 0, 0, 1}), end = std::max(end, t);
    Sim sim(n);
    for (std::size_t k = 0; k < theta.size(); ++k)
        sim.theta(0).set(theta[k], 0, k);
    sim.weights(0).set(kForce, 0);
    sim.weights(1).set(w, 0);
    REQUIRE(sim.step(SpikeLists(spikes).streams(), end + 1) == CARVE_OK);
    REQUIRE(Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 2).get(0) == double(train.post.size()));
    return sim.weights(1).get(0) - w;
}

// Steps at which a neuron under a constant drive spikes.
std::vector<std::uint64_t> spike_steps(Network n, std::uint64_t n_steps) {
    Sim sim(n);
    SpikingScenario s;
    s.network = n;
    s.spikes.resize(2);
    std::vector<std::uint64_t> steps;
    const auto recorded = record(sim, s, n_steps);
    for (const carve_spike& spike : recorded[0])
        steps.push_back(spike.step);
    return steps;
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE_TEMPLATE("membranes and conductances decay exponentially", Real, float, double) {
    Network n = spiking_network(1, 1, 1);
    n.model.precision = support::precision_of<Real>();
    n.populations[2].v_rest = -0.07;
    n.populations[2].v_exc =
        -0.07; // a conductance that pulls to rest: only the decay's speed changes
    n.projections[0].gain = 0.25;
    Sim sim(n);
    const Array v(sim.get(), CARVE_VIEW_VOLTAGES, 2), g(sim.get(), CARVE_VIEW_CONDUCTANCES, 2);
    v.set(-0.06, 0);
    const std::vector<std::vector<carve_spike>> none(2), one{{{300, 0, 0, 0, 1}}, {}};
    REQUIRE(sim.step(SpikeLists(none).streams(), 300) == CARVE_OK);
    CHECK(relative_error({v.get(0) + 0.07}, {0.01 * std::exp(-300e-4 / 0.02)}) <=
          tolerance<Real>(1e-3, 1e-12));
    sim.weights(0).set(2, 0);
    REQUIRE(sim.step(SpikeLists(one).streams(), 100) == CARVE_OK);
    CHECK(relative_error({g.get(0)}, {0.5 * std::exp(-100e-4 / 5e-3)}) <=
          tolerance<Real>(1e-4, 1e-12));
    // dV/dt = -(1 + g) V / tau_m, g constant over a step
    double exponent = 400e-4 / 0.02;
    for (int t = 0; t < 100; ++t)
        exponent += 0.5 * std::exp(-t * 1e-4 / 5e-3) * 1e-4 / 0.02;
    CHECK(relative_error({v.get(0) + 0.07}, {0.01 * std::exp(-exponent)}) <=
          tolerance<Real>(1e-2, 1e-11));
}

TEST_CASE("a steady conductance leads to the weighted mean of the reversal potentials") {
    Network n = spiking_network(1, 1, 1);
    n.populations[2].tau_exc = n.populations[2].tau_inh = 1e9; // conductances that stay
    n.populations[2].v_threshold = 0.01;
    n.projections[0].gain = 0.4;
    n.projections[1].gain = 2.0;
    n.make_static(1);
    Sim sim(n);
    sim.weights(0).set(1, 0);
    sim.weights(1).set(1, 0);
    const std::vector<std::vector<carve_spike>> both(2, {{0, 0, 0, 0, 1}});
    REQUIRE(sim.step(SpikeLists(both).streams(), 20000) == CARVE_OK);
    const double expected = (-0.06 + 0.4 * 0 + 2.0 * -0.08) / (1 + 0.4 + 2.0);
    CHECK(std::fabs(Array(sim.get(), CARVE_VIEW_VOLTAGES, 2).get(0) - expected) < 1e-9);
}

TEST_CASE("intervals under a constant drive converge to the closed form with the step") {
    const double mu = 0.013, threshold = 0.01; // above rest
    const double exact = 5e-3 + 0.02 * std::log(mu / (mu - threshold));
    double previous = 1;
    for (const double dt : {1e-3, 1e-4, 1e-5}) {
        CAPTURE(dt);
        for (const std::uint32_t synapses : {CARVE_RECEPTOR_CONDUCTANCE, CARVE_RECEPTOR_CURRENT}) {
            Network n = spiking_network(1, 1, 1);
            n.model.dt = dt;
            n.populations[2].drive = mu;
            n.populations[2].synapses = synapses;
            n.populations[2].v_inh = synapses == CARVE_RECEPTOR_CURRENT ? 0 : -0.08;
            const auto steps = spike_steps(n, std::uint64_t(0.5 / dt));
            REQUIRE(steps.size() > 5);
            for (std::size_t k = 2; k < steps.size(); ++k) // of a noise-free neuron all alike
                CHECK(steps[k] - steps[k - 1] == steps[1] - steps[0]);
            const double error = double(steps[1] - steps[0]) * dt - exact;
            CHECK(std::fabs(error) <= 1.0001 * dt); // exact between grid points: first order
            CHECK(std::fabs(error) <= previous);
            previous = std::fabs(error) + dt;
        }
    }
}

TEST_CASE("no neuron spikes in its refractory period, and it holds the reset") {
    Network n = spiking_network(1, 1, 1);
    n.populations[2].drive = 10; // it would spike in every step
    n.populations[2].t_ref = 7e-4;
    const auto steps = spike_steps(n, 100);
    REQUIRE(steps.size() == 13);
    for (std::size_t k = 1; k < steps.size(); ++k)
        CHECK(steps[k] - steps[k - 1] == 8);
}

TEST_CASE("spike pairs change the weight by the window of the rule") {
    const double tau_pre = 0.017, tau_post = 0.034;
    const double alpha = -0.3, kappa = -0.7, beta = 0.2, gamma = 0.9;
    const std::vector<double> theta{
        std::log(tau_pre), std::log(tau_post), alpha, kappa, beta, gamma};
    for (const std::uint64_t d : {1u, 7u, 40u, 150u, 1000u}) {
        CAPTURE(d);
        const double seconds = double(d) * 1e-4;
        const double causal = alpha + beta + gamma * std::exp(-seconds / tau_pre);
        const double anti = alpha + beta + kappa * std::exp(-seconds / tau_post);
        CHECK(std::fabs(change(pair_network(), {{5}, {5 + d}}, theta) - causal) < 1e-12);
        CHECK(std::fabs(change(pair_network(), {{5 + d}, {5}}, theta) - anti) < 1e-12);
        Network scaled = pair_network();
        scaled.rules[0].trace_jump = CARVE_TRACE_JUMP_INVERSE_TAU;
        CHECK(std::fabs(change(scaled, {{5}, {5 + d}}, theta) -
                        (alpha + beta + gamma / tau_pre * std::exp(-seconds / tau_pre))) < 1e-10);
    }
}

TEST_CASE("coincident spikes see each other as the rule says") {
    const std::vector<double> theta{std::log(0.02), std::log(0.02), 0, 0.5, 0, 1};
    Network n = pair_network();
    CHECK(std::fabs(change(n, {{5}, {5}}, theta) - 1) < 1e-12); // the presynaptic spike is first
    n.rules[0].coincidence = CARVE_COINCIDENCE_BLIND;
    CHECK(std::fabs(change(n, {{5}, {5}}, theta)) < 1e-12);
    // an older spike is seen all the same
    CHECK(std::fabs(change(n, {{5, 25}, {25}}, theta) - std::exp(-0.1)) < 1e-12);
}

TEST_CASE("triplets change the weight as the triplet rule says") {
    const std::uint64_t terms = flat::kTauPre | flat::kTauPost | flat::kTauPre2 | flat::kTauPost2 |
                                flat::at_pre(1, 0, 0) | flat::at_pre(1, 1, 0) |
                                flat::at_post(1, 0, 0) | flat::at_post(1, 1, 0);
    const double plus = 0.0168, minus = 0.0337, tau_x = 0.101, tau_y = 0.114;
    const double a2m = 7e-3, a3m = 2.3e-4, a2p = 5e-3, a3p = 6.5e-3;
    const std::vector<double> theta{
        std::log(plus), std::log(minus), std::log(tau_x), std::log(tau_y), -a2m, -a3m, a2p, a3p};
    const double d1 = 0.004, d2 = 0.007; // 40 and 70 steps
    const auto e = [](double t, double tau) { return std::exp(-t / tau); };
    // post, pre, post
    const double post_pre_post =
        -a2m * e(d1, minus) + e(d2, plus) * (a2p + a3p * e(d1 + d2, tau_y));
    CHECK(std::fabs(change(pair_network(terms), {{45}, {5, 115}}, theta) - post_pre_post) < 1e-14);
    // pre, post, pre
    const double pre_post_pre = a2p * e(d1, plus) - e(d2, minus) * (a2m + a3m * e(d1 + d2, tau_x));
    CHECK(std::fabs(change(pair_network(terms), {{5, 115}, {45}}, theta) - pre_post_pre) < 1e-14);
}

TEST_CASE("weight-dependent terms act on the weight as it is") {
    const std::uint64_t terms = flat::at_pre(0, 0, 1) | flat::at_post(0, 0, 2);
    CHECK(std::fabs(change(pair_network(terms), {{5}, {9}}, {-0.25, 0.5}, 2) -
                    (-0.5 + 0.5 * 1.5 * 1.5)) < 1e-12);
}

TEST_CASE("traces of Poisson trains have the mean tau r") {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 2000);
    n.populations[0].t_ref = 0;
    n.populations[0].rate = 20;
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 1, n.rule(flat::kTermsPair));
    n.rules[0].spikes = 1;
    n.projections[0].gain = 0;
    Sim sim(n);
    sim.theta(0).set(std::log(0.02), 0, 0);
    sim.theta(0).set(std::log(0.02), 0, 1);
    REQUIRE(sim.step({}, 5000) == CARVE_OK);
    const Array x(sim.get(), CARVE_VIEW_PRE_TRACES, 0);
    const Array last(sim.get(), CARVE_VIEW_LAST_SPIKES, 0, false);
    double mean = 0, square = 0;
    for (std::size_t j = 0; j < 2000; ++j) { // the view holds the trace right after its last spike
        const double elapsed = 5000 - last.get(0, j);
        const double trace =
            last.get(0, j) == 0 ? 0 : x.get(0, j, 0) * std::exp(-elapsed * 1e-4 / 0.02);
        mean += trace / 2000;
        square += trace * trace / 2000;
    }
    CHECK(std::fabs(mean - 0.4) < 4 * std::sqrt(0.2 / 2000));
    CHECK(std::fabs(square - mean * mean - 0.2) < 0.04);
}

TEST_SUITE_END();
