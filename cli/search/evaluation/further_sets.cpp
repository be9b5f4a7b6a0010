#include "further_sets.hpp"

#include "task.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

// Each target of a loss is a set of its own.
bool is_target(const std::string& path) {
    const std::string tail = ".target";
    return path.rfind("loss.", 0) == 0 && path.size() > tail.size() &&
           path.compare(path.size() - tail.size(), tail.size(), tail) == 0;
}

std::uint64_t turns(const task::Setting& setting) {
    const TomlList* const list = setting.value.list();
    return list && !is_target(setting.path) ? std::max<std::size_t>(1, list->size()) : 1;
}

} // namespace

std::uint64_t trials_of_set(const task::Task& task, const task::TrialSet& set) {
    if (set.count)
        return *set.count;
    std::uint64_t all = is_antithetic(task) ? 2 : 1;
    for (const task::Setting& s : set.vary.of)
        all *= turns(s);
    for (const task::Setting& s : task.trials.vary.of) // of the search's those that stay
        if (std::none_of(set.vary.of.begin(), set.vary.of.end(),
                         [&](const task::Setting& other) { return other.path == s.path; }))
            all *= turns(s);
    return (task.trials.held_out + all - 1) / all * all;
}

} // namespace carve::cli
