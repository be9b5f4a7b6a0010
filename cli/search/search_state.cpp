#include "search_state.hpp"

#include "snapshot.hpp"

#include <algorithm>
#include <carve.h>
#include <cmath>
#include <limits>
#include <utility>

namespace carve::cli {

SearchState::SearchState(const Task& task, const TrialSource& source, const SearchHooks& hooks,
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
    for (std::size_t r = 0; r < task.rules.size(); ++r) {
        RuleSettings& rule = task.rules[r];
        std::vector<task::Draw> starts;
        for (std::size_t k = 0; k < rule.starts.size(); ++k)
            if (std::any_of(kept[r].terms.begin(), kept[r].terms.end(),
                            [&](const Term& t) { return is_same_term(t, rule.terms[k]); }))
                starts.push_back(rule.starts[k]);
        rule.starts = std::move(starts);
        rule.terms = kept[r].terms;
    }
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

Trials SearchState::draw(const StageSettings& stage, std::uint64_t round,
                         std::uint64_t w0_round) const {
    return source_.draw(stage.described,
                        {Role::search, round, w0_round, 0, stage.described->trials.search});
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

Objective SearchState::objective(Evaluator& evaluator, PopulationEvaluator& population,
                                 const Prior& prior) {
    // A generation is not stored: it is one iteration, from whose beginning a search is resumed.
    return {[&, prior](const Eigen::VectorXd& theta, Derivatives derivatives) {
                Evaluation evaluation = evaluate(evaluator, theta, derivatives);
                prior.add_to(evaluation, theta);
                return evaluation;
            },
            [&, prior](const Eigen::MatrixXd& thetas) {
                std::vector<Evaluation> all = population.run(thetas);
                for (std::size_t k = 0; k < all.size(); ++k) {
                    count(all[k]);
                    prior.add_to(all[k], thetas.col(static_cast<Eigen::Index>(k)));
                }
                return all;
            }};
}

Verdict SearchState::validation(const Candidate& candidate, const StageSettings& stage) {
    Trials& data = validation_[stage.described];
    if (data.empty())
        data = source_.draw(stage.described,
                            {Role::validation, 0, 0, 0, task_.described.trials.validation});
    Evaluator evaluator(restricted(candidate, stage), data, workers_);
    const Evaluation evaluation = evaluate(evaluator, candidate.theta, Derivatives::no);
    return {evaluation.loss, evaluation.violation};
}

HeldOut SearchState::held_out(const Candidate& candidate) {
    HeldOut out = cli::held_out(restricted(candidate, whole_stage(task_)), source_, workers_);
    now_.evaluations += out.spread.trials;
    now_.diverged += out.spread.diverged;
    return out;
}

void SearchState::optimize(Candidate& candidate, const Trials& data, const StageSettings& stage,
                           const std::string& phase,
                           const std::function<bool(const Iteration&)>& go_on) {
    const Task task = restricted(candidate, stage);
    Evaluator evaluator(task, data, workers_);
    PopulationEvaluator population(task, data, workers_);
    const Objective objective =
        this->objective(evaluator, population, prior_of(task.search, task.rules));
    // Few coefficients near a minimum: Gauss-Newton with bold steps, whatever the stages used.
    constexpr double kDamping = 1e-3;
    const std::unique_ptr<Optimizer> optimizer = make_gauss_newton(kDamping, box_of(task.rules));
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
