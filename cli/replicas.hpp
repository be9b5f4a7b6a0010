// replicas.hpp: networks of a task side by side in one sim, through the C ABI: their data sets,
// rules and initial weights, their inner loop, and what they are judged by.
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

class Replicas {
  public:
    // Networks like those of `example`. Lanes that are data sets must fit one lane block
    // (lanes_per_block); there may be any number of candidates. keep_rates: rates can be read,
    // which moment form would not compute.
    Replicas(const Task& task, const DataSet& example, const Lanes& lanes, Derivatives derivatives,
             bool keep_rates = false);
    Replicas(Replicas&&) noexcept;
    ~Replicas();
    static std::size_t lanes_per_block(const Task& task);

    // Of each lane, or the one data set of all candidates. Kept by reference while in use.
    void load(const std::vector<const DataSet*>& data);
    // Coefficients of the task's rules in order: of all lanes, or of one candidate.
    void set_theta(const Eigen::VectorXd& theta);
    void set_theta(std::size_t lane, const Eigen::VectorXd& theta);

    // Back to the initial weights.
    void reset();
    // Ends early when the process is interrupted.
    void advance(std::uint64_t steps);

    // Loss of each lane, NaN where it diverged.
    std::vector<double> losses() const;
    std::int64_t frozen(std::size_t lane) const; // step at which it diverged, or -1
    // Of lanes that have not diverged; the others' are 0.
    std::vector<Contribution> derivatives() const;

    double weight(std::size_t lane, std::size_t output, std::size_t input) const;
    // Of the last step, sample 0 .. batch - 1 (online: 0).
    double rate(std::size_t lane, std::size_t sample, std::size_t output) const;
    std::size_t batch() const;
    std::size_t bytes() const;
    carve_sim_info info() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The data sets from `data` on, at most a lane block of them, under the rules that the task states,
// at their initial weights.
Replicas start_replicas(const Task& task, const DataSet* data, std::size_t count,
                        bool keep_rates = false);

// |cos| between an output's weights and its principal component.
double cosine(const Replicas& replicas, std::size_t lane, const DataSet& set, std::size_t output);

} // namespace carve::cli
