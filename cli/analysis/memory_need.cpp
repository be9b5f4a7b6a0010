#include "memory_need.hpp"

#include "error.hpp"
#include "held_out.hpp"
#include "simulation.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <string>
#include <sys/resource.h>

namespace carve::cli {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

struct Limit {
    double bytes = kUnlimited;
    std::string name;
};

double resource_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return kUnlimited;
    return static_cast<double>(limit.rlim_cur);
}

// "max" and what cannot be read are no limit.
double group_limit() {
    double bytes = 0;
    for (const char* file :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
        if (std::ifstream(file) >> bytes && bytes > 0)
            return bytes;
    return kUnlimited;
}

// What can be had without another process losing its own, and swap.
double free_memory() {
    std::ifstream in("/proc/meminfo");
    double sum = 0, kilobytes = 0;
    bool known = false;
    for (std::string name, rest; in >> name >> kilobytes && std::getline(in, rest);)
        if (name == "MemAvailable:" || name == "SwapFree:") {
            sum += 1024 * kilobytes;
            known = known || name == "MemAvailable:";
        }
    return known ? sum : kUnlimited;
}

Limit smallest_limit() {
    Limit smallest;
    for (const Limit& limit : {Limit{resource_limit(), "its address space (ulimit -v)"},
                               Limit{group_limit(), "its control group"},
                               Limit{free_memory(), "what the machine has free"}})
        if (limit.bytes < smallest.bytes)
            smallest = limit;
    return smallest;
}

// Of what a trial draws; columns that are shared by all trials count once for each.
double bytes_of(const Trial& trial) {
    double values = 0;
    for (const auto& [name, column] : trial.columns)
        values += static_cast<double>(column->size());
    for (const auto& [name, weights] : trial.weights)
        values += static_cast<double>(weights.size());
    return values * static_cast<double>(sizeof(double));
}

// Blocks of trials: those of one have the same description.
double blocks_of(const task::Task& described, std::uint64_t count, std::size_t width) {
    double kinds = 1;
    for (const task::Setting& s : described.trials.vary.of)
        kinds *= s.value.list() ? static_cast<double>(s.value.list()->size())
                                : static_cast<double>(count); // drawn for each trial
    kinds = std::min(kinds, static_cast<double>(count));
    return kinds * std::ceil(static_cast<double>(count) / kinds / static_cast<double>(width));
}

// The sims of a stage: a gradient's hold all trials at once, a population's one of them.
double simulation_bytes(const Task& task, const StageSettings& stage,
                        const std::shared_ptr<const Trial>& trial, std::uint64_t count) {
    const std::size_t width =
        stage.method == Method::cma_es ? lanes_per_block(task) : trials_at_once(task);
    const bool gradient = stage.method != Method::cma_es;
    const Lanes lanes{width, gradient ? LanesAre::trials : LanesAre::candidates};
    const double blocks = gradient ? blocks_of(*stage.described, count, width) : 1;
    return blocks *
           static_cast<double>(bytes_of_simulation(at_stage(task, stage), trial, lanes,
                                                   gradient ? Derivatives::yes : Derivatives::no));
}

// What a task is judged by holds its derivatives, whatever the stages' methods: identifiability.cpp.
StageSettings analysis(const Task& task) {
    StageSettings stage = whole_stage(task);
    stage.method = Method::gauss_newton;
    return stage;
}

} // namespace

MemoryNeed memory_need(const Task& task, const TrialSource& source) {
    MemoryNeed need;
    double data = 0;
    const auto look_at = [&](const StageSettings& stage, std::uint64_t count) {
        const Trials first = source.draw(stage.described, {Role::search, 0, 0, 0, 1});
        data = bytes_of(*first[0]) * static_cast<double>(count);
        need.simulations =
            std::max(need.simulations, simulation_bytes(task, stage, first[0], count));
    };
    double largest = 0;
    for (const StageSettings& stage : task.search.stages) {
        look_at(stage, stage.described->trials.search);
        largest = std::max(largest, data);
    }
    // Those for what comes after the stages are held while the stages run.
    need.data = largest + data;
    if (task.slopes == Slopes::exact)
        look_at(analysis(task), std::min(kPortion, task.described.trials.validation));
    return need;
}

void require_memory(const Task& task, const TrialSource& source) {
    const MemoryNeed need = memory_need(task, source);
    const Limit limit = smallest_limit();
    if (need.total() <= limit.bytes)
        return;
    throw Error(Exit::resource,
                fmt::format("the task needs at least {:.4g} MB of memory ({:.4g} of trials, "
                            "{:.4g} of simulations), and this process may have {:.4g} MB: {}",
                            1e-6 * need.total(), 1e-6 * need.data, 1e-6 * need.simulations,
                            1e-6 * limit.bytes, limit.name),
                "fewer samples, trials.search or trials.validation need less, or use a "
                "larger machine");
}

std::size_t searches_that_fit(const Task& task, const TrialSource& source, std::size_t most) {
    const double fit = smallest_limit().bytes / std::max(1.0, memory_need(task, source).total());
    return fit >= static_cast<double>(most)
               ? most
               : std::max<std::size_t>(1, static_cast<std::size_t>(fit));
}

} // namespace carve::cli
