// Curves in Braille dots, against dots placed by hand.
#include "curve.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using carve::cli::curve;

TEST_SUITE_BEGIN("curve");

TEST_CASE("a line that rises goes from the lowest dot at the left to the highest at the right") {
    CHECK(curve({0, 1, 2, 3, 4, 5, 6, 7}, 20, 2) == "        7 ┤  ⡠⠊\n        0 ┤⡠⠊\n");
}

TEST_CASE("more values than dots are means of their shares") {
    CHECK(curve({0, 2, 4, 6}, 12, 1) == "        5 ┤⡈\n");
}

TEST_CASE("values over more than a decade are on a logarithmic axis") {
    CHECK(curve({1, 10, 100, 1000}, 20, 1) == "     1000 ┤⡠⠊\n");
    CHECK(curve({0, 10, 100, 1000}, 20, 1) == "     1000 ┤⣀⡈\n");
}

TEST_CASE("what is not finite leaves a gap, and nothing else is nothing") {
    CHECK(curve({1, NAN, INFINITY, 1}, 20, 1) == "        1 ┤⠄⠠\n");
    CHECK(curve({NAN}, 20, 3).empty());
    CHECK(curve({}, 20, 3).empty());
}

TEST_SUITE_END();
