#include "commands.hpp"

#include "host.hpp"
#include "printable.hpp"
#include "ranks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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
    std::vector<std::string> overrides = options.set;
    const char* threads = std::getenv("CARVE_THREADS");
    if (!options.threads.empty())
        overrides.push_back("run.threads=" + options.threads);
    else if (threads && *threads) {
        if (std::strspn(threads, "0123456789") != std::strlen(threads))
            throw Error(Exit::usage,
                        "CARVE_THREADS is not a number: '" + std::string(threads) + "'",
                        "the environment variable needs an integer in [0, 1024]");
        overrides.push_back("run.threads=" + std::string(threads));
    }
    if (!options.seed.empty())
        overrides.push_back("run.seed=" + options.seed);
    if (!options.isa.empty())
        overrides.push_back("run.isa=" + options.isa);
    Task task = load_task(options.task, overrides);
    isa_to_use(task); // fails early
    return task;
}

Task for_this_host(const Task& task) {
    Task result = task;
    result.run.threads = threads_to_use(task);
    // Ranks on unlike machines need to agree on the blocks that they share out.
    result.run.lane_bytes = of_first_rank(lane_bytes_to_use(task));
    return result;
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

void print_bytes(const std::string& text) {
    if (rank() > 0)
        return;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Error(Exit::io,
                    fmt::format("cannot write to the standard output: {}", std::strerror(errno)));
}

void print(const std::string& text) { print_bytes(printable(text)); }

void say(bool quiet, const std::string& text) {
    if (!quiet && rank() == 0)
        std::fputs((printable(text) + "\n").c_str(), stderr);
}

Exit exit_of_held_out(const Task& task, std::size_t diverged) {
    if (diverged < task.search.held_out_sets)
        return Exit::ok;
    say(false, is_spiking(task)
                   ? "error: every trial ended early, on held-out data\nhelp: a lower --set "
                     "rule.inhibitory.eta=..., or wider loss.low and loss.high"
                   : "error: every replica diverged, on held-out data\nhelp: a lower --set "
                     "rule.feedforward.eta=..., or inputs that are scaled down");
    return Exit::numerics;
}

} // namespace carve::cli
