#include "lanes.hpp"

#include "calls.hpp"

namespace carve::cli {

std::size_t lanes_per_block(const Task& task) {
    return lane_bytes_of(task.run) / (task.run.single_precision ? sizeof(float) : sizeof(double));
}

std::size_t trials_at_once(const Task& task) {
    return has_spikes(task) ? 1 : lanes_per_block(task);
}

} // namespace carve::cli
