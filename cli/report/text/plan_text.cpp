#include "plan_text.hpp"

#include "cost.hpp"
#include "json.hpp"
#include "lanes.hpp"
#include "memory_need.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "this_host.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

Json cost_json(const RunCost& cost) {
    Json phases = Json::array();
    for (const PhaseCost& phase : cost.phases)
        phases.push_back(
            {{"phase", phase.name}, {"iterations", phase.iterations}, {"seconds", phase.seconds}});
    return phases;
}

std::string cost_text(const RunCost& cost, std::uint64_t restarts) {
    std::string text = fmt::format(
        "# estimated memory of the process: {:.0f} MB\n# estimated time: {}{}\n",
        1e-6 * static_cast<double>(cost.memory), duration(std::ceil(cost.seconds())),
        restarts > 1 ? fmt::format(", and as much for each further start, of at most {}", restarts)
                     : "");
    for (const PhaseCost& phase : cost.phases)
        text +=
            fmt::format("#   {:10} {:>7} {:>10.3g} s\n", phase.name,
                        phase.iterations ? std::to_string(phase.iterations) : "", phase.seconds);
    return text;
}

} // namespace

namespace {

std::string size_text(const Task& task) {
    return fmt::format("populations: {}, projections: {}", task.described.populations.size(),
                       task.described.projections.size());
}

// How the trials of a gradient share simulations. Candidates of CMA-ES always do, one trial each.
std::string trials_text(const Task& task) {
    const std::size_t at_once = trials_at_once(task);
    return at_once > 1 ? fmt::format("# trials: {} at a time in a simulation\n", at_once)
                       : "# trials: each in a simulation of its own (they spike)\n";
}

} // namespace

std::string plan_text(const Task& task, const TrialSource& source, bool timed, bool json) {
    const Task here = for_this_host(task);
    require_memory(here, source);
    const Plan plan = make_plan(here, source);
    if (json) {
        Json document{{"task", task.name},
                      {"memory_bytes", plan.bytes},
                      {"trials_at_once", trials_at_once(here)},
                      {"form", plan.form},
                      {"isa", isa_to_use(task)},
                      {"threads", here.run.threads},
                      {"iterations", plan.iterations},
                      {"evaluations", plan.evaluations}};
        if (timed) {
            const RunCost cost = predict_cost(here, source);
            document["estimated_seconds"] = cost.seconds();
            document["estimated_memory_bytes"] = cost.memory;
            document["phases"] = cost_json(cost);
        }
        document["resolved"] = to_toml(task);
        return dump(document, 2);
    }
    std::string text =
        fmt::format("# memory of the simulations: {} bytes ({}, {} threads, {}, {} form)\n",
                    plan.bytes, size_text(task), here.run.threads, isa_to_use(task), plan.form);
    text += trials_text(here);
    text += fmt::format("# stages: {} iterations, {} evaluations per start\n", plan.iterations,
                        plan.evaluations);
    if (timed)
        text += cost_text(predict_cost(here, source), task.search.restarts);
    return text + to_toml(task);
}

} // namespace carve::cli
