// gauss_newton.cpp: Levenberg and Marquardt's damped Gauss-Newton step with L1 (docs/search.md).
#include "optimizer.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {

namespace {

constexpr double kMinDamping = 1e-9, kMaxDamping = 1e9;
constexpr double kLess = 1.0 / 3.0, kMore = 4.0; // of the damping, after success and failure
constexpr double kTrace = 1e-6;                  // of the objective: not worth another iteration

class GaussNewton final : public Optimizer {
  public:
    GaussNewton(double damping, const Box& box) : damping_(damping), box_(box) {}

    Iteration iterate(const Objective& objective, Eigen::VectorXd& theta, double l1) override {
        theta = box_.nearest(theta); // a start may be outside of it
        const Evaluation at = objective.at(theta, Derivatives::yes);
        Iteration result;
        result.diverged = at.diverged;
        result.before = result.loss = at.loss;
        const double now = at.loss + at.prior + l1 * theta.lpNorm<1>();
        const auto n = theta.size();
        for (; damping_ < kMaxDamping; damping_ = std::max(damping_, kMinDamping) * kMore) {
            const Eigen::MatrixXd A = at.hessian + damping_ * Eigen::MatrixXd::Identity(n, n);
            const Eigen::VectorXd trial = proximal_minimum(A, at.gradient, theta, l1, box_);
            if (trial == theta)
                break;
            const Evaluation there = objective.at(trial, Derivatives::no);
            const double then = there.loss + there.prior + l1 * trial.lpNorm<1>();
            // Written so that a loss that is not a number is a failure.
            if (there.diverged <= at.diverged && then < now) {
                theta = trial;
                result.loss = there.loss;
                result.step = damping_;
                result.moved = now - then > kTrace * std::abs(now);
                damping_ = std::max(damping_ * kLess, kMinDamping);
                return result;
            }
        }
        result.step = damping_;
        damping_ = std::min(damping_, 1.0); // the next iteration may see other data
        return result;
    }

    std::vector<double> state() const override { return {damping_}; }
    void restore(const std::vector<double>& state) override { damping_ = state.at(0); }

  private:
    double damping_;
    Box box_;
};

} // namespace

Eigen::VectorXd proximal_minimum(const Eigen::MatrixXd& A, const Eigen::VectorXd& gradient,
                                 const Eigen::VectorXd& from, double l1, const Box& box) {
    constexpr int kMaxSweeps = 2000;
    constexpr double kTolerance = 1e-12;
    Eigen::VectorXd theta = from;
    // Without L1 and bounds the minimum is known, and descent from there only confirms it.
    if (l1 == 0 && !box.bounds())
        return from - A.ldlt().solve(gradient);
    Eigen::VectorXd slope = gradient; // of the quadratic model at theta
    for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
        double largest_move = 0;
        for (Eigen::Index k = 0; k < theta.size(); ++k) {
            const double next =
                box.nearest(k, soft_threshold(theta[k] - slope[k] / A(k, k), l1 / A(k, k)));
            const double move = next - theta[k];
            if (move == 0)
                continue;
            slope += move * A.col(k);
            theta[k] = next;
            largest_move = std::max(largest_move, std::abs(move));
        }
        if (largest_move <= kTolerance * (1 + theta.lpNorm<Eigen::Infinity>()))
            break;
    }
    return theta;
}

std::unique_ptr<Optimizer> make_gauss_newton(double damping, const Box& box) {
    return std::make_unique<GaussNewton>(damping, box);
}

} // namespace carve::cli
