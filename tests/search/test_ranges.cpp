// Ranges of probes: by how much they are missed, and what a search makes of it.
#include "fixture.hpp"
#include "optimizer.hpp"
#include "search.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace fixture;

TEST_SUITE_BEGIN("ranges");

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

const std::string kAligned = R"([probe.aligned]
kind = "components"
of = "feedforward"
accept = [0.9, 1]
[probe.small]
kind = "weights"
of = "feedforward"
accept = [-0.02, 0.02]
)";

} // namespace

TEST_CASE("a range is missed in widths of it, and where an end is open in sizes of the other") {
    CHECK(excess({1, 5}, 1) == 0);
    CHECK(excess({1, 5}, 5) == 0);
    CHECK(excess({1, 5}, 7) == 0.5);
    CHECK(excess({1, 5}, -1) == 0.5);
    CHECK(excess({4, kInf}, 1) == 0.75);
    CHECK(excess({-kInf, -2}, 1) == 1.5);
    CHECK(excess({0, kInf}, -3) == 3);
    CHECK(excess({0, 1}, std::nan("")) == kInf);
    CHECK(excess({-kInf, kInf}, kInf) == 0);
}

TEST_CASE("the means of trials that did not diverge miss ranges") {
    const Task t = make_task(kOjaTerms, 10, {}, kAligned);
    const Ranges ranges(t);
    REQUIRE(ranges.size() == 2);
    const std::vector<std::vector<double>> values = {{0.8, 0.06}, {0.9, 0.06}, {7, 7}};
    // 0.85 misses by half a width of 0.1, 0.06 by one of 0.04.
    CHECK(ranges.violation(values, {-1, -1, 3}, BlowUp::replica) == doctest::Approx(1.5));
    CHECK(ranges.violation(values, {-1, -1, 3}, BlowUp::candidate) == kInf);
    CHECK(ranges.violation(values, {1, 2, 3}, BlowUp::replica) == kInf);
    CHECK(Ranges(make_task(kOjaTerms, 10)).violation({{}}, {3}, BlowUp::candidate) == 0);
}

TEST_CASE("candidates miss ranges by as much as the same rules one by one") {
    const Task t = make_task(kOjaTerms, 30, {}, kAligned);
    const Trials trials = make_trials(t, 5, 20, 3);
    Workers workers(2);
    Evaluator one(t, trials, workers);
    PopulationEvaluator many(t, trials, workers);
    Eigen::MatrixXd thetas(2, 7);
    thetas.row(0) = Eigen::RowVectorXd::LinSpaced(7, -2, 0);
    thetas.row(1) = Eigen::RowVectorXd::LinSpaced(7, 0, 3);
    const std::vector<Evaluation> all = many.run(thetas);
    std::size_t missed = 0;
    for (Eigen::Index k = 0; k < 7; ++k) {
        CAPTURE(k);
        const Evaluation single = one.run(thetas.col(k), Derivatives::no);
        CHECK(all[static_cast<std::size_t>(k)].violation == single.violation);
        // Of the two probes, in the order loss, aligned, small.
        double aligned = 0, small = 0;
        for (const std::vector<double>& observed : one.observed()) {
            REQUIRE(observed.size() == 3);
            aligned += observed[1] / 5;
            small += observed[2] / 5;
        }
        const double by_hand = std::max(0.0, 0.9 - aligned) / 0.1 +
                               std::max({0.0, -0.02 - small, small - 0.02}) / 0.04;
        CHECK(single.violation == doctest::Approx(by_hand));
        missed += single.violation > 0;
    }
    CHECK(missed > 0);
}

TEST_CASE(
    "CMA-ES ends at the best that holds its ranges, though what misses them has a lower loss") {
    SearchSettings settings;
    settings.sigma = 0.5;
    settings.population = 12;
    RuleSettings rule;
    rule.terms = {{1, 1, 0, 0.0}, {0, 2, 1, 0.0}};
    rule.starts.resize(2);
    const std::unique_ptr<Optimizer> optimizer = make_cma_search(settings, {rule}, 300, 5);
    Objective sphere;
    sphere.of = [](const Eigen::MatrixXd& thetas) {
        std::vector<Evaluation> all(static_cast<std::size_t>(thetas.cols()));
        for (Eigen::Index k = 0; k < thetas.cols(); ++k) {
            Evaluation& e = all[static_cast<std::size_t>(k)];
            e.loss = thetas.col(k).squaredNorm();
            e.violation = excess({1, 3}, thetas(0, k)); // the minimum there is at (1, 0)
        }
        return all;
    };
    Eigen::VectorXd theta = Eigen::VectorXd::Constant(2, -4); // far from the range
    bool moved = true;
    for (int i = 0; i < 300 && moved; ++i)
        moved = optimizer->iterate(sphere, theta, 0).moved;
    CHECK(theta[0] == doctest::Approx(1).epsilon(1e-3));
    CHECK(std::abs(theta[1]) < 1e-2);
}

TEST_CASE("what a search by CMA-ES finds holds a range that its loss leads out of") {
    const auto aligned_at_most = [](const char* range) {
        const std::string more = std::string(R"([probe.aligned]
kind = "components"
of = "feedforward"
accept = )") + range + R"(
[search.stage.one]
method = "cma_es"
iterations = 30
)";
        return found_by(make_task(kOjaTerms, 40,
                                  {"search.refit=false", "search.population=16", "search.sigma=0.5",
                                   "trials.search=40"},
                                  more))
            .held_out;
    };
    const HeldOut free = aligned_at_most("[0, 1.5]"), bound = aligned_at_most("[0, 0.8]");
    REQUIRE(free.measured.at(1).name == "probe.aligned");
    CHECK(free.measured[1].mean > 0.95);
    CHECK(free.measured[1].holds());
    REQUIRE(bound.measured.at(1).accept);
    CHECK(bound.measured[1].accept->high == 0.8);
    CHECK(bound.measured[1].mean == doctest::Approx(0.8).epsilon(0.05)); // on trials of their own
    CHECK(bound.loss > free.loss);
}

TEST_CASE("of several starts one that holds its ranges is kept, and a further one is not tried") {
    const std::string never = R"([probe.aligned]
kind = "components"
of = "feedforward"
accept = [2, 3]
)";
    Overrides more = {"search.restarts=3", "search.iterations=2", "search.refit=false",
                      "search.accept=[\"aligned\"]"};
    const auto starts = [&](const std::string& probe) {
        return found_by(make_task(kOjaTerms, 20, more, probe)).counters.phases.size() - 1;
    };
    CHECK(starts(never) == 3);
    std::string always = never;
    always.replace(always.find("[2, 3]"), 6, "[0, 3]");
    CHECK(starts(always) == 1);
}

TEST_SUITE_END();
