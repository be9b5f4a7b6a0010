#include "load.hpp"

#include "error.hpp"
#include "output.hpp"
#include "rule_factors.hpp"
#include "this_host.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

// Whether the command line says the learning rate of a rule, by whatever path: what stands in no line
// of a file is an override.
bool overrides_eta(const Task& task, const std::string& rule) {
    const auto at = task.described.places.find("rule." + rule + ".eta");
    return at != task.described.places.end() && at->second.line == 0;
}

std::string names_of_rules(const Task& task) {
    std::vector<std::string> names;
    for (const RuleSettings& rule : task.rules)
        names.push_back(rule.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

Task load(const TaskOptions& options) {
    Overrides overrides(options.set.begin(), options.set.end());
    const char* threads = std::getenv("CARVE_THREADS");
    if (!options.threads.empty())
        overrides.emplace_back("run.threads=" + options.threads, "--threads " + options.threads);
    else if (threads && *threads)
        overrides.emplace_back("run.threads=" + std::string(threads),
                               "CARVE_THREADS=" + std::string(threads));
    if (!options.seed.empty())
        overrides.emplace_back("run.seed=" + options.seed, "--seed " + options.seed);
    if (!options.isa.empty())
        overrides.emplace_back("run.isa=" + options.isa, "--isa " + options.isa);
    Task task = load_task(options.task, overrides);
    isa_to_use(task); // fails early
    return task;
}

namespace {

// The terms of a rule file as those of the task's rule: a name means what the task says it does.
std::vector<Term> resolved(const ProjectionRule& found, const RuleSettings& own, const Task& task) {
    std::vector<Term> out;
    for (const Term& term : own.terms)
        for (const Term& given : found.terms)
            if (is_same_term(given, term)) {
                out.push_back(term);
                out.back().theta = given.theta;
            }
    std::vector<std::string> names;
    for (const Term& term : own.terms)
        names.push_back(monomial(term));
    const auto is_fixed = [&](const Term& given) { // as the task has it
        return std::any_of(own.fixed.begin(), own.fixed.end(),
                           [&](const Term& t) { return is_same_term(t, given); });
    };
    for (const Term& given : found.terms)
        if (is_fixed(given) || std::any_of(own.terms.begin(), own.terms.end(),
                                           [&](const Term& t) { return is_same_term(t, given); }))
            continue;
        else if (given.name.empty()) // a product of what every rule reads
            out.push_back(given);
        else
            throw Error(Exit::usage,
                        fmt::format("rule {} of task {} has no term \"{}\"", own.name, task.name,
                                    monomial(given)),
                        fmt::format("its terms are: {}", fmt::join(names, ", ")));
    for (const Term& term : own.terms)
        if (is_time_constant(term) && !term.spike &&
            std::none_of(out.begin(), out.end(),
                         [&](const Term& t) { return is_same_term(t, term); }))
            throw Error(Exit::usage,
                        fmt::format("the rule of {} lacks {}", own.name, monomial(term)),
                        "a rule file has the time constants of all traces");
    return out;
}

} // namespace

Task with_rule(const Task& task, const Rule& rule) {
    Task result = task;
    for (const ProjectionRule& found : rule.projections) {
        const auto same = [&](const RuleSettings& s) { return s.name == found.projection; };
        const auto target = std::find_if(result.rules.begin(), result.rules.end(), same);
        if (target == result.rules.end())
            throw Error(
                Exit::usage,
                fmt::format("the rule has a projection '{}', and task {} has none of that name",
                            found.projection, task.name),
                fmt::format("its rules are: {}", names_of_rules(task)));
        target->terms = resolved(found, *target, task);
        if (found.eta > 0 && !overrides_eta(task, found.projection))
            target->eta = found.eta;
    }
    return result;
}

namespace {

// A network that a preset with residuals is a rule for: without synapses within its population. It is not
// searched, so that nothing needs derivatives.
Task with_network_of(const Task& task, const Preset* preset) {
    if (!preset || preset->presynaptic.empty())
        return task;
    task::Task described = task.described;
    std::vector<task::Projection>& all = described.projections;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const task::Projection& p) { return p.from == p.to; }),
              all.end());
    described.rules.erase(
        std::remove_if(described.rules.begin(), described.rules.end(),
                       [&](const task::Rule& rule) { return !first_use(described, rule); }),
        described.rules.end());
    for (task::Rule& rule : described.rules) {
        task::Factor x;
        x.name = "x";
        x.of = preset->presynaptic;
        rule.factors.of.push_back(x);
    }
    described.stages.clear();
    described.search.method = task::Method::cma_es;
    described.search.refit = false;
    described.search.eliminate = task::Eliminate::none;
    return task_of(described);
}

} // namespace

Task task_with_rule(const TaskOptions& options, const std::string& rule) {
    const Task task = with_network_of(load(options), find_preset(rule));
    const Task result = for_this_host(with_rule(task, load_rule(rule)));
    for (std::size_t r = 0; r < task.rules.size(); ++r)
        if (result.rules[r].eta != task.rules[r].eta)
            say(options.quiet,
                fmt::format("eta = {} is the rule's; the task has {} (--set rule.{}.eta=... "
                            "replaces both)",
                            result.rules[r].eta, task.rules[r].eta, task.rules[r].name));
    return result;
}

} // namespace carve::cli
