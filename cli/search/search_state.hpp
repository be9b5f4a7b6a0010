// search_state.hpp: what the stages of a search share (search.cpp, prune.cpp, identifiability.cpp,
// cost.cpp).
#pragma once
#include "evaluate.hpp"
#include "optimizer.hpp"
#include "search.hpp"

#include <Eigen/Dense>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace carve::cli {

// Of a rule on the validation trials.
struct Verdict {
    double loss = 0, violation = 0; // of ranges (ranges.hpp)

    // A rule that misses ranges by less is better, whatever its loss.
    bool is_better_than(const Verdict& other) const {
        return violation != other.violation ? violation < other.violation : loss < other.loss;
    }
};

class SearchState {
  public:
    SearchState(const Task& task, const TrialSource& source, const SearchHooks& hooks,
                const Snapshot* from);

    const Task& task() const { return task_; }
    const TrialSource& source() const { return source_; }
    Workers& workers() { return workers_; }
    std::size_t coefficients() const { return n_; } // of the task, all rules together

    // Where the search is. Changes become part of it by boundary(), which forgets the journal: from
    // then on the search would be resumed here.
    Snapshot& at() { return snapshot_; }
    void boundary();
    const SearchCounters& counters() const { return now_; }
    // What has been evaluated since the last iteration is a phase of its own.
    void end_phase(const std::string& name);
    // Before Interrupted leaves the search.
    void save_now() { save(true); }

    // The task with its rules cut down to the candidate's terms, as a stage has it.
    Task restricted(const Candidate& candidate, const StageSettings& stage) const;
    // Coefficients over all terms of the task, 0 where dropped.
    std::vector<double> full(const Candidate& candidate) const;
    // The candidate's terms with their values, rule by rule.
    std::vector<ProjectionRule> rules(const Candidate& candidate) const;
    // Degrees to the reference, NaN without one: of each rule; the largest.
    std::vector<double> angles(const Candidate& candidate) const;
    double angle(const Candidate& candidate) const;

    // Data sets of a stage and the initial weights of an iteration.
    Trials draw(const StageSettings& stage, std::uint64_t round, std::uint64_t w0_round) const;
    // What an optimizer sees of them.
    Objective objective(Evaluator& evaluator, PopulationEvaluator& population, const Prior& prior);
    Evaluation evaluate(Evaluator& evaluator, const Eigen::VectorXd& theta,
                        Derivatives derivatives);
    // The same, not kept in the journal: for what is done once, at the end.
    Evaluation evaluate_last(Evaluator& evaluator, const Eigen::VectorXd& theta,
                             Derivatives derivatives);
    // On the validation sets, at a stage's horizon and outputs and with its ranges. Draws them once.
    Verdict validation(const Candidate& candidate, const StageSettings& stage);
    // Of the candidate on the held-out sets (held_out.hpp), counted as evaluations.
    HeldOut held_out(const Candidate& candidate);

    // Moves the candidate by at most stage.iterations iterations of Gauss-Newton on fixed data
    // sets; ends early when nothing moves any more, or when go_on, asked after each, says no.
    void optimize(Candidate& candidate, const Trials& data, const StageSettings& stage,
                  const std::string& phase,
                  const std::function<bool(const Iteration&)>& go_on = {});
    // Tells of an iteration.
    void report(const Candidate& candidate, const std::string& phase, std::uint64_t iteration,
                std::uint64_t total, const Iteration& done);

  private:
    void save(bool now);
    void count(const Evaluation& evaluation);
    // The next evaluation of the journal that is resumed from, or the one that `run` makes.
    template <class Run, class Check> Evaluation recorded(Run run, Check check);

    const Task& task_;
    const TrialSource& source_;
    const SearchHooks& hooks_;
    Workers workers_;
    std::size_t n_ = 0;
    Snapshot snapshot_; // as it is kept: counters of the last boundary
    SearchCounters now_;
    std::size_t replayed_ = 0;
    std::map<std::shared_ptr<const task::Task>, Trials> validation_; // as a stage has them
};

// search.cpp. Where a start of the search begins, what moves it through a stage, and the first of
// its rounds.
Candidate random_start(const Task& task, std::uint64_t start);
std::unique_ptr<Optimizer> make_optimizer(const Task& task, const StageSettings& stage,
                                          std::uint64_t start, std::uint64_t index);
std::uint64_t first_round(const Task& task, std::uint64_t start);

// prune.cpp. Each works on the candidate in place, at the stage (horizon, data) given.
void prune(SearchState& state, Candidate& candidate);
void eliminate(SearchState& state, Candidate& candidate, const Trials& data,
               const StageSettings& stage);
void refit(SearchState& state, Candidate& candidate, const Trials& data,
           const StageSettings& stage);

// identifiability.cpp. Over all terms of the task at the candidate's coefficients, in trials of
// its own.
Identifiability identifiability(SearchState& state, const Candidate& candidate);

} // namespace carve::cli
