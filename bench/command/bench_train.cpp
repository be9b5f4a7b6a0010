// Whole searches: from the task to the refitted rule and its held-out loss, without the run
// directory.
#include "search.hpp"

#include <benchmark/benchmark.h>

#include <exception>
#include <string>

namespace bench {
namespace {

using namespace carve::cli;

void train(benchmark::State& state, const char* name) {
    try {
        const Task task =
            load_task(std::string(CARVE_TASKS "/") + name + ".toml", {"run.threads=1"});
        const TrialSource source(task);
        SearchResult result;
        for (auto _ : state)
            result = search(task, source, {});
        state.counters["held_out_loss"] = result.held_out.loss;
        state.counters["evaluations"] = static_cast<double>(result.counters.evaluations);
        state.counters["evaluations/s"] =
            benchmark::Counter(static_cast<double>(result.counters.evaluations),
                               benchmark::Counter::kIsIterationInvariantRate);
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

BENCHMARK_CAPTURE(train, oja, "oja")->Name("train/oja")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, identified, "oja-identified")
    ->Name("train/oja-identified")
    ->Unit(benchmark::kMillisecond);

} // namespace
} // namespace bench
