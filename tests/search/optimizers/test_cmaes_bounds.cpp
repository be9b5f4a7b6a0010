// CMA-ES within bounds: what its numbers stand for, and minima on and beyond a bound.
#include "functions.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace carve::cli;
using namespace functions;

namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

const Interval kIntervals[] = {{-1, 2},     {0.25, kUnbounded}, {-kUnbounded, -3},
                               {-1, -0.99}, {1e6, 3e6},         {-kUnbounded, kUnbounded}};

} // namespace

TEST_SUITE_BEGIN("cmaes");

TEST_CASE("every number stands for one within the bounds, continuously, and so does its slope") {
    for (const Interval& interval : kIntervals) {
        CAPTURE(interval.low);
        CAPTURE(interval.high);
        const double middle = std::isfinite(interval.low) ? interval.low : -5;
        const double scale =
            std::isfinite(interval.high - interval.low) ? interval.high - interval.low : 1;
        const double h = 1e-5 * scale;
        for (double number = middle - 5 * scale; number < middle + 6 * scale;
             number += 0.0137 * scale) {
            const Interval::Image at = interval.image(number);
            CHECK(at.value >= interval.low);
            CHECK(at.value <= interval.high);
            CHECK(std::abs(at.slope) <= 1 + 1e-12);
            const double left = interval.image(number - h).value,
                         right = interval.image(number + h).value;
            CHECK(at.slope == doctest::Approx((right - left) / (2 * h)).epsilon(1e-3));
            CHECK(interval.image(number + h).slope == doctest::Approx(at.slope).epsilon(2e-3));
        }
    }
}

TEST_CASE("in the middle a number is its own, and every value has one") {
    for (const Interval& interval : kIntervals) {
        const double low = std::max(interval.low, -4.0), high = std::min(interval.high, low + 9);
        for (int i = 0; i <= 100; ++i) {
            const double value = std::min(low + (high - low) * i / 100, interval.high);
            const double number = interval.number_of(value);
            CHECK(interval.image(number).value == doctest::Approx(value).epsilon(1e-14));
            CHECK(interval.image(number).slope >= 0);
        }
    }
    CHECK(Interval{-1, 2}.image(0.5).value == 0.5);
    CHECK(Interval{-1, 2}.image(0.5).slope == 1);
    CHECK(Interval{-1, 2}.number_of(0.5) == 0.5);
    // A margin of 0.1: its parabola's vertex is that far beyond the bound.
    CHECK(Interval{-1, 2}.image(-1.1).value == -1);
    CHECK(Interval{-1, 2}.image(-1).value == doctest::Approx(-0.975).epsilon(1e-14));
    CHECK(Interval{-1, 2}.image(-1.2).value == doctest::Approx(-0.975).epsilon(1e-14));
}

TEST_CASE(
    "a minimum on or beyond a bound is found to the last digits, not left for its condition") {
    const Eigen::Index n = 6;
    for (const double condition : {1.0, 1e6})
        for (const double beyond : {0.0, 1e-3, 1.0, 100.0})
            for (const bool separable : {false, true}) {
                CAPTURE(condition);
                CAPTURE(beyond);
                CAPTURE(separable);
                const Function f = ellipsoid(n, condition);
                CmaSettings settings = starting_at_ones(n);
                settings.separable = separable ? Separable::always : Separable::never;
                // The stiffest coefficient and one of the middle; f has its minimum at 0.
                settings.lower = Eigen::VectorXd::Constant(n, -kUnbounded);
                settings.upper = -settings.lower;
                settings.lower[n - 1] = beyond;
                settings.mean[2] = -beyond - 1;
                settings.mean[n - 1] = beyond + 1;
                settings.upper[2] = -beyond;
                settings.lower[2] = -beyond - 2;
                Eigen::VectorXd minimum = Eigen::VectorXd::Zero(n);
                minimum[2] = -beyond;
                minimum[n - 1] = beyond;
                CmaEs search(settings);
                minimize(search, f, -1, 20000);
                CHECK(search.stop() == "tol_fun");
                CHECK(search.best_fitness() - f(minimum) < 1e-10 + 1e-13 * f(minimum));
            }
}

TEST_CASE("no candidate and no mean is out of bounds, and a minimum on a bound is found") {
    for (const Separable form : {Separable::never, Separable::always}) {
        CmaSettings settings = starting_at_ones(5);
        settings.separable = form;
        settings.lower = Eigen::VectorXd::Constant(5, 0.25);
        settings.upper = Eigen::VectorXd::Constant(5, kUnbounded);
        settings.lower[4] = -settings.upper[4];
        CmaEs search(settings);
        bool inside = true;
        for (int g = 0; g < 400; ++g) {
            step(search, sphere);
            for (Eigen::Index k = 0; k < search.ask().cols(); ++k)
                inside = inside && (search.ask().col(k).array() >= settings.lower.array()).all();
            inside = inside && (search.mean().array() >= settings.lower.array()).all();
        }
        CHECK(inside);
        CHECK(search.best_fitness() == doctest::Approx(4 * 0.0625).epsilon(1e-6));
    }
}

TEST_CASE("the covariance is that of the candidates, on whichever side of a bound the mean is") {
    CmaSettings settings = starting_at(Eigen::Vector3d(0.9, 0, 0));
    settings.sigma = 0.01;
    settings.lambda = 4000;
    settings.lower = Eigen::Vector3d(-1, -kUnbounded, -kUnbounded);
    settings.upper = Eigen::Vector3d(1, 0.5, kUnbounded);
    settings.covariance = Eigen::Matrix3d::Constant(0.5) + 0.5 * Eigen::Matrix3d::Identity();
    for (const Eigen::Vector3d& mean :
         {Eigen::Vector3d(0.5, 0, 0), Eigen::Vector3d(1.7, 0, 0), Eigen::Vector3d(1.7, 0.8, 0),
          Eigen::Vector3d(-2, 0.8, 0), Eigen::Vector3d(4.5, 0, 0), Eigen::Vector3d(1.03, 0, 0),
          Eigen::Vector3d(0.95, 0.62, 0)}) {
        CmaEs search(settings);
        CmaState state = search.state();
        state.mean = {mean[0], mean[1], mean[2]};
        search.restore(state);
        const Eigen::MatrixXd x = search.ask().colwise() - search.mean();
        const Eigen::Matrix3d seen = x * x.transpose() / (4000 * 0.01 * 0.01);
        CHECK((seen - search.covariance()).cwiseAbs().maxCoeff() < 0.1);
    }
}

TEST_SUITE_END();
