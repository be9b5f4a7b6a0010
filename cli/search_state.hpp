// search_state.hpp: what the stages of a search share (search.cpp, prune.cpp, identifiability.cpp).
#pragma once
#include "evaluate.hpp"
#include "optimizer.hpp"
#include "search.hpp"

#include <Eigen/Dense>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace carve::cli {

// A rule during the search: the terms still in use, as ascending indices into the coefficients of
// the task's rules (rule by rule, each in the order of its terms), and their values.
struct Candidate {
    std::vector<std::size_t> support;
    Eigen::VectorXd theta; // [support]
};

class SearchState {
  public:
    SearchState(const Task& task, const DataSource& source,
                const std::function<bool(const Progress&)>& on_progress, SearchResult& result);

    const Task& task() const { return task_; }
    const DataSource& source() const { return source_; }
    std::size_t coefficients() const { return n_; } // of the task, all rules together
    bool stopped() const { return stopped_; }
    SearchResult& result() { return result_; }

    // The task with its rules cut down to the candidate's terms.
    Task restricted(const Candidate& candidate) const;
    // Coefficients over all terms of the task, 0 where dropped.
    std::vector<double> full(const Candidate& candidate) const;
    // The candidate's terms with their values, rule by rule.
    std::vector<ProjectionRule> rules(const Candidate& candidate) const;
    double angle(const Candidate& candidate) const; // degrees to the reference, NaN without one

    Evaluation evaluate(Evaluator& evaluator, const Eigen::VectorXd& theta, Derivatives derivatives);
    // The loss on the validation sets at a horizon. Draws them once.
    double validation_loss(const Candidate& candidate, std::uint64_t steps);
    // The loss on the held-out sets at the task's horizon, drawn in portions and forgotten.
    double held_out_loss(const Candidate& candidate);

    // Moves the candidate by at most `iterations` iterations on fixed data sets; ends early when
    // nothing moves any more, or when go_on, asked after each, says no.
    void optimize(Candidate& candidate, const std::vector<DataSet>& data,
                  const StageSettings& settings, const std::string& phase,
                  const std::function<bool(const Iteration&)>& go_on = {});
    // Keeps the history and asks whether to go on.
    bool report(const Candidate& candidate, const std::string& phase, std::uint64_t iteration,
                std::uint64_t total, const Iteration& done);

  private:
    const Task& task_;
    const DataSource& source_;
    const std::function<bool(const Progress&)>& on_progress_;
    SearchResult& result_;
    std::size_t n_ = 0;
    bool stopped_ = false;
    std::vector<DataSet> validation_;
};

// prune.cpp. Each works on the candidate in place, at the settings (horizon, data) given.
void prune(SearchState& state, Candidate& candidate);
void eliminate(SearchState& state, Candidate& candidate, const std::vector<DataSet>& data,
               const StageSettings& settings);
void refit(SearchState& state, Candidate& candidate, const std::vector<DataSet>& data,
           const StageSettings& settings);

// identifiability.cpp. Over all terms of the task at the candidate's coefficients.
std::vector<Direction> identifiability(SearchState& state, const Candidate& candidate,
                                       const std::vector<DataSet>& data);

} // namespace carve::cli
