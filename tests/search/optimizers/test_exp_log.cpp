// Exponential and logarithm against the C library's in long double.
#include "exp_log.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

using carve::cli::exp_of;
using carve::cli::log_of;

TEST_SUITE_BEGIN("exp and log");

namespace {

double error(double value, long double exact) {
    return static_cast<double>(std::fabs((value - exact) / exact));
}
constexpr double kTwoUnits = 2 * std::numeric_limits<double>::epsilon();

} // namespace

TEST_CASE("the exponential is within two units in the last place") {
    double worst = 0;
    for (int i = -70000; i <= 70000; ++i) {
        const double x = 0.0100123 * i;
        worst = std::fmax(worst, error(exp_of(x), std::exp(static_cast<long double>(x))));
    }
    CHECK(worst < kTwoUnits);
    CHECK(exp_of(0) == 1.0);
}

TEST_CASE("the logarithm is within two units in the last place, also near 1") {
    double worst = 0;
    for (int i = 1; i <= 200000; ++i)
        for (const double x : {0.00013 * i, 1 + 1e-9 * i, 1 - 1e-9 * i, 3e-300 * i, 7e300 * i})
            worst = std::fmax(worst, error(log_of(x), std::log(static_cast<long double>(x))));
    CHECK(worst < kTwoUnits);
    CHECK(log_of(1) == 0.0);
}

TEST_CASE("the ends of the range are those of the C library") {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    CHECK(exp_of(infinity) == infinity);
    CHECK(exp_of(711) == infinity);
    CHECK(exp_of(-infinity) == 0.0);
    CHECK(exp_of(-745) == std::numeric_limits<double>::denorm_min());
    CHECK(exp_of(-750) == 0.0);
    CHECK(std::isnan(exp_of(nan)));
    CHECK(log_of(0) == -infinity);
    CHECK(log_of(infinity) == infinity);
    CHECK(std::isnan(log_of(-1)));
    CHECK(std::isnan(log_of(nan)));
    CHECK(log_of(std::numeric_limits<double>::denorm_min()) ==
          doctest::Approx(-1074 * std::log(2.0)));
}

TEST_SUITE_END();
