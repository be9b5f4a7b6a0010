// search_state.cpp: see search_state.hpp.
#include "search_state.hpp"

#include "cell.hpp"
#include "snapshot.hpp"

#include <algorithm>
#include <carve.h>
#include <cmath>
#include <limits>
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
    CellReport report(const Task& task, const std::vector<Term>& terms) const {
        CellReport report;
        for (std::size_t f = 0; f < sums_.size(); ++f) {
            report.afferent_rates.push_back(inhibitory_rate(task, factors_[f]));
            report.rates.push_back(sums_[f] / counts_[f]);
            report.set_points.push_back(set_point(terms, report.afferent_rates.back()));
        }
        report.tuning = tuning_ / total_;
        report.target = task.loss.target;
        return report;
    }

  private:
    std::vector<double> factors_, sums_, counts_; // [factor]
    double tuning_ = 0, total_ = 0;
};

} // namespace

SearchState::SearchState(const Task& task, const DataSource& source, const SearchHooks& hooks,
                         const Snapshot* from)
    : task_(task), source_(source), hooks_(hooks), workers_(task.run.threads) {
    for (const RuleSettings& rule : task.rules)
        n_ += rule.terms.size();
    if (!from)
        return;
    snapshot_ = *from;
    now_ = snapshot_.counters;
}

void SearchState::boundary() {
    snapshot_.counters = now_;
    snapshot_.journal.clear();
    replayed_ = 0;
    save(false);
}

void SearchState::save(bool now) {
    if (hooks_.save)
        hooks_.save(snapshot_, now);
}

// ---- Candidates --------------------------------------------------------------------------------

Task SearchState::restricted(const Candidate& candidate, const StageSettings& stage) const {
    Task task = at_stage(task_, stage);
    const std::vector<ProjectionRule> kept = rules(candidate);
    for (std::size_t r = 0; r < task.rules.size(); ++r)
        task.rules[r].terms = kept[r].terms;
    return task;
}

std::vector<double> SearchState::full(const Candidate& candidate) const {
    std::vector<double> theta(n_, 0.0);
    for (std::size_t i = 0; i < candidate.support.size(); ++i)
        theta[candidate.support[i]] = candidate.theta[static_cast<Eigen::Index>(i)];
    return theta;
}

std::vector<ProjectionRule> SearchState::rules(const Candidate& candidate) const {
    std::vector<ProjectionRule> rules;
    std::size_t next = 0, first = 0;
    for (const RuleSettings& settings : task_.rules) {
        ProjectionRule rule{settings.name, settings.eta, {}};
        const std::size_t end = first + settings.terms.size();
        for (; next < candidate.support.size() && candidate.support[next] < end; ++next) {
            rule.terms.push_back(settings.terms[candidate.support[next] - first]);
            rule.terms.back().theta = candidate.theta[static_cast<Eigen::Index>(next)];
        }
        rules.push_back(std::move(rule));
        first = end;
    }
    return rules;
}

std::vector<double> SearchState::angles(const Candidate& candidate) const {
    const std::vector<ProjectionRule> found = rules(candidate);
    std::vector<double> angles(found.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t r = 0; r < found.size(); ++r)
        if (const Preset* preset = find_preset(task_.rules[r].reference))
            angles[r] = angle_degrees(found[r].terms, preset->terms);
    return angles;
}

double SearchState::angle(const Candidate& candidate) const {
    double largest = std::numeric_limits<double>::quiet_NaN();
    for (const double angle : angles(candidate))
        largest = std::fmax(largest, angle);
    return largest;
}

// ---- Evaluations -------------------------------------------------------------------------------

std::vector<DataSet> SearchState::draw(const StageSettings& stage, std::uint64_t round,
                                       std::uint64_t w0_round) const {
    return source_.draw(Role::search, round, w0_round, stage.data_sets, stage.samples,
                        stage.outputs, stage.columns);
}

void SearchState::count(const Evaluation& evaluation) {
    now_.evaluations += evaluation.losses.size();
    now_.diverged += evaluation.diverged;
}

template <class Run, class Check> Evaluation SearchState::recorded(Run run, Check check) {
    if (replayed_ < snapshot_.journal.size()) {
        check(snapshot_.journal[replayed_]);
        return snapshot_.journal[replayed_++];
    }
    snapshot_.journal.push_back(run());
    ++replayed_;
    save(false);
    return snapshot_.journal.back();
}

Evaluation SearchState::evaluate(Evaluator& evaluator, const Eigen::VectorXd& theta,
                                 Derivatives derivatives) {
    const std::size_t slopes = derivatives == Derivatives::yes ? evaluator.coefficients() : 0;
    const Evaluation evaluation = recorded(
        [&] { return evaluator.run(theta, derivatives); },
        [&](const Evaluation& known) { check_evaluation(known, evaluator.replicas(), slopes); });
    count(evaluation);
    return evaluation;
}

Evaluation SearchState::evaluate_last(Evaluator& evaluator, const Eigen::VectorXd& theta,
                                      Derivatives derivatives) {
    Evaluation evaluation = evaluator.run(theta, derivatives);
    count(evaluation);
    return evaluation;
}

Objective SearchState::objective(Evaluator& evaluator, PopulationEvaluator& population) {
    // A generation is not kept: it is one iteration, and that is what a search is gone on from.
    return {[&](const Eigen::VectorXd& theta, Derivatives derivatives) {
                return evaluate(evaluator, theta, derivatives);
            },
            [&](const Eigen::MatrixXd& thetas) {
                std::vector<Evaluation> all = population.run(thetas);
                for (const Evaluation& evaluation : all)
                    count(evaluation);
                return all;
            }};
}

