// counters.hpp: what is reported of a case, beside its time.
#pragma once
#include "measure/peak.hpp"
#include "setup.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>

namespace bench {

// Processor time, which leaves out what other programs take; since the construction, per iteration.
class Stopwatch {
  public:
    double seconds_per_iteration(const benchmark::State& state) const {
        const double seconds = double(std::clock() - start_) / CLOCKS_PER_SEC;
        return seconds / double(state.iterations());
    }

  private:
    std::clock_t start_ = std::clock();
};

// working_set: bytes that a lane block goes over again and again. peak: flop/s of multiply-adds.
inline void set_counters(benchmark::State& state, const Case& c, double seconds,
                         std::size_t working_set, double peak) {
    const double flops = c.synapse_steps() * c.flops_per_synapse_step() / seconds;
    state.counters["synapse_steps/s"] = c.synapse_steps() / seconds;
    state.counters["ns/synapse_step"] = 1e9 * seconds / c.synapse_steps();
    state.counters["flop/s"] = flops;
    if (peak == 0)
        return;
    const Bandwidth bandwidth = bandwidth_of(working_set);
    const double least = std::max(c.flops_per_synapse_step() / peak,
                                  traffic_seconds(c.traffic_per_synapse_step(), bandwidth));
    state.counters["of_fma_peak"] = flops / peak;
    state.counters["of_roof"] = least * c.synapse_steps() / seconds;
    state.counters["read_roof"] = bandwidth.read;
    state.counters["update_roof"] = bandwidth.update;
}

} // namespace bench
