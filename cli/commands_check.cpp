// carve check, and what --dry-run says.
#include "commands.hpp"
#include "evaluate.hpp"
#include "gradient_check.hpp"
#include "host.hpp"
#include "progress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace carve::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Plan {
    std::size_t bytes = 0;        // of the sims of the largest stage
    std::uint64_t iterations = 0; // of all stages and starts
    std::uint64_t rollouts = 0;   // value and derivative passes of one replica each
    double seconds = 0;           // of the search's stages, if timed
    std::string form;
};

// Seconds of one pass with derivatives: the fastest of a few within half a second.
double time_pass(Evaluator& evaluator, const Eigen::VectorXd& theta) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    double best = 0;
    for (int i = 0; i < 3; ++i) {
        const auto before = Clock::now();
        evaluator.run(theta, Derivatives::yes);
        const double seconds = std::chrono::duration<double>(Clock::now() - before).count();
        best = i == 0 ? seconds : std::min(best, seconds);
        if (Clock::now() - begin > std::chrono::milliseconds(500))
            break;
    }
    return best;
}

Plan make_plan(const Task& task, const DataSource& source, bool timed) {
    // An iteration of Gauss-Newton is one pass with derivatives and about two without, which cost a
    // fraction of it; one of Adam is a pass with derivatives.
    const double passes = task.search.method == Method::gauss_newton ? 1.3 : 1.0;
    Plan plan;
    Workers workers(task.run.threads);
    for (const StageSettings& stage : task.search.stages) {
        // One step is enough to know the memory: it does not depend on the horizon.
        const std::vector<DataSet> data = source.draw(Role::search, 0, 0, stage.data_sets,
                                                      stage.samples, stage.outputs, stage.columns);
        const std::uint64_t steps = timed ? std::min<std::uint64_t>(stage.steps, 50) : 1;
        Task shortened = at_stage(task, stage);
        shortened.network.steps = steps;
        Evaluator evaluator(shortened, data, workers);
        const Eigen::VectorXd theta =
            Eigen::VectorXd::Zero(static_cast<Eigen::Index>(evaluator.coefficients()));
        const double seconds = time_pass(evaluator, theta);
        plan.bytes = std::max(plan.bytes, evaluator.bytes());
        plan.form = evaluator.form();
        const std::uint64_t iterations = stage.iterations * task.search.restarts;
        plan.iterations += iterations;
        plan.rollouts += iterations * stage.data_sets;
        plan.seconds += passes * seconds * static_cast<double>(stage.steps * iterations) /
                        static_cast<double>(steps);
    }
    return plan;
}

void check_gradient_of(const Task& task, const DataSource& source, bool json) {
    const GradientCheck result = check_gradient(task, source);
    Json list = Json::array();
    std::string table = fmt::format("{:12} {:>14} {:>23} {:>23} {:>9}\n", "term", "theta",
                                    "analytic", "finite difference", "error");
    double worst = 0;
    for (std::size_t k = 0; k < result.terms.size(); ++k) {
        const Term& t = result.terms[k];
        worst = std::max(worst, result.error[k]);
        table += fmt::format("{:12} {:14.6g} {:23.15e} {:23.15e} {:9.1e}\n", monomial(t), t.theta,
                             result.analytic[k], result.numeric[k], result.error[k]);
        list.push_back({{"x", t.x},
                        {"y", t.y},
                        {"w", t.w},
                        {"theta", t.theta},
                        {"analytic", result.analytic[k]},
                        {"finite_difference", result.numeric[k]},
                        {"error", result.error[k]}});
    }
    if (json)
        print(Json{{"task", task.name},
                   {"seed", task.run.seed},
                   {"gradient", list},
                   {"largest_error", worst}}
                  .dump(2) +
              "\n");
    else
        print(table + fmt::format("largest relative error {:.1e}\n", worst));
}

} // namespace

std::string plan_text(const Task& task, const DataSource& source, bool timed, bool json) {
    const Task here = for_this_host(task);
    const Plan plan = make_plan(here, source, timed);
    if (json) {
        Json document{{"task", task.name},
                      {"inputs", source.units()},
                      {"memory_bytes", plan.bytes},
                      {"form", plan.form},
                      {"isa", isa_to_use(task)},
                      {"threads", here.run.threads},
                      {"iterations", plan.iterations},
                      {"rollouts", plan.rollouts}};
        if (timed)
            document["estimated_seconds"] = plan.seconds;
        document["resolved"] = to_toml(task);
        return document.dump(2) + "\n";
    }
    std::string text =
        fmt::format("# memory of the simulations: {} bytes ({} inputs, {} threads, {}, {} form)\n",
                    plan.bytes, source.units(), here.run.threads, isa_to_use(task), plan.form);
    text += fmt::format("# stages: {} iterations, {} rollouts with derivatives\n", plan.iterations,
                        plan.rollouts);
    if (timed)
        text +=
            fmt::format("# estimated time of the stages: {}\n", duration(std::ceil(plan.seconds)));
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
