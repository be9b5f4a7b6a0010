// The peer of an optimizer: generations of pagmo's CMA-ES on the sphere.
#include "counters.hpp"

#include <benchmark/benchmark.h>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/cmaes.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace bench {

struct Sphere {
    std::size_t n = 2;
    pagmo::vector_double fitness(const pagmo::vector_double& x) const {
        double sum = 0;
        for (const double xi : x)
            sum += xi * xi;
        return {sum};
    }
    std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
        return {pagmo::vector_double(n, -5.0), pagmo::vector_double(n, 5.0)};
    }
};

namespace {

// Generations of a call, which sets the search up anew.
unsigned generations_of_call(std::size_t n) { return n > 100 ? 3 : 20; }
constexpr std::size_t kLambda = 32;

void generations(benchmark::State& state, std::size_t n) {
    const unsigned n_generations = generations_of_call(n);
    const pagmo::algorithm search(
        pagmo::cmaes(n_generations, -1, -1, -1, -1, 0.3, 0, 0, false, false, 1));
    const pagmo::population start(pagmo::problem(Sphere{n}), kLambda, 1);
    const Stopwatch stopwatch;
    for (auto _ : state)
        benchmark::DoNotOptimize(search.evolve(start));
    state.counters["us/generation"] = 1e6 * stopwatch.seconds_per_iteration(state) / n_generations;
}

const bool registered = [] {
    for (const std::size_t n : {6u, 27u, 54u, 500u})
        benchmark::RegisterBenchmark(
            ("pagmo/n:" + std::to_string(n) + "/lambda:" + std::to_string(kLambda)).c_str(),
            generations, n)
            ->Unit(benchmark::kMicrosecond);
    return true;
}();

} // namespace
} // namespace bench
