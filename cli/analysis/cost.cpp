#include "cost.hpp"

#include "further_sets.hpp"
#include "host.hpp"
#include "schedule.hpp"
#include "search_state.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace carve::cli {

namespace {

constexpr double kEnough = 0.15; // s that say what an iteration takes
constexpr std::uint64_t kFirstHorizon = 10;
constexpr int kRepeats = 3;
// What elimination and refit take is only known afterwards; as in the shipped tasks:
constexpr std::uint64_t kEliminations = 25, kRefits = 4;    // iterations
constexpr double kEliminationShare = 0.5;                   // of the terms are in use on average
constexpr double kEliminationLosses = 10, kRefitLosses = 2; // on validation sets: all; an iteration
constexpr std::size_t kTermsLeft = 4;                       // of each rule

template <class Run> double seconds_of(Run run) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The median of some runs, of one where it takes long.
template <class Run> double typical_seconds(Run run) {
    std::vector<double> taken{seconds_of(run)};
    for (int i = 1; i < kRepeats && taken[0] < kEnough; ++i)
        taken.push_back(seconds_of(run));
    std::sort(taken.begin(), taken.end());
    return taken[taken.size() / 2];
}

// The stage with trials of so many steps.
StageSettings with_steps(StageSettings stage, std::uint64_t steps) {
    auto described = std::make_shared<task::Task>(*stage.described);
    described->simulation.duration = static_cast<double>(steps) * step_of(*described);
    stage.described = std::move(described);
    stage.steps = steps;
    return stage;
}

// Seconds of run(stage) at the stage's horizon, from shorter ones where that is long. Phases are not cut
// short.
template <class Run> double at_horizon(const StageSettings& stage, Run run) {
    if (!stage.described->phases.empty())
        return typical_seconds([&] { run(stage); });
    StageSettings shorter = with_steps(stage, std::min(stage.steps, kFirstHorizon));
    double before = 0, here = 0;
    std::uint64_t steps_before = 0;
    for (;;) {
        here = typical_seconds([&] { run(shorter); });
        if (shorter.steps == stage.steps)
            return here;
        if (here > kEnough && steps_before > 0)
            break;
        before = here;
        steps_before = shorter.steps;
        shorter = with_steps(stage, std::min(stage.steps, 4 * shorter.steps));
    }
    const double of_step =
        std::max(0.0, here - before) / static_cast<double>(shorter.steps - steps_before);
    return here + of_step * static_cast<double>(stage.steps - shorter.steps);
}

class Predictor {
  public:
    Predictor(const Task& task, const TrialSource& source)
        : task_(task), state_(task, source, hooks_, nullptr), start_(random_start(task, 0)) {
        state_.at().candidate = start_;
        last_ = task.search.stages.back();
        whole_ = last_;
        whole_.steps = task.steps;
        whole_.described = whole_stage(task).described;
    }

    RunCost run() {
        RunCost cost;
        const SearchSettings& search = task_.search;
        for (std::size_t i = 0; i < search.stages.size(); ++i)
            cost.phases.push_back(of_stage(i));
        if (search.eliminate)
            cost.phases.push_back(of_elimination());
        if (search.refit)
            cost.phases.push_back(of_refit());
        cost.phases.push_back(of_report());
        cost.memory = peak_memory();
        return cost;
    }

  private:
    // An iteration as run_stage has it: data, networks, optimizer.
    void iterate(const StageSettings& stage, const Candidate& candidate, Optimizer& optimizer) {
        const Trials data = state_.draw(stage, 0, 0);
        const Task task = state_.restricted(candidate, stage);
        Evaluator evaluator(task, data, state_.workers());
        PopulationEvaluator population(task, data, state_.workers());
        Eigen::VectorXd theta = candidate.theta;
        const Objective objective =
            state_.objective(evaluator, population, prior_of(task.search, task.rules));
        optimizer.iterate(objective, theta, stage.l1);
        state_.boundary(); // forgets what was evaluated
    }

