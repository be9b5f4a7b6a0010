#include "networks.hpp"

#include "cell.hpp"
#include "model.hpp"
#include "replicas.hpp"

namespace carve::cli {

std::unique_ptr<Networks> make_networks(const Task& task, const DataSet& example,
                                        const Lanes& lanes, Derivatives derivatives) {
    if (is_spiking(task))
        return std::make_unique<Cell>(task, lanes, derivatives);
    return std::make_unique<Replicas>(task, example, lanes, derivatives);
}

std::size_t lanes_per_block(const Task& task) {
    return lane_bytes_of(task.run) / (task.run.single_precision ? sizeof(float) : sizeof(double));
}

// All lanes of a spiking sim see the same afferent spikes.
std::size_t data_sets_at_once(const Task& task) {
    return is_spiking(task) ? 1 : lanes_per_block(task);
}

std::size_t observations(const Task& task) { return is_spiking(task) ? 2 : task.network.outputs; }

} // namespace carve::cli
