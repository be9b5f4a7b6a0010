// gradient_check.hpp: the analytic gradient of a task's loss against finite differences.
#pragma once
#include "task.hpp"
#include "trial_source.hpp"

#include <vector>

namespace carve::cli {

struct GradientCheck {
    std::vector<Term> terms; // of all rules in order, with the theta of the check
    std::vector<double> analytic, numeric;
    std::vector<double> error; // |analytic - numeric|, relative to the larger of the two, but
                               // at least to a thousandth of the largest component
};

// At a random theta of moderate size, in the trials of the first stage at its horizon.
GradientCheck check_gradient(const Task& task, const TrialSource& source);

} // namespace carve::cli
