#include "memory_need.hpp"

#include "error.hpp"
#include "held_out.hpp"
#include "model.hpp"
#include "networks.hpp"

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

// Rows of a data set of so many samples.
double rows_of(const Task& task, const DataSource& source, Role role, std::uint64_t samples) {
    constexpr std::size_t kFewest = 256; // of a file, unless it has less (dataset.hpp)
    const InputSettings& input = task.input;
    if (input.kind == InputKind::file && task.network.update == Update::batch)
        return static_cast<double>(
            std::min(source.rows(role), std::max<std::size_t>(kFewest, samples)));
    return static_cast<double>(samples) *
           (input.kind == InputKind::gaussian && input.antithetic ? 2 : 1);
}

std::size_t units_of(const DataSource& source, std::uint64_t columns) {
    return columns > 0 ? std::min<std::size_t>(columns, source.units()) : source.units();
}

double data_bytes(const Task& task, double count, double rows, double units, double outputs) {
    const double values = is_spiking(task) ? static_cast<double>(task.cell.excitatory)
                                           : rows * units + 2 * outputs * units;
    return count * values * static_cast<double>(sizeof(double));
}

// The sims of a stage: a gradient's hold all data sets at once, a population's one of them.
double simulation_bytes(const Task& task, const StageSettings& stage, std::size_t units,
                        double rows) {
    const Task here = at_stage(task, stage);
    const std::size_t width = data_sets_at_once(task);
    const bool gradient = stage.method != Method::cma_es;
    const Lanes lanes{width, gradient ? LanesAre::data_sets : LanesAre::candidates};
    const NetworkModel model(here, units, static_cast<std::size_t>(rows), lanes,
                             gradient ? Derivatives::yes : Derivatives::no);
    const double blocks =
        gradient ? std::ceil(static_cast<double>(stage.data_sets) / static_cast<double>(width)) : 1;
    return blocks * static_cast<double>(model.bytes());
}

// What a task is judged by holds its derivatives, whatever the stages' methods: identifiability.cpp.
bool is_analysed(const Task& task) { return is_layer(task) && has_derivatives(task); }
StageSettings analysis(const Task& task) {
    StageSettings stage = task.search.stages.back();
    stage.method = Method::gauss_newton;
    stage.data_sets = std::min(kPortion, task.search.validation_sets);
    stage.samples = task.input.samples;
    stage.outputs = task.network.outputs;
    stage.columns = 0;
    return stage;
}

} // namespace

MemoryNeed memory_need(const Task& task, const DataSource& source) {
    const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
    const auto of_stage = [&](const StageSettings& s) {
        const double rows = rows_of(task, source, Role::search, s.samples);
        return data_bytes(task, number(s.data_sets), rows, number(units_of(source, s.columns)),
                          number(s.outputs));
    };
    MemoryNeed need;
    double largest = 0;
    const auto simulate = [&](const StageSettings& stage, Role role) {
        const double bytes = simulation_bytes(task, stage, units_of(source, stage.columns),
                                              rows_of(task, source, role, stage.samples));
        need.simulations = std::max(need.simulations, bytes);
    };
    for (const StageSettings& stage : task.search.stages) {
        largest = std::max(largest, of_stage(stage));
        if (is_layer(task) && largest < kUnlimited)
            simulate(stage, Role::search);
    }
    if (is_analysed(task) && largest < kUnlimited)
        simulate(analysis(task), Role::validation);
    // Those for what comes after the stages are held while the stages run.
    need.data = largest + of_stage(task.search.stages.back());
    return need;
}

void require_memory(const Task& task, const DataSource& source) {
    const MemoryNeed need = memory_need(task, source);
    const Limit limit = smallest_limit();
    if (need.total() <= limit.bytes)
        return;
    throw Error(Exit::resource,
                fmt::format("the task needs at least {:.4g} MB of memory ({:.4g} of data sets, "
                            "{:.4g} of simulations), and this process may have {:.4g} MB: {}",
                            1e-6 * need.total(), 1e-6 * need.data, 1e-6 * need.simulations,
                            1e-6 * limit.bytes, limit.name),
                "fewer samples, trials.search or trials.validation need less, or use a "
                "larger machine");
}

} // namespace carve::cli
