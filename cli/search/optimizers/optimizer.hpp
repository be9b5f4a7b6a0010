// optimizer.hpp: one iteration of the outer loop, as a strategy. Knows nothing of rules or data.
#pragma once
#include "evaluate.hpp"
#include "task.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace carve::cli {

// Normal distributions of coefficients, as a penalty (docs/search.md, Prior).
struct Prior {
    Eigen::VectorXd mean,
        precision; // [coefficient], 0 of those that have none; both empty: no prior

    // Sets what it adds to the objective, and adds its derivatives to those that the evaluation has.
    void add_to(Evaluation& evaluation, const Eigen::VectorXd& theta) const;
};
// Of the coefficients of rules in order.
Prior prior_of(const SearchSettings& search, const std::vector<RuleSettings>& rules);

// What an optimizer may ask about a task.
struct Objective {
    std::function<Evaluation(const Eigen::VectorXd& theta, Derivatives)> at;
    // Of each column.
    std::function<std::vector<Evaluation>(const Eigen::MatrixXd& thetas)> of;
};

struct Iteration {
    std::size_t diverged =
        0;              // replicas, at theta as the iteration found it; CMA-ES: of all candidates
    double before = 0;  // loss there; CMA-ES: of the best candidate
    double loss = 0;    // at theta as the iteration leaves it; Adam and CMA-ES: `before`, they
                        // do not look again
    double step = 0;    // damping, learning rate or CMA-ES's step size that was used
    bool moved = false; // false: going on would not lower the objective by more than a trace
};

class Optimizer {
  public:
    virtual ~Optimizer() = default;
    // Lowers loss(theta) + prior(theta) + l1 |theta|_1. The objective may change between iterations.
    virtual Iteration iterate(const Objective& objective, Eigen::VectorXd& theta, double l1) = 0;
    // Everything that the next iteration depends on, but theta; and back to it.
    virtual std::vector<double> state() const = 0;
    virtual void restore(const std::vector<double>& state) = 0;
    // [coefficient][coefficient], of the candidates of the next iteration; empty where there are
    // none.
    virtual Eigen::MatrixXd covariance() const { return {}; }
};

// What coefficients are kept in.
struct Box {
    Eigen::VectorXd lower, upper; // [coefficient], infinities allowed; or both empty: no bounds

    bool bounds() const { return lower.size() > 0; }
    Eigen::VectorXd nearest(const Eigen::VectorXd& theta) const {
        return bounds() ? Eigen::VectorXd(theta.cwiseMax(lower).cwiseMin(upper)) : theta;
    }
    double nearest(Eigen::Index k, double value) const {
        return bounds() ? std::min(std::max(value, lower[k]), upper[k]) : value;
    }
};
// Of the coefficients of rules in order; those of time constants are of their logarithms.
Box box_of(const std::vector<RuleSettings>& rules);

// Both keep to the box by projection: each step ends in its nearest point.
std::unique_ptr<Optimizer> make_adam(double learning_rate, double clip, const Box& box = {});
std::unique_ptr<Optimizer> make_gauss_newton(double damping, const Box& box = {});
// Its first iteration starts at theta, the coefficients of the rules in order; draws are a function
// of the seed.
std::unique_ptr<Optimizer> make_cma_search(const SearchSettings& settings,
                                           const std::vector<RuleSettings>& rules,
                                           std::uint64_t generations, std::uint64_t seed);

// The theta of the box that minimizes gradient . d + d . A d / 2 + l1 |theta|_1, d = theta - from, by
// cyclic coordinate descent; A is symmetric and positive definite, from is in the box.
Eigen::VectorXd proximal_minimum(const Eigen::MatrixXd& A, const Eigen::VectorXd& gradient,
                                 const Eigen::VectorXd& from, double l1, const Box& box = {});

// What is left of value when it is moved towards 0 by threshold: the proximal map of |.|.
inline double soft_threshold(double value, double threshold) {
    return value > threshold ? value - threshold : value < -threshold ? value + threshold : 0.0;
}

} // namespace carve::cli
