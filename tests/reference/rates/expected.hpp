// What a lane becomes by the reference, with its derivatives, and the comparison of a sim with it.
#ifndef CARVE_TESTS_REFERENCE_RATES_EXPECTED_HPP
#define CARVE_TESTS_REFERENCE_RATES_EXPECTED_HPP

#include "scenario.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace reference {

struct Expected {                                   // one lane
    std::vector<std::vector<double>> weights;       // [projection]
    std::vector<std::vector<double>> sensitivities; // [projection][synapse * n_coefficients + k]
    double largest = 0, nearest_kink = 1;
    std::size_t clipped = 0;
};

inline Expected expect(Scenario& s, std::size_t lane, const Draws& draws) {
    const auto replica = run_reference<Dual<double>>(s, lane, draws);
    Expected e;
    e.largest = replica.largest;
    e.nearest_kink = replica.nearest_kink;
    e.clipped = replica.clipped;
    for (const auto& matrix : replica.weights) {
        e.weights.emplace_back();
        e.sensitivities.emplace_back();
        for (const Dual<double>& w : matrix) {
            e.weights.back().push_back(w.value);
            for (std::size_t k = 0; k < s.network.n_coefficients(); ++k)
                e.sensitivities.back().push_back(w.partial(k));
        }
    }
    return e;
}

// All lanes, and whether rounding leaves something to compare.
struct ExpectedLanes {
    std::vector<Expected> lanes;
    double largest = 0, nearest_kink = 1;
    std::size_t clipped = 0;

    explicit ExpectedLanes(Scenario& s) {
        const Draws draws = record_draws(s);
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
            lanes.push_back(expect(s, l, draws));
            largest = std::fmax(largest, lanes[l].largest);
            nearest_kink = std::fmin(nearest_kink, lanes[l].nearest_kink);
            clipped += lanes[l].clipped;
        }
    }
    // Else rounding is amplified, or decides on which side of a kink it is.
    bool comparable() const { return largest < 20 && nearest_kink >= 1e-10; }
    bool comparable_in_float() const { return largest < 5 && nearest_kink > 1e-4; }
};

// The worst relative error over the coefficients, each by its own scale in the projection, unless
// that is far below the scale of the others.
inline double column_error(const std::vector<double>& got, const std::vector<double>& want,
                           std::size_t n) {
    std::vector<double> difference(n, 0), scale(n, 0);
    double largest = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        if (!std::isfinite(got[i]))
            return std::numeric_limits<double>::infinity();
        difference[i % n] = std::fmax(difference[i % n], std::fabs(got[i] - want[i]));
        scale[i % n] = std::fmax(scale[i % n], std::fabs(want[i]));
        largest = std::fmax(largest, scale[i % n]);
    }
    double worst = 0;
    for (std::size_t k = 0; k < n; ++k)
        if (difference[k] > 0)
            worst = std::fmax(worst, difference[k] / std::fmax(scale[k], 1e-3 * largest));
    return worst;
}

template <class Real>
void compare(const Scenario& s, const std::vector<Expected>& expected, std::uint32_t isa,
             std::uint32_t lane_bytes) {
    Network network = s.network;
    network.model.precision = support::precision_of<Real>();
    network.model.isa = isa;
    network.model.lane_bytes = lane_bytes;
    INFO(describe(network));
    Sim sim(network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    const double bound = support::tolerance<Real>(2e-4, 1e-12);
    const std::size_t n = network.n_coefficients();
    for (std::size_t l = 0; l < expected.size(); ++l)
        for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
            CAPTURE(l);
            CAPTURE(p);
            CHECK(support::relative_error(sim.weights(p).lane(l), expected[l].weights[p]) <= bound);
            if (network.plastic(p) && network.model.gradient == CARVE_GRADIENT_FORWARD)
                CHECK(column_error(sim.sensitivities(p).lane(l), expected[l].sensitivities[p], n) <=
                      bound);
        }
}

} // namespace reference
#endif
