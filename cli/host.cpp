#include "host.hpp"

#include "error.hpp"
#include "model.hpp"
#include "ranks.hpp"
#include "sim_memory.hpp"

#include <algorithm>
#include <carve.h>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/resource.h>

namespace carve::cli {
namespace {

constexpr std::uint32_t kFirst = CARVE_ISA_SOFTFMA, kLast = CARVE_ISA_NEON;

// Lane blocks that one iteration of a stage runs.
double blocks_of(const Task& task, const StageSettings& stage, std::size_t width) {
    const auto sets = static_cast<double>(stage.data_sets), lanes = static_cast<double>(width);
    if (stage.method != Method::cma_es)
        return std::ceil(sets / lanes);
    double coefficients = 0;
    for (const RuleSettings& rule : task.rules)
        coefficients += static_cast<double>(rule.terms.size());
    const auto population = static_cast<double>(task.search.population);
    return sets *
           std::ceil((population > 0 ? population : 4 + std::floor(3 * std::log(coefficients))) /
                     lanes);
}

// What the stages take, in times of a block that one thread runs for one update.
double time_of(const Task& task, std::uint64_t lane_bytes, double block) {
    const std::size_t width = lane_bytes / (task.run.single_precision ? 4 : 8);
    const auto parts = static_cast<double>(threads_to_use(task) * rank_count());
    double time = 0;
    for (const StageSettings& stage : task.search.stages)
        time += block * std::ceil(blocks_of(task, stage, width) / parts) *
                static_cast<double>(stage.iterations) * static_cast<double>(stage.steps);
    return time;
}

} // namespace

std::uint64_t threads_to_use(const Task& task) {
    if (task.run.threads > 0)
        return task.run.threads;
    const std::uint64_t usable = threads_of_rank();
    const char* slurm = std::getenv("SLURM_CPUS_PER_TASK");
    if (!slurm)
        return usable;
    std::uint64_t granted = 0;
    const char* end = slurm + std::strlen(slurm);
    const auto parsed = std::from_chars(slurm, end, granted);
    return parsed.ec == std::errc() && parsed.ptr == end && granted > 0 ? std::min(granted, usable)
                                                                        : usable;
}

std::uint64_t lane_bytes_to_use(const Task& task) {
    // A block of 64 bytes in times of one of 32, networks of rates, avx512, on the slower of two
    // machines: docs/performance.md, Width of lane blocks. Nothing else gains from 64.
    constexpr double kWideBlock = 1.8;
    if (task.run.lane_bytes > 0)
        return task.run.lane_bytes;
    const bool wide = !is_spiking(task) && isa_to_use(task) == carve_isa_name(CARVE_ISA_AVX512) &&
                      time_of(task, 64, kWideBlock) < time_of(task, 32, 1);
    return wide ? 64 : 32;
}

std::vector<Isa> instruction_sets() {
    std::vector<Isa> sets;
    for (std::uint32_t isa = kFirst; isa <= kLast; ++isa)
        sets.push_back(
            {carve_isa_name(isa), carve_isa_compiled(isa) != 0, carve_isa_usable(isa) != 0});
    return sets;
}

std::string isa_to_use(const Task& task) {
    // The library's own choice, asked of the smallest sim there is.
    Task smallest;
    smallest.run = task.run;
    smallest.rules.resize(1);
    smallest.rules.front().terms = terms_up_to(0);
    const NetworkModel model(smallest, 1, 1, {1}, Derivatives::no);
    std::size_t bytes = 0;
    check_status(carve_sim_required_bytes(&model.model, &bytes, nullptr),
                 "carve_sim_required_bytes");
    const Memory memory = allocate(bytes);
    carve_sim* sim = nullptr;
    const carve_status status = carve_sim_init(memory.get(), bytes, &model.model, &sim, nullptr);
    if (status == CARVE_E_ISA)
        throw Error(Exit::usage,
                    "instruction set '" + task.run.isa + "' cannot be used on this machine",
                    "carve info lists those that can");
    check_status(status, "carve_sim_init");
    carve_sim_info info{};
    info.struct_size = sizeof info;
    check_status(carve_sim_get_info(sim, &info, nullptr), "carve_sim_get_info");
    return carve_isa_name(info.isa);
}

std::string build_text() {
#if defined(__clang__)
    std::string text =
        fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
    std::string text = fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
    std::string text = "unknown compiler";
#endif
#if defined(NDEBUG)
    return text + ", release";
#else
    return text + ", debug";
#endif
}

std::size_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024; // Linux counts in KiB
}

} // namespace carve::cli
