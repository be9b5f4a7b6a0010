// The subspace loss (M10) and its slopes, against closed forms and against arithmetic of 32 digits.
#include "loss_fixture.hpp"
#include "reference/double_double.hpp"
#include "reference/loss.hpp"
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::Network;
using support::Sim;

TEST_SUITE_BEGIN("loss");

TEST_CASE("the subspace loss knows the space, not its basis") {
    Network n = support::single_layer(4, 2);
    Sim sim(n);
    const std::vector<double> target{1, 0, 0, 0, 0, 1, 0, 0};
    const carve_loss loss = make_loss(CARVE_LOSS_SUBSPACE, target, true);
    const auto value_of_rows = [&](const std::vector<double>& w) {
        for (std::size_t e = 0; e < 8; ++e)
            sim.weights(0).set(w[e], 0, e / 4, e % 4);
        double value = -1;
        REQUIRE(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_OK);
        return value;
    };
    CHECK(std::fabs(value_of_rows({3, 1, 0, 0, -1, 2, 0, 0})) < 1e-14); // the same plane
    CHECK(value_of_rows({0, 0, 1, 1, 0, 0, 1, -5}) == doctest::Approx(1).epsilon(1e-14));  // across
    CHECK(value_of_rows({1, 0, 0, 0, 0, 0, 2, 1}) == doctest::Approx(0.5).epsilon(1e-14)); // half
}

namespace {

// Rows of singular values 1, ..., 1 / condition, in geometric order: left and right singular vectors
// are random.
std::vector<double> rows_of_condition(support::Random& r, double condition, std::size_t p,
                                      std::size_t n) {
    const Rows left = orthonormal_rows(r, p, p), right = orthonormal_rows(r, p, n);
    std::vector<double> w(p * n, 0);
    for (std::size_t k = 0; k < p; ++k) {
        const double value = p == 1 ? 1 : std::pow(condition, -double(k) / double(p - 1));
        for (std::size_t e = 0; e < p * n; ++e)
            w[e] += left[k][e / n] * value * right[k][e % n];
    }
    return w;
}

// (M10) and its derivatives by all weights, with 32 digits.
Dual<DoubleDouble> exact_subspace_loss(const std::vector<double>& w,
                                       const std::vector<double>& target, std::size_t p,
                                       std::size_t n) {
    std::vector<Dual<DoubleDouble>> variables;
    for (std::size_t e = 0; e < w.size(); ++e)
        variables.push_back(variable(DoubleDouble(w[e]), e, w.size()));
    return subspace_loss(variables, target, p, n);
}

} // namespace

TEST_CASE(
    "the subspace loss and its slopes lose no more digits than the rows' condition number has") {
    constexpr double kUnit = 0x1p-53; // of rounding; the factor: of the sums
    const std::pair<std::size_t, std::size_t> shapes[] = {
        {1, 5}, {2, 3}, {3, 40}, {4, 4}, {16, 18}};
    for (const auto& shape : shapes)
        for (double condition = 1; condition < 2e6; condition *= 10) {
            const std::size_t p = shape.first, n = shape.second;
            CAPTURE(p);
            CAPTURE(n);
            CAPTURE(condition);
            support::Random r(p + 100 * n);
            Network network = support::single_layer(std::uint32_t(n), std::uint32_t(p));
            Sim sim(network);
            const std::vector<double> target = targets(p, n, 1, n);
            const std::vector<double> w = rows_of_condition(r, condition, p, n);
            for (std::size_t e = 0; e < w.size(); ++e)
                sim.weights(0).set(w[e], 0, e / n, e % n);
            const carve_loss loss = make_loss(CARVE_LOSS_SUBSPACE, target, true);
            double value = -1;
            std::vector<double> slopes(w.size());
            REQUIRE(carve_sim_loss_slopes(sim.get(), &loss, &value, slopes.data(), nullptr) ==
                    CARVE_OK);
            const Dual<DoubleDouble> exact = exact_subspace_loss(w, target, p, n);
            const double lost = 100 * kUnit * condition;
            CHECK(std::fabs(value - double(exact.value)) < lost);
            double error = 0, size = 0;
            for (std::size_t e = 0; e < w.size(); ++e) {
                const double slope = double(exact.partials[e]);
                error += (slopes[e] - slope) * (slopes[e] - slope);
                size += slope * slope;
            }
            // Of rows that span all, slopes of the size of 1 / the smallest singular value cancel.
            CHECK(std::sqrt(error) < lost * (p < n ? std::sqrt(size) : condition));
        }
}

