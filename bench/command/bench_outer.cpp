// The outer loop's own work: a generation of CMA-ES on the sphere and an iteration of Gauss-Newton
// on a quadratic form, beside which the simulations are counted elsewhere.
#include "cmaes.hpp"
#include "counters.hpp"
#include "optimizer.hpp"

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

// From the same theta each time: model, damped solution, with l1 by coordinate descent, and the
// loss there.
void gauss_newton(benchmark::State& state, Eigen::Index n, double l1) {
    using namespace carve::cli;
    const Eigen::MatrixXd A = Eigen::MatrixXd::Random(2 * n, n);
    Evaluation model;
    model.hessian = A.transpose() * A;
    const auto at = [&](const Eigen::VectorXd& theta, Derivatives) {
        model.gradient.noalias() = model.hessian * theta;
        model.loss = theta.dot(model.gradient) / 2;
        return model;
    };
    const Objective objective{at, {}};
    const auto optimizer = make_gauss_newton(1e-3);
    const std::vector<double> start = optimizer->state();
    Eigen::VectorXd theta;
    const Stopwatch stopwatch;
    for (auto _ : state) {
        theta.setOnes(n);
        optimizer->restore(start);
        benchmark::DoNotOptimize(optimizer->iterate(objective, theta, l1));
    }
    state.counters["us/iteration"] = 1e6 * stopwatch.seconds_per_iteration(state);
}

const bool registered = [] {
    for (const Eigen::Index n : {3, 27, 54})
        for (const double l1 : {0.0, 0.1})
            benchmark::RegisterBenchmark(
                ("gauss_newton/n:" + std::to_string(n) + (l1 > 0 ? "/l1" : "")).c_str(),
                gauss_newton, n, l1)
                ->Unit(benchmark::kMicrosecond);
    for (const Eigen::Index n : {6, 27, 54, 500})
        benchmark::RegisterBenchmark(
            ("cmaes/full/n:" + std::to_string(n) + "/lambda:" + std::to_string(kLambda)).c_str(),
            generation, n)
            ->Unit(benchmark::kMicrosecond);
    return true;
}();

} // namespace
} // namespace bench
