// The roofs themselves, for each width of registers, and at a few working sets.
#include "measure/peak.hpp"
#include "measure/peak_width.hpp"

#include <benchmark/benchmark.h>
#include <carve.h>

#include <algorithm>
#include <string>

namespace bench {
namespace {

void report_peak(benchmark::State& state, const PeakWidth& width, std::uint32_t precision) {
    double best = 0;
    for (auto _ : state)
        best = std::max(best, fma_rate(width, precision));
    state.counters["flop/s"] = best;
}

void report_bandwidth(benchmark::State& state, double (*bandwidth)(std::size_t),
                      std::size_t bytes) {
    double best = 0;
    for (auto _ : state)
        best = std::max(best, bandwidth(bytes));
    state.counters["bytes/s"] = best;
}

const bool registered = [] {
    for (const PeakWidth* width : usable_widths())
        for (const std::uint32_t precision : {std::uint32_t{CARVE_F32}, std::uint32_t{CARVE_F64}}) {
            const std::string name = std::string("peak/fma/") +
                                     (precision == CARVE_F32 ? "f32" : "f64") +
                                     "/bytes:" + std::to_string(width->bytes);
            benchmark::RegisterBenchmark(name.c_str(), report_peak, *width, precision)
                ->Iterations(5);
        }
    for (const std::size_t kib : {16u, 256u, 8192u, 131072u}) {
        const std::string size = "/KiB:" + std::to_string(kib);
        benchmark::RegisterBenchmark(("peak/read" + size).c_str(), report_bandwidth, read_bandwidth,
                                     kib * 1024)
            ->Iterations(5);
        benchmark::RegisterBenchmark(("peak/update" + size).c_str(), report_bandwidth,
                                     update_bandwidth, kib * 1024)
            ->Iterations(5);
    }
    return true;
}();

} // namespace
} // namespace bench
