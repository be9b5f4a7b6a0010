// The signals that modulate poisson units (M21): mean, variance and autocorrelation of the rates are
// those of a rectified Gaussian process in closed form, whatever the step.
#include "support.hpp"

#include <array>

using support::Array;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint32_t kGroups = 64, kUnits = 400; // units of a group
constexpr double kBin = 1e-3;                       // s
constexpr double kMeanRate = 1; // Hz, at which few steps would have had two spikes of a unit
const double kPi = std::acos(-1.0);

// Vogels et al. 2011: uniform noise of variance 1/12 through a recursion with steps of 0.1 ms.
double signal_sd(double tau) {
    const double decay = std::exp(-1e-4 / tau);
    return std::sqrt((1 - decay) / (1 + decay) / 12);
}
double gain(double tau) { return kMeanRate * std::sqrt(2 * kPi) / signal_sd(tau); }

// E max(0, X) max(0, Y) for normal X, Y of variance s^2 and correlation c (Cho and Saul 2009).
double rectified_moment(double s, double c) {
    const double angle = std::acos(std::min(c, 1.0));
    return s * s / (2 * kPi) * (std::sin(angle) + (kPi - angle) * c);
}
// E r(t) r(t') of the rates, averaged over the steps of two bins that are `lag` bins apart.
double rate_moment(double dt, double tau, std::size_t lag) {
    const int steps = int(kBin / dt + 0.5);
    double sum = 0;
    for (int a = 0; a < steps; ++a)
        for (int b = 0; b < steps; ++b) {
            const double apart = std::fabs(double(lag) * kBin + (b - a) * dt);
            sum += rectified_moment(gain(tau) * signal_sd(tau), std::exp(-apart / tau));
        }
    return sum / (steps * steps);
}

// Spikes by bin and group of two populations that see the same signals and no common chance: the
// products of their counts have no part that is due to single spikes.
struct Counts {
    std::vector<std::array<std::vector<double>, 2>> of; // [group][population][bin]

    Counts(double dt, double tau, double seconds) : of(kGroups) {
        Network n;
        n.model.dt = dt;
        for (std::uint32_t i = 0; i < 2; ++i) {
            flat::Population& p =
                n.populations[n.population(CARVE_POPULATION_POISSON, kGroups * kUnits)];
            p.source = CARVE_SOURCE_SIGNAL;
            p.n_groups = kGroups;
            p.t_ref = p.rate = 0;
            p.signal_gain = gain(tau);
            p.signal_tau = tau;
        }
        n.population(CARVE_POPULATION_LIF, 1);
        for (std::uint32_t i = 0; i < 2; ++i) {
            n.projection(i, 2, flat::kStatic);
            n.projections[i].tuning = 1;
            n.projections[i].w_mean = 1;
        }
        Sim sim(n);
        REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
        const auto steps = std::uint64_t(kBin / dt + 0.5);
        const Array transmitted[2] = {{sim.get(), CARVE_VIEW_TRANSMITTED, 0},
                                      {sim.get(), CARVE_VIEW_TRANSMITTED, 1}};
        std::vector<std::array<double, 2>> before(kGroups);
        const auto count = [&](bool keep) {
            for (std::size_t i = 0; i < 2; ++i)
                for (std::size_t g = 0; g < kGroups; ++g) {
                    const double now = transmitted[i].get(0, 0, g);
                    if (keep)
                        of[g][i].push_back(now - before[g][i]);
                    before[g][i] = now;
                }
        };
        REQUIRE(sim.step({}, std::uint64_t(10 * tau / kBin) * steps) == CARVE_OK);
        count(false); // a signal starts at 0
        for (double t = 0; t < seconds; t += kBin) {
            REQUIRE(sim.step({}, steps) == CARVE_OK);
            count(true);
        }
    }
};

struct Estimate {
    double mean = 0, error = 0;
};
// Of what each group says alone.
template <class Of> Estimate over_groups(const Counts& counts, Of of) {
    Estimate e;
    std::vector<double> x;
    for (const auto& group : counts.of)
        x.push_back(of(group));
    for (const double v : x)
        e.mean += v / double(x.size());
    for (const double v : x)
        e.error += (v - e.mean) * (v - e.mean);
    e.error = std::sqrt(e.error / double(x.size() * (x.size() - 1)));
    return e;
}
Estimate mean_rate(const Counts& counts) {
    return over_groups(counts, [](const auto& group) {
        double sum = 0;
        for (const auto& bins : group)
            for (const double count : bins)
                sum += count / (2 * kUnits * kBin * double(bins.size()));
        return sum;
    });
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("signals have the same mean, variance and autocorrelation at every step length") {
    constexpr double kTau = 0.05; // s
    for (const double dt : {5e-5, 1e-4, 2e-4, 5e-4}) {
        CAPTURE(dt);
        const Counts counts(dt, kTau, 20);
        const Estimate mean = mean_rate(counts);
        CAPTURE(mean.mean);
        CAPTURE(mean.error);
        CHECK(std::fabs(mean.mean - kMeanRate) < 4 * mean.error);
        CHECK(mean.error < 0.02 * kMeanRate);
        for (const std::size_t lag : {0u, 20u, 50u, 100u, 300u}) {
            CAPTURE(lag);
            const double expected = rate_moment(dt, kTau, lag);
            const Estimate moment = over_groups(counts, [&](const auto& group) {
                const std::size_t n = group[0].size() - lag;
                double sum = 0;
                for (std::size_t k = 0; k < n; ++k)
                    sum += group[0][k] * group[1][k + lag];
                return sum / (double(n) * kUnits * kBin * kUnits * kBin);
            });
            CAPTURE(moment.mean);
            CAPTURE(expected);
            CHECK(std::fabs(moment.mean - expected) < 4 * moment.error);
            CHECK(moment.error < 0.05 * expected);
        }
    }
}

TEST_CASE("a signal hardly slower than the step is less normal, which its mean shows") {
    constexpr double kFast = 2e-3; // s
    for (const double dt : {1e-4, 5e-4}) {
        CAPTURE(dt);
        const Estimate mean = mean_rate(Counts(dt, kFast, 20));
        CAPTURE(mean.mean);
        CAPTURE(mean.error);
        CHECK(std::fabs(mean.mean - kMeanRate * (1 + std::tanh(dt / kFast) / 20)) < 4 * mean.error);
        CHECK(mean.error < 0.003 * kMeanRate);
    }
}

TEST_SUITE_END();
