// The single cell of Vogels, Sprekeler, Zenke, Clopath and Gerstner, Science 2011, from its
// published parameters, under five rules of one mean-field rate: those that read traces find a
// tuned balance, the one that does not meets the rate alone.
#include "reference/spiking/scenario.hpp"

using support::Array;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint64_t kSecond = 10000; // steps

Network vogels_cell() {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 800);
    n.population(CARVE_POPULATION_POISSON, 200);
    for (flat::Population& p : n.populations) {
        p.source = CARVE_SOURCE_SIGNAL;
        p.n_groups = 8;
    }
    n.population(CARVE_POPULATION_LIF, 1);
    n.rule(flat::kTermsPair);
    n.rules[0].spikes = 1;
    n.rules[0].shared = 0;
    n.projection(0, 2, flat::kStatic);
    n.projections[0].gain = 0.014;
    n.projection(1, 2, 0);
    n.projections[1].gain = 0.035;
    n.projections[1].receptor = CARVE_INHIBITORY;
    n.projections[1].eta = 1e-3;
    n.projections[1].w_min = 0;
    n.projections[1].w_mean = 0.1;
    for (flat::Projection& p : n.projections)
        p.tuning = 1;
    n.model.precision = CARVE_F32;
    n.model.n_replicas = 5;
    return n;
}

void set_window(const Sim& sim, std::uint64_t from, std::uint64_t to) {
    carve_view v;
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_WINDOW, 2, &v, nullptr) == CARVE_OK);
    static_cast<std::uint64_t*>(v.data)[0] = from;
    static_cast<std::uint64_t*>(v.data)[1] = to;
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("Vogels' cell falls to its target, by a tuned balance if the rule is Hebbian") {
    // alpha, kappa, beta, gamma: Vogels, gamma only, kappa only, half, non-Hebbian
    const double rules[5][4] = {
        {-.25, 1, 0, 1}, {-.25, 0, 0, 2}, {-.25, 2, 0, 0}, {-.25, .5, .76, .5}, {-.25, 0, 1.52, 0}};
    // Hz after learning: Vogels' as published, the others' measured elsewhere give or take 0.5
    const double low[5] = {5.1, 5.8 - .5, 4.6 - .5, 5.7 - .5, 6.5 - .5};
    const double high[5] = {5.8, 6.1 + .5, 4.7 + .5, 6.8 + .5, 7.2 + .5};
    Network network = vogels_cell();
    Sim sim(network);
    const std::uint64_t streams[5] = {1, 1, 1, 1, 1};
    REQUIRE(carve_sim_reset(sim.get(), 1, streams, nullptr) == CARVE_OK);
    support::Random r(2);
    for (std::size_t j = 0; j < 800; ++j) {
        const double group = double(j / 100) - 4, w = 0.3 + 1.1 / (1 + std::pow(group, 4));
        const double noise = 0.1 * r.uniform();
        for (std::size_t l = 0; l < 5; ++l)
            sim.weights(0).set(w + noise, l, 0, j);
    }
    for (std::size_t l = 0; l < 5; ++l) {
        const double theta[6] = {std::log(0.02), std::log(0.02), rules[l][0],
                                 rules[l][1],    rules[l][2],    rules[l][3]};
        for (std::size_t k = 0; k < 6; ++k)
            sim.theta(0).set(theta[k], l, k);
    }
    const Array counts(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 2);
    set_window(sim, 0, 10 * kSecond);
    REQUIRE(sim.step({}, 10 * kSecond) == CARVE_OK);
    CHECK(counts.get(0) / 10 == doctest::Approx(53).epsilon(0.1));
    carve_view v; // what was counted in the first window
    for (std::size_t l = 0; l < 5; ++l)
        counts.set(0, l);
    for (std::uint32_t p = 0; p < 2; ++p) {
        REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_TRANSMITTED, p, &v, nullptr) == CARVE_OK);
        std::memset(v.data, 0, sizeof(float) * v.shape[0] * v.stride[0]);
    }
    set_window(sim, 300 * kSecond, 500 * kSecond);
    REQUIRE(sim.step({}, 490 * kSecond) == CARVE_OK);
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.kind = CARVE_LOSS_TUNING;
    loss.other = 1;
    double untuned[5];
    REQUIRE(carve_sim_loss(sim.get(), &loss, untuned, nullptr, nullptr) == CARVE_OK);
    for (std::size_t l = 0; l < 5; ++l) {
        CAPTURE(l);
        const double rate = counts.get(l) / 200;
        CHECK(rate > low[l]);
        CHECK(rate < high[l]);
        if (l < 4)
            CHECK(1 - untuned[l] >= 0.99);
        else
            CHECK(1 - untuned[l] < 0.5);
        MESSAGE("rule " << l << ": " << rate << " Hz, tuning " << 1 - untuned[l]);
    }
}

