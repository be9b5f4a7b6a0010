#include "held_out.hpp"

#include "evaluate.hpp"
#include "further_sets.hpp"
#include "mean_field.hpp"
#include "measured.hpp"
#include "paths.hpp"
#include "rule_factors.hpp"
#include "schema.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace carve::cli {

namespace {

bool is_of_components(const task::Measure& m) {
    return m.kind == task::MeasureKind::components || m.kind == task::MeasureKind::subspace;
}

// Evaluates the task's rules in the trials of a role, portion by portion, which are forgotten.
using EachPortion = std::function<void(const Evaluation&, const Evaluator&, const Trials&)>;

// The inputs that components are of, scaled.
Trials scaled(const task::Task& task, const Trials& trials, double variance) {
    Trials out;
    for (const std::shared_ptr<const Trial>& trial : trials) {
        auto copy = std::make_shared<Trial>(*trial);
        for (const task::Measure& m : task.losses)
            for (const task::Projection& p : task.projections)
                if (is_of_components(m) && p.name == m.of.of[0]) {
                    const std::string& data = find_population(task, p.from)->data;
                    copy->columns[data] = std::make_shared<const RowMatrix>(std::sqrt(variance) *
                                                                            trial->column(data));
                }
        out.push_back(std::move(copy));
    }
    return out;
}

// `count` trials as the task describes them.
void each_portion(const Task& task, const TrialSource& source, Role role, std::uint64_t count,
                  Workers& workers, const EachPortion& each, double variance = 1) {
    const std::vector<double> theta = coefficients(task);
    const Eigen::Map<const Eigen::VectorXd> rules(theta.data(),
                                                  static_cast<Eigen::Index>(theta.size()));
    const auto described = std::make_shared<const task::Task>(task.described);
    for (std::uint64_t first = 0; first < count; first += kPortion) {
        Trials trials =
            source.draw(described, {role, 0, 0, first, std::min(kPortion, count - first)});
        if (variance != 1)
            trials = scaled(task.described, trials, variance);
        Evaluator evaluator(task, trials, workers);
        each(evaluator.run(rules, Derivatives::no), evaluator, trials);
    }
}

// Of all trials of a role, or of a further set.
struct Judged {
    double loss = 0;
    LossSpread spread;
    std::vector<MeasuredSpread> measured;
    std::vector<Condition> conditions;
};
Judged judge(const Task& task, const TrialSource& source, Role role, std::uint64_t count,
             Workers& workers) {
    Evaluation all;
    MeasuredTrials measured(task);
    each_portion(task, source, role, count, workers,
                 [&](const Evaluation& part, const Evaluator& evaluator, const Trials& trials) {
                     all.losses.insert(all.losses.end(), part.losses.begin(), part.losses.end());
                     all.frozen.insert(all.frozen.end(), part.frozen.begin(), part.frozen.end());
                     all.diverged += part.diverged;
                     measured.add(part, evaluator, trials);
                 });
    return {total_loss(task, all.losses, all.frozen), spread_of(task, all.losses, all.diverged),
            measured.all(), measured.conditions()};
}

Task without_plasticity(Task task) {
    for (RuleSettings& rule : task.rules)
        for (Term& term : rule.terms)
            if (!is_time_constant(term))
                term.theta = 0;
    for (RuleSettings& rule : task.rules)
        for (Term& term : rule.fixed)
            if (!is_time_constant(term))
                term.theta = 0;
    return task;
}

std::optional<Task> with_references(Task task) {
    for (RuleSettings& rule : task.rules) {
        const Preset* const preset = find_preset(rule.reference);
        if (!preset || preset->terms.empty())
            return std::nullopt;
        rule.terms = preset->terms;
        rule.fixed.clear();
    }
    return task;
}

} // namespace

std::size_t independent_group(const Task& task) { return is_antithetic(task.described) ? 2 : 1; }

double median_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