double SearchState::validation_loss(const Candidate& candidate, const StageSettings& stage) {
    std::vector<DataSet>& data = validation_[{stage.outputs, stage.columns}];
    if (data.empty())
        data = source_.draw(Role::validation, 0, 0, task_.search.validation_sets,
                            task_.input.samples, stage.outputs, stage.columns);
    Evaluator evaluator(restricted(candidate, stage), data, workers_);
    return evaluate(evaluator, candidate.theta, Derivatives::no).loss;
}

void SearchState::run_held_out(const Task& task, Role role, const Eigen::VectorXd& theta,
                               const EachPortion& each) {
    // A portion is a round of its own, so memory does not grow with the number of sets. Even, so
    // that antithetic pairs stay together.
    constexpr std::uint64_t kPortion = 20;
    const std::uint64_t n = task.search.held_out_sets;
    for (std::uint64_t first = 0, round = 0; first < n; first += kPortion, ++round) {
        const std::vector<DataSet> data =
            source_.draw(role, round, round, std::min(kPortion, n - first), task.input.samples,
                         task.network.outputs);
        Evaluator evaluator(task, data, workers_);
        each(evaluate_last(evaluator, theta, Derivatives::no), evaluator);
    }
}

double SearchState::held_out_loss(const Candidate& candidate, const StageSettings& stage,
                                  std::vector<double>* cosines, CellReport* cell) {
    const Task task = restricted(candidate, stage);
    const auto n = static_cast<double>(task.search.held_out_sets);
    Evaluation all;
    CellTrials trials(task.cell.inhibitory_factors);
    if (cosines)
        cosines->assign(stage.outputs, 0);
    run_held_out(task, Role::held_out, candidate.theta,
                 [&](const Evaluation& part, const Evaluator& evaluator) {
                     all.losses.insert(all.losses.end(), part.losses.begin(), part.losses.end());
                     all.frozen.insert(all.frozen.end(), part.frozen.begin(), part.frozen.end());
                     if (cell)
                         trials.add(part, evaluator);
                     for (std::size_t i = 0; cosines && i < stage.outputs; ++i)
                         (*cosines)[i] +=
                             evaluator.cosines()[i] * static_cast<double>(part.losses.size()) / n;
                 });
    if (cell)
        *cell = trials.report(task, rules(candidate).front().terms);
    return total_loss(all.losses, all.frozen, task.network.steps, task.search, task.loss);
}

std::vector<CellReport> SearchState::transfer(const Candidate& candidate,
                                              const StageSettings& stage) {
    std::vector<CellReport> reports;
    if (!has_transfer(task_))
        return reports;
    for (const double target : transfer_targets(task_.loss)) {
        Candidate scaled = candidate;
        const std::vector<Term> terms = rules(candidate).front().terms;
        for (std::size_t k = 0; k < terms.size(); ++k)
            if (terms[k].spike == CARVE_AT_PRE(0, 0, 0))
                scaled.theta[static_cast<Eigen::Index>(k)] *= target / task_.loss.target;
        Task task = restricted(scaled, stage);
        task.loss.target = target;
        CellTrials trials(transfer_factors(task.cell));
        run_held_out(task, Role::transfer, scaled.theta,
                     [&](const Evaluation& part, const Evaluator& evaluator) {
                         trials.add(part, evaluator);
                     });
        reports.push_back(trials.report(task, rules(scaled).front().terms));
    }
    return reports;
}

void SearchState::optimize(Candidate& candidate, const std::vector<DataSet>& data,
                           const StageSettings& stage, const std::string& phase,
                           const std::function<bool(const Iteration&)>& go_on) {
    const Task task = restricted(candidate, stage);
    Evaluator evaluator(task, data, workers_);
    PopulationEvaluator population(task, data, workers_);
    const Objective objective = this->objective(evaluator, population);
    // Few coefficients near a minimum: Gauss-Newton with bold steps, whatever the stages used.
    constexpr double kDamping = 1e-3;
    const std::unique_ptr<Optimizer> optimizer = make_gauss_newton(kDamping);
    for (std::uint64_t i = 1; i <= stage.iterations; ++i) {
        const Iteration done = optimizer->iterate(objective, candidate.theta, stage.l1);
        report(candidate, phase, i, stage.iterations, done);
        if (!done.moved || (go_on && !go_on(done)))
            break;
    }
}

void SearchState::end_phase(const std::string& name) {
    if (now_.phases.empty() || now_.phases.back().name != name)
        now_.phases.push_back({name, 0, 0});
    now_.phases.back().evaluations += now_.evaluations - now_.counted;
    now_.counted = now_.evaluations;
}

void SearchState::report(const Candidate& candidate, const std::string& phase,
                         std::uint64_t iteration, std::uint64_t total, const Iteration& done) {
    ++now_.iterations;
    end_phase(phase);
    ++now_.phases.back().iterations;
    if (!hooks_.on_progress)
        return;
    Progress progress;
    progress.phase = phase;
    progress.iteration = iteration;
    progress.total = total;
    progress.loss = done.loss;
    progress.step = done.step;
    progress.diverged = done.diverged;
    progress.evaluations = now_.evaluations;
    progress.angle = angle(candidate);
    progress.theta = full(candidate);
    hooks_.on_progress(progress);
}

} // namespace carve::cli
