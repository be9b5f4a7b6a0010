#include "simulate_network.hpp"

#include "error.hpp"
#include "rule_factors.hpp"
#include "simulation.hpp"

#include <fmt/format.h>
#include <map>

namespace carve::cli {
namespace {

class Record final : public Watcher {
  public:
    explicit Record(const Task& task) : task_(task.described) {}

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
        const std::string name = "population." + population;
        append(name + ".time", {static_cast<double>(step)});
        append(name + ".unit", {static_cast<double>(unit)});
        append(name + ".trial", {static_cast<double>(trial_)});
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
        for (const task::Projection& p : task_.projections) {
            const std::size_t n = simulation.weights(p.name, 0).size(),
                              pre = simulation.units(p.from), post = simulation.units(p.to);
            dense_["projection." + p.name] =
                n == pre * post ? std::vector<std::size_t>{post, pre} : std::vector<std::size_t>{n};
        }
        for (const task::Population& p : task_.populations) {
            units_["population." + p.name] = simulation.units(p.name);
            for (const char* part : {".time", ".unit", ".trial"}) // of one that never spikes, too
                if (p.kind == task::PopulationKind::lif)
                    values_["population." + p.name + part];
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
                shape.push_back(values.size() / (trial_ * units->second));
                shape.push_back(units->second);
            } else if (name.rfind("population.", 0) == 0) {
                shape = {values.size()}; // of spikes
            }
            out.push_back({name, shape, values});
        }
        return out;
    }

  private:
    void append(const std::string& name, const std::vector<double>& values) {
        constexpr std::size_t kMost = 500000000; // 4 GB
        std::vector<double>& to = values_[name];
        total_ += values.size();
        if (total_ > kMost)
            throw Error(Exit::usage, "the recording would take more than 4 GB",
                        "record less: --every 10, --replicas 4, or a shorter duration");
        to.insert(to.end(), values.begin(), values.end());
    }

    const task::Task& task_;
    std::size_t trial_ = 0, total_ = 0;
    std::vector<double> steps_, phases_;
    std::map<std::string, std::vector<double>> values_;
    std::map<std::string, std::size_t> units_;
    std::map<std::string, std::vector<std::size_t>> dense_;
};

} // namespace

std::vector<Array> simulated_arrays(const Task& task, const std::vector<DataSet>& trials,
                                    std::uint64_t every) {
    Record record(task);
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            theta.push_back(term.theta);
    for (const DataSet& set : trials) {
        Simulation simulation(task, {1}, Derivatives::no);
        simulation.watch(record, every); // before it is built: it keeps its rates
        simulation.load({&set});
        simulation.set_theta(Eigen::Map<const Eigen::VectorXd>(
            theta.data(), static_cast<Eigen::Index>(theta.size())));
        simulation.reset();
        simulation.advance(task.network.steps);
        record.end_trial(task, simulation, *set.trial);
    }
    return record.arrays();
}

} // namespace carve::cli
