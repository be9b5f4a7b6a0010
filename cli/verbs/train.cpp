// carve train: a search in a run directory, or one for each of several seeds.
#include "error.hpp"
#include "interrupt.hpp"
#include "output.hpp"
#include "plan_text.hpp"
#include "search_run.hpp"
#include "seeds.hpp"
#include "this_host.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace carve::cli {
namespace {

std::string names_of(const Task& task) {
    std::string names;
    for (const RuleSettings& rule : task.rules)
        names += (names.empty() ? "" : ", ") + rule.name;
    return names;
}

// The rule in the task's terms and at its learning rate: what counts is eta times theta.
Rule starting_rule(const Task& task, const TrainOptions& options) {
    Rule rule = load_rule(options.init);
    for (ProjectionRule& given : rule.projections) {
        if (std::none_of(task.rules.begin(), task.rules.end(),
                         [&](const RuleSettings& s) { return s.name == given.projection; }))
            throw Error(Exit::usage,
                        fmt::format("--init has a rule '{}', and task {} has none of that name",
                                    given.projection, task.name),
                        fmt::format("its rules are: {}", names_of(task)));
        for (const RuleSettings& settings : task.rules) {
            if (settings.name != given.projection)
                continue;
            for (Term& term : given.terms) {
                const auto same = [&](const Term& t) { return is_same_term(t, term); };
                if (std::none_of(settings.terms.begin(), settings.terms.end(), same))
                    say(options.quiet, "warning: the task has no term " + monomial(term) +
                                           "; that of --init is dropped");
                if (is_time_constant(term))
                    continue;
                term.theta *= given.eta > 0 ? given.eta / settings.eta : 1;
            }
        }
    }
    return rule;
}

} // namespace

Exit train(const TrainOptions& options) {
    const Task task = load(options);
    std::optional<Rule> init;
    if (!options.init.empty())
        init = starting_rule(task, options);
    if (options.dry_run) {
        print(plan_text(task, TrialSource(for_this_host(task)), true, options.json));
        return Exit::ok;
    }
    watch_interrupts();
    const std::string out = options.out.empty() ? "run-" + task.name : options.out;
    Run run{task,          out,  init ? &*init : nullptr, nullptr,
            options.force, true, options.quiet,           options.argv};
    if (options.seeds.empty()) {
        const Finished outcome = run_one(run);
        print_outcome(task, outcome, options.json);
        say(options.quiet, "run directory: " + out);
        return outcome.exit;
    }
    return search_seeds(
        task, {run.init, true},
        {out, parse_seeds(options.seeds), options.force, options.json, options.quiet},
        options.argv);
}

} // namespace carve::cli
