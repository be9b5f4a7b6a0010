#include "simulated_arrays.hpp"

#include "error.hpp"
#include "rule_factors.hpp"
#include "simulation.hpp"

#include <fmt/format.h>
#include <map>
#include <set>

namespace carve::cli {
namespace {

constexpr double kMostValues = 5e8; // 4 GB

class Record final : public Watcher {
  public:
    explicit Record(const Task& task)
        : task_(task.described), batch_(task.described.simulation.batch.samples == 0) {}

    void before(const Simulation& simulation, std::uint64_t step, std::size_t phase) override {
        if (trial_ == 0) {
            steps_.push_back(static_cast<double>(step));
            phases_.push_back(static_cast<double>(phase));
        }
        for (const task::Projection& p : task_.projections)
            append("projection." + p.name, simulation.weights(p.name, 0));
    }
    void after(const Simulation& simulation) override {
        for (const task::Population& p : task_.populations)
            if (p.kind == task::PopulationKind::rate)
                append("population." + p.name, simulation.rates(p.name, 0));
    }
    void spike(const std::string& population, std::size_t, std::uint64_t step,
               std::uint32_t unit) override {
        append_spike("population." + population, step, unit);
    }

    void end_trial(const Task& task, const Simulation& simulation, const Trial& trial) {
        const std::vector<std::string> names = measured_names(task);
        const std::vector<double> values = simulation.observe(0);
        for (std::size_t i = 0; i < names.size(); ++i)
            append(names[i], {values[i]});
        for (const auto& [name, column] : trial.columns) {
            append("data." + name, {column->data(), column->data() + column->size()});
            units_["data." + name] = static_cast<std::size_t>(column->cols());
        }
        for (const auto& [name, trains] : trial.trains)
            for (const carve_spike& s : trains->spikes)
                append_spike("data." + name, s.step, s.unit);
        for (const task::Projection& p : task_.projections) {
            const std::size_t n = simulation.weights(p.name, 0).size(),
                              pre = simulation.units(p.from), post = simulation.units(p.to);
            dense_["projection." + p.name] =
                n == pre * post ? std::vector<std::size_t>{post, pre} : std::vector<std::size_t>{n};
        }
        for (const task::Population& p : task_.populations) {
            units_["population." + p.name] = simulation.units(p.name);
            for (const char* part : {".time", ".unit", ".trial"}) // of one that never spikes, too
                if (p.kind == task::PopulationKind::lif) {
                    values_["population." + p.name + part];
                    of_spikes_.insert("population." + p.name + part);
                }
        }
        ++trial_;
    }

    std::vector<Array> arrays() const {
        const std::size_t times = steps_.size();
        std::vector<Array> out{{"step", {times}, steps_}, {"phase", {times}, phases_}};
        for (const auto& [name, values] : values_) {
            std::vector<std::size_t> shape{trial_};
            if (const auto dense = dense_.find(name); dense != dense_.end()) {
                shape.push_back(times);
                shape.insert(shape.end(), dense->second.begin(), dense->second.end());
            } else if (const auto units = units_.find(name); units != units_.end()) {
                const std::size_t rows = values.size() / (trial_ * units->second);
                const bool samples = batch_ && name.rfind("population.", 0) == 0; // of each step
                if (samples)
                    shape.push_back(times - 1);
                shape.push_back(samples ? rows / (times - 1) : rows);
                shape.push_back(units->second);
            } else if (of_spikes_.count(name) > 0) {
                shape = {values.size()}; // of spikes
            }
            out.push_back({name, shape, values});
        }
        return out;
    }

  private:
    void append(const std::string& name, const std::vector<double>& values) {
        std::vector<double>& to = values_[name];
        total_ += values.size();
        if (static_cast<double>(total_) > kMostValues)
            throw Error(Exit::usage, "the recording would take more than 4 GB",
                        "record less: --every 10, --replicas 4, or a shorter duration");
        to.insert(to.end(), values.begin(), values.end());
    }

    void append_spike(const std::string& name, std::uint64_t step, std::uint32_t unit) {
        const std::pair<const char*, double> parts[] = {{".time", static_cast<double>(step)},
                                                        {".unit", static_cast<double>(unit)},
                                                        {".trial", static_cast<double>(trial_)}};
        for (const auto& [part, value] : parts) {
            append(name + part, {value});
            of_spikes_.insert(name + part);
        }
    }

    const task::Task& task_;
    bool batch_; // rates are [sample][unit]
    std::size_t trial_ = 0, total_ = 0;
    std::vector<double> steps_, phases_;
    std::map<std::string, std::vector<double>> values_;
    std::map<std::string, std::size_t> units_;
    std::map<std::string, std::vector<std::size_t>> dense_;
    std::set<std::string> of_spikes_; // one number a spike
};

// Spikes come on top: their number is not known before.
void require_room(const Task& task, const Simulation& simulation, std::uint64_t times,
                  std::size_t trials) {
    double values = 0; // of one time
    for (const task::Projection& p : task.described.projections)
        values += static_cast<double>(simulation.weights(p.name, 0).size());
    for (const task::Population& p : task.described.populations)
        if (p.kind == task::PopulationKind::rate)
            values += static_cast<double>(simulation.rates(p.name, 0).size());
    const double all = values * static_cast<double>(times) * static_cast<double>(trials);
    if (all > kMostValues)
        throw Error(Exit::usage, fmt::format("the recording would take {:.1f} GB", 8e-9 * all),
                    "record less: --every 10, --replicas 4, or a shorter duration");
}

} // namespace

std::vector<Array> simulated_arrays(const Task& task, const Trials& trials, std::uint64_t every) {
    Record record(task);
    const std::vector<double> theta = coefficients(task);
    for (const std::shared_ptr<const Trial>& trial : trials) {
        Simulation simulation(task, {1}, Derivatives::no);
        simulation.watch(record, every); // before it is built: it keeps its rates
        simulation.load({trial});
        simulation.set_theta(Eigen::Map<const Eigen::VectorXd>(
            theta.data(), static_cast<Eigen::Index>(theta.size())));
        simulation.reset();
        if (trial == trials.front())
            require_room(task, simulation, trial->steps / every + 2, trials.size());
        simulation.run();
        record.end_trial(task, simulation, *trial);
    }
    return record.arrays();
}

} // namespace carve::cli
