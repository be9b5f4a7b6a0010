#include "streams.hpp"

#include "rule_factors.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

// What an input is fed now: a column, or a number.
struct FedNow {
    std::string column;
    double value;
};
FedNow fed_now(const Fed& fed, const task::Task& effective) {
    if (fed.population.empty())
        return {fed.column, fed.value};
    const task::Population& p = *find_population(effective, fed.population);
    return {p.data, p.value.value_or(0)};
}

} // namespace

Streams::Streams(const KernelModel& model, const Lanes& lanes)
    : model_(model), lanes_(lanes),
      width_(model.model.lane_bytes / (model.model.precision == CARVE_F32 ? 4 : 8)),
      across_(lanes.are == LanesAre::candidates ? 1 : width_),
      blocks_(lanes.are == LanesAre::candidates ? 1 : (lanes.count + width_ - 1) / width_) {
    doubles_.resize(model.inputs().size());
    floats_.resize(model.inputs().size());
}

std::uint64_t Streams::at_once(std::uint64_t most) const {
    constexpr std::size_t kElements = 1 << 17; // of a stream: what stays in the cache
    std::uint64_t n = most;
    for (const Fed& fed : model_.inputs())
        if (!fed.fixed && !fed.spikes)
            n = std::min<std::uint64_t>(
                n, std::max<std::size_t>(1, kElements / (fed.units * across_ * blocks_)));
    return n;
}

const std::vector<carve_stream>& Streams::of(const task::Task& effective, const Trials& trials,
                                             std::uint64_t step, std::uint64_t n) {
    streams_.clear();
    const bool single = model_.model.precision == CARVE_F32;
    const std::size_t batch = model_.model.batch;
    for (std::size_t i = 0; i < model_.inputs().size(); ++i) {
        const Fed& fed = model_.inputs()[i];
        if (fed.spikes) { // one list for all steps, of the one trial that is simulated
            const std::vector<carve_spike>& spikes = trials[0]->trains.at(fed.column)->spikes;
            streams_.push_back({CARVE_SPIKES, CARVE_STREAM_BLOCKS, spikes.size(),
                                spikes.empty() ? nullptr : spikes.data()});
            continue;
        }
        const FedNow now = fed_now(fed, effective);
        const bool fixed = fed.fixed;
        const std::size_t rows = fixed ? batch : static_cast<std::size_t>(n);
        const std::size_t size = blocks_ * rows * fed.units * across_;
        std::vector<double>& to = doubles_[i];
        to.assign(size, 0);
        for (std::size_t lane = 0; lane < blocks_ * across_; ++lane) {
            const std::size_t real = std::min(lane, trials.size() - 1);
            const RowMatrix* const from =
                now.column.empty() ? nullptr : &trials[real]->column(now.column);
            if (lane >= lanes_.count && across_ > 1)
                continue; // of no replica
            const std::size_t at = lane / across_ * rows * fed.units * across_ + lane % across_;
            // A column that is shorter than the trial begins again.
            const std::size_t length = from ? static_cast<std::size_t>(from->rows()) : 1;
            std::size_t source = fixed ? 0 : static_cast<std::size_t>(step % length);
            for (std::size_t row = 0; row < rows; ++row) {
                const double* const values = from ? from->data() + source * fed.units : nullptr;
                for (std::size_t u = 0; u < fed.units; ++u)
                    to[at + (row * fed.units + u) * across_] = values ? values[u] : now.value;
                source = source + 1 == length ? 0 : source + 1;
            }
        }
        carve_stream stream{model_.model.precision, CARVE_STREAM_BLOCKS, size, to.data()};
        if (single) {
            floats_[i].assign(to.begin(), to.end());
            stream.data = floats_[i].data();
        }
        streams_.push_back(stream);
    }
    return streams_;
}

} // namespace carve::cli
