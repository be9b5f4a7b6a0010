#include "simulated_trials.hpp"

#include "components.hpp"
#include "error.hpp"
#include "rule_factors.hpp"
#include "simulation.hpp"

#include <algorithm>
#include <memory>
#include <set>

namespace carve::cli {
namespace {

constexpr std::uint64_t kTimes = 100; // that are recorded
constexpr double kMostWork = 1e10;    // steps times synapses of one trial
constexpr double kWorkOfAll =
    1.5e9; // of all trials that are simulated, where that is more than one
constexpr std::size_t kMostStored = 4000000; // weights of one trial

using DescribedTask = task::Task;

bool is_plastic(const DescribedTask& task, const task::Projection& p) {
    return !rules_of(task, p).empty();
}

RowMatrix matrix(const std::vector<double>& values, std::size_t rows) {
    return Eigen::Map<const RowMatrix>(values.data(), static_cast<Eigen::Index>(rows),
                                       static_cast<Eigen::Index>(values.size() / rows));
}

// Weights at the recorded times, covariances of outputs, and spikes.
class Recorder final : public Watcher {
  public:
    Recorder(const DescribedTask& task, SimulatedTrial& trial) : task_(task), trial_(trial) {}

    void before(const Simulation& simulation, std::uint64_t step, std::size_t) override {
        trial_.steps.push_back(static_cast<double>(step));
        for (std::size_t i = 0; i < task_.projections.size(); ++i) {
            const task::Projection& p = task_.projections[i];
            if (trial_.weights.size() <= i)
                trial_.weights.push_back({p.name, p.from, p.to, is_plastic(task_, p), {}, {}});
            WeightCourse& course = trial_.weights[i];
            std::vector<double> now = simulation.weights(p.name, 0);
            stored_ += course.plastic ? now.size() : 0;
            if (!course.plastic || stored_ > kMostStored)
                course.at.clear();
            course.at.push_back(std::move(now));
        }
    }
    void after(const Simulation& simulation) override {
        if (task_.simulation.batch.samples != 0) // a step sees a part of the data
            return;
        for (const task::Population& p : task_.populations)
            if (p.kind == task::PopulationKind::rate && simulation.units(p.name) > 1)
                put_outputs(p.name, simulation.rates(p.name, 0), simulation.units(p.name));
    }
    void spike(const std::string& population, std::size_t, std::uint64_t step,
               std::uint32_t unit) override {
        trial_.spikes[population].push_back({step, unit});
    }

  private:
    void put_outputs(const std::string& population, const std::vector<double>& rates,
                     std::size_t units) {
        auto& all = trial_.covariances;
        const auto same = std::find_if(all.begin(), all.end(), [&](const OutputCovariance& c) {
            return c.population == population;
        });
        const Eigen::MatrixXd now =
            second_moments(matrix(rates, rates.size() / units), About::mean);
        if (same == all.end())
            all.push_back({population, now, now});
        else
            same->after = now;
    }

