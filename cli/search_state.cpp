// search_state.cpp: see search_state.hpp.
#include "search_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carve::cli {

SearchState::SearchState(const Task& task, const DataSource& source,
                         const std::function<bool(const Progress&)>& on_progress,
                         SearchResult& result)
    : task_(task), source_(source), on_progress_(on_progress), result_(result) {
    for (const RuleSettings& rule : task.rules)
        n_ += rule.terms.size();
}

Task SearchState::restricted(const Candidate& candidate) const {
    Task task = task_;
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

double SearchState::angle(const Candidate& candidate) const {
    const std::vector<ProjectionRule> found = rules(candidate);
    double largest = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t r = 0; r < found.size(); ++r)
        if (const Preset* preset = find_preset(task_.rules[r].reference))
            largest = std::fmax(largest, angle_degrees(found[r].terms, preset->terms));
    return largest;
}

Evaluation SearchState::evaluate(Evaluator& evaluator, const Eigen::VectorXd& theta,
                                 Derivatives derivatives) {
    Evaluation evaluation = evaluator.run(theta, derivatives);
    result_.evaluations += evaluation.losses.size();
    result_.diverged += evaluation.diverged;
    return evaluation;
}

double SearchState::validation_loss(const Candidate& candidate, std::uint64_t steps) {
    if (validation_.empty())
        validation_ =
            source_.draw(Role::validation, 0, 0, task_.search.validation_sets, task_.input.samples);
    Evaluator evaluator(restricted(candidate), validation_, steps);
    return evaluate(evaluator, candidate.theta, Derivatives::no).loss;
}

double SearchState::held_out_loss(const Candidate& candidate) {
    // A portion is a round of its own, so memory does not grow with the number of sets. Even, so
    // that antithetic pairs stay together.
    constexpr std::uint64_t kPortion = 20;
    const Task task = restricted(candidate);
    const std::uint64_t n = task.search.held_out_sets;
    Evaluation all;
    for (std::uint64_t first = 0, round = 0; first < n; first += kPortion, ++round) {
        const std::vector<DataSet> data = source_.draw(
            Role::held_out, round, round, std::min(kPortion, n - first), task.input.samples);
        Evaluator evaluator(task, data, task.network.steps);
        const Evaluation part = evaluate(evaluator, candidate.theta, Derivatives::no);
        all.losses.insert(all.losses.end(), part.losses.begin(), part.losses.end());
        all.frozen.insert(all.frozen.end(), part.frozen.begin(), part.frozen.end());
    }
    return total_loss(all.losses, all.frozen, task.network.steps, task.search.blow_up);
}

void SearchState::optimize(Candidate& candidate, const std::vector<DataSet>& data,
                           const StageSettings& settings, const std::string& phase,
                           const std::function<bool(const Iteration&)>& go_on) {
    Evaluator evaluator(restricted(candidate), data, settings.steps);
    const Objective objective = [&](const Eigen::VectorXd& theta, Derivatives derivatives) {
        return evaluate(evaluator, theta, derivatives);
    };
    // Few coefficients near a minimum: Gauss-Newton with bold steps, whatever the stages used.
    constexpr double kDamping = 1e-3;
    const std::unique_ptr<Optimizer> optimizer = make_gauss_newton(kDamping);
    for (std::uint64_t i = 1; i <= settings.iterations; ++i) {
        const Iteration done = optimizer->iterate(objective, candidate.theta, settings.l1);
        const bool wanted = report(candidate, phase, i, settings.iterations, done);
        if (!wanted || !done.moved || (go_on && !go_on(done)))
            break;
    }
}

bool SearchState::report(const Candidate& candidate, const std::string& phase,
                         std::uint64_t iteration, std::uint64_t total, const Iteration& done) {
    Progress progress;
    progress.phase = phase;
    progress.iteration = iteration;
    progress.total = total;
    progress.loss = done.loss;
    progress.step = done.step;
    progress.diverged = done.at.diverged;
    progress.evaluations = result_.evaluations;
    progress.angle = angle(candidate);
    progress.theta = full(candidate);
    ++result_.iterations;
    stopped_ = (on_progress_ && !on_progress_(progress)) || stopped_;
    result_.history.push_back(std::move(progress));
    return !stopped_;
}

} // namespace carve::cli
