// cmaes.hpp: CMA-ES (Hansen, The CMA evolution strategy: a tutorial, 2016), ask and tell
// (docs/search.md). Knows nothing of rules, data, files or threads.
#pragma once
#include "interval.hpp"
#include "restarts.hpp"

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

enum class Separable { automatic, never, always }; // automatic: above 256 dimensions

struct CmaSettings {
    Eigen::VectorXd mean;         // [n], where the search starts
    double sigma = 0.3;           // initial step size
    std::uint64_t lambda = 0;     // candidates a generation, from 2; 0: 4 + floor(3 ln n)
    Eigen::VectorXd deviations;   // [n], of the initial distribution, in sigma; empty: 1
    Eigen::MatrixXd covariance;   // [n][n], in place of deviations, in sigma^2; empty: none
    Eigen::VectorXd lower, upper; // [n], bounds; empty: none; infinities allowed
    Separable separable = Separable::automatic;
    std::uint64_t seed = 1;
    Restarts restarts = Restarts::none;
    std::uint64_t max_restarts = 9;
    // Stop conditions. A start of the search ends when
    double tol_fun = 1e-12; // recent fitnesses differ by no more than this; negative: off
    double tol_x = 1e-12;   // all standard deviations are smaller; 0: off
    double max_condition = 1e14;
    double min_sigma = 1e-150, max_sigma = 1e32;
    std::uint64_t stagnation = 120;    // generations that it takes to be one, at least; 0: off
    std::uint64_t max_generations = 0; // of all starts together; 0: no limit
};

// What follows from dimension and population size alone; named as in the tutorial.
struct CmaConstants {
    std::uint64_t lambda = 0, mu = 0;
    Eigen::VectorXd weights; // [lambda], by rank; the first mu sum to 1, the last are negative
    double mu_eff = 0, c_sigma = 0, d_sigma = 0, c_c = 0, c_1 = 0, c_mu = 0;
    double chi_n = 0;           // expected length of a standard normal vector
    std::uint64_t interval = 0; // generations between two eigendecompositions
};
std::uint64_t default_lambda(std::uint64_t n);
CmaConstants cma_constants(std::uint64_t n, std::uint64_t lambda, bool separable);

// Everything that the future of a search depends on, besides its settings. A `start` is the search
// from its beginning or from a restart on.
struct CmaState {
    std::uint64_t lambda = 0, generation = 0;       // of this start
    std::uint64_t decomposed = 0;                   // generation of the last eigendecomposition
    std::uint64_t diverged = 0;                     // generations in a row without a finite fitness
    std::uint64_t generations = 0, evaluations = 0; // of all starts
    std::uint64_t stop = 0;                         // index into cma_stop_names
    std::uint64_t restart = 0;
    std::uint64_t doublings = 0; // of lambda
    std::uint64_t small = 0;     // BIPOP: 1 in a start with a small population
    std::uint64_t budget = 0;    // evaluations of this start; 0: no limit
    std::uint64_t large_spent = 0, small_spent = 0, last_large = 0; // evaluations
    double sigma = 0, condition = 1, best_fitness = 0;              // best of all starts
    std::vector<double> mean, path_sigma, path_c; // [n]; the mean as numbers of intervals
    std::vector<double> covariance; // [n][n], lower triangle by columns; separable: [n]
    std::vector<double> axes;       // [n][n], eigenvectors as columns; separable: empty
    std::vector<double> lengths;    // [n], square roots of the eigenvalues
    std::vector<double> best;       // [n]
    std::vector<double> best_history, median_history; // of this start's last generations
};

// Calls each(name, member) for all of them, in a fixed order; members are std::uint64_t, double or
// std::vector<double>. A checkpoint needs no more to save or load a state.
template <class State, class Each> void visit(State& s, Each&& each) {
    each("lambda", s.lambda), each("generation", s.generation);
    each("decomposed", s.decomposed), each("diverged", s.diverged);
    each("generations", s.generations), each("evaluations", s.evaluations);
    each("stop", s.stop), each("restart", s.restart), each("doublings", s.doublings);
    each("small", s.small), each("budget", s.budget), each("large_spent", s.large_spent);
    each("small_spent", s.small_spent), each("last_large", s.last_large);
    each("sigma", s.sigma), each("condition", s.condition);
    each("best_fitness", s.best_fitness), each("mean", s.mean);
    each("path_sigma", s.path_sigma), each("path_c", s.path_c);
    each("covariance", s.covariance), each("axes", s.axes), each("lengths", s.lengths);
    each("best", s.best), each("best_history", s.best_history);
    each("median_history", s.median_history);
}

// "", "tol_fun", "tol_x", ...: docs/search.md explains each.
const std::vector<std::string>& cma_stop_names();

class CmaEs {
  public:
    explicit CmaEs(const CmaSettings& settings);

    // The candidates of this generation, [n][lambda]; the same until tell.
    const Eigen::MatrixXd& ask();
    // Their fitness, in the same order: smaller is better; what is not finite is worst.
    void tell(const std::vector<double>& fitness);
    // The name of the condition that holds if no restart is left; "": continue.
    const std::string& stop() const { return cma_stop_names()[state_.stop]; }

    Eigen::VectorXd best() const;                               // of all that were told
    double best_fitness() const { return state_.best_fitness; } // infinity before the first
    Eigen::VectorXd mean() const;
    double sigma() const { return state_.sigma; }
    Eigen::MatrixXd covariance() const; // of candidates near the mean, without sigma^2
    std::uint64_t generation() const { return state_.generations; }
    std::uint64_t evaluations() const { return state_.evaluations; }
    std::uint64_t lambda() const { return state_.lambda; }
    bool separable() const { return separable_; }
    const CmaConstants& constants() const { return constants_; }

    const CmaState& state() const { return state_; }
    // Continues from a state of a search with the same settings.
    void restore(CmaState state);

  private:
    // cmaes.cpp
    void draw();
    Eigen::VectorXd within(Eigen::VectorXd x) const;
    void move(const Eigen::VectorXd& weights, double mu_eff);
    void adapt_covariance(const Eigen::VectorXd& weights, bool path_long);
    void decompose();
    void rebalance();
    void transform();
    // cmaes_stop.cpp
    void begin(std::uint64_t lambda);
    void remember(const std::vector<double>& fitness, const std::vector<Eigen::Index>& order,
                  Eigen::Index finite);
    std::uint64_t window() const;
    std::uint64_t stop_condition() const;
    bool fitness_is_flat() const;
    bool stagnates() const;
    bool is_small() const;
    bool try_restart();
    bool fits(const CmaState& state) const;
    std::uint64_t stream(std::uint64_t purpose) const;

    CmaSettings settings_;
    bool separable_;
    std::vector<Interval> intervals_; // [n], or empty: no bounds
    CmaConstants constants_;
    CmaState state_;
    // Of the current generation: standard normal z, y = B D z, x = mean + sigma y within the bounds;
    // [n][lambda]. In y one column more, for p_c.
    bool drawn_ = false;
    Eigen::MatrixXd z_, y_, x_;
    Eigen::MatrixXd transform_; // B D, from the state
    Eigen::MatrixXd weighted_;  // y times its weight
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver_;
};

} // namespace carve::cli
