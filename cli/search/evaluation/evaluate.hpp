// evaluate.hpp: inner loops for a rule, or for many candidate rules at once, on data sets. The same
// bits for every number of ranks, threads and lanes and every instruction set.
#pragma once
#include "dataset.hpp"
#include "networks.hpp"
#include "task.hpp"
#include "workers.hpp"

#include <Eigen/Dense>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

struct Evaluation {
    double loss = 0;                  // the task's, with the blow-up score where replicas diverged
    std::vector<double> losses;       // [replica]
    std::vector<std::int64_t> frozen; // [replica] step at which it diverged, or -1
    std::size_t diverged = 0;
    // With derivatives only; diverged replicas contribute nothing.
    Eigen::VectorXd gradient; // [coefficient] of the loss
    Eigen::MatrixXd hessian;  // [coefficient][coefficient] of the loss, Gauss-Newton's:
                              // mean of J^T W J; plain distance: W = 1/|r| of each row,
                              // squared: W = 2
};

// The loss of a rule from its replicas': their mean (median, trimmed mean); with blow_up =
// candidate, where a replica diverged, the score of the first one to: 1 + (steps - frozen) / steps.
// A replica that diverged always counts: then no aggregate is below the mean. Of spikes the score
// is loss.blow_up (1 + exp(-frozen / steps)).
double total_loss(const std::vector<double>& losses, const std::vector<std::int64_t>& frozen,
                  std::uint64_t steps, const SearchSettings& search, const LossSettings& loss = {});

// One rule, its replicas the data sets.
class Evaluator {
  public:
    // Data sets must agree in their shapes and outlive this. Horizon and outputs are the task's.
    // Online, step t sees row t modulo the rows.
    Evaluator(const Task& task, const std::vector<DataSet>& data, Workers& workers);
    // theta: the coefficients of the task's rules in order, each rule's in the order of its terms.
    Evaluation run(const Eigen::VectorXd& theta, Derivatives derivatives);
    // Mean |cos| of each output with its component after the last run without derivatives; diverged
    // replicas count as 0.
    std::vector<double> cosines() const;
    // Of each replica after the same, 0 where it diverged (networks.hpp).
    const std::vector<std::vector<double>>& observed() const { return observed_; }
    // What each replica contributed to the last run with derivatives; 0 where it diverged.
    const std::vector<Contribution>& contributions() const { return contributions_; }
    std::size_t replicas() const { return replicas_; }
    std::size_t coefficients() const { return coefficients_; }
    std::size_t bytes() const; // of all sims together
    std::string isa() const, form() const;

  private:
    struct Block {
        std::vector<const DataSet*> data;
        std::unique_ptr<Networks> value, derivative;
    };
    Networks& prepared(Block& block, Derivatives derivatives) const;
    void run_block(Block& block, const Eigen::VectorXd& theta, Derivatives derivatives,
                   double* row) const;
    std::size_t row_length(Derivatives derivatives) const; // of one replica

    Task task_;
    Workers& workers_;
    std::size_t replicas_, width_, coefficients_ = 0;
    std::vector<Block> blocks_;
    std::vector<std::vector<double>> observed_; // [replica]
    std::vector<Contribution> contributions_;   // [replica]
};

// Many candidate rules, all on the same data sets and initial weights.
class PopulationEvaluator {
  public:
    PopulationEvaluator(const Task& task, const std::vector<DataSet>& data, Workers& workers);
    // thetas [coefficient][candidate]. Of each candidate its loss, losses, frozen and diverged.
    std::vector<Evaluation> run(const Eigen::MatrixXd& thetas);

  private:
    void run_chunk(Networks& replicas, const DataSet& set, const Eigen::MatrixXd& thetas,
                   std::size_t first, std::size_t lanes, double* row) const;

    Task task_;
    const std::vector<DataSet>& data_;
    Workers& workers_;
};

} // namespace carve::cli
