#include "held_out.hpp"

#include "cell.hpp"
#include "evaluate.hpp"
#include "simulation.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace carve::cli {

namespace {

// Means over trials. Those that diverged are left out: the loss has them.
class CellTrials {
  public:
    // factors: of the inhibitory rates, which the trials take by turns.
    explicit CellTrials(std::vector<double> factors)
        : factors_(std::move(factors)), sums_(factors_.size()), counts_(factors_.size()) {}

    void add(const Evaluation& evaluation, const Evaluator& evaluator) {
        for (std::size_t trial = 0; trial < evaluation.frozen.size(); ++trial) {
            if (evaluation.frozen[trial] >= 0)
                continue;
            const std::vector<double>& observed = evaluator.observed()[trial];
            sums_[trial % sums_.size()] += observed[0];
            counts_[trial % sums_.size()] += 1;
            tuning_ += observed[1];
            total_ += 1;
        }
    }
    CellReport report(const Task& task) const {
        CellReport report;
        for (std::size_t f = 0; f < sums_.size(); ++f) {
            report.afferent_rates.push_back(inhibitory_rate(task, factors_[f]));
            report.rates.push_back(sums_[f] / counts_[f]);
            report.set_points.push_back(
                set_point(task.rules.front().terms, report.afferent_rates.back()));
        }
        report.tuning = tuning_ / total_;
        report.target = task.loss.target;
        return report;
    }

  private:
    std::vector<double> factors_, sums_, counts_; // [factor]
    double tuning_ = 0, total_ = 0;
};

// Of each loss and probe over trials, as they come.
class MeasuredTrials {
  public:
    explicit MeasuredTrials(const Task& task)
        : names_(measured_names(task)), values_(names_.size()) {}

    void add(const Evaluation& evaluation, const Evaluator& evaluator) {
        for (std::size_t trial = 0; trial < evaluation.frozen.size(); ++trial)
            for (std::size_t i = 0; evaluation.frozen[trial] < 0 && i < values_.size(); ++i)
                values_[i].push_back(evaluator.observed()[trial][i]);
    }
    std::vector<MeasuredSpread> report() const {
        std::vector<MeasuredSpread> out;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            const auto n = static_cast<double>(values_[i].size());
            MeasuredSpread spread{names_[i], 0, 0, values_[i].size()};
            for (const double v : values_[i])
                spread.mean += v / n;
            for (const double v : values_[i])
                spread.deviation += (v - spread.mean) * (v - spread.mean);
            spread.deviation = n > 1 ? std::sqrt(spread.deviation / (n - 1))
                                     : std::numeric_limits<double>::quiet_NaN();
            if (values_[i].empty())
                spread.mean = std::numeric_limits<double>::quiet_NaN();
            out.push_back(spread);
        }
        return out;
    }

  private:
    std::vector<std::string> names_;
    std::vector<std::vector<double>> values_; // [name][trial]
};

// Evaluates the task's rules on the sets of a role, portion by portion, which are forgotten.
using EachPortion = std::function<void(const Evaluation&, const Evaluator&)>;
// variance: that the inputs are scaled to have, in their own. described: of a further set of trials.
void each_portion(const Task& task, const DataSource& source, Role role, Workers& workers,
                  const EachPortion& each, double variance = 1,
                  const std::shared_ptr<const task::Task>& described = nullptr) {
    const std::vector<double> theta = coefficients(task);
    const Eigen::Map<const Eigen::VectorXd> rules(theta.data(),
                                                  static_cast<Eigen::Index>(theta.size()));
    const std::uint64_t n = task.search.held_out_sets;
    for (std::uint64_t first = 0, round = 0; first < n; first += kPortion, ++round) {
        // Trials of a network as described are numbered through.
        const std::uint64_t at = is_described(task) ? 0 : round;
        std::vector<DataSet> data =
            source.draw(role, at, at, std::min(kPortion, n - first), task.input.samples,
                        task.network.outputs, 0, described, first);
        for (DataSet& set : data)
            set.samples *= std::sqrt(variance);
        Evaluator evaluator(task, data, workers);
        each(evaluator.run(rules, Derivatives::no), evaluator);
    }
}

double median_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
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
    }
    return task;
}

} // namespace

std::size_t independent_group(const Task& task) { return task.network.w0_antithetic ? 2 : 1; }

