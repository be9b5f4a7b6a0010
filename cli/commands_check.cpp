// carve check, and what --dry-run says.
#include "commands.hpp"
#include "cost.hpp"
#include "evaluate.hpp"
#include "figures.hpp"
#include "gradient_check.hpp"
#include "host.hpp"
#include "json.hpp"
#include "memory_need.hpp"
#include "progress.hpp"
#include "search_state.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

struct Plan {
    std::size_t bytes = 0;        // of the sims of the largest stage, or of what judges its rule
    std::uint64_t iterations = 0; // of the stages of a start
    std::uint64_t rollouts = 0;   // of one replica each, with derivatives where the method has them
    std::string form;
};

Plan make_plan(const Task& task, const DataSource& source) {
    Plan plan;
    Workers workers(task.run.threads);
    for (const StageSettings& stage : task.search.stages) {
        // One step is enough to know the memory: it does not depend on the horizon.
        const std::vector<DataSet> data = source.draw(Role::search, 0, 0, stage.data_sets,
                                                      stage.samples, stage.outputs, stage.columns);
        Task shortened = at_stage(task, stage);
        shortened.network.steps = 1;
        Evaluator evaluator(shortened, data, workers);
        evaluator.run(random_start(task, 0).theta, Derivatives::yes);
        plan.bytes = std::max(plan.bytes, evaluator.bytes());
        plan.form = evaluator.form();
        plan.iterations += stage.iterations;
        plan.rollouts += stage.iterations * stage.data_sets;
    }
    plan.bytes =
        std::max(plan.bytes, static_cast<std::size_t>(memory_need(task, source).simulations));
    return plan;
}

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

void check_gradient_of(const Task& task, const DataSource& source, bool json) {
    const GradientCheck result = check_gradient(task, source);
    Json list = Json::array();
    std::string table = fmt::format("{:12} {:>14} {:>23} {:>23} {:>9}\n", "term", "theta",
                                    "analytic", "finite difference", "error");
    double worst = 0;
    for (std::size_t k = 0; k < result.terms.size(); ++k) {
        const Term& t = result.terms[k];
        if (std::isnan(result.error[k]) || result.error[k] > worst)
            worst = result.error[k]; // no number is worse than any, and stays
        table +=
            fmt::format("{:12} {:14.6g} {:>23} {:>23} {:>9}\n", monomial(t), t.theta,
                        figure(result.analytic[k], "{:.15e}"), figure(result.numeric[k], "{:.15e}"),
                        figure(result.error[k], "{:.1e}"));
        list.push_back({{"x", t.x},
                        {"y", t.y},
                        {"w", t.w},
                        {"theta", t.theta},
                        {"analytic", result.analytic[k]},
                        {"finite_difference", result.numeric[k]},
                        {"error", result.error[k]}});
    }
    if (json)
        print(dump(Json{{"task", task.name},
                        {"seed", task.run.seed},
                        {"gradient", list},
                        {"largest_error", worst}},
                   2));
    else
        print(table + "largest relative error " + figure(worst, "{:.1e}") + "\n");
}

} // namespace

std::string plan_text(const Task& task, const DataSource& source, bool timed, bool json) {
    const Task here = for_this_host(task);
    require_memory(here, source);
    const Plan plan = make_plan(here, source);
    if (json) {
        Json document{{"task", task.name},
                      {"inputs", source.units()},
                      {"memory_bytes", plan.bytes},
                      {"form", plan.form},
                      {"isa", isa_to_use(task)},
                      {"threads", here.run.threads},
                      {"iterations", plan.iterations},
                      {"rollouts", plan.rollouts}};
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
        fmt::format("# memory of the simulations: {} bytes ({} inputs, {} threads, {}, {} form)\n",
                    plan.bytes, source.units(), here.run.threads, isa_to_use(task), plan.form);
    text += fmt::format("# stages: {} iterations, {} rollouts a start\n", plan.iterations,
                        plan.rollouts);
    if (timed)
        text += cost_text(predict_cost(here, source), task.search.restarts);
    return text + to_toml(task);
}

Exit check(const CheckOptions& options) {
    const Task task = load(options);
    const Task here = for_this_host(task);
    const DataSource source(here);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    if (options.gradient && is_spiking(task))
        throw Error(Exit::usage, "the gradient through spikes is a surrogate's, which finite "
                                 "differences do not have (docs/model.md)");
    if (options.gradient)
        check_gradient_of(here, source, options.json);
    else
        print(plan_text(task, source, false, options.json));
    return Exit::ok;
}

} // namespace carve::cli
