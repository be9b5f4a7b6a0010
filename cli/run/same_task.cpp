#include "same_task.hpp"

#include "error.hpp"
#include "task_differences.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

constexpr std::size_t kMostNamed = 4; // in a message

template <class T> void by_name(std::vector<T>& elements) {
    std::sort(elements.begin(), elements.end(),
              [](const T& a, const T& b) { return a.name < b.name; });
}

// With tables and terms by name, and without what changes no result. Phases, stages and what varies
// stay: their order is their course.
std::string sorted_text(Task task) {
    const RunSettings defaults;
    task.run.threads = defaults.threads;
    task.run.isa = defaults.isa;
    task.run.lane_bytes = defaults.lane_bytes;
    task::Task& all = task.described;
    by_name(all.populations);
    by_name(all.projections);
    by_name(all.rules);
    by_name(all.data);
    by_name(all.losses);
    by_name(all.probes);
    by_name(all.trials.sets);
    for (task::Projection& projection : all.projections)
        by_name(projection.factors.of);
    for (task::Rule& rule : all.rules) {
        std::sort(rule.terms.products.begin(), rule.terms.products.end());
        by_name(rule.theta.named);
        by_name(rule.tau.named);
        by_name(rule.factors.of);
    }
    return to_toml(task);
}

// "search.iterations = 40, and not 50": what `other` has, and not `task`.
std::string differing_keys(const std::string& task, const std::string& other) {
    const TomlValue here = parse_toml(task, "task", Exit::data),
                    there = parse_toml(other, "task", Exit::data);
    std::vector<std::string> parts;
    const std::vector<TaskDifference> keys = task_differences({&here, &there});
    const auto shown = [](const std::string& value) {
        return value.empty() ? std::string("absent") : value;
    };
    for (std::size_t k = 0; k < std::min(keys.size(), kMostNamed); ++k)
        parts.push_back(fmt::format("{} = {}, and not {}", keys[k].path, shown(keys[k].values[1]),
                                    shown(keys[k].values[0])));
    if (keys.empty()) // texts differ in what no key says
        return "phases, stages or what varies in another order";
    if (keys.size() > kMostNamed)
        parts.push_back(fmt::format("{} more", keys.size() - kMostNamed));
    return fmt::format("{}", fmt::join(parts, "; "));
}

// Those of `names` that are not among `others`: "none", or in quotes.
std::string missing_among(const std::vector<std::string>& others,
                          const std::vector<std::string>& names) {
    std::vector<std::string> only;
    for (const std::string& name : names)
        if (std::find(others.begin(), others.end(), name) == others.end())
            only.push_back('"' + name + '"');
    return only.empty() ? "none" : fmt::format("{}", fmt::join(only, ", "));
}

Task on_this_machine(Task begun, const Task& task) {
    begun.run.threads = task.run.threads;
    begun.run.isa = task.run.isa;
    begun.run.lane_bytes = task.run.lane_bytes;
    return begun;
}

constexpr const char* kPutBack =
    "put the task.toml of the run back, or start again with carve train";

} // namespace

Task begun_task(const Task& task, const std::string& directory) {
    const Task begun = load_task(directory + "/task.toml", {});
    const std::string here = sorted_text(task), there = sorted_text(begun);
    if (here != there)
        throw Error(Exit::usage,
                    fmt::format("'{}' holds a search of another task or seed: with {}", directory,
                                differing_keys(here, there)),
                    "--force replaces it, --out chooses another directory");
    return on_this_machine(begun, task);
}

Task checkpoint_task(const Task& task, const Checkpoint& checkpoint, const std::string& file) {
    const std::vector<std::string> names = coefficient_names(task);
    std::vector<std::string> a = names, b = checkpoint.coefficients;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (a != b)
        throw Error(Exit::data,
                    fmt::format("'{}' and '{}' differ in the coefficients that are searched for: "
                                "only the checkpoint has {}, only the task has {}",
                                file, checkpoint.path, missing_among(a, b), missing_among(b, a)),
                    kPutBack);
    const Task begun = parse_task(checkpoint.task, file, {});
    const std::string here = sorted_text(task), there = sorted_text(begun);
    if (here != there)
        throw Error(Exit::data,
                    fmt::format("'{}' is not the task of the checkpoint beside it, which has {}",
                                file, differing_keys(here, there)),
                    kPutBack);
    if (coefficient_names(begun) != checkpoint.coefficients)
        throw Error(Exit::data,
                    fmt::format("'{}' does not fit its task: its coefficients are not the task's",
                                checkpoint.path),
                    "put the run's own checkpoint back, or start again with carve train --force");
    return on_this_machine(begun, task);
}

} // namespace carve::cli
