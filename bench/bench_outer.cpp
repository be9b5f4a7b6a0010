// The outer loop's own work: a generation of CMA-ES on the sphere, beside which the simulations of
// a generation are counted elsewhere.
#include "cmaes.hpp"
#include "counters.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace bench {
namespace {

constexpr std::uint64_t kLambda = 32;

void generation(benchmark::State& state, Eigen::Index n) {
    carve::cli::CmaSettings settings;
    settings.mean = Eigen::VectorXd::Ones(n);
    settings.lambda = kLambda;
    settings.separable = carve::cli::Separable::never;
    carve::cli::CmaEs search(settings);
    std::vector<double> fitness(kLambda);
    const Stopwatch stopwatch;
    for (auto _ : state) {
        const Eigen::MatrixXd& x = search.ask();
        for (std::size_t k = 0; k < kLambda; ++k)
            fitness[k] = x.col(static_cast<Eigen::Index>(k)).squaredNorm();
        search.tell(fitness);
    }
    state.counters["us/generation"] = 1e6 * stopwatch.seconds_per_iteration(state);
}

const bool registered = [] {
    for (const Eigen::Index n : {6, 27, 54, 500})
        benchmark::RegisterBenchmark(
            ("cmaes/full/n:" + std::to_string(n) + "/lambda:" + std::to_string(kLambda)).c_str(),
            generation, n)
            ->Unit(benchmark::kMicrosecond);
    return true;
}();

} // namespace
} // namespace bench