namespace {

// (M10) of the rows (1, 0, 0) and (1, e, 0) against the plane of the first two axes, in which they are:
// half the sum of (r / (lambda + r))^2, which is r^2 / 2 times the squares of (W W^T + r I)^-1; the
// determinant is written without cancellation.
long double subspace_of_near_rows(long double e) {
    const long double r = 1e-12L * (2 + e * e) / 2, a = 1 + r, d = 1 + e * e + r;
    const long double det = e * e + 2 * r + r * e * e + r * r;
    return r * r / 2 * (a * a + d * d + 2) / (det * det);
}

} // namespace

TEST_CASE("the subspace loss and its slopes are continuous where rows become dependent") {
    Network n = support::single_layer(3, 2);
    Sim sim(n);
    const std::vector<double> target{1, 0, 0, 0, 1, 0};
    const carve_loss loss = make_loss(CARVE_LOSS_SUBSPACE, target, true);
    std::vector<double> slopes(6);
    const auto value_at = [&](double e) {
        const double rows[] = {1, 0, 0, 1, e, 0};
        for (std::size_t k = 0; k < 6; ++k)
            sim.weights(0).set(rows[k], 0, k / 3, k % 3);
        double value = -1;
        REQUIRE(carve_sim_loss_slopes(sim.get(), &loss, &value, slopes.data(), nullptr) ==
                CARVE_OK);
        return value;
    };
    for (double e = 1; e > 1e-11; e *= 0.7) {
        CAPTURE(e);
        // Of the digits that a double has, those of the condition number, 2 / e, are lost.
        const double lost = 1e-15 * 2 / std::max(e, 1e-6);
        CHECK(std::fabs(value_at(e) - double(subspace_of_near_rows(e))) < lost);
        const long double h = 1e-4L * (long double)(e);
        const double slope =
            double((subspace_of_near_rows(e + h) - subspace_of_near_rows(e - h)) / (2 * h));
        CHECK(std::fabs(slopes[4] - slope) < 1e-6 * std::fabs(slope) + lost / std::max(e, 1e-6));
    }
    // One direction of two is left, and the loss is at a maximum.
    CHECK(value_at(0) == doctest::Approx(0.5).epsilon(1e-3));
    CHECK(std::fabs(slopes[4]) < 1e-3);
    for (std::size_t k = 0; k < 6; ++k)
        sim.weights(0).set(0, 0, k / 3, k % 3);
    double value = -1;
    REQUIRE(carve_sim_loss_slopes(sim.get(), &loss, &value, slopes.data(), nullptr) == CARVE_OK);
    CHECK(value == 1);
    CHECK(slopes == std::vector<double>(6, 0));
}

TEST_CASE("the subspace loss takes at most 16 rows") {
    for (const std::uint32_t n_post : {16u, 17u}) {
        Network n = support::single_layer(20, n_post);
        n.projections[0].w_sd = 1;
        Sim sim(n);
        const std::vector<double> target = targets(n_post, 20, 1, 1);
        const carve_loss loss = make_loss(CARVE_LOSS_SUBSPACE, target, true);
        double value = 0;
        CHECK(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) ==
              (n_post == 16 ? CARVE_OK : CARVE_E_RANGE));
    }
}

TEST_SUITE_END();
