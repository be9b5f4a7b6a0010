// evaluate.hpp: inner loops for a rule, or for many candidate rules at once, in trials. The same
// bits for every number of ranks, threads and lanes and every instruction set.
#pragma once
#include "ranges.hpp"
#include "simulation.hpp"
#include "task.hpp"
#include "trial.hpp"
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
    double violation = 0; // of the ranges of probes (ranges.hpp); 0 with derivatives
    double prior = 0;     // of its coefficients, where a search has one; not in the loss
    // With derivatives only; diverged replicas contribute nothing.
    Eigen::VectorXd gradient; // [coefficient] of the loss, and the prior
    Eigen::MatrixXd hessian;  // [coefficient][coefficient] of the loss, Gauss-Newton's:
                              // mean of J^T W J; plain distance: W = 1/|r| of each row,
                              // squared: W = 2
};

// The loss of a rule from those of its trials: their mean (median, trimmed mean); with diverged =
// "candidate", where a trial diverged, the score of the first one to. A trial that diverged always
// counts: then no aggregate is below the mean. losses: those of trials that diverged are their scores,
// 1 + (steps - frozen) / steps, or as search.diverged has it, base + early exp(-frozen / steps).
double total_loss(const Task& task, const std::vector<double>& losses,
                  const std::vector<std::int64_t>& frozen);

// One rule in all trials.
class Evaluator {
  public:
    Evaluator(const Task& task, Workers& workers);
    Evaluator(const Task& task, const Trials& trials, Workers& workers);
    // Evaluates in these trials from now on. Simulations of the same descriptions are kept.
    void use(const Trials& trials);
    // theta: the coefficients of the task's rules in order, each rule's in the order of its terms.
    Evaluation run(const Eigen::VectorXd& theta, Derivatives derivatives);
    // What each trial measured in the last run without derivatives (measured_names in
    // simulation.hpp), 0 where it diverged.
    const std::vector<std::vector<double>>& observed() const { return observed_; }
    // What each trial contributed to the last run with derivatives; 0 where it diverged.
    const std::vector<Contribution>& contributions() const { return contributions_; }
    std::size_t replicas() const { return trials_.size(); }
    std::size_t coefficients() const { return coefficients_; }
    std::size_t bytes() const; // of all sims together
    std::string isa() const, form() const;

  private:
    // Trials of one description, side by side.
    struct Block {
        std::vector<std::size_t> at; // of the evaluator's
        Trials trials;
        // Null until needed; its trials are those of the block only where it is loaded.
        struct Kept {
            std::unique_ptr<Simulation> simulation;
            bool loaded = false;
        } value, derivative;
        const task::Task* described() const { return trials[0]->described.get(); }
    };
    Simulation& prepared(Block& block, Derivatives derivatives) const;
    void run_block(Block& block, const Eigen::VectorXd& theta, Derivatives derivatives,
                   double* row) const;
    std::size_t row_length(Derivatives derivatives) const; // of one trial
    carve_sim_info info() const;                           // of a simulation of the first trial
    double violation_of_observed(const std::vector<std::int64_t>& frozen) const;

    Task task_;
    Workers& workers_;
    Trials trials_;
    std::size_t width_, coefficients_, measured_;
    Ranges ranges_;
    std::vector<Block> blocks_;
    std::vector<std::vector<double>> observed_; // [trial]
    std::vector<Contribution> contributions_;   // [trial]
};

// Many candidate rules, all in the same trials.
class PopulationEvaluator {
  public:
    PopulationEvaluator(const Task& task, Workers& workers);
    PopulationEvaluator(const Task& task, const Trials& trials, Workers& workers);
    // Evaluates in these trials from now on. Simulations are kept.
    void use(const Trials& trials);
    // thetas [coefficient][candidate]. Of each candidate its loss, losses, frozen, diverged and violation.
    std::vector<Evaluation> run(const Eigen::MatrixXd& thetas);

  private:
    void run_chunk(Simulation& simulation, const std::shared_ptr<const Trial>& trial,
                   const Eigen::MatrixXd& thetas, std::size_t first, std::size_t lanes,
                   double* row) const;

    Task task_;
    Trials trials_;
    Workers& workers_;
    Ranges ranges_;
    std::vector<std::unique_ptr<Simulation>> of_thread_; // [thread], null until needed
    std::size_t lanes_ = 0;                              // of each
};

} // namespace carve::cli
