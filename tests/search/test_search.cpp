// Whole searches, small enough for a test: what is found, what is reported, what may not matter.
#include "fixture.hpp"
#include "gradient_check.hpp"
#include "search.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

using namespace fixture;

TEST_SUITE_BEGIN("search");

namespace {

std::string stage(const char* name, unsigned steps, unsigned iterations, unsigned trials,
                  unsigned samples, const std::string& more = "") {
    return fmt::format(
        "[search.stage.{}]\niterations = {}\n{}set = {{ \"simulation.duration\" = {}, "
        "\"trials.search\" = {}, \"data.x.samples\" = {} }}\n",
        name, iterations, more, steps, trials, samples);
}

const std::string kGrowing =
    stage("short", 25, 6, 16, 50) + stage("longer", 50, 6, 16, 50) + stage("whole", 100, 8, 16, 50);

// Oja's rule among the six terms that symmetric data and weights leave, with a growing horizon.
Task small_search(const std::string& stages, Overrides more = {}) {
    Overrides overrides = {"data.x.spectrum={ uniform = [0, 1], units = 3, gap = 0.7 }",
                           "data.x.scale={ log_uniform = [0.5, 2] }",
                           "data.x.samples=100",
                           "data.x.antithetic=true",
                           "projection.feedforward.weights={ sd = 0.1, antithetic = true, "
                           "redraw = \"iteration\" }",
                           "trials.redraw=stage",
                           "trials.validation=20",
                           "trials.held_out=40",
                           "search.l1=0.005",
                           "search.prune=0.05",
                           "search.eliminate=true"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return make_task(R"(["w", "y^2 w", "x y", "x y w^2", "x^2 w", "x^2 y^2 w"])", 100, overrides,
                     stages);
}

double coefficient(const SearchResult& result, unsigned x, unsigned y, unsigned w) {
    for (const Term& term : result.rules.at(0).terms)
        if (term.x == x && term.y == y && term.w == w)
            return term.theta;
    return 0;
}

} // namespace

TEST_CASE("a search finds Oja's rule and nothing else, and its losses agree with that") {
    const SearchResult result = found_by(small_search(kGrowing));
    REQUIRE(result.rules.size() == 1);
    CHECK(result.rules[0].projection == "feedforward");
    CHECK(result.rules[0].terms.size() == 2);
    CHECK(coefficient(result, 1, 1, 0) > 0);
    CHECK(-coefficient(result, 0, 2, 1) / coefficient(result, 1, 1, 0) ==
          doctest::Approx(1).epsilon(0.02));
    CHECK(result.angle < 1);
    CHECK(result.held_out.loss < 0.1);
    CHECK(result.validation < 0.1);
    CHECK(result.train < 0.1);
    CHECK(result.counters.evaluations > 0);
    std::uint64_t iterations = 0, evaluations = 0;
    for (const Phase& phase : result.counters.phases) {
        iterations += phase.iterations;
        evaluations += phase.evaluations;
    }
    CHECK(iterations == result.counters.iterations);
    CHECK(evaluations == result.counters.evaluations);
}

TEST_CASE(
    "a search is repeatable to the last bit for every number of threads and instruction set") {
    Task t = small_search(stage("short", 25, 6, 16, 50) + stage("longer", 50, 6, 16, 50));
    const SearchResult expected = found_by(t);
    t.run.threads = 3;
    CHECK(found_by(t).fingerprint == expected.fingerprint);
    t.run.lane_bytes = 64;
    t.run.isa = carve_isa_name(CARVE_ISA_SCALAR);
    if (carve_isa_usable(CARVE_ISA_SCALAR))
        CHECK(found_by(t).fingerprint == expected.fingerprint);
    else
        MESSAGE("skipped, not usable here: " << t.run.isa);
    t.run.seed = 2;
    CHECK(found_by(t).fingerprint != expected.fingerprint);
}

TEST_CASE("Adam finds the rule too") {
    const std::string adam = "method = \"adam\"\n";
    const Task t =
        small_search(stage("short", 25, 60, 16, 50, adam) + stage("longer", 50, 60, 16, 50, adam) +
                         stage("whole", 100, 60, 16, 50, adam),
                     {"search.learning_rate=0.05", "search.refit_iterations=60"});
    CHECK(found_by(t).angle < 5);
}

TEST_CASE("CMA-ES finds the rule too") {
    const Task t = small_search(stage("whole", 100, 80, 16, 50, "method = \"cma_es\"\n"),
                                {"search.population=20"});
    CHECK(found_by(t).angle < 5);
}

TEST_CASE("a search that starts at the answer stays there") {
    const Task t = small_search(stage("short", 25, 6, 16, 50));
    std::vector<ProjectionRule> init = {{"feedforward", 0.1, {{0, 2, 1, -1.0}, {1, 1, 0, 1.0}}}};
    const TrialSource source(t);
    bool first = true;
    SearchHooks hooks;
    hooks.on_progress = [&](const Progress& progress) {
        if (first)
            CHECK(progress.angle < 20);
        first = false;
    };
    const SearchResult result = search(t, source, hooks, &init);
    CHECK(result.angle < 1);
}

TEST_CASE("more starts never end with a larger validation loss before the rest of the search") {
    Task t = small_search(stage("short", 25, 3, 8, 30),
                          {"search.prune=0", "search.eliminate=false", "search.refit=false"});
    const double one = found_by(t).validation;
    t.search.restarts = 4;
    const SearchResult four = found_by(t);
    CHECK(four.validation <= one);
    CHECK(four.counters.phases.size() == 4 + 1); // and the report
}

namespace {

// The loss of each iteration of three starts that begin with the same coefficients.
std::vector<double> losses_of_starts(const char* redraw, const Overrides& more = {}) {
    Overrides overrides = {"search.eliminate=false", "search.refit=false", "search.restarts=3",
                           "rule.feedforward.theta=0.01", // so that nothing else differs
                           std::string("trials.redraw=") + redraw};
    overrides.insert(overrides.end(), more.begin(), more.end());
    std::vector<double> losses;
    SearchHooks hooks;
    hooks.on_progress = [&](const Progress& progress) { losses.push_back(progress.loss); };
    const Task t = small_search(stage("one", 25, 2, 8, 30) + stage("two", 25, 2, 8, 30), overrides);
    const TrialSource source(t);
    search(t, source, hooks);
    return losses;
}

std::size_t distinct(const std::vector<double>& values) {
    return std::set<double>(values.begin(), values.end()).size();
}

} // namespace

TEST_CASE("every start has initial weights of its own, and data sets where they are redrawn") {
    for (const char* redraw : {"never", "stage", "iteration"}) {
        CAPTURE(redraw);
        const std::vector<double> losses = losses_of_starts(redraw);
        CHECK(losses.size() == 12);
        CHECK(distinct(losses) == 12);
    }
}

TEST_CASE("initial weights without a redraw of their own are drawn with their trials") {
    const Overrides together = {"projection.feedforward.weights={ sd = 0.1, antithetic = true }"};
    for (const char* redraw : {"stage", "iteration"}) {
        CAPTURE(redraw);
        CHECK(distinct(losses_of_starts(redraw, together)) == 12);
    }
    const std::vector<double> losses = losses_of_starts("never", together);
    REQUIRE(losses.size() == 12);
    for (std::size_t i = 4; i < 12; ++i) // all starts go the same way
        CHECK(losses[i] == losses[i - 4]);
}

TEST_CASE("without elimination, pruning and refit every term is reported") {
    const Task t = small_search(
        stage("short", 25, 3, 8, 30),
        {"search.l1=0", "search.prune=0", "search.eliminate=false", "search.refit=false"});
    const SearchResult result = found_by(t);
    CHECK(result.rules[0].terms.size() == 6);
    CHECK(std::isnan(result.held_out_before_refit)); // there was none
}

TEST_CASE("identifiability orders orthonormal combinations of all terms by what they cost") {
    // Long enough for weights to arrive, so that speed is not what is left to gain.
    const Task t = small_search(kGrowing, {"simulation.duration=400"});
    const SearchResult result = found_by(t);
    REQUIRE(result.identifiability.directions.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
        const Direction& direction = result.identifiability.directions[i];
        REQUIRE(direction.combination.size() == 6);
        CHECK(direction.eigenvalue >= -1e-12 * result.identifiability.directions[0].eigenvalue);
        if (i > 0)
            CHECK(direction.eigenvalue <= result.identifiability.directions[i - 1].eigenvalue);
        for (std::size_t j = 0; j <= i; ++j) {
            double dot = 0;
            for (std::size_t k = 0; k < 6; ++k)
                dot +=
                    direction.combination[k] * result.identifiability.directions[j].combination[k];
            CHECK(dot == doctest::Approx(i == j ? 1.0 : 0.0).scale(1));
        }
    }
    // Oja's speed, 110 and 021 in proportion, matters less than their ratio, which is the norm.
    const auto curvature = [&](const std::vector<double>& v) {
        double sum = 0;
        for (const Direction& direction : result.identifiability.directions) {
            double dot = 0;
            for (std::size_t k = 0; k < 6; ++k)
                dot += direction.combination[k] * v[k];
            sum += direction.eigenvalue * dot * dot;
        }
        return sum;
    };
    CHECK(curvature({0, -1, 1, 0, 0, 0}) < 0.1 * curvature({0, 1, 1, 0, 0, 0}));
}

TEST_CASE("the gradient check compares every coefficient and finds no error") {
    const Task t = make_task(kAllTerms, 30);
    const TrialSource source(t);
    const GradientCheck check = check_gradient(t, source);
    REQUIRE(check.terms.size() == 27);
    REQUIRE(check.error.size() == 27);
    double size = 0;
    for (std::size_t k = 0; k < 27; ++k) {
        CAPTURE(k);
        CHECK(check.error[k] < 1e-6);
        CHECK(check.terms[k].theta != 0);
        size = std::max(size, std::abs(check.analytic[k]));
    }
    CHECK(size > 1e-3);
}

TEST_SUITE_END();
