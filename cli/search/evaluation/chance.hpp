// chance.hpp: the held-out loss that a rule reaches by chance, beside which a found rule's is read (docs/search.md,
// Held-out data).
#pragma once
#include "rule.hpp"
#include "task.hpp"
#include "trial_source.hpp"
#include "workers.hpp"

#include <Eigen/Dense>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace carve::cli {

constexpr std::size_t kRandomRules = 11; // odd, so that the median is one of them

// [coefficient][rule]: of each rule of the task all its coefficients, with normally distributed values that are
// scaled to the norm of the found rule's and kept within their bounds. Time constants are the found rule's.
Eigen::MatrixXd random_rules(const Task& task, const std::vector<ProjectionRule>& found,
                             std::size_t count);

// The median of the losses of kRandomRules such rules in the held-out trials, or in the first of them, as many as
// are a small part of the work after a search of so many evaluations; NaN where they are too few. Throws Interrupted.
double chance(const Task& task, const std::vector<ProjectionRule>& found, std::uint64_t evaluations,
              const TrialSource& source, Workers& workers);

} // namespace carve::cli
