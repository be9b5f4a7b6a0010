// carve simulate: the weights and rates of a few networks over time, as arrays in a file.
#include "data.hpp"
#include "dataset.hpp"
#include "json.hpp"
#include "output.hpp"
#include "replicas.hpp"
#include "simulate_network.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// What simulate records. Arrays are [time][replica][...], filled block by block.
class Recording {
  public:
    Recording(const Task& task, const std::vector<DataSet>& data, std::uint64_t every)
        : task_(task), data_(data), every_(every), times_(task.network.steps / every + 1),
          replicas_(data.size()), outputs_(task.network.outputs),
          units_(static_cast<std::size_t>(data.front().samples.cols())) {}

    void run(std::size_t first, std::size_t count) {
        Replicas simulation = start_replicas(task_, &data_[first], count, true);
        if (batch_ == 0)
            allocate(simulation.batch());
        for (std::size_t at = 0; at < times_; ++at) {
            record_weights(simulation, at, first, count);
            if (at + 1 == times_)
                break;
            simulation.advance(1); // its rates are those of the weights just recorded
            record_rates(simulation, at, first, count);
            simulation.advance(every_ - 1);
        }
    }

    std::vector<Array> arrays() {
        std::vector<double> steps, target;
        for (std::size_t at = 0; at < times_; ++at)
            steps.push_back(static_cast<double>(at * every_));
        for (const DataSet& set : data_)
            target.insert(target.end(), set.target.data(), set.target.data() + set.target.size());
        return {{"step", {times_}, std::move(steps)},
                {"w", {times_, replicas_, outputs_, units_}, std::move(w_)},
                {"y", {times_ - 1, replicas_, batch_, outputs_}, std::move(y_)},
                {"loss", {times_, replicas_}, std::move(loss_)},
                {"target", {replicas_, outputs_, units_}, std::move(target)}};
    }

  private:
    void allocate(std::size_t batch) {
        constexpr double kMost = 4e9; // bytes
        const double values = static_cast<double>(times_) * static_cast<double>(replicas_) *
                              static_cast<double>(outputs_) * static_cast<double>(units_ + batch);
        if (8 * values > kMost)
            throw Error(Exit::usage,
                        fmt::format("the recording would take {:.1f} GB", 8e-9 * values),
                        "record less: --every 10, --replicas 4, or a shorter simulation.duration");
        batch_ = batch;
        w_.resize(times_ * replicas_ * outputs_ * units_);
        y_.resize((times_ - 1) * replicas_ * batch_ * outputs_);
        loss_.resize(times_ * replicas_);
    }

    void record_weights(const Replicas& simulation, std::size_t at, std::size_t first,
                        std::size_t count) {
        const std::vector<double> losses = simulation.losses();
        for (std::size_t r = 0; r < count; ++r) {
            const std::size_t row = at * replicas_ + first + r;
            loss_[row] = losses[r];
            for (std::size_t i = 0; i < outputs_; ++i)
                for (std::size_t j = 0; j < units_; ++j)
                    w_[(row * outputs_ + i) * units_ + j] = simulation.weight(r, i, j);
        }
    }

    void record_rates(const Replicas& simulation, std::size_t at, std::size_t first,
                      std::size_t count) {
        for (std::size_t r = 0; r < count; ++r)
            for (std::size_t s = 0; s < batch_; ++s)
                for (std::size_t i = 0; i < outputs_; ++i)
                    y_[((at * replicas_ + first + r) * batch_ + s) * outputs_ + i] =
                        simulation.rate(r, s, i);
    }

    const Task& task_;
    const std::vector<DataSet>& data_;
    std::uint64_t every_;
    std::size_t times_, replicas_, outputs_, units_, batch_ = 0;
    std::vector<double> w_, y_, loss_;
};

std::vector<Array> recorded_arrays(const Task& task, const std::vector<DataSet>& data,
                                   std::uint64_t every) {
    Recording recording(task, data, every);
    const std::size_t width = lanes_per_block(task);
    for (std::size_t first = 0; first < data.size(); first += width)
        recording.run(first, std::min(width, data.size() - first));
    return recording.arrays();
}

} // namespace

Exit simulate(const SimulateOptions& options) {
    const Task task = task_with_rule(options, options.rule);
    if (is_spiking(task))
        throw Error(Exit::usage,
                    "carve simulate records networks of rates; the neuron of task " + task.name +
                        " spikes",
                    "carve eval tells its rate");
    if (!options.force && std::filesystem::exists(std::filesystem::symlink_status(options.out)))
        throw Error(Exit::usage, options.out + " is there already", "--force replaces it");
    const DataSource source(task);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    const std::uint64_t replicas = options.replicas ? options.replicas : task.input.data_sets;
    const std::vector<DataSet> data =
        source.draw(Role::held_out, 0, 0, replicas, task.input.samples, task.network.outputs);
    const std::vector<Array> arrays = is_described(task)
                                          ? simulated_arrays(task, data, options.every)
                                          : recorded_arrays(task, data, options.every);
    write_npz(options.out, arrays);
    Json shapes;
    std::string text = options.out + "\n";
    for (const Array& array : arrays) {
        shapes[array.name] = array.shape;
        text += fmt::format("  {:7} [{}]\n", array.name, fmt::join(array.shape, ", "));
    }
    print(options.json ? dump(Json{{"file", options.out}, {"arrays", shapes}}, 2) : text);
    return Exit::ok;
}

} // namespace carve::cli
