// The calls around the steps: random numbers, reset, attach, losses.
#include "setup.hpp"

#include <benchmark/benchmark.h>

#include <exception>

namespace bench {
namespace {

void normals(benchmark::State& state) {
    std::vector<double> out(4096);
    for (auto _ : state) {
        carve_random_normal(1, 2, 0, out.data(), out.size());
        benchmark::ClobberMemory();
    }
    state.counters["values/s"] =
        benchmark::Counter(double(out.size()), benchmark::Counter::kIsIterationInvariantRate);
}

// A call on the sim of the headline case, stepped to its end.
template <class Call> void on_layer(benchmark::State& state, Call call) {
    try {
        Layer layer(Case{});
        if (!layer.run()) {
            state.SkipWithError("a step failed or diverged");
            return;
        }
        for (auto _ : state)
            if (call(layer.sim()) != CARVE_OK) {
                state.SkipWithError("the call failed");
                return;
            }
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

void reset(benchmark::State& state) {
    on_layer(state, [](carve_sim* sim) { return carve_sim_reset(sim, 1, nullptr, nullptr); });
}

void loss(benchmark::State& state) {
    const Case c;
    const std::vector<double> target(c.pre, 0.1);
    std::vector<double> value(c.lanes), gradient(std::size_t{c.lanes} * c.coefficients);
    carve_loss distance;
    if (carve_loss_init(&distance, sizeof distance) != CARVE_OK)
        return;
    distance.target = target.data();
    on_layer(state, [&](carve_sim* sim) {
        return carve_sim_loss(sim, &distance, value.data(), gradient.data(), nullptr);
    });
}

void attach(benchmark::State& state) {
    on_layer(state, [](carve_sim* sim) {
        carve_sim_info info{};
        info.struct_size = sizeof info;
        carve_sim* same = nullptr;
        const carve_status status = carve_sim_get_info(sim, &info, nullptr);
        return status == CARVE_OK ? carve_sim_attach(sim, info.bytes, &same, nullptr) : status;
    });
}

BENCHMARK(normals)->Name("random/normal/n:4096");
BENCHMARK(reset)->Name("reset/f32/lanes:32/pre:100/post:1/coefficients:27");
BENCHMARK(loss)->Name("loss/distance/f32/lanes:32/pre:100/post:1/coefficients:27");
BENCHMARK(attach)->Name("attach/f32/lanes:32/pre:100/post:1/coefficients:27");

} // namespace
} // namespace bench
