// simulated_arrays.hpp: what `carve simulate` records.
#pragma once
#include "data.hpp"
#include "task.hpp"
#include "trial.hpp"

#include <cstdint>
#include <vector>

namespace carve::cli {

// "step" [time] and "phase" [time]; "projection.NAME" [trial][time][synapse ...]; "population.NAME"
// [trial][time - 1][unit], with a batch [trial][time - 1][sample][unit], the rates of the step after each time; "population.NAME.time", ".unit" and
// ".trial" of each spike; "data.NAME" [trial][row][unit]; "loss.NAME" and "probe.NAME" [trial].
std::vector<Array> simulated_arrays(const Task& task, const Trials& trials, std::uint64_t every);

} // namespace carve::cli
