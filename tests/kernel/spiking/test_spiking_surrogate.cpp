// The gradient through the surrogate's spikes (M18, M19) against what a change of the rule really does
// to the neuron's mean rate: differences over many trials of common random numbers, without and with
// plasticity that feeds back, at two step lengths and, as a long test, three horizons.
#include "support.hpp"

#include <array>
#include <cstdlib>
#include <string>

using support::Array;
using support::Network;
using support::Sim;

namespace {

constexpr std::size_t kCoefficients = 6;
constexpr std::uint32_t kLanes =
    1 + 2 * kCoefficients; // the rule, and each coefficient up and down
using Row = std::array<double, kCoefficients>;

struct Loop {
    std::string name;
    double excitation; // weight of the excitatory synapses
    Row theta, step; // ln tau_pre, ln tau_post, alpha, kappa, beta, gamma; step of the differences
};
// At a rule of 0 the weights stay, and no change of the spikes comes back through them: 4.5 and 42 Hz.
// Vogels' rule for 5 Hz takes the weights within seconds to where the rate is that.
const Loop kLoops[] = {
    {"open, low rate", 0.5, {std::log(0.02), std::log(0.02)}, {0, 0, 0.04, 0.1, 0.04, 0.1}},
    {"open, high rate", 0.9, {std::log(0.02), std::log(0.02)}, {0, 0, 0.04, 0.1, 0.04, 0.1}},
    {"closed",
     0.9,
     {std::log(0.02), std::log(0.02), -0.2, 1, 0, 1},
     {0.2, 0.2, 0.04, 0.1, 0.04, 0.1}}};
constexpr std::uint64_t kTrials = 150;

Network cell(double dt, double excitation) {
    Network n;
    n.model.dt = dt;
    n.population(CARVE_POPULATION_POISSON, 40);
    n.population(CARVE_POPULATION_POISSON, 10);
    n.populations[0].rate = n.populations[1].rate = 20;
    n.population(CARVE_POPULATION_LIF, 1);
    n.populations[2].scored = 1;
    n.populations[2].rate_tau = 1e3; // the filter then counts spikes: r = count / tau
    n.populations[2].rate_start = 0;
    n.projection(0, 2, flat::kStatic);
    n.projection(1, 2, n.rule(flat::kTermsPair));
    n.rules[0].spikes = 1;
    n.rules[0].shared = 0;
    n.projections[0].gain = 0.14;
    n.projections[0].w_mean = excitation;
    n.projections[1].gain = 0.35;
    n.projections[1].w_mean = 0.4;
    n.projections[1].receptor = CARVE_INHIBITORY;
    n.projections[1].eta = 0.01;
    n.projections[1].w_min = 0;
    return n;
}
void score_last_step(const Sim& sim, std::uint64_t n_steps) {
    carve_view v;
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_WINDOW, 2, &v, nullptr) == CARVE_OK);
    static_cast<std::uint64_t*>(v.data)[0] = n_steps - 1;
    static_cast<std::uint64_t*>(v.data)[1] = n_steps;
}

struct Comparison {
    double cosine,
        size; // of the surrogate's gradient and the slopes; size: the ratio of their norms
};
Comparison compare(const Row& surrogate, const Row& slope) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t k = 0; k < kCoefficients; ++k) {
        ab += slope[k] * surrogate[k];
        aa += slope[k] * slope[k];
        bb += surrogate[k] * surrogate[k];
    }
    return {ab / std::sqrt(aa * bb), std::sqrt(bb / aa)};
}

// Slopes of the mean number of spikes, by differences and by the surrogate.
Comparison measure(const Loop& loop, double dt, double seconds) {
    const auto n_steps = std::uint64_t(seconds / dt + 0.5);
    Row step = loop.step; // for a trial of 4 s; weights that nothing brings back move with the time
    for (std::size_t k = 2; k < kCoefficients; ++k)
        step[k] *= loop.theta[3] == 0 ? 4 / seconds : 1;
    Network n = cell(dt, loop.excitation), with = n;
    n.model.n_replicas = kLanes;
    with.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim values(n), gradient(with);
    for (std::size_t k = 0; k < kCoefficients; ++k) {
        gradient.theta(0).set(loop.theta[k], 0, k);
        for (std::size_t l = 0; l < kLanes; ++l)
            values.theta(0).set(loop.theta[k], l, k);
        values.theta(0).set(loop.theta[k] + step[k], 1 + 2 * k, k);
        values.theta(0).set(loop.theta[k] - step[k], 2 + 2 * k, k);
    }
    Row slope{}, surrogate{};
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.kind = CARVE_LOSS_RATE;
    loss.population = 2;
    score_last_step(gradient, n_steps);
    const Array rate(values.get(), CARVE_VIEW_FILTERED_RATE, 2);
    for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
        const std::vector<std::uint64_t> streams(kLanes, trial);
        REQUIRE(carve_sim_reset(values.get(), 1, streams.data(), nullptr) == CARVE_OK);
        REQUIRE(carve_sim_reset(gradient.get(), 1, streams.data(), nullptr) == CARVE_OK);
        REQUIRE(values.step({}, n_steps) == CARVE_OK);
        REQUIRE(gradient.step({}, n_steps) == CARVE_OK);
        double value;
        Row row;
        REQUIRE(carve_sim_loss(gradient.get(), &loss, &value, row.data(), nullptr) == CARVE_OK);
        // of one step the loss is (r - 10)^2 / (r + 2); its slope in r is known
        const double r = rate.get(0), part = (r - 10) / (r + 2), by_rate = part * (2 - part);
        for (std::size_t k = 0; k < kCoefficients; ++k) {
            if (step[k] > 0)
                slope[k] += (rate.get(1 + 2 * k) - rate.get(2 + 2 * k)) / (2 * step[k]);
            surrogate[k] += row[k] / by_rate;
        }
    }
    return compare(surrogate, slope);
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("the surrogate's gradient has the direction and the size of the mean rate's slope") {
    const std::vector<double> horizons =
        std::getenv("CARVE_TEST_LONG") ? std::vector<double>{1, 4, 10} : std::vector<double>{1};
    for (const Loop& loop : kLoops)
        for (const double seconds : horizons) {
            double size[2];
            for (const double dt : {1e-4, 2e-4}) {
                CAPTURE(loop.name);
                CAPTURE(seconds);
                CAPTURE(dt);
                const Comparison c = measure(loop, dt, seconds);
                size[dt > 1.5e-4] = c.size;
                MESSAGE("cosine " << c.cosine << ", size " << c.size);
                CHECK(c.cosine >= 0.99);
                CHECK(c.size > 0.6); // (M18) says 0.66 to 1.45
                CHECK(c.size < 1.6);
            }
            CHECK(std::fabs(size[1] / size[0] - 1) < 0.25);
        }
}

TEST_SUITE_END();
