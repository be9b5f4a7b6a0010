// The loss of chance: what random rules are, and the median of their losses one by one.
#include "cell_task.hpp"
#include "chance.hpp"
#include "fixture.hpp"
#include "held_out.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace fixture;

namespace {

constexpr std::uint64_t kLongSearch = 1000000; // evaluations

std::vector<ProjectionRule> oja_of(double size) {
    return {{"feedforward", 0.1, {{1, 1, 0, 3 * size}, {0, 2, 1, -4 * size}}}};
}

Task layer(const Overrides& more = {}) {
    Overrides overrides = {"trials.held_out=25"}; // more than a portion
    overrides.insert(overrides.end(), more.begin(), more.end());
    return make_task(kAllTerms, 40, overrides);
}

double loss_of(Task task, const Eigen::VectorXd& theta, const TrialSource& source,
               Workers& workers) {
    Eigen::Index at = 0;
    for (RuleSettings& rule : task.rules)
        for (Term& term : rule.terms)
            term.theta = theta[at++];
    return held_out(task, source, workers).loss;
}

double median_one_by_one(const Task& task, const std::vector<ProjectionRule>& found,
                         const TrialSource& source, Workers& workers) {
    const Eigen::MatrixXd rules = random_rules(task, found, kRandomRules);
    std::vector<double> losses;
    for (Eigen::Index i = 0; i < rules.cols(); ++i)
        losses.push_back(loss_of(task, rules.col(i), source, workers));
    std::sort(losses.begin(), losses.end());
    return losses[kRandomRules / 2];
}

} // namespace

TEST_SUITE("chance") {

    TEST_CASE("random rules have the found rule's norm, and directions of their own") {
        const Task task = layer();
        const Eigen::MatrixXd rules = random_rules(task, oja_of(0.2), 400);
        REQUIRE(rules.rows() == 27);
        REQUIRE(rules.cols() == 400);
        for (Eigen::Index i = 0; i < rules.cols(); ++i)
            CHECK(rules.col(i).norm() == doctest::Approx(1));
        // Of independent directions the mean of a coefficient is 0, its variance 1 / 27.
        const Eigen::VectorXd mean = rules.rowwise().mean();
        CHECK(mean.cwiseAbs().maxCoeff() < 4 / std::sqrt(27.0 * 400));
        const Eigen::VectorXd squares = rules.array().square().rowwise().mean();
        CHECK(squares.maxCoeff() < 1.4 / 27);
        CHECK(squares.minCoeff() > 0.6 / 27);
        CHECK(rules == random_rules(task, oja_of(0.2), 400));
        CHECK(rules != random_rules(layer({"run.seed=2"}), oja_of(0.2), 400));
        CHECK(random_rules(task, oja_of(0), 3).isZero());
    }

    TEST_CASE("random rules stay within bounds, with the time constants that were found") {
        const Task bounded = layer({"rule.feedforward.theta={ sd = 0.01, range = [-0.05, 1] }"});
        const Eigen::MatrixXd rules = random_rules(bounded, oja_of(0.2), 50);
        CHECK(rules.minCoeff() == -0.05);
        CHECK(rules.maxCoeff() > 0.1);
        const Task cell = small_cell();
        std::vector<Term> terms = cell.rules[0].terms;
        for (std::size_t k = 0; k < terms.size(); ++k)
            terms[k].theta = is_time_constant(terms[k]) ? -3 - static_cast<double>(k) : 0.5;
        const Eigen::MatrixXd spikes = random_rules(cell, {{"inhibitory", 0.1, terms}}, 5);
        for (std::size_t k = 0; k < terms.size(); ++k)
            for (Eigen::Index i = 0; i < 5; ++i) {
                const double theta = spikes(static_cast<Eigen::Index>(k), i);
                CHECK((theta == terms[k].theta) == is_time_constant(terms[k]));
            }
    }

    TEST_CASE("chance is the median of the held-out losses of random rules") {
        Workers workers(1);
        const Task task = layer();
        const TrialSource source(task);
        const double loss = chance(task, oja_of(0.2), kLongSearch, source, workers);
        CHECK(loss == doctest::Approx(median_one_by_one(task, oja_of(0.2), source, workers)));
        CHECK(loss > 2 * yardsticks(task, source, workers).reference);
        const Task cell = small_cell();
        const TrialSource cells(cell);
        const std::vector<ProjectionRule> found = {{"inhibitory", 0.1, cell.rules[0].terms}};
        CHECK(chance(cell, found, kLongSearch, cells, workers) ==
              doctest::Approx(median_one_by_one(cell, found, cells, workers)));
    }

    TEST_CASE("after a short search chance is that of the first held-out trials") {
        Workers workers(1);
        const Task task = layer(), few = layer({"trials.held_out=8"});
        const TrialSource source(task), of_few(few);
        REQUIRE(task.described.trials.held_out > 8);
        CHECK(chance(task, oja_of(0.2), 20 * 8 * kRandomRules / 28 + 1, source, workers) ==
              chance(few, oja_of(0.2), kLongSearch, of_few, workers));
    }

    TEST_CASE("a search that took few trials has no chance beside it") {
        Workers workers(1);
        const Task task = layer(); // with derivatives: a trial counts 28 times
        const TrialSource source(task);
        const std::uint64_t enough = 20 * 4 * kRandomRules / 28 + 1; // a 20th, for 4 trials
        CHECK(std::isfinite(chance(task, oja_of(0.2), enough, source, workers)));
        CHECK(std::isnan(chance(task, oja_of(0.2), enough - 1, source, workers)));
        const Task cell = small_cell(); // CMA-ES
        const TrialSource cells(cell);
        const std::vector<ProjectionRule> found = {{"inhibitory", 0.1, cell.rules[0].terms}};
        const std::uint64_t needed = 20 * 4 * kRandomRules;
        CHECK(std::isfinite(chance(cell, found, needed, cells, workers)));
        CHECK(std::isnan(chance(cell, found, needed - 1, cells, workers)));
    }
}
