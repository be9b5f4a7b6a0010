// search.hpp: the outer loop: stages, restarts, pruning, elimination and refit around an optimizer.
// It can be left at any evaluation and resumed by another process, with the same bits as a result.
#pragma once
#include "evaluate.hpp"
#include "held_out.hpp"
#include "task.hpp"
#include "trial_source.hpp"

#include <Eigen/Dense>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

struct Progress {      // one iteration of the outer loop
    std::string phase; // "stage 1", "eliminate", "refit", "restart 2 stage 1", ...
    std::uint64_t iteration = 0, total = 0;
    double loss = 0; // on the search's data, without L1
    double step = 0; // damping, learning rate, or CMA-ES's step size
    std::size_t diverged = 0;
    std::uint64_t evaluations = 0; // so far
    double angle = 0;              // degrees to the task's reference, NaN without one
    std::vector<double> theta;     // over the full set of terms, 0 where dropped
    std::uint64_t of_run = 0; // of a history that is thinned out: number of the iteration, from 1
};

struct Phase { // of a search, from its first iteration to its last
    std::string name;
    std::uint64_t iterations = 0, evaluations = 0;
};

struct SearchCounters {
    std::uint64_t iterations = 0;
    std::uint64_t evaluations = 0; // of replicas
    std::uint64_t diverged = 0;    // of these
    std::uint64_t counted = 0;     // evaluations that belong to a phase
    std::vector<Phase> phases;
};

// A rule during the search: the terms still in use, as ascending indices into the coefficients of
// the task's rules (rule by rule, each in the order of its terms), and their values.
struct Candidate {
    std::vector<std::size_t> support;
    Eigen::VectorXd theta; // [support]
};

// What a value of a list of l1 led to, at the end of its iterations.
struct PathPoint {
    double l1 = 0;
    double loss = 0, validation = 0; // on the search's data and the validation trials, without L1
    std::uint64_t terms = 0;         // that are not 0
};

struct Outcome { // of one start
    Candidate before_refit, found;
    double validation = 0, violation = 0; // loss; by how much ranges are missed
    Eigen::MatrixXd covariance;           // that CMA-ES, as the last stage, ended with; else empty
    std::vector<PathPoint> path;
};

// What the stage under way would leave.
struct Kept {
    double loss = 0; // on the search's data
    // With an early stop, the iteration that was the best in validation, and how many have followed it.
    Eigen::VectorXd theta; // empty before the first
    double validation = 0, violation = 0;
    std::uint64_t since = 0;
};

// Where a search is: the state before an iteration (or before a start's pruning and refit), and
// what has been evaluated since. A search that continues from it takes these evaluations as they are.
struct Snapshot {
    std::uint64_t start = 0, stage = 0, iteration = 0, round = 0;
    bool finishing = false; // all stages of the start are done
    Candidate candidate;
    std::vector<double> optimizer;
    Kept kept;
    std::vector<PathPoint> path; // of the start, as far as it has come
    std::optional<Outcome> best;
    SearchCounters counters;
    std::vector<Evaluation> journal;
};

struct Direction {                   // of the identifiability analysis
    double eigenvalue = 0;           // of the mean over trials of J^T J at the found rule
    std::vector<double> combination; // unit vector over the rule's terms
    double standard_error = 0;       // of the eigenvalue, over independent trials
    double low = 0, high = 0;        // its 5 % and 95 % quantiles over resamples of these
    double rise = 0;                 // of the squared loss, at a step along it
    bool pinned = false;             // the rise, with `low` for the eigenvalue, is above the noise
};
constexpr double kMainPart = 0.2; // of a direction: smaller parts are not worth a word
// The coefficients that make up a direction, the largest part first.
std::vector<std::size_t> main_parts(const Direction& direction);

struct Identifiability {
    std::vector<Direction> directions; // the largest eigenvalue first
    double step = 0;                   // of coefficients
    LossSpread losses;                 // squared; the noise is the standard error of their mean
};

// Eigenvectors of a positive semidefinite matrix, the largest eigenvalue first, each with its largest
// component positive. Eigenvalues that are rounding (figures.hpp), negative ones too, are 0.
std::vector<Direction> directions_of(const Eigen::MatrixXd& matrix);

struct SearchResult {
    std::vector<ProjectionRule> rules; // the final, refitted rule
    double train = 0, validation = 0;
    HeldOut held_out;
    double held_out_before_refit = std::numeric_limits<double>::quiet_NaN(); // NaN without one
    Yardsticks yardsticks; // that it is compared with; search() leaves them NaN
    // Of the rule found (held_out.hpp); search() leaves it NaN, and so it is for spikes.
    double stable_variance = std::numeric_limits<double>::quiet_NaN();
    double angle = 0;                // degrees to the reference, NaN without one
    std::vector<double> angles;      // [rule] the same of each rule
    Identifiability identifiability; // empty where there are no derivatives of weights
    Eigen::MatrixXd covariance;      // of all coefficients, of CMA-ES's last generation; else empty
    std::vector<PathPoint>
        path; // of the start that was kept: its stages that are `listed`, in order
    SearchCounters counters;
    std::uint64_t fingerprint = 0; // XXH3-64 of theta's doubles
    std::string isa, form;
    std::vector<Progress> history; // for the report; search() leaves it empty
};

struct SearchHooks {
    std::function<void(const Progress&)> on_progress;
    // Called whenever the snapshot has changed, and with `now` before Interrupted is thrown on.
    std::function<void(const Snapshot&, bool now)> save;
};

// Resumes from `from` where given; else starts from `init` where given. Throws Interrupted.
SearchResult search(const Task& task, const TrialSource& source, const SearchHooks& hooks,
                    const std::vector<ProjectionRule>* init = nullptr,
                    const Snapshot* from = nullptr);

} // namespace carve::cli
