// evaluate.hpp: inner loops for a theta, through the C ABI: lanes are data sets, split statically
// over threads. The same bits for every number of threads, lanes and instruction sets.
#pragma once
#include "dataset.hpp"
#include "model.hpp"
#include "task.hpp"

#include <Eigen/Dense>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

struct Evaluation {
    double loss = 0;                     // the task's, with the blow-up score where replicas diverged
    std::vector<double> losses;          // [replica]
    std::vector<std::int64_t> frozen;    // [replica] step at which it diverged, or -1
    std::size_t diverged = 0;
    // With derivatives only; diverged replicas contribute nothing.
    Eigen::VectorXd gradient;            // [coefficient] of the loss
    Eigen::MatrixXd hessian;             // [coefficient][coefficient] of the loss, Gauss-Newton's:
                                         // mean of J^T W J; plain distance: W = 1/|r| of each row,
                                         // squared: W = 2
};

// The mean of the replicas' losses; with blow_up = candidate, where a replica diverged, the score of
// the first one to: 1 + (steps - frozen) / steps.
double total_loss(const std::vector<double>& losses, const std::vector<std::int64_t>& frozen,
                  std::uint64_t steps, BlowUp blow_up);

class Evaluator {
  public:
    // Data sets must agree in their shapes, and outlive nothing: their contents are copied in the
    // precision of the run. steps: the horizon. Online, step t sees row t modulo the rows.
    Evaluator(const Task& task, const std::vector<DataSet>& data, std::uint64_t steps);
    ~Evaluator();
    // theta: the coefficients of the task's rules in order, each rule's in the order of its terms.
    Evaluation run(const Eigen::VectorXd& theta, Derivatives derivatives);
    std::size_t coefficients() const;
    std::size_t bytes() const;           // of all sims together
    std::string isa() const, form() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace carve::cli
