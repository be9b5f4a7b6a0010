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

TEST_CASE("elimination is predicted from the horizon of the last stage") {
    const auto seconds = [](const std::string& first, const std::string& last) {
        const Task t = make_task(
            kOjaTerms, 100, {"search.eliminate=true", "search.refit=false", "trials.held_out=1"},
            "[search.stage.a]\nset = { \"simulation.duration\" = " + first +
                " }\n[search.stage.b]\nset = { \"simulation.duration\" = " + last + " }\n");
        const std::vector<PhaseCost> phases = predict_cost(t, TrialSource(t)).phases;
        REQUIRE(phases.size() == 4);
        CHECK(phases[2].name == "eliminate");
        return phases[2].seconds;
    };
    const double ratio = seconds("1000", "10000000") / seconds("10000000", "1000");
    CHECK(ratio > 10);
}

TEST_SUITE_END();
