// carve check: a task, what its search takes, and its gradient.
#include "figures.hpp"
#include "gradient_check.hpp"
#include "json.hpp"
#include "output.hpp"
#include "plan_text.hpp"
#include "this_host.hpp"
#include "trial_source.hpp"
#include "verbs.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

void check_gradient_of(const Task& task, const TrialSource& source, bool json) {
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

Exit check(const CheckOptions& options) {
    const Task task = load(options);
    const Task here = for_this_host(task);
    const TrialSource source(here);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    if (options.gradient && task.slopes == Slopes::surrogate)
        throw Error(Exit::usage, "the gradient through spikes is a surrogate's, which finite "
                                 "differences do not have (docs/model.md)");
    if (options.gradient && task.slopes == Slopes::none)
        throw Error(Exit::usage, fmt::format("the losses of task {} have no gradient", task.name));
    if (options.gradient)
        check_gradient_of(here, source, options.json);
    else
        print(plan_text(task, source, false, options.json));
    return Exit::ok;
}

} // namespace carve::cli
