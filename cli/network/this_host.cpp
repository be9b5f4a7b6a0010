#include "this_host.hpp"

#include "calls.hpp"
#include "error.hpp"
#include "host.hpp"
#include "ranks.hpp"
#include "sim_memory.hpp"

#include <carve.h>
#include <cmath>

namespace carve::cli {
namespace {

// Lane blocks that one iteration of a stage runs.
double blocks_of(const Task& task, const StageSettings& stage, std::size_t width) {
    const auto sets = static_cast<double>(stage.described->trials.search),
               lanes = static_cast<double>(width);
    if (stage.method != Method::cma_es)
        return std::ceil(sets / lanes);
    return sets * std::ceil(static_cast<double>(generation_size(task)) / lanes);
}

// What the stages take, in times of a block that one thread runs for one update.
double time_of(const Task& task, std::uint64_t lane_bytes, double block) {
    const std::size_t width = lane_bytes / (task.run.single_precision ? 4 : 8);
    const auto parts = static_cast<double>(threads_to_use(task.run.threads) * rank_count());
    double time = 0;
    for (const StageSettings& stage : task.search.stages)
        time += block * std::ceil(blocks_of(task, stage, width) / parts) *
                static_cast<double>(stage.iterations) * static_cast<double>(stage.steps);
    return time;
}

} // namespace

std::uint64_t lane_bytes_to_use(const Task& task) {
    // A block of 64 bytes in times of one of 32, networks of rates, avx512, on the slower of two
    // machines: docs/performance.md, Width of lane blocks. Nothing else gains from 64.
    constexpr double kWideBlock = 1.8;
    if (task.run.lane_bytes > 0)
        return task.run.lane_bytes;
    const bool wide = !has_spikes(task) && isa_to_use(task) == carve_isa_name(CARVE_ISA_AVX512) &&
                      time_of(task, 64, kWideBlock) < time_of(task, 32, 1);
    return wide ? 64 : 32;
}

std::string isa_to_use(const Task& task) {
    // The library's own choice, asked of the smallest sim there is: a unit and its input.
    carve_population units[2];
    for (carve_population& unit : units)
        check_status(carve_population_init(&unit, sizeof unit), "carve_population_init");
    units[0].kind = CARVE_POPULATION_INPUT;
    carve_projection projection;
    check_status(carve_projection_init(&projection, sizeof projection), "carve_projection_init");
    projection.post = 1;
    carve_model model;
    check_status(carve_model_init(&model, sizeof model), "carve_model_init");
    model.precision = task.run.single_precision ? CARVE_F32 : CARVE_F64;
    model.isa = isa_of(task.run.isa);
    model.lane_bytes = lane_bytes_of(task.run);
    model.n_replicas = 1;
    model.n_populations = 2;
    model.populations = units;
    model.n_projections = 1;
    model.projections = &projection;
    std::size_t bytes = 0;
    check_status(carve_sim_required_bytes(&model, &bytes, nullptr), "carve_sim_required_bytes");
    const Memory memory = allocate(bytes);
    carve_sim* sim = nullptr;
    const carve_status status = carve_sim_init(memory.get(), bytes, &model, &sim, nullptr);
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

Task for_this_host(const Task& task) {
    Task result = task;
    result.run.threads = threads_to_use(task.run.threads);
    // Ranks on unlike machines need to agree on the blocks that they share out.
    result.run.lane_bytes = of_first_rank(lane_bytes_to_use(task));
    return result;
}

} // namespace carve::cli