    const DescribedTask& task_;
    SimulatedTrial& trial_;
    std::size_t stored_ = 0;
};

std::unique_ptr<Simulation> simulation_of(const Task& task,
                                          const std::shared_ptr<const Trial>& trial,
                                          Watcher* watcher, std::uint64_t every) {
    auto simulation = std::make_unique<Simulation>(task, Lanes{1}, Derivatives::no);
    if (watcher)
        simulation->watch(*watcher, every); // before it is built: it keeps its rates
    simulation->load({trial});
    const std::vector<double> theta = coefficients(task);
    simulation->set_theta(
        Eigen::Map<const Eigen::VectorXd>(theta.data(), static_cast<Eigen::Index>(theta.size())));
    simulation->reset();
    return simulation;
}

// Steps times the synapses and units that each has to look at.
double work_of(const Task& task, const Simulation& simulation, const Trial& trial) {
    double synapses = 0;
    for (const task::Projection& p : task.described.projections)
        synapses += static_cast<double>(simulation.weights(p.name, 0).size());
    for (const task::Population& p : task.described.populations) // neurons are looked at, too
        synapses += static_cast<double>(simulation.units(p.name));
    double samples = 1;
    if (task.described.simulation.batch.samples != 1)
        for (const auto& [name, column] : trial.columns)
            samples = std::max(samples, static_cast<double>(column->rows()));
    return synapses * static_cast<double>(trial.steps) * samples;
}

SimulatedTrial simulate_trial(const Task& task, const std::shared_ptr<const Trial>& trial) {
    SimulatedTrial seen;
    Recorder recorder(*trial->described, seen);
    const std::uint64_t every = std::max<std::uint64_t>(1, trial->steps / kTimes);
    const std::unique_ptr<Simulation> simulation = simulation_of(task, trial, &recorder, every);
    simulation->run();
    seen.described = trial->described;
    seen.diverged = simulation->frozen(0) >= 0;
    for (const task::Population& p : trial->described->populations) {
        seen.units[p.name] = simulation->units(p.name);
        if (p.kind == task::PopulationKind::lif)
            seen.spikes[p.name]; // of one that never spikes, too
    }
    for (WeightCourse& course : seen.weights) {
        const std::size_t n = course.at.back().size(), post = simulation->units(course.to),
                          pre = simulation->units(course.from);
        course.shape =
            n == pre * post ? std::vector<std::size_t>{post, pre} : std::vector<std::size_t>{n};
        if (course.at.size() < seen.steps.size())
            course.at = {course.at.back()};
    }
    const auto& vary = task.described.trials.vary.of;
    for (std::size_t i = 0; i < std::min(vary.size(), trial->at.size()); ++i)
        seen.values.emplace_back(vary[i].path, trial->at[i]);
    return seen;
}

// ---- Targets of weights --------------------------------------------------------------------------

const task::Projection* projection_of(const DescribedTask& task, const std::string& name) {
    const auto at = std::find_if(task.projections.begin(), task.projections.end(),
                                 [&](const task::Projection& p) { return p.name == name; });
    return at == task.projections.end() ? nullptr : &*at;
}

// What the loss compares the projection's weights with; without rows where that is nothing of their shape.
RowMatrix target_of(const Trial& trial, const task::Measure& loss, const task::Projection& p,
                    std::size_t post, std::size_t pre) {
    const DescribedTask& described = *trial.described;
    if (loss.kind == task::MeasureKind::components) {
        const std::string& data = find_population(described, p.from)->data;
        const auto column = trial.columns.find(data);
        if (column == trial.columns.end() || post > pre)
            return {};
        About about = About::mean;
        for (const task::Data& d : described.data)
            if (d.name == data && d.kind == task::DataKind::file && !d.center)
                about = About::origin;
        return principal_components(*column->second, post, about);
    }
    const auto column = trial.columns.find(loss.to);
    if (loss.to.empty() || column == trial.columns.end() ||
        static_cast<std::size_t>(column->second->size()) != post * pre)
        return {};
    return matrix({column->second->data(), column->second->data() + column->second->size()}, post);
}

std::vector<WeightTargets> targets_of(const DescribedTask& task) {
    std::vector<WeightTargets> targets;
    for (const task::Measure& loss : task.losses) {
        const bool components = loss.kind == task::MeasureKind::components;
        if ((components || loss.kind == task::MeasureKind::weights) && loss.of.of.size() == 1)
            targets.push_back({loss.name, loss.of.of[0], components, {}, {}, {}});
    }
    return targets;
}

// False if the trial diverged.
bool end(const Task& task, const std::shared_ptr<const Trial>& trial,
         std::vector<WeightTargets>& targets) {
    const std::unique_ptr<Simulation> simulation = simulation_of(task, trial, nullptr, 1);
    std::vector<std::vector<double>> before;
    for (const WeightTargets& compared : targets)
        before.push_back(simulation->weights(compared.projection, 0));
    simulation->run();
    if (simulation->frozen(0) >= 0)
        return false;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        WeightTargets& compared = targets[i];
        const task::Projection* p = projection_of(*trial->described, compared.projection);
        const std::size_t post = simulation->units(p->to), pre = simulation->units(p->from);
        if (before[i].size() != post * pre)
            continue;
        for (const task::Measure& loss : trial->described->losses)
            if (loss.name == compared.loss) {
                RowMatrix target = target_of(*trial, loss, *p, post, pre);
                if (target.rows() == 0)
                    continue;
                const RowMatrix after = matrix(simulation->weights(compared.projection, 0), post);
                for (Eigen::Index row = 0; compared.components && row < target.rows(); ++row)
                    if (after.row(row).dot(target.row(row)) < 0)
                        target.row(row) *= -1;
                compared.target.push_back(std::move(target));
                compared.before.push_back(matrix(before[i], post));
                compared.after.push_back(after);
            }
    }
    return true;
}

// The first trial of each of the first combinations of the values that vary.
std::vector<std::size_t> one_of_each(const Trials& trials) {
    std::vector<std::size_t> out;
    std::set<std::vector<std::string>> seen;
    for (std::size_t i = 0; i < trials.size() && out.size() < kMostTrials; ++i)
        if (seen.insert(trials[i]->at).second)
            out.push_back(i);
    return out;
}

} // namespace

SimulatedTrials simulate_trials(const Task& task, const TrialSource& source) {
    SimulatedTrials simulated;
    simulated.spikes = has_spikes(task);
    simulated.dt = simulated.spikes ? task.described.simulation.dt.value_or(1e-4) : 1;
    const std::uint64_t count = std::min<std::uint64_t>(kMostEnds, task.described.trials.held_out);
    const Trials trials = source.draw(std::make_shared<const DescribedTask>(task.described),
                                      {Role::held_out, 0, 0, 0, count});
    const double work =
        std::max(1.0, work_of(task, *simulation_of(task, trials[0], nullptr, 1), *trials[0]));
    if (work > kMostWork)
        return simulated;
    const auto most = static_cast<std::size_t>(std::max(1.0, kWorkOfAll / work));
    std::vector<std::size_t> shown = one_of_each(trials);
    shown.resize(std::min(shown.size(), most));
    for (const std::size_t i : shown) {
        simulated.trials.push_back(simulate_trial(task, trials[i]));
        simulated.trials.back().index = i;
    }
    // Those that diverged come last: they are drawn where there is nothing else.
    std::stable_sort(
        simulated.trials.begin(), simulated.trials.end(),
        [](const SimulatedTrial& a, const SimulatedTrial& b) { return a.diverged < b.diverged; });
    simulated.targets = targets_of(task.described);
    if (simulated.targets.empty() || simulated.trials[0].diverged) {
        simulated.targets.clear();
        return simulated;
    }
    const std::size_t drawn = simulated.trials[0].index; // comes first
    simulated.diverged += !end(task, trials[drawn], simulated.targets);
    for (std::size_t i = 0; i < std::min(trials.size(), most); ++i)
        if (i != drawn)
            simulated.diverged += !end(task, trials[i], simulated.targets);
    simulated.targets.erase(
        std::remove_if(simulated.targets.begin(), simulated.targets.end(),
                       [](const WeightTargets& compared) { return compared.target.empty(); }),
        simulated.targets.end());
    return simulated;
}

SimulatedTrials simulate_trials_for_page(const Task& task, const TrialSource& source) try {
    return simulate_trials(task, source);
} catch (const std::exception&) { // a search that is done is not lost for want of a picture
    return {};
}

} // namespace carve::cli
