// carve eval: the loss of a given rule on a task's held-out data.
#include "exits.hpp"
#include "held_out.hpp"
#include "output.hpp"
#include "result.hpp"
#include "result_text.hpp"
#include "task_terms.hpp"
#include "verbs.hpp"
#include "workers.hpp"

#include <carve.h>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

Json eval_json(const Task& task, const EvalOptions& options, const HeldOut& held_out,
               const Yardsticks& compared, double stable) {
    Json rules = Json::array();
    for (const RuleSettings& rule : task.rules)
        rules.push_back({{"projection", rule.name},
                         {"equation", equation(all_terms(rule))},
                         {"eta", rule.eta}});
    return {{"carve", carve_version()},
            {"task", task.name},
            {"rule", options.rule},
            {"rules", rules},
            {"seed", task.run.seed},
            {"loss",
             {{"held_out", held_out.loss},
              {"silent", compared.silent},
              {"reference", compared.reference}}},
            {"held_out_losses", spread_json(held_out.spread)},
            {"stable_variance", stable},
            {"steps", task.steps},
            {"measured", measured_json(held_out.measured)},
            {"conditions", conditions_json(held_out.conditions)},
            {"sets", sets_json(held_out.sets)}};
}

std::string eval_text(const Task& task, const HeldOut& held_out, const Yardsticks& compared,
                      double stable) {
    std::string out;
    for (const RuleSettings& rule : task.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.name, equation(all_terms(rule)), rule.eta);
    return out + held_out_text(reference_names(task), held_out, compared) + stability_text(stable) +
           became_text(held_out);
}

} // namespace

Exit eval(const EvalOptions& options) {
    const Task task = task_with_rule(options, options.rule);
    const TrialSource source(task);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    Workers workers(task.run.threads);
    HeldOut judged = held_out(task, source, workers);
    judged.sets = other_sets(task, source, workers);
    const Yardsticks compared = yardsticks(task, source, workers);
    const double stable = has_components(task.described)
                              ? stable_variance(task, source, workers, compared.silent)
                              : std::nan("");
    if (options.json)
        print(dump(eval_json(task, options, judged, compared, stable), 2));
    else
        print(eval_text(task, judged, compared, stable));
    return exit_of_held_out(task, judged.spread.diverged);
}

} // namespace carve::cli
