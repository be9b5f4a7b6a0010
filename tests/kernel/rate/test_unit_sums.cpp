// Sums of units (M46). Random models with them are compared with dual numbers in test_trajectory.cpp.
#include "reference/rates/trajectory.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace reference;
using support::Sim;

TEST_SUITE_BEGIN("trajectory");

TEST_CASE("a mean and a variance over time follow from the sums of a unit, with derivatives") {
    // y_t = (1 + eta theta x t) x
    const double theta = 0.1, x = 3, eta = 0.5;
    const std::size_t steps = 6;
    Network n = recorded_unit();
    n.populations[1].sums = CARVE_SUMS_OF_UNITS;
    n.populations[1].noise = 1;
    n.projections[0].w_mean = 1;
    Sim sim(n);
    sim.theta(0).set(theta, 0, 0);
    run(sim, {std::vector<double>(steps, x), std::vector<double>(steps, 0),
              std::vector<double>(steps, 1)});
    const std::vector<double> got = sums_of(sim, 1, 0, 10);
    const auto moments = [&](double at) {
        double mean = 0, square = 0;
        for (std::size_t t = 0; t < steps; ++t) {
            const double y = (1 + eta * at * x * double(t)) * x;
            mean += y / double(steps);
            square += y * y / double(steps);
        }
        return std::pair<double, double>(mean, square - mean * mean);
    };
    const double h = 1e-4, mean = got[1] / got[0], by_mean = got[6] / got[0];
    CHECK(mean == doctest::Approx(moments(theta).first).epsilon(1e-13));
    CHECK(got[2] / got[0] - mean * mean == doctest::Approx(moments(theta).second).epsilon(1e-12));
    CHECK(by_mean ==
          doctest::Approx((moments(theta + h).first - moments(theta - h).first) / (2 * h))
              .epsilon(1e-9));
    CHECK(2 * got[7] / got[0] - 2 * mean * by_mean ==
          doctest::Approx((moments(theta + h).second - moments(theta - h).second) / (2 * h))
              .epsilon(1e-6));
}

TEST_CASE("sums of units are refused by name where they read less than is given") {
    const auto where = [](const std::function<void(Network&)>& change) {
        Network n = recorded_unit();
        change(n);
        const std::string sentence = support::explain(n.description());
        return sentence.substr(0, sentence.find(" is "));
    };
    CHECK(where([](Network& n) { n.populations[1].sums = 2; }) == "probes[0].trajectory.sums");
    CHECK(where([](Network& n) { n.populations[1].sums = CARVE_SUMS_OF_UNITS; }) ==
          "probes[0].trajectory.noise"); // 2, which they do not read
    CHECK(where([](Network& n) {
              n.populations[1].sums = CARVE_SUMS_OF_UNITS;
              n.populations[1].noise = 1;
              n.populations[1].likelihood = CARVE_LIKELIHOOD_POISSON;
          }) == "probes[0].trajectory.sums");
}

TEST_SUITE_END();
