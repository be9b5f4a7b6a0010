// simulation.hpp: trials of a task, side by side in one sim, through the C ABI: its phases,
// their settings, and the data of losses and probes. It does not depend on kinds of networks or losses.
#pragma once
#include "lanes.hpp"
#include "recording.hpp"
#include "trial.hpp"

#include <carve.h>

#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

// A name and what was measured in a trial.
struct NamedValue {
    std::string name; // "loss.rate", "probe.cv"
    double value = 0;
};

class Simulation;

// Is called as a simulation proceeds.
class Watcher {
  public:
    virtual ~Watcher() = default;
    // In every recorded step, from the start to the end: before the step, and after it.
    virtual void before(const Simulation& simulation, std::uint64_t step, std::size_t phase) = 0;
    virtual void after(const Simulation& simulation) = 0;
    // All spikes of neurons, in order for each of them; steps count all that were run.
    virtual void spike(const std::string& population, std::size_t lane, std::uint64_t step,
                       std::uint32_t unit) = 0;
};

class Simulation {
  public:
    Simulation(const Task& task, const Lanes& lanes, Derivatives derivatives);
    ~Simulation();

    // Of each lane, or the one trial of all candidates; all with the same description.
    void load(const Trials& trials);
    // Coefficients of the task's rules in order: of all lanes, or of one candidate.
    void set_theta(const Eigen::VectorXd& theta);
    void set_theta(std::size_t lane, const Eigen::VectorXd& theta);

    // Back to the beginning of the trial.
    void reset();
    // All its phases. Ends early when the process is interrupted.
    void run();

    // Loss of each lane, NaN where it diverged.
    std::vector<double> losses() const;
    std::int64_t frozen(std::size_t lane) const; // step at which it diverged, or -1
    // Of lanes that have not diverged; the others' are 0.
    std::vector<Contribution> derivatives() const;
    // What each loss and probe measured in a lane, in the order of measured_names.
    std::vector<double> observe(std::size_t lane) const;
    std::size_t bytes() const;
    carve_sim_info info() const;

    // Of the runs that follow; call it before load. The watcher is kept by reference.
    void watch(Watcher& watcher, std::uint64_t every);
    // [post][pre], of a sparse projection [synapse]; rates of the last step, [unit], of a batch
    // [sample][unit].
    std::vector<double> weights(const std::string& projection, std::size_t lane) const;
    std::vector<double> rates(const std::string& population, std::size_t lane) const;
    std::size_t units(const std::string& population) const;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

// Of a simulation of trials like this one, without building it.
std::size_t bytes_of_simulation(const Task& task, const std::shared_ptr<const Trial>& trial,
                                const Lanes& lanes, Derivatives derivatives);

// Of observe(), in its order: "loss.NAME" and then "probe.NAME", each followed by its parts, "loss.NAME, unit 1".
std::vector<std::string> measured_names(const Task& task);

} // namespace carve::cli
