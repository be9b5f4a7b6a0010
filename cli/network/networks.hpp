// networks.hpp: what the outer loop needs of networks side by side in one sim, whatever they are:
// of rates (replicas.hpp), or a neuron that spikes (cell.hpp).
#pragma once
#include "dataset.hpp"
#include "model.hpp"
#include "task.hpp"

#include <Eigen/Dense>
#include <carve.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace carve::cli {

// What the derivatives of one replica's loss are made of.
struct Contribution {
    Eigen::VectorXd gradient; // [coefficient]
    Eigen::MatrixXd hessian;  // lower triangle of J^T W J
};

class Networks {
  public:
    virtual ~Networks() = default;

    // Of each lane, or the one data set of all candidates. Kept by reference while in use.
    virtual void load(const std::vector<const DataSet*>& data) = 0;
    // Coefficients of the task's rules in order: of all lanes, or of one candidate.
    virtual void set_theta(const Eigen::VectorXd& theta) = 0;
    virtual void set_theta(std::size_t lane, const Eigen::VectorXd& theta) = 0;

    // Back to the initial weights.
    virtual void reset() = 0;
    // Ends early when the process is interrupted.
    virtual void advance(std::uint64_t steps) = 0;

    // Loss of each lane, NaN where it diverged.
    virtual std::vector<double> losses() const = 0;
    virtual std::int64_t frozen(std::size_t lane) const = 0; // step at which it diverged, or -1
    // Of lanes that have not diverged; the others' are 0.
    virtual std::vector<Contribution> derivatives() const = 0;
    // Of a lane that has not diverged, `observations` numbers beside its loss.
    virtual std::vector<double> observe(std::size_t lane) const = 0;

    virtual std::size_t bytes() const = 0;
    virtual carve_sim_info info() const = 0;
};

std::unique_ptr<Networks> make_networks(const Task& task, const DataSet& example,
                                        const Lanes& lanes, Derivatives derivatives);
std::size_t lanes_per_block(const Task& task);
// Data sets that can be lanes of one sim.
std::size_t data_sets_at_once(const Task& task);
// Rates: |cos| of each output with its component. Spikes: rate (Hz) and tuning.
std::size_t observations(const Task& task);

} // namespace carve::cli
