// adam.cpp: Adam (Kingma and Ba 2015) with a clipped gradient, proximal L1 and a guard against
// steps into divergence (docs/search.md).
#include "optimizer.hpp"

#include <cmath>

namespace carve::cli {

namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr int kMaxHalvings = 30;

class Adam final : public Optimizer {
  public:
    Adam(double learning_rate, double clip, const Box& box)
        : learning_rate_(learning_rate), clip_(clip), box_(box) {}

    Iteration iterate(const Objective& objective, Eigen::VectorXd& theta, double l1) override {
        if (mean_.size() != theta.size()) {
            mean_ = square_ = Eigen::VectorXd::Zero(theta.size());
            power1_ = power2_ = 1;
        }
        theta = box_.nearest(theta); // a start may be outside of it
        Evaluation at = objective.at(theta, Derivatives::yes);
        retreat(objective, theta, at);
        Iteration result;
        result.diverged = at.diverged;
        result.before = result.loss = at.loss;
        result.step = learning_rate_;
        const Eigen::VectorXd before = theta;
        if (at.gradient.allFinite()) {
            advance(at.gradient, theta, l1);
            theta = box_.nearest(theta);
        }
        result.moved = theta != before;
        previous_ = before;
        return result;
    }

    std::vector<double> state() const override {
        std::vector<double> out{power1_, power2_, static_cast<double>(diverged_)};
        for (const Eigen::VectorXd* v : {&mean_, &square_, &previous_})
            out.insert(out.end(), v->begin(), v->end());
        return out;
    }
    void restore(const std::vector<double>& state) override {
        power1_ = state.at(0);
        power2_ = state.at(1);
        diverged_ = static_cast<std::size_t>(state.at(2));
        const std::size_t n = (state.size() - 3) / 3;
        const double* at = state.data() + 3;
        for (Eigen::VectorXd* v : {&mean_, &square_, &previous_}) {
            *v = Eigen::Map<const Eigen::VectorXd>(at, static_cast<Eigen::Index>(n));
            at += n;
        }
    }

  private:
    // The last step may have led where replicas diverge that did not before: halve it until they
    // do not, at worst to nothing, and forget the direction that led there.
    void retreat(const Objective& objective, Eigen::VectorXd& theta, Evaluation& at) {
        if (previous_.size() == theta.size() && at.diverged > diverged_) {
            for (int i = 0; i < kMaxHalvings && at.diverged > diverged_; ++i) {
                theta =
                    i + 1 < kMaxHalvings ? Eigen::VectorXd(0.5 * (theta + previous_)) : previous_;
                at = objective.at(theta, Derivatives::yes);
            }
            mean_.setZero();
        }
        diverged_ = at.diverged;
    }

    void advance(Eigen::VectorXd gradient, Eigen::VectorXd& theta, double l1) {
        // Clipping shrinks the whole objective, L1 included: else it would count for more where the
        // loss is steep.
        const double norm = gradient.norm(), scale = norm > clip_ ? clip_ / norm : 1.0;
        gradient *= scale;
        mean_ = kBeta1 * mean_ + (1 - kBeta1) * gradient;
        square_ = kBeta2 * square_ + (1 - kBeta2) * gradient.cwiseAbs2();
        power1_ *= kBeta1;
        power2_ *= kBeta2;
        for (Eigen::Index k = 0; k < theta.size(); ++k) {
            // The proximal map in Adam's own metric: then a fixed point is one of the objective.
            const double rate = learning_rate_ / (std::sqrt(square_[k] / (1 - power2_)) + kEpsilon);
            theta[k] =
                soft_threshold(theta[k] - rate * mean_[k] / (1 - power1_), rate * scale * l1);
        }
    }

    double learning_rate_, clip_;
    double power1_ = 1, power2_ = 1; // of the betas, for the bias of the means
    Eigen::VectorXd mean_, square_, previous_;
    std::size_t diverged_ = 0;
    Box box_;
};

} // namespace

std::unique_ptr<Optimizer> make_adam(double learning_rate, double clip, const Box& box) {
    return std::make_unique<Adam>(learning_rate, clip, box);
}

} // namespace carve::cli
