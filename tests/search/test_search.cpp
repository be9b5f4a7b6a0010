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

StageSettings stage(std::uint64_t steps, std::uint64_t iterations, std::uint64_t data_sets,
                    std::uint64_t samples) {
    StageSettings s;
    s.steps = steps;
    s.iterations = iterations;
    s.data_sets = data_sets;
    s.samples = samples;
    s.l1 = 0.005;
    return s;
}

// Oja's rule among the six terms that symmetric data and weights leave, with a growing horizon.
Task small_search() {
    Task t = make_task({{0, 0, 1, 0.0},
                        {0, 2, 1, 0.0},
                        {1, 1, 0, 0.0},
                        {1, 1, 2, 0.0},
                        {2, 0, 1, 0.0},
                        {2, 2, 1, 0.0}},
                       100);
    t.input.vary = Vary::spectrum;
    t.input.scale_range = {0.5, 2.0};
    t.input.antithetic = true;
    t.input.redraw = Redraw::stage;
    t.network.w0_antithetic = true;
    t.search.stages = {stage(25, 6, 16, 50), stage(50, 6, 16, 50), stage(100, 8, 16, 50)};
    t.search.prune = 0.05;
    t.search.eliminate = true;
    t.search.validation_sets = 20;
    t.search.held_out_sets = 40;
    return t;
}

SearchResult found_by(const Task& t) {
    const DataSource source(t);
    return search(t, source, {});
}

double coefficient(const SearchResult& result, unsigned x, unsigned y, unsigned w) {
    for (const Term& term : result.rules.at(0).terms)
        if (term.x == x && term.y == y && term.w == w)
            return term.theta;
    return 0;
}

} // namespace

TEST_CASE("a search finds Oja's rule and nothing else, and its losses agree with that") {
    const SearchResult result = found_by(small_search());
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
    Task t = small_search();
    t.search.stages.resize(2);
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
    Task t = small_search();
    t.search.learning_rate = 0.05;
    for (StageSettings& each : t.search.stages) {
        each.method = Method::adam;
        each.iterations = 60;
    }
    t.search.refit_iterations = 60;
    CHECK(found_by(t).angle < 5);
}

TEST_CASE("CMA-ES finds the rule too") {
    Task t = small_search();
    t.search.stages = {stage(100, 80, 16, 50)};
    t.search.stages[0].method = Method::cma_es;
    t.search.population = 20;
    CHECK(found_by(t).angle < 5);
}

TEST_CASE("a search that starts at the answer stays there") {
    Task t = small_search();
    t.search.stages.resize(1);
    std::vector<ProjectionRule> init = {{"feedforward", 0.1, {{0, 2, 1, -1.0}, {1, 1, 0, 1.0}}}};
    const DataSource source(t);
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
    Task t = small_search();
    t.search.stages = {stage(25, 3, 8, 30)};
    t.search.prune = 0;
    t.search.eliminate = t.search.refit = false;
    const double one = found_by(t).validation;
    t.search.restarts = 4;
    const SearchResult four = found_by(t);
    CHECK(four.validation <= one);
    CHECK(four.counters.phases.size() == 4 + 1); // and the report
}

TEST_CASE("every start has initial weights of its own, and data sets where they are redrawn") {
    Task t = small_search();
    t.search.stages = {stage(25, 2, 8, 30), stage(25, 2, 8, 30)};
    t.search.eliminate = t.search.refit = false;
    t.rules[0].theta_sd = 0; // so that nothing else differs between starts
    t.search.restarts = 3;
    for (const Redraw redraw : {Redraw::never, Redraw::stage, Redraw::iteration}) {
        CAPTURE(static_cast<int>(redraw));
        t.input.redraw = redraw;
        std::vector<double> losses;
        SearchHooks hooks;
        hooks.on_progress = [&](const Progress& progress) { losses.push_back(progress.loss); };
        const DataSource source(t);
        search(t, source, hooks);
        CHECK(losses.size() == 12);
        CHECK(std::set<double>(losses.begin(), losses.end()).size() == 12);
    }
}

TEST_CASE("without elimination, pruning and refit every term is reported") {
    Task t = small_search();
    t.search.stages = {stage(25, 3, 8, 30)};
    t.search.stages[0].l1 = 0;
    t.search.prune = 0;
    t.search.eliminate = t.search.refit = false;
    const SearchResult result = found_by(t);
    CHECK(result.rules[0].terms.size() == 6);
    CHECK(result.held_out.loss == result.held_out_before_refit);
}

TEST_CASE("identifiability orders orthonormal combinations of all terms by what they cost") {
    Task t = small_search();
    t.network.steps = 400; // so that weights arrive, and speed is not what is left to gain
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
    Task t = make_task(all_terms(), 30);
    const DataSource source(t);
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
