// lanes.hpp: what the lanes of a simulation are, and what comes of each.
#pragma once
#include "task.hpp"

#include <Eigen/Dense>
#include <cstddef>

namespace carve::cli {

enum class Derivatives { no, yes };

// What differs between the lanes of a sim: the trials under one rule, or the candidate rules in one trial.
enum class LanesAre { trials, candidates };
struct Lanes {
    std::size_t count;
    LanesAre are = LanesAre::trials;
};

// What the derivatives of one lane's loss are made of.
struct Contribution {
    Eigen::VectorXd gradient; // [coefficient]
    Eigen::MatrixXd hessian;  // lower triangle of J^T W J
};

std::size_t lanes_per_block(const Task& task);
// Trials that can be lanes of one sim, if they have the same description: all lanes of a spiking sim see
// the same afferent spikes.
std::size_t trials_at_once(const Task& task);

} // namespace carve::cli