TEST_CASE(
    "rules on one mean-field manifold land on its rate, or above it by what correlations add") {
    // 80 + 20 afferents, all rules predicted to lead to 5 Hz at their rate r: alpha r + beta 5 + g
    // r 5 = 0 with g = gamma tau_pre + kappa tau_post. The prediction takes the afferents as
    // uncorrelated with the neuron, which an inhibitory afferent is not in the moments that a
    // presynaptic trace (gamma) sees.
    const double r = 50;
    struct Rule {
        double tau_post, alpha, kappa, beta, gamma; // s; order of the coefficients
        double rate, within;                        // Hz
    };
    const Rule rules[] = {
        {0.02, -0.2, 2, 0, 0, 5.00, 0.15},            // gamma = 0: exact, within 3 %
        {0.02, -0.2, 0, 0.04 * r, 0, 5.00, 0.15},     // likewise
        {0.1, -0.2, 0.38, 0, 0.1, 5.14, 0.15},        // biases as tabulated elsewhere for
        {0.02, -0.2, 0.5, 0.02 * r, 0.5, 5.32, 0.15}, // another such cell
        {0.02, -0.2, 1, 0, 1, 5.66, 0.15},
        {0.02, -0.2, 0, 0, 2, 6.32, 0.15}};
    Network n;
    n.population(CARVE_POPULATION_POISSON, 80);
    n.population(CARVE_POPULATION_POISSON, 20);
    for (flat::Population& p : n.populations) {
        if (p.kind == CARVE_POPULATION_POISSON)
            p.rate = r;
        p.t_ref = 0;
    }
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 2, flat::kStatic);
    n.projection(1, 2, n.rule(flat::kTermsPair));
    n.rules[0].spikes = 1;
    n.rules[0].shared = 0;
    n.projections[0].gain = 0.03;
    n.projections[0].w_mean = 1;
    n.projections[1].gain = 0.35;
    n.projections[1].receptor = CARVE_INHIBITORY;
    n.projections[1].eta = 1e-3;
    n.projections[1].w_min = 0;
    n.projections[1].w_mean = 0.3;
    n.model.precision = CARVE_F32;
    n.model.n_replicas = 6;
    Sim sim(n);
    for (std::size_t l = 0; l < 6; ++l) {
        const double theta[] = {std::log(0.02), std::log(rules[l].tau_post),
                                rules[l].alpha, rules[l].kappa,
                                rules[l].beta,  rules[l].gamma};
        for (std::size_t k = 0; k < 6; ++k)
            sim.theta(0).set(theta[k], l, k);
    }
    set_window(sim, 200 * kSecond, 1000 * kSecond);
    REQUIRE(carve_sim_reset(sim.get(), 5, nullptr, nullptr) == CARVE_OK);
    REQUIRE(sim.step({}, 1000 * kSecond) == CARVE_OK);
    for (std::size_t l = 0; l < 6; ++l) {
        CAPTURE(l);
        const double rate = Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 2).get(l) / 800;
        CHECK(std::fabs(rate - rules[l].rate) < rules[l].within);
    }
}

TEST_CASE("the published rule of an inhibitory stability task settles at its set point") {
    // tau 54.3 and 97.5 ms; alpha, kappa, beta, gamma; its set point is -alpha r / (beta + g r)
    const double theta[] = {std::log(0.0543), std::log(0.0975), -1.4111, 1.0809, 0.0155, 0.7164};
    const double r = 30, g = 0.7164 * 0.0543 + 1.0809 * 0.0975;
    Network n = vogels_cell();
    for (flat::Population& p : n.populations) {
        p.source = CARVE_SOURCE_CONSTANT;
        if (p.kind == CARVE_POPULATION_POISSON)
            p.rate = r;
        p.t_ref = p.kind == CARVE_POPULATION_POISSON ? 0 : p.t_ref;
    }
    n.model.n_replicas = 1;
    n.projections[0].w_mean = 0.9;
    Sim sim(n);
    for (std::size_t k = 0; k < 6; ++k)
        sim.theta(0).set(theta[k], 0, k);
    set_window(sim, 150 * kSecond, 400 * kSecond);
    REQUIRE(carve_sim_reset(sim.get(), 2, nullptr, nullptr) == CARVE_OK);
    REQUIRE(sim.step({}, 400 * kSecond) == CARVE_OK);
    const double rate = Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 2).get(0) / 250;
    CHECK(rate == doctest::Approx(1.4111 * r / (0.0155 + g * r)).epsilon(0.03));
}

TEST_SUITE_END();
