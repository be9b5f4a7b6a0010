// search.hpp: the outer loop: stages, restarts, pruning, elimination and refit around an optimizer.
#pragma once
#include "dataset.hpp"
#include "task.hpp"

#include <Eigen/Dense>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace carve::cli {

struct Progress {                        // one iteration of the outer loop
    std::string phase;                   // "stage 1", "prune", "eliminate", "refit", "restart 2 ..."
    std::uint64_t iteration = 0, total = 0;
    double loss = 0;                     // on the search's data, without L1
    double step = 0;                     // damping (Gauss-Newton) or learning rate (Adam)
    std::size_t diverged = 0;
    std::uint64_t evaluations = 0;       // replica rollouts so far
    double angle = 0;                    // degrees to the task's reference, NaN without one
    std::vector<double> theta;           // over the full set of terms, 0 where dropped
};

struct Direction {                       // of the identifiability analysis
    double eigenvalue = 0;               // of J^T J / replicas at the found rule
    std::vector<double> combination;     // unit vector over the rule's terms
};

struct SearchResult {
    std::vector<ProjectionRule> rules;   // the final, refitted rule
    double train = 0, held_out = 0, held_out_before_refit = 0, validation = 0;
    double angle = 0;                    // degrees to the reference, NaN without one
    std::vector<Direction> identifiability;
    std::uint64_t iterations = 0, evaluations = 0, diverged = 0;
    std::uint64_t fingerprint = 0;       // XXH3-64 of theta's doubles
    std::string isa, form;
    std::vector<Progress> history;
};

// Thrown-free control: `on_progress` returns false to stop early (the best so far is then reported).
SearchResult search(const Task& task, const DataSource& source,
                    const std::function<bool(const Progress&)>& on_progress,
                    const std::vector<ProjectionRule>* init = nullptr);

} // namespace carve::cli
