// phase_values.hpp: what phases set, written into a sim: learning rates, bounds, gains, rates of poisson
// populations, weights.
#pragma once
#include "kernel_model.hpp"
#include "schedule.hpp"

#include <carve.h>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

// A run of a phase, and the description with what the phase sets.
struct PreparedRun {
    PhaseRun run;
    std::shared_ptr<const task::Task> effective;
    std::vector<std::string> weights; // projections whose weights it sets
};
std::vector<PreparedRun> prepared_runs(const std::shared_ptr<const task::Task>& described);

// Writes the values of the run's description for all lanes; those of the model where it sets nothing.
void write_values(carve_sim* sim, const KernelModel& model, const Task& task,
                  const PreparedRun& prepared);
// Sets, or scales, the weights that it sets.
void write_set_weights(carve_sim* sim, const KernelModel& model, const PreparedRun& prepared);

} // namespace carve::cli
