#include "load.hpp"

#include "error.hpp"
#include "output.hpp"
#include "this_host.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace carve::cli {
namespace {

bool overrides_eta(const TaskOptions& options, const std::string& projection) {
    for (const std::string& assignment : options.set)
        if (assignment.rfind("rule." + projection + ".eta=", 0) == 0)
            return true;
    return false;
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

Task with_rule(const Task& task, const Rule& rule, const TaskOptions& options) {
    Task result = task;
    for (const ProjectionRule& found : rule.projections) {
        const auto same = [&](const RuleSettings& s) { return s.name == found.projection; };
        const auto target = std::find_if(result.rules.begin(), result.rules.end(), same);
        if (target == result.rules.end())
            throw Error(Exit::usage,
                        fmt::format("the rule has a projection '{}', which task {} has not",
                                    found.projection, task.name));
        target->terms = found.terms;
        if (found.eta > 0 && !overrides_eta(options, found.projection))
            target->eta = found.eta;
    }
    return result;
}

// A network that a preset with residuals is a rule for: without lateral synapses.
Task with_network_of(Task task, const Preset* preset) {
    if (!preset || preset->presynaptic.empty())
        return task;
    task.network.presynaptic =
        preset->presynaptic == "residual" ? Presynaptic::residual : Presynaptic::residual_below;
    task.network.lateral = Lateral::none;
    task.rules.resize(1);
    return task;
}

Task task_with_rule(const TaskOptions& options, const std::string& rule) {
    const Task task = with_network_of(load(options), find_preset(rule));
    const Task result = for_this_host(with_rule(task, load_rule(rule), options));
    for (std::size_t r = 0; r < task.rules.size(); ++r)
        if (result.rules[r].eta != task.rules[r].eta)
            say(options.quiet,
                fmt::format("eta = {} is the rule's; the task has {} (--set rule.{}.eta=... "
                            "replaces both)",
                            result.rules[r].eta, task.rules[r].eta, task.rules[r].name));
    return result;
}

} // namespace carve::cli
