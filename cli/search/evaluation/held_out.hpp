// held_out.hpp: what the rules of a task lead to on data that no search has seen, at the task's
// horizon, outputs and columns. The one meaning of a held-out loss (docs/search.md).
#pragma once
#include "dataset.hpp"
#include "task.hpp"
#include "workers.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace carve::cli {

// Losses of single data sets. They can have heavy tails: two sets of 200 can make up most of a mean.
struct LossSpread {
    double mean = 0, standard_error = 0; // of the mean over independent sets; NaN for one
    double median = 0, worst = 0;
    std::size_t sets = 0, diverged = 0;
    std::size_t independent = 0; // antithetic pairs of weights are one
};
// Data sets that follow one another and share their inputs: an antithetic pair, or one.
std::size_t independent_group(const Task& task);
LossSpread spread_of(const Task& task, const std::vector<double>& losses, std::size_t diverged);

// What a rule for spikes leads to, by the trained rates of the inhibitory afferents: one entry a
// factor of the task.
struct CellReport {
    std::vector<double> afferent_rates, rates, set_points; // Hz; set_points: the mean field's
    double tuning = 0;                                     // mean correlation over groups
    double target = 0;                                     // Hz
    std::vector<CellReport> transfer{}; // of trials that the search has not seen, by their target
};

// What a loss or probe of a network as described measured, over the trials that did not diverge.
struct MeasuredSpread {
    std::string name;               // "loss.rate", "probe.cv"
    double mean = 0, deviation = 0; // standard deviation over trials; NaN for one
    std::size_t trials = 0;
};

// A further set of trials, [trials.NAME], which no search has seen.
struct OtherSet {
    std::string name;
    double loss = 0;
    LossSpread spread;
    std::vector<MeasuredSpread> measured;
};

struct HeldOut {
    double loss = 0; // of all sets, as search.aggregate and search.blow_up have it
    LossSpread spread;
    std::vector<double> cosines; // [output] mean of |cos(w, PC)|; a set that diverged counts as 0
    CellReport cell;             // empty for rates
    std::vector<MeasuredSpread> measured; // of a network as described
    std::vector<OtherSet> sets{};         // of the same, its further sets of trials
};
// Of the coefficients that the task's rules state. Throws Interrupted.
HeldOut held_out(const Task& task, const DataSource& source, Workers& workers);

// The same in the transfer trials of a spiking task, one entry a target, with alpha in proportion to
// it; empty where the task has none.
std::vector<CellReport> transfer(const Task& task, const DataSource& source, Workers& workers);

// Of a network as described: its further sets of trials.
std::vector<OtherSet> other_sets(const Task& task, const DataSource& source, Workers& workers);

// Up to how many times the variance of its inputs the task's rules are stable: no held-out set
// diverges, and the loss stays below `silent`, that without plasticity. Tried at powers of the root of
// 2 up to kMostVariance; 0: not even at the task's own. Rules for rates.
constexpr double kMostVariance = 64;
double stable_variance(const Task& task, const DataSource& source, Workers& workers, double silent);

// Held-out losses of rules that another one is compared with, NaN where not known.
struct Yardsticks {
    double silent = std::numeric_limits<double>::quiet_NaN();    // no weight changes
    double reference = std::numeric_limits<double>::quiet_NaN(); // that the task names, if each of
                                                                 // its rules has one
};
Yardsticks yardsticks(const Task& task, const DataSource& source, Workers& workers);

} // namespace carve::cli
