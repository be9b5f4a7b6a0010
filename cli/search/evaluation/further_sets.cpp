#include "further_sets.hpp"

#include "mean_field.hpp"

#include <algorithm>

namespace carve::cli {

const TomlList* targets_of_set(const Task& task, const task::TrialSet& set) {
    const std::optional<MeanField> field = mean_field_of(task);
    for (const task::Setting& s : set.vary.of)
        if (field && s.path == "loss." + field->loss + ".target")
            return s.value.list();
    return nullptr;
}

std::uint64_t trials_of_set(const Task& task, const task::TrialSet& set) {
    if (set.count)
        return *set.count;
    const TomlList* const targets = targets_of_set(task, set);
    const auto turns = [&](const task::Setting& s) -> std::uint64_t {
        const TomlList* const list = s.value.list();
        return list && list != targets ? std::max<std::size_t>(1, list->size()) : 1;
    };
    std::uint64_t all = is_antithetic(task.described) ? 2 : 1;
    for (const task::Setting& s : set.vary.of)
        all *= turns(s);
    for (const task::Setting& s : task.described.trials.vary.of) // of the search's those that stay
        if (std::none_of(set.vary.of.begin(), set.vary.of.end(),
                         [&](const task::Setting& other) { return other.path == s.path; }))
            all *= turns(s);
    return (task.described.trials.held_out + all - 1) / all * all;
}

} // namespace carve::cli
