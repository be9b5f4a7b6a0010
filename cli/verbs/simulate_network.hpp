// simulate_network.hpp: what `carve simulate` records of a network as described.
#pragma once
#include "data.hpp"
#include "dataset.hpp"
#include "task.hpp"

#include <cstdint>
#include <vector>

namespace carve::cli {

// "step" [time] and "phase" [time]; "projection.NAME" [trial][time][synapse ...]; "population.NAME"
// [trial][time - 1][unit], the rates of the step after each time; "population.NAME.time", ".unit" and
// ".trial" of each spike; "data.NAME" [trial][row][unit]; "loss.NAME" and "probe.NAME" [trial].
std::vector<Array> simulated_arrays(const Task& task, const std::vector<DataSet>& trials,
                                    std::uint64_t every);

} // namespace carve::cli