LossSpread spread_of(const Task& task, const std::vector<double>& losses, std::size_t diverged) {
    const std::size_t n = losses.size(), group = independent_group(task);
    LossSpread spread;
    spread.trials = n;
    spread.diverged = diverged;
    spread.median = median_of(losses);
    spread.worst = *std::max_element(losses.begin(), losses.end());
    std::vector<double> means; // of independent trials
    for (std::size_t first = 0; first < n; first += group) {
        const std::size_t end = std::min(n, first + group);
        double sum = 0;
        for (std::size_t i = first; i < end; ++i)
            sum += losses[i];
        spread.mean += sum / static_cast<double>(n);
        means.push_back(sum / static_cast<double>(end - first));
    }
    spread.independent = means.size();
    const auto m = static_cast<double>(means.size());
    double mean = 0, squares = 0;
    for (const double value : means)
        mean += value / m;
    for (const double value : means)
        squares += (value - mean) * (value - mean);
    spread.standard_error =
        m > 1 ? std::sqrt(squares / (m - 1) / m) : std::numeric_limits<double>::quiet_NaN();
    return spread;
}

HeldOut held_out(const Task& task, const TrialSource& source, Workers& workers) {
    Judged all = judge(task, source, Role::held_out, task.described.trials.held_out, workers);
    return {all.loss, all.spread, std::move(all.measured), std::move(all.conditions)};
}

namespace {

// A further set of trials, as a task of its own.
Task task_of(const Task& task, const task::TrialSet& set) {
    Task out = task;
    std::vector<task::Setting>& vary = out.described.trials.vary.of;
    for (const task::Setting& s : set.vary.of) { // instead of the search's, or beside it
        const auto same = std::find_if(vary.begin(), vary.end(),
                                       [&](const auto& other) { return other.path == s.path; });
        if (same == vary.end())
            vary.push_back(s);
        else
            *same = s;
    }
    return out;
}

// The task at one target of its neurons' rate.
Task at_target(const Task& task, const MeanField& field, const TomlValue& target) {
    Task out = task;
    const std::string path = "loss." + field.loss + ".target";
    std::vector<task::Setting>& vary = out.described.trials.vary.of;
    vary.erase(std::remove_if(vary.begin(), vary.end(),
                              [&](const task::Setting& s) { return s.path == path; }),
               vary.end());
    Faults faults;
    task::assign(out.described, {path, target}, faults);
    faults.raise(Exit::usage);
    const double factor = mean_field_of(out)->target / field.target;
    RuleSettings& rule = out.rules.front();
    for (std::vector<Term>* const terms : {&rule.terms, &rule.fixed})
        for (Term& term : *terms)
            if (term.spike == at_pre(0, 0, 0))
                term.theta *= factor;
    return out;
}

} // namespace

std::vector<OtherSet> other_sets(const Task& task, const TrialSource& source, Workers& workers) {
    std::vector<OtherSet> out;
    const std::optional<MeanField> field = mean_field_of(task);
    for (const task::TrialSet& set : task.described.trials.sets) {
        const Task there = task_of(task, set);
        const std::uint64_t count = trials_of_set(task, set);
        const auto add = [&](const Task& of, const std::string& name) {
            Judged all = judge(of, source, Role::other, count, workers);
            out.push_back(
                {name, all.loss, all.spread, std::move(all.measured), std::move(all.conditions)});
        };
        const TomlList* const targets = targets_of_set(task, set);
        if (!targets)
            add(there, set.name);
        for (const TomlValue& target : targets ? *targets : TomlList{})
            add(at_target(there, *field, target),
                fmt::format("{}, target {}", set.name, task::inline_toml(target)));
    }
    return out;
}

bool has_components(const task::Task& task) {
    return std::any_of(task.losses.begin(), task.losses.end(), is_of_components);
}

double stable_variance(const Task& task, const TrialSource& source, Workers& workers,
                       double silent) {
    double stable = 0;
    for (int k = 0;; ++k) {
        const double variance = std::exp2(k / 2.0);
        Evaluation all;
        each_portion(
            task, source, Role::held_out, task.described.trials.held_out, workers,
            [&](const Evaluation& part, const Evaluator&, const Trials&) {
                all.losses.insert(all.losses.end(), part.losses.begin(), part.losses.end());
                all.frozen.insert(all.frozen.end(), part.frozen.begin(), part.frozen.end());
                all.diverged += part.diverged;
            },
            variance);
        if (all.diverged > 0 || !(total_loss(task, all.losses, all.frozen) < silent))
            return stable;
        stable = variance;
        if (variance >= kMostVariance)
            return stable;
    }
}

Yardsticks yardsticks(const Task& task, const TrialSource& source, Workers& workers) {
    Yardsticks out;
    out.silent = held_out(without_plasticity(task), source, workers).loss;
    if (const std::optional<Task> references = with_references(task))
        out.reference = held_out(*references, source, workers).loss;
    return out;
}

} // namespace carve::cli
