// simulation.hpp: trials of a network as described, side by side in one sim, through the C ABI: its phases,
// what they set, and what losses and probes see. It knows no network and no loss.
#pragma once
#include "networks.hpp"
#include "recording.hpp"

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

// Sees a simulation as it goes on.
class Watcher {
  public:
    virtual ~Watcher() = default;
    // Every so many steps, from the start to the end: before a step, and after it.
    virtual void before(const Simulation& simulation, std::uint64_t step, std::size_t phase) = 0;
    virtual void after(const Simulation& simulation) = 0;
    // All spikes of neurons, in order for each of them; steps count all that were run.
    virtual void spike(const std::string& population, std::size_t lane, std::uint64_t step,
                       std::uint32_t unit) = 0;
};

class Simulation final : public Networks {
  public:
    Simulation(const Task& task, const Lanes& lanes, Derivatives derivatives);
    ~Simulation() override;

    void load(const std::vector<const DataSet*>& data) override;
    void set_theta(const Eigen::VectorXd& theta) override;
    void set_theta(std::size_t lane, const Eigen::VectorXd& theta) override;
    void reset() override;
    // All phases, whatever the number of steps.
    void advance(std::uint64_t steps) override;
    std::vector<double> losses() const override;
    std::int64_t frozen(std::size_t lane) const override;
    std::vector<Contribution> derivatives() const override;
    // What each loss and probe measured.
    std::vector<double> observe(std::size_t lane) const override;
    std::size_t bytes() const override;
    carve_sim_info info() const override;

    // Of the runs that follow; call it before load. The watcher is kept by reference.
    void watch(Watcher& watcher, std::uint64_t every);
    // [post][pre], of a sparse projection [synapse]; rates of the last step, [unit], of a batch
    // [sample][unit].
    std::vector<double> weights(const std::string& projection, std::size_t lane) const;
    std::vector<double> rates(const std::string& population, std::size_t lane) const;
    std::size_t units(const std::string& population) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Of observe(), in its order: "loss.NAME" and then "probe.NAME".
std::vector<std::string> measured_names(const Task& task);

} // namespace carve::cli