    PhaseCost of_stage(std::size_t index) {
        const StageSettings& stage = task_.search.stages[index];
        PhaseCost cost{stage.name, stage.iterations, 0};
        const auto iterations = static_cast<double>(stage.iterations);
        cost.seconds = iterations * at_horizon(stage, [&](const StageSettings& shorter) {
                           iterate(shorter, start_, *make_optimizer(task_, stage, 0, 0));
                       });
        double validations = stage.early_stop > 0 ? iterations : 0;
        validations += stage.listed ? 1 : 0;
        validations += (stage.accept || stage.ranges) && task_.search.restarts > 1 ? 1 : 0;
        if (validations > 0)
            cost.seconds += validations * validation(start_, stage);
        return cost;
    }

    // The first terms of each rule, by a share of them but at least `least`.
    Candidate shrunk(double share, std::size_t least) const {
        Candidate candidate{{}, {}};
        std::vector<double> theta;
        std::size_t first = 0;
        for (const RuleSettings& rule : task_.rules) {
            const std::size_t n = rule.terms.size();
            const auto part = static_cast<std::size_t>(std::ceil(share * static_cast<double>(n)));
            for (std::size_t k = 0; k < std::min(n, std::max(part, least)); ++k) {
                candidate.support.push_back(first + k);
                theta.push_back(start_.theta[static_cast<Eigen::Index>(first + k)]);
            }
            first += n;
        }
        candidate.theta = Eigen::Map<const Eigen::VectorXd>(
            theta.data(), static_cast<Eigen::Index>(theta.size()));
        return candidate;
    }

    // Of one loss on the validation sets.
    double validation(const Candidate& candidate, const StageSettings& stage) {
        return at_horizon(stage, [&](const StageSettings& shorter) {
            state_.validation(candidate, shorter);
            state_.boundary();
        });
    }

    double gauss_newton(const Candidate& candidate, const StageSettings& stage) {
        return at_horizon(stage, [&](const StageSettings& shorter) {
            iterate(shorter, candidate, *make_gauss_newton(task_.search.damping));
        });
    }

    PhaseCost of_elimination() {
        const Candidate some = shrunk(kEliminationShare, 1);
        const double seconds = static_cast<double>(kEliminations) * gauss_newton(some, last_) +
                               kEliminationLosses * validation(some, last_);
        return {"eliminate", kEliminations, seconds};
    }

    PhaseCost of_refit() {
        const Candidate few = shrunk(0, kTermsLeft);
        const double seconds = static_cast<double>(kRefits) *
                               (gauss_newton(few, whole_) + kRefitLosses * validation(few, whole_));
        return {"refit", kRefits, seconds};
    }

    // The held-out loss, twice where there was a refit, and what the task pins down.
    PhaseCost of_report() {
        const Candidate few = shrunk(0, kTermsLeft);
        StageSettings whole = whole_;
        auto described = std::make_shared<task::Task>(*whole.described);
        for (task::Measure& loss : described->losses)
            loss.stop.reset(); // trials under a rule that was found run to their end
        whole.described = std::move(described);
        const double portion = at_horizon(whole, [&](const StageSettings& shorter) {
            const Trials trials = state_.draw(shorter, 0, 0);
            Evaluator evaluator(state_.restricted(few, shorter), trials, state_.workers());
            state_.evaluate_last(evaluator, few.theta, Derivatives::no);
        });
        double count = (task_.search.refit ? 2.0 : 1.0) * number(whole_.described->trials.held_out);
        for (const task::TrialSet& set : task_.described.trials.sets) {
            const TomlList* const targets = targets_of_set(task_, set);
            count += number(trials_of_set(task_, set)) * (targets ? number(targets->size()) : 1);
        }
        double seconds = count / number(whole_.described->trials.search) * portion;
        if (task_.slopes == Slopes::exact)
            seconds += gauss_newton(start_, whole_);
        return {"report", 0, seconds};
    }

    static double number(std::uint64_t n) { return static_cast<double>(n); }

    const Task& task_;
    SearchHooks hooks_;
    SearchState state_;
    Candidate start_;
    StageSettings last_, whole_;
};

} // namespace

double RunCost::seconds() const {
    return std::accumulate(phases.begin(), phases.end(), 0.0,
                           [](double sum, const PhaseCost& p) { return sum + p.seconds; });
}

RunCost predict_cost(const Task& task, const TrialSource& source) {
    return Predictor(task, source).run();
}

} // namespace carve::cli
