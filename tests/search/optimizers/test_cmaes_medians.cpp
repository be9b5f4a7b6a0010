// Evaluations that CMA-ES needs, against another library's (tests/golden/cma_medians.py).
#include "functions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace carve::cli;
using namespace functions;

TEST_SUITE_BEGIN("cmaes medians");

namespace {

struct Row {
    const char* function;
    Eigen::Index n;
    std::uint64_t seeds;
    double median; // evaluations
};
constexpr Row kRows[] = {
#include "../../golden/cma_medians.inc"
};

double evaluations(const Function& f, const Eigen::VectorXd& start, std::uint64_t seed) {
    constexpr double kGoal = 1e-9;
    CmaSettings settings;
    settings.mean = start;
    settings.seed = seed;
    settings.tol_fun = -1;
    CmaEs search(settings);
    minimize(search, f, kGoal, 40000);
    return search.best_fitness() < kGoal ? static_cast<double>(search.evaluations())
                                         : std::numeric_limits<double>::infinity();
}

} // namespace

TEST_CASE("the median number of evaluations is within 10 % of python3-cmaes'") {
    for (const Row& row : kRows) {
        const std::string name = row.function;
        const Function f = name == "sphere"      ? Function(sphere)
                           : name == "ellipsoid" ? ellipsoid(row.n, 1e6)
                                                 : Function(rosenbrock);
        std::vector<double> counts;
        for (std::uint64_t seed = 1; seed <= row.seeds; ++seed)
            counts.push_back(evaluations(
                f, Eigen::VectorXd::Constant(row.n, name == "rosenbrock" ? 0 : 1), seed));
        std::sort(counts.begin(), counts.end());
        const double median = counts[counts.size() / 2];
        MESSAGE(name << " n=" << row.n << ": " << median << ", python3-cmaes " << row.median);
        CHECK(median > 0.9 * row.median);
        CHECK(median < 1.1 * row.median);
    }
}

TEST_SUITE_END();
