// The moment form, as a search steps it: each lane its own rules, one fixed batch for all of them.
#include "counters.hpp"
#include "setup.hpp"

#include <exception>

namespace bench {
namespace {

void step(benchmark::State& state, const Case& c) {
    try {
        Layer layer(c);
        const Stopwatch stopwatch;
        for (auto _ : state)
            if (!layer.run()) {
                state.SkipWithError("a step failed or diverged");
                return;
            }
        const double lanes_per_block = c.lane_bytes / (c.precision == CARVE_F32 ? 4.0 : 8.0);
        state.counters["ns/block_step"] =
            1e9 * stopwatch.seconds_per_iteration(state) / c.steps / (c.lanes / lanes_per_block);
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

const bool registered = [] {
    for (const bool lateral : {false, true})
        for (const std::uint32_t coefficients : {0u, 27u})
            for (const std::uint32_t pre : {3u, 5u}) {
                Case c;
                c.precision = CARVE_F64;
                c.pre = pre;
                c.post = lateral ? 2 : 1;
                c.lateral = lateral;
                c.batch = 200;
                c.coefficients = coefficients;
                benchmark::RegisterBenchmark(("moments/" + c.name()).c_str(), step, c)
                    ->Unit(benchmark::kMillisecond);
            }
    return true;
}();

} // namespace
} // namespace bench
