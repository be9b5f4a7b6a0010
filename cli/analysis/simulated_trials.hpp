// simulated_trials.hpp: what becomes of a network under a rule: the weights of a few held-out trials over time, their spikes,
// and what weights have become at the end of many trials. For pictures; no result depends on it.
#pragma once
#include "data.hpp"
#include "recording.hpp"
#include "task.hpp"
#include "trial_source.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

struct WeightCourse { // of one projection
    std::string projection, from, to;
    bool plastic = false;
    // [post, pre], or the number of its synapses where not each pair has one.
    std::vector<std::size_t> shape;
    std::vector<std::vector<double>>
        at; // [time][synapse]; of one that is not plastic at the end alone
};

// Of the outputs of a population of two rates or more over the data, about their mean, where a step sees all of them.
struct OutputCovariance {
    std::string population;
    Eigen::MatrixXd before, after; // of the first step and of the last one that is recorded
};

struct SimulatedTrial {
    std::vector<std::pair<std::string, std::string>> values; // that vary, by path
    std::vector<double> steps; // of the recorded times; the last is the end
    std::vector<WeightCourse> weights;
    std::vector<OutputCovariance> covariances;
    std::map<std::string, std::vector<Spike>> spikes; // of populations of neurons, in order of time
    std::map<std::string, std::size_t> units;         // of all populations
    std::shared_ptr<const task::Task> described;      // with the values that vary
    std::size_t index = 0;                            // among the held-out trials
    bool diverged = false;
};

// Weights beside their target, for a loss that compares them with one: of the trials that did not diverge,
// each [post][pre]. Components have the sign that fits the weights at the end.
struct WeightTargets {
    std::string loss, projection;
    bool components = false; // else numbers that the weights themselves should have
    std::vector<RowMatrix> target, before, after; // [trial]
};

struct SimulatedTrials {
    double dt = 1; // s of a step where neurons spike, else 1
    bool spikes = false;
    std::vector<SimulatedTrial> trials; // one for each of the first conditions, at most kMostTrials
    std::vector<WeightTargets>
        targets;              // the first trial is that of trials[0]; none where that one diverged
    std::size_t diverged = 0; // of the trials that the targets are of, which are left out
};

constexpr std::size_t kMostTrials = 3, kMostEnds = 40;

// Under the coefficients that the task's rules state. Nothing where one trial would take more than about ten
// seconds: `trials` is empty then. Throws what reading data and simulating throws.
SimulatedTrials simulate_trials(const Task& task, const TrialSource& source);
// The same for a picture, which is left out where the network cannot be simulated.
SimulatedTrials simulate_trials_for_page(const Task& task, const TrialSource& source);

} // namespace carve::cli
