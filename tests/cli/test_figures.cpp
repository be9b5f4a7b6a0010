#include "figures.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace carve::cli;

TEST_SUITE("figures") {

    TEST_CASE("what could not be measured is a word without a sign") {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        CHECK(figure(nan) == "undefined");
        CHECK(figure(-nan, "{:.3g} Hz") == "undefined");
        CHECK(figure(-1.0 / 3, "{:.3g} Hz") == "-0.333 Hz");
        CHECK(figure(0.1) == "0.1");
        CHECK(figure(-std::numeric_limits<double>::infinity()) == "-inf");
    }

    TEST_CASE("rounding is below a millionth of a millionth of the largest") {
        CHECK(is_rounding(9e-13, 1));
        CHECK(is_rounding(-9e-13, -1));
        CHECK_FALSE(is_rounding(2e-12, 1));
        CHECK(is_rounding(2e-12, 3));
        CHECK_FALSE(is_rounding(0, 0));
    }
}
