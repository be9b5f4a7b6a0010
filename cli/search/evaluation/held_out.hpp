// held_out.hpp: what the rules of a task lead to on data that no search has seen, at the task's
// horizon, outputs and columns. The one meaning of a held-out loss (docs/search.md).
#pragma once
#include "task.hpp"
#include "trial_source.hpp"
#include "workers.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// Losses of single trials. They can have heavy tails: two trials of 200 can make up most of a mean.
struct LossSpread {
    double mean = 0, standard_error = 0; // of the mean over independent trials; NaN for one
    double median = 0, worst = 0;
    std::size_t trials = 0, diverged = 0;
    std::size_t independent = 0; // antithetic pairs of weights are one
};
// Trials that follow one another and share their inputs: an antithetic pair, or one.
std::size_t independent_group(const Task& task);
double median_of(std::vector<double> values); // of at least one
LossSpread spread_of(const Task& task, const std::vector<double>& losses, std::size_t diverged);

// What a loss or probe measured, over the trials that did not diverge.
struct MeasuredSpread {
    std::string name;               // "loss.rate", "probe.cv"
    double mean = 0, deviation = 0; // standard deviation over trials; NaN for one
    std::size_t trials = 0;
    std::optional<task::Range> accept{}; // of a probe that has one: the mean must be within
    bool holds() const { return !accept || (mean >= accept->low && mean <= accept->high); }
};

// The trials with one combination of the values that vary takes in turn.
struct Condition {
    std::vector<std::pair<std::string, std::string>> at; // "population.inh.factor", "0.5"
    std::vector<MeasuredSpread> measured;
    // Hz, of tasks that have a mean field (mean_field.hpp); else NaN.
    double afferent_rate = std::numeric_limits<double>::quiet_NaN();
    double set_point = std::numeric_limits<double>::quiet_NaN();
};

// A further set of trials, [trials.NAME], which no search has seen.
struct OtherSet {
    std::string name;
    double loss = 0;
    LossSpread spread;
    std::vector<MeasuredSpread> measured;
    std::vector<Condition> conditions;
};

struct HeldOut {
    double loss = 0; // of all trials, as search.aggregate and search.diverged have it
    LossSpread spread;
    std::vector<MeasuredSpread> measured;
    std::vector<Condition>
        conditions; // empty where nothing takes turns, and there is no mean field
    std::vector<OtherSet> sets{};
};
// Of the coefficients that the task's rules state. Throws Interrupted.
HeldOut held_out(const Task& task, const TrialSource& source, Workers& workers);

// The task's further sets of trials. A set that varies the target of the neurons' rate, in a task that has a
// mean field, is one for each target, with alpha of the rule in proportion to it.
std::vector<OtherSet> other_sets(const Task& task, const TrialSource& source, Workers& workers);

// Whether the task compares weights with the principal components of inputs.
bool has_components(const task::Task& task);

// Up to how many times the variance of its inputs the task's rules are stable: no held-out set
// diverges, and the loss stays below `silent`, that without plasticity. Tried at powers of the root of
// 2 up to kMostVariance; 0: not even at the task's own. Of tasks with components.
constexpr double kMostVariance = 64;
double stable_variance(const Task& task, const TrialSource& source, Workers& workers,
                       double silent);

// Held-out losses of rules that another one is compared with, NaN where not known.
struct Yardsticks {
    double silent = std::numeric_limits<double>::quiet_NaN();    // no weight changes
    double reference = std::numeric_limits<double>::quiet_NaN(); // that the task names, if each of
                                                                 // its rules has one
    double chance = std::numeric_limits<double>::quiet_NaN();    // of random rules (chance.hpp)
};
Yardsticks yardsticks(const Task& task, const TrialSource& source, Workers& workers);

} // namespace carve::cli
