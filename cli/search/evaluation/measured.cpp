#include "measured.hpp"

#include "mean_field.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {
namespace {

constexpr std::size_t kMostCounted = 24; // conditions whose afferents are simulated by themselves

// The values that take turns, with which the trial was drawn.
std::vector<std::pair<std::string, std::string>> turns_of(const Trial& trial) {
    std::vector<std::pair<std::string, std::string>> out;
    const std::vector<task::Setting>& vary = trial.described->trials.vary.of;
    for (std::size_t i = 0; i < vary.size(); ++i)
        if (vary[i].value.list())
            out.emplace_back(vary[i].path, trial.at[i]);
    return out;
}

} // namespace

MeasuredTrials::MeasuredTrials(const Task& task)
    : task_(task), names_(measured_names(task)), accept_(names_.size()), values_(names_.size()) {
    for (std::size_t i = 0; i < names_.size(); ++i)
        for (const task::Measure& probe : task.described.probes)
            if (names_[i] == "probe." + probe.name)
                accept_[i] = probe.accept;
}

MeasuredTrials::Group& MeasuredTrials::group_of(const Trial& trial) {
    const std::vector<std::pair<std::string, std::string>> at = turns_of(trial);
    for (Group& group : groups_)
        if (group.condition.at == at)
            return group;
    groups_.push_back({{at, {}}, trial.described, Values(names_.size())});
    return groups_.back();
}

void MeasuredTrials::add(const Evaluation& evaluation, const Evaluator& evaluator,
                         const Trials& trials) {
    for (std::size_t trial = 0; trial < evaluation.frozen.size(); ++trial) {
        Group& group = group_of(*trials[trial]);
        for (std::size_t i = 0; evaluation.frozen[trial] < 0 && i < values_.size(); ++i) {
            values_[i].push_back(evaluator.observed()[trial][i]);
            group.values[i].push_back(values_[i].back());
        }
    }
}

std::vector<MeasuredSpread> MeasuredTrials::spreads(const Values& values) const {
    std::vector<MeasuredSpread> out;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const auto n = static_cast<double>(values[i].size());
        MeasuredSpread spread{names_[i], 0, 0, values[i].size(), accept_[i]};
        for (const double v : values[i])
            spread.mean += v / n;
        for (const double v : values[i])
            spread.deviation += (v - spread.mean) * (v - spread.mean);
        spread.deviation = n > 1 ? std::sqrt(spread.deviation / (n - 1))
                                 : std::numeric_limits<double>::quiet_NaN();
        if (values[i].empty())
            spread.mean = std::numeric_limits<double>::quiet_NaN();
        out.push_back(spread);
    }
    return out;
}

std::vector<MeasuredSpread> MeasuredTrials::all() const { return spreads(values_); }

std::vector<Condition> MeasuredTrials::conditions() const {
    const std::optional<MeanField> field = mean_field_of(task_);
    std::vector<Condition> out;
    if (groups_.size() < 2 && !field)
        return out;
    for (const Group& group : groups_) {
        out.push_back(group.condition);
        out.back().measured = spreads(group.values);
        if (!field || groups_.size() > kMostCounted)
            continue;
        out.back().afferent_rate = afferent_rate(task_, *group.described, *field);
        out.back().set_point = set_point(all_terms(task_.rules.front()), out.back().afferent_rate);
    }
    return out;
}

} // namespace carve::cli
