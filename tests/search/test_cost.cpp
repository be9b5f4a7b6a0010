// What a dry run predicts, as far as that does not depend on the machine: how it grows.
#include "cost.hpp"
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace fixture;

namespace {

double seconds_of_stage(std::uint64_t steps, std::uint64_t iterations) {
    const Task t = make_task(kOjaTerms, steps,
                             {fmt::format("search.iterations={}", iterations),
                              "search.eliminate=false", "search.refit=false", "trials.held_out=1"});
    return predict_cost(t, TrialSource(t)).phases.at(0).seconds;
}

} // namespace

TEST_SUITE_BEGIN("cost");

// Times vary with what else the machine does: the factors are far from those of a wrong power.
TEST_CASE("a stage is predicted to take as many times longer as it has iterations") {
    const double ratio = seconds_of_stage(2000, 100000) / seconds_of_stage(2000, 10);
    CHECK(ratio > 1e3);
    CHECK(ratio < 1e5);
}

TEST_CASE("a stage is predicted to take longer in proportion to a long horizon") {
    const double ratio = seconds_of_stage(100000000, 10) / seconds_of_stage(1000000, 10);
    CHECK(ratio > 10);
    CHECK(ratio < 1000);
}

TEST_SUITE_END();
