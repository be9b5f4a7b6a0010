// What the benchmarks divide by.
#include "measure/peak.hpp"
#include "setup.hpp"

#include <carve.h>

#include <doctest/doctest.h>

using namespace bench;

TEST_SUITE("roof") {

    TEST_CASE("a synapse-step loads and stores what its arrays say") {
        Case c; // the rate; a weight and 27 sensitivities, each loaded and stored
        CHECK(c.traffic_per_synapse_step().loaded == 4 * 29);
        CHECK(c.traffic_per_synapse_step().stored == 4 * 28);
        c.precision = CARVE_F64;
        c.coefficients = 0;
        CHECK(c.traffic_per_synapse_step().loaded == 8 * 2);
        CHECK(c.traffic_per_synapse_step().stored == 8);
        c.adjoint = true;
        CHECK(c.traffic_per_synapse_step().loaded == 8 * 7);
        CHECK(c.traffic_per_synapse_step().stored == 8 * 4);
    }

    TEST_CASE("traffic takes as long as the slower of loading and storing") {
        // 187 GB/s of reading and 60 each way were measured of a second-level cache. In GB, as
        // Approx takes all differences of nanoseconds for rounding.
        const Bandwidth bandwidth{187, 60};
        CHECK(traffic_seconds({116, 112}, bandwidth) == doctest::Approx(112.0 / 60));
        CHECK(traffic_seconds({116, 4}, bandwidth) == doctest::Approx(116.0 / 187));
        CHECK(traffic_seconds({116, 0}, bandwidth) == doctest::Approx(116.0 / 187));
    }

    TEST_CASE("bandwidths are the highest of all calls") {
        const Bandwidth first = bandwidth_of(16384), second = bandwidth_of(16384);
        CHECK(first.read > 0);
        CHECK(first.update > 0);
        CHECK(second.read >= first.read);
        CHECK(second.update >= first.update);
    }
}
