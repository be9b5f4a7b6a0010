// kinds.hpp: the makers of all kinds of measures, one file each or a few that share their sums.
#pragma once
#include "measure.hpp"

namespace carve::cli {

using MadeMeasure = std::unique_ptr<Measure>;

// trajectory.cpp, spike_rate.cpp
MadeMeasure make_rate(const task::Task& task, const task::Measure& settings);
MadeMeasure make_value(const task::Task& task, const task::Measure& settings);
MadeMeasure make_rate_of_spikes(const task::Task& task, const task::Measure& settings);
// likelihood.cpp
MadeMeasure make_likelihood(const task::Task& task, const task::Measure& settings);
// irregularity.cpp
MadeMeasure make_cv(const task::Task& task, const task::Measure& settings);
MadeMeasure make_fano(const task::Task& task, const task::Measure& settings);
// autocovariance.cpp
MadeMeasure make_autocovariance(const task::Task& task, const task::Measure& settings);
// spectrum.cpp
MadeMeasure make_spectrum(const task::Task& task, const task::Measure& settings);
// selectivity.cpp, decode.cpp
MadeMeasure make_selectivity(const task::Task& task, const task::Measure& settings);
MadeMeasure make_decode(const task::Task& task, const task::Measure& settings);
// weights.cpp
MadeMeasure make_weights(const task::Task& task, const task::Measure& settings);
MadeMeasure make_drift(const task::Task& task, const task::Measure& settings);
MadeMeasure make_at_bounds(const task::Task& task, const task::Measure& settings);
// aims.cpp: the kernel's own losses
MadeMeasure make_components(const task::Task& task, const task::Measure& settings);
MadeMeasure make_subspace(const task::Task& task, const task::Measure& settings);
MadeMeasure make_decorrelation(const task::Task& task, const task::Measure& settings);
MadeMeasure make_tuning(const task::Task& task, const task::Measure& settings);
// contrast.cpp
MadeMeasure make_contrast(const task::Task& task, const task::Measure& settings);

} // namespace carve::cli
