// What a search is said to hold in memory.
#include "cell_task.hpp"
#include "fixture.hpp"
#include "memory_need.hpp"

#include <doctest/doctest.h>

using namespace fixture;

namespace {

// Of candidates of CMA-ES in one trial of 40 inputs; a block of 4 trials.
double simulations(unsigned validation) {
    const Task t =
        make_task(kAllTerms, 50,
                  {"data.x.spectrum={ uniform = [0, 1], units = 40 }", "search.method=cma_es",
                   "search.population=4", "trials.search=1", "run.lane_bytes=32",
                   fmt::format("trials.validation={}", validation)});
    return memory_need(t, TrialSource(t)).simulations;
}

} // namespace

TEST_SUITE_BEGIN("memory need");

TEST_CASE("what a search by CMA-ES is judged by holds sensitivities, of so many sets at once") {
    // 4 trials (32 bytes): 40 weights and their 27 sensitivities each, in double.
    const double block = 8.0 * 4 * 40 * 28;
    const double of_twenty = simulations(20);
    CHECK(of_twenty >= 5 * block);
    CHECK(simulations(1000) == of_twenty); // 20 at once
    CHECK(simulations(4) <= of_twenty);
}

TEST_CASE("a search by CMA-ES alone holds a block of candidates in one trial") {
    const Task t = small_cell({"run.lane_bytes=32"}); // spikes: nothing is judged by derivatives
    const TrialSource source(t);
    const Trials one = source.draw(t.search.stages[0].described, {Role::search, 0, 0, 0, 1});
    const Lanes candidates{lanes_per_block(t), LanesAre::candidates};
    CHECK(memory_need(t, source).simulations ==
          static_cast<double>(bytes_of_simulation(at_stage(t, t.search.stages[0]), one[0],
                                                  candidates, Derivatives::no)));
}

TEST_CASE("as many searches run at once as fit in memory, and one at least") {
    const Task large = make_task(kAllTerms, 50,
                                 {"data.x.spectrum={ uniform = [0, 1], units = 1000 }",
                                  "trials.search=65536", "trials.validation=1"});
    const TrialSource source(large);
    REQUIRE(memory_need(large, source).total() > 3e10);
    const std::size_t fit = searches_that_fit(large, source, 1000); // of 30 TB
    CHECK(fit >= 1);
    CHECK(fit < 1000);
    CHECK(searches_that_fit(large, source, 1) == 1);
    const Task small = make_task(kAllTerms, 50);
    CHECK(searches_that_fit(small, TrialSource(small), 16) == 16);
}

TEST_SUITE_END();