LossSpread spread_of(const Task& task, const std::vector<double>& losses, std::size_t diverged) {
    const std::size_t n = losses.size(), group = independent_group(task);
    LossSpread spread;
    spread.sets = n;
    spread.diverged = diverged;
    spread.median = median_of(losses);
    spread.worst = *std::max_element(losses.begin(), losses.end());
    std::vector<double> means; // of independent sets
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

HeldOut held_out(const Task& task, const DataSource& source, Workers& workers) {
    Evaluation all;
    HeldOut out;
    CellTrials trials(task.cell.inhibitory_factors);
    MeasuredTrials measured(task);
    const auto n = static_cast<double>(task.search.held_out_sets);
    if (is_layer(task))
        out.cosines.assign(task.network.outputs, 0);
    each_portion(task, source, Role::held_out, workers,
                 [&](const Evaluation& part, const Evaluator& evaluator) {
                     all.losses.insert(all.losses.end(), part.losses.begin(), part.losses.end());
                     all.frozen.insert(all.frozen.end(), part.frozen.begin(), part.frozen.end());
                     all.diverged += part.diverged;
                     if (is_described(task))
                         return measured.add(part, evaluator);
                     if (is_spiking(task))
                         return trials.add(part, evaluator);
                     const std::vector<double> cosines = evaluator.cosines();
                     for (std::size_t i = 0; i < out.cosines.size(); ++i)
                         out.cosines[i] += cosines[i] * static_cast<double>(part.losses.size()) / n;
                 });
    if (is_spiking(task))
        out.cell = trials.report(task);
    if (is_described(task))
        out.measured = measured.report();
    out.loss = total_loss(all.losses, all.frozen, task.network.steps, task.search, task.loss);
    out.spread = spread_of(task, all.losses, all.diverged);
    return out;
}

std::vector<CellReport> transfer(const Task& task, const DataSource& source, Workers& workers) {
    std::vector<CellReport> reports;
    if (!has_transfer(task))
        return reports;
    for (const double target : transfer_targets(task.loss)) {
        Task there = task;
        for (Term& term : there.rules.front().terms)
            if (term.spike == at_pre(0, 0, 0))
                term.theta *= target / task.loss.target;
        there.loss.target = target;
        CellTrials trials(transfer_factors(there.cell));
        each_portion(there, source, Role::transfer, workers,
                     [&](const Evaluation& part, const Evaluator& evaluator) {
                         trials.add(part, evaluator);
                     });
        reports.push_back(trials.report(there));
    }
    return reports;
}

std::vector<OtherSet> other_sets(const Task& task, const DataSource& source, Workers& workers) {
    std::vector<OtherSet> out;
    if (!is_described(task))
        return out;
    for (const task::TrialSet& set : task.described.trials.sets) {
        auto described = std::make_shared<task::Task>(task.described);
        std::vector<task::Setting>& vary = described->trials.vary.of;
        for (const task::Setting& s : set.vary.of) { // instead of the search's, or beside it
            const auto same = std::find_if(vary.begin(), vary.end(),
                                           [&](const auto& other) { return other.path == s.path; });
            if (same == vary.end())
                vary.push_back(s);
            else
                *same = s;
        }
        Task there = task;
        there.described = *described;
        there.search.held_out_sets = set.count.value_or(task.search.held_out_sets);
        Evaluation all;
        MeasuredTrials measured(there);
        each_portion(
            there, source, Role::transfer, workers,
            [&](const Evaluation& part, const Evaluator& evaluator) {
                all.losses.insert(all.losses.end(), part.losses.begin(), part.losses.end());
                all.frozen.insert(all.frozen.end(), part.frozen.begin(), part.frozen.end());
                all.diverged += part.diverged;
                measured.add(part, evaluator);
            },
            1, described);
        out.push_back(
            {set.name,
             total_loss(all.losses, all.frozen, there.network.steps, there.search, there.loss),
             spread_of(there, all.losses, all.diverged), measured.report()});
    }
    return out;
}

double stable_variance(const Task& task, const DataSource& source, Workers& workers,
                       double silent) {
    double stable = 0;
    for (int k = 0;; ++k) {
        const double variance = std::exp2(k / 2.0);
        std::vector<double> losses;
        std::size_t diverged = 0;
        each_portion(
            task, source, Role::held_out, workers,
            [&](const Evaluation& part, const Evaluator&) {
                losses.insert(losses.end(), part.losses.begin(), part.losses.end());
                diverged += part.diverged;
            },
            variance);
        if (diverged > 0 || !(spread_of(task, losses, 0).mean < silent))
            return stable;
        stable = variance;
        if (variance >= kMostVariance)
            return stable;
    }
}

Yardsticks yardsticks(const Task& task, const DataSource& source, Workers& workers) {
    Yardsticks out;
    out.silent = held_out(without_plasticity(task), source, workers).loss;
    if (const std::optional<Task> references = with_references(task))
        out.reference = held_out(*references, source, workers).loss;
    return out;
}

} // namespace carve::cli
