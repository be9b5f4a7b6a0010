// What a search is said to hold in memory.
#include "fixture.hpp"
#include "memory_need.hpp"

#include <doctest/doctest.h>

using namespace fixture;

namespace {

double simulations(const Task& t) { return memory_need(t, DataSource(t)).simulations; }

} // namespace

TEST_SUITE_BEGIN("memory need");

TEST_CASE("what a search by CMA-ES is judged by holds sensitivities, of so many sets at once") {
    Task t = make_task(all_terms(), 50);
    t.search.stages[0].method = Method::cma_es;
    t.search.stages[0].data_sets = 1;
    t.search.population = 4;
    t.input.spectrum.assign(40, 1.0);
    t.run.lane_bytes = 32;
    // A block of 4 data sets (32 bytes): 40 weights and their 27 sensitivities each, in double.
    const double block = 8.0 * 4 * 40 * 28;
    t.search.validation_sets = 20;
    const double of_twenty = simulations(t);
    CHECK(of_twenty >= 5 * block);
    t.search.validation_sets = 1000; // 20 at once
    CHECK(simulations(t) == of_twenty);
    t.search.validation_sets = 4;
    CHECK(simulations(t) <= of_twenty);
}

TEST_SUITE_END();
