// optimizer.hpp: one iteration of the outer loop, as a strategy. Knows nothing of rules or data: an
// objective is a function of theta that also gives its gradient and Gauss-Newton's Hessian.
#pragma once
#include "evaluate.hpp"
#include "task.hpp"

#include <Eigen/Dense>
#include <cstddef>
#include <functional>
#include <memory>

namespace carve::cli {

using Objective = std::function<Evaluation(const Eigen::VectorXd&, Derivatives)>;

struct Iteration {
    Evaluation at;      // at theta as the iteration found it, with derivatives
    double loss = 0;    // at theta as it leaves it; Adam: at.loss, it does not look again
    double step = 0;    // damping or learning rate that was used
    bool moved = false; // false: no step was found that lowers the objective by more than a trace
};

class Optimizer {
  public:
    virtual ~Optimizer() = default;
    // Lowers objective(theta) + l1 |theta|_1. The objective may change between iterations.
    virtual Iteration iterate(const Objective& objective, Eigen::VectorXd& theta, double l1) = 0;
};

std::unique_ptr<Optimizer> make_adam(double learning_rate, double clip);
std::unique_ptr<Optimizer> make_gauss_newton(double damping);
std::unique_ptr<Optimizer> make_optimizer(const SearchSettings& settings);

// The theta that minimizes gradient . d + d . A d / 2 + l1 |theta|_1, d = theta - from, by cyclic
// coordinate descent; A is symmetric and positive definite.
Eigen::VectorXd proximal_minimum(const Eigen::MatrixXd& A, const Eigen::VectorXd& gradient,
                                 const Eigen::VectorXd& from, double l1);

// What is left of value when it is moved towards 0 by threshold: the proximal map of |.|.
inline double soft_threshold(double value, double threshold) {
    return value > threshold ? value - threshold : value < -threshold ? value + threshold : 0.0;
}

} // namespace carve::cli
