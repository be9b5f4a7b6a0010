// explore.hpp: many independent searches of one task (carve explore): which of them solve it, where
// their rules lie, and which directions of the coefficients the task constrains there.
#pragma once
#include "search.hpp"
#include "spread.hpp"

#include <Eigen/Dense>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// What a solution is held to: every rate within this of its target, and where the loss weighs the
// tuning a correlation of at least that. Its rule is on the manifold where the mean field's set
// points are within kOnManifold of the target.
constexpr double kRateWithin = 0.1, kTuned = 0.8, kOnManifold = 0.15;

// Of neurons whose rule has a mean field (mean_field.hpp): one entry for each condition of the trials.
struct CellReport {
    std::vector<double> afferent_rates, rates, set_points; // Hz; set_points: the mean field's
    double tuning = 0; // mean correlation over groups, NaN where the task does not measure it
    double target = 0; // Hz
};

struct Restart { // one search
    std::uint64_t index = 0, seed = 0;
    std::vector<double> theta; // over all terms of the task, 0 where dropped
    double held_out = 0;       // loss
    // On the same data, whether the range of each probe that has one holds: "probe.cv".
    std::map<std::string, bool> accepted;
    double angle = 0; // degrees to the reference, NaN without one
    CellReport cell;  // empty without a mean field
    // The loss near the rule as the search found it: the covariance of CMA-ES's candidates, or
    // J^T J of a search by gradient; [coefficient][coefficient], empty if there is neither.
    Eigen::MatrixXd local;
    std::uint64_t evaluations = 0, diverged = 0;
    double seconds = 0;
    std::uint64_t fingerprint = 0;
};

// Of restart i: the same whatever the number of restarts, distinct streams for other base seeds.
std::uint64_t restart_seed(std::uint64_t seed, std::uint64_t index);
Restart restart_of(const Task& task, std::uint64_t index, const SearchResult& result,
                   double seconds);

// Whether restarts have a CellReport.
bool has_mean_field(const Task& task);
// What a restart has to meet to be a solution, and whether it does.
struct Requirement {
    std::string what; // "probe.cv in [0.7, 1.5]", "held-out loss at most 0.1"
    bool met = false;
};
// The same list for all restarts of a task: ranges of probes, the goal, rates, tuning.
std::vector<Requirement> requirements(const Task& task, const Restart& restart);
bool meets_target(const Task& task, const Restart& restart); // all of them
// Names of the probes that have a range, "probe.cv", in the order of the task.
std::vector<std::string> ranged_probes(const Task& task);
// Whether `local` is a covariance, and not J^T J.
bool has_covariance(const Task& task);

// Of a rule for spikes from the mean-field manifold alpha r + beta r_t + g r r_t = 0: the largest
// |set point / target - 1| over the afferent rates r; NaN for rates.
double manifold_distance(const Restart& restart);
// How much of a unit vector over the coefficients lies across that manifold, in [0, 1]: the length
// of its projection on the gradients of the manifold's equations at the restart's rule.
double across_manifold(const Task& task, const Restart& restart, const Eigen::VectorXd& direction);

struct Summary {
    std::vector<const Restart*> solutions; // in order; they belong to the caller
    std::size_t on_manifold = 0;
    Spread distance{{}}, across{{}}; // of the solutions; across: of the most constrained direction
    // Of the mean over solutions of `local`, each divided by its trace; of the covariance of the
    // solutions' coefficients about their mean.
    std::vector<Direction> local, spread;
};
Summary summarize(const Task& task, const std::vector<Restart>& restarts);

} // namespace carve::cli
