#include "networks.hpp"

#include "cell.hpp"
#include "model.hpp"
#include "replicas.hpp"
#include "rule_factors.hpp"
#include "simulation.hpp"

#include <algorithm>

namespace carve::cli {

std::unique_ptr<Networks> make_networks(const Task& task, const DataSet& example,
                                        const Lanes& lanes, Derivatives derivatives) {
    if (is_described(task))
        return std::make_unique<Simulation>(task, lanes, derivatives);
    if (is_spiking(task))
        return std::make_unique<Cell>(task, lanes, derivatives);
    return std::make_unique<Replicas>(task, example, lanes, derivatives);
}

std::size_t lanes_per_block(const Task& task) {
    return lane_bytes_of(task.run) / (task.run.single_precision ? sizeof(float) : sizeof(double));
}

// All lanes of a spiking sim see the same afferent spikes; and where something varies that a sim has
// only once, each trial has its own.
std::size_t data_sets_at_once(const Task& task) {
    const auto spikes = [](const task::Population& p) { return is_of_spikes(p); };
    const std::vector<task::Population>& all = task.described.populations;
    const bool alone =
        is_spiking(task) || (is_described(task) && (!task.described.trials.vary.of.empty() ||
                                                    std::any_of(all.begin(), all.end(), spikes)));
    return alone ? 1 : lanes_per_block(task);
}

std::size_t observations(const Task& task) {
    return is_described(task) ? task.described.losses.size() + task.described.probes.size()
           : is_spiking(task) ? 2
                              : task.network.outputs;
}

} // namespace carve::cli
