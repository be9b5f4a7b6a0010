// mean_field.hpp: at which rate a rule of spike pairs should let a neuron settle (docs/task.md, Set points).
#pragma once
#include "task.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// Poisson afferents, their one plastic projection onto neurons, and the loss of the neurons' rate.
struct MeanField {
    std::string afferents, projection, rule;
    std::string loss; // "rate" of [loss.rate]
    double target = 0;
};
// Of a task with one rule, of the terms alpha, beta, gamma and kappa alone, and a rate that has a target, the
// same in all trials.
std::optional<MeanField> mean_field_of(const Task& task);

// Of an afferent, in Hz: spikes of 20 s of them alone, counted. `described`: of a trial.
double afferent_rate(const Task& task, const task::Task& described, const MeanField& field);

// In Hz: -alpha r / (beta + g r), g = gamma tau_pre + kappa tau_post; r: of the afferents. NaN where that is
// not above 0.
double set_point(const std::vector<Term>& terms, double afferent_rate);

} // namespace carve::cli
