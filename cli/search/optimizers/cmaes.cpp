// cmaes.cpp: one generation: draw, recombine, adapt. Equation numbers are those of the tutorial.
#include "cmaes.hpp"
#include "components.hpp"
#include "error.hpp"
#include "exp_log.hpp"

#include <carve.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace carve::cli {
namespace {

using Eigen::Index;
using Matrix = Eigen::Map<Eigen::MatrixXd>;
using Vector = Eigen::Map<Eigen::VectorXd>;
using ConstMatrix = Eigen::Map<const Eigen::MatrixXd>;
using ConstVector = Eigen::Map<const Eigen::VectorXd>;

constexpr double kRetreat = 0.5;    // of sigma, after a generation without a finite fitness
constexpr double kSmallest = 1e-15; // eigenvalue, relative to the largest

Vector vector_of(std::vector<double>& values) {
    return {values.data(), static_cast<Index>(values.size())};
}
ConstVector vector_of(const std::vector<double>& values) {
    return {values.data(), static_cast<Index>(values.size())};
}
Matrix square_of(std::vector<double>& values, Index n) { return {values.data(), n, n}; }
ConstMatrix square_of(const std::vector<double>& values, Index n) { return {values.data(), n, n}; }

// Candidates from the best to the worst; equal ones, and those that are not finite, by index.
std::vector<Index> ranking(const std::vector<double>& fitness) {
    std::vector<Index> order(fitness.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
        const double fa = fitness[static_cast<std::size_t>(a)];
        const double fb = fitness[static_cast<std::size_t>(b)];
        return std::isfinite(fa) && (!std::isfinite(fb) || fa < fb);
    });
    return order;
}

} // namespace

const Eigen::MatrixXd& CmaEs::ask() {
    if (!drawn_)
        draw();
    return x_;
}

// A function of the state: value i of candidate k in generation g is number (g lambda + k) n + i of
// the start's stream.
void CmaEs::draw() {
    const auto n = static_cast<Index>(state_.mean.size());
    const auto lambda = static_cast<Index>(state_.lambda);
    z_.resize(n, lambda);
    y_.resize(n, lambda + 1);
    carve_random_normal(settings_.seed, stream(0),
                        state_.generation * static_cast<std::uint64_t>(z_.size()), z_.data(),
                        static_cast<std::size_t>(z_.size()));
    auto y = y_.leftCols(lambda);
    if (separable_)
        y = vector_of(state_.lengths).asDiagonal() * z_;
    else
        y.noalias() = transform_ * z_;
    x_ = (state_.sigma * y).colwise() + vector_of(state_.mean);
    if (!intervals_.empty())
        for (Index k = 0; k < lambda; ++k)
            x_.col(k) = within(x_.col(k));
    drawn_ = true;
}

// The search itself knows no bounds.
Eigen::VectorXd CmaEs::within(Eigen::VectorXd x) const {
    for (std::size_t i = 0; i < intervals_.size(); ++i) {
        double& number = x[static_cast<Index>(i)];
        number = intervals_[i].image(number).value;
    }
    return x;
}

void CmaEs::tell(const std::vector<double>& fitness) {
    if (fitness.size() != state_.lambda)
        throw Error(Exit::internal, "CMA-ES was told " + std::to_string(fitness.size()) +
                                        " fitnesses of " + std::to_string(state_.lambda) +
                                        " candidates");
    if (!drawn_)
        draw();
    const std::vector<Index> order = ranking(fitness);
    const Index finite = std::count_if(fitness.begin(), fitness.end(),
                                       [](double value) { return std::isfinite(value); });
    remember(fitness, order, finite);
    state_.diverged = finite == 0 ? state_.diverged + 1 : 0;
    if (finite == 0) {
        state_.sigma *= kRetreat;
    } else {
        Eigen::VectorXd by_rank = constants_.weights;
        double mu_eff = constants_.mu_eff;
        const auto mu = static_cast<Index>(constants_.mu);
        if (finite < mu) { // the rest may not attract
            by_rank.segment(finite, mu - finite).setZero();
            by_rank.head(finite) /= by_rank.head(finite).sum();
            mu_eff = 1 / by_rank.head(finite).squaredNorm();
        }
        Eigen::VectorXd weights(by_rank.size()); // by candidate
        for (Index rank = 0; rank < by_rank.size(); ++rank)
            weights[order[static_cast<std::size_t>(rank)]] = by_rank[rank];
        move(weights, mu_eff);
    }
    ++state_.generation;
    ++state_.generations;
    state_.evaluations += state_.lambda;
    drawn_ = false;
    if (state_.generation - state_.decomposed >= constants_.interval) {
        decompose();
        rebalance();
    }
    state_.stop = stop_condition();
    if (state_.stop != 0 && try_restart())
        state_.stop = 0;
}

void CmaEs::move(const Eigen::VectorXd& weights, double mu_eff) {
    const CmaConstants& c = constants_;
    const Eigen::VectorXd attracting = weights.cwiseMax(0.0);
    const Eigen::VectorXd y = y_.leftCols(z_.cols()) * attracting, z = z_ * attracting;
    vector_of(state_.mean) += state_.sigma * y; // (42)

    // (43): C^-1/2 y = B z.
    Vector path = vector_of(state_.path_sigma);
    path *= 1 - c.c_sigma;
    const double into = std::sqrt(c.c_sigma * (2 - c.c_sigma) * mu_eff);
    if (separable_)
        path += into * z;
    else
        path.noalias() += into * (square_of(state_.axes, z.size()) * z);
    const double length = path.norm();
    // The path is long while it fills up, and when sigma is far too small: p_c waits then.
    const double filled =
        1 - exp_of(2 * static_cast<double>(state_.generation + 1) * log_of(1 - c.c_sigma));
    const double n = static_cast<double>(z.size());
    const bool path_long = length / std::sqrt(filled) >= (1.4 + 2 / (n + 1)) * c.chi_n;

    Vector path_c = vector_of(state_.path_c); // (45)
    path_c *= 1 - c.c_c;
    if (!path_long)
        path_c += std::sqrt(c.c_c * (2 - c.c_c) * mu_eff) * y;
    adapt_covariance(weights, path_long);
    state_.sigma *= exp_of(c.c_sigma / c.d_sigma * (length / c.chi_n - 1)); // (44)
}

// (46), (47): the candidates' outer products by their weights, and p_c's, in one product.
void CmaEs::adapt_covariance(const Eigen::VectorXd& weights, bool path_long) {
    const CmaConstants& c = constants_;
    const Index n = z_.rows(), lambda = z_.cols();
    const double kept =
        1 + (path_long ? c.c_1 * c.c_c * (2 - c.c_c) : 0.0) - c.c_1 - c.c_mu * weights.sum();
    Eigen::VectorXd by(lambda + 1);
    for (Index k = 0; k < lambda; ++k) {
        const double dimension = static_cast<double>(n);
        const double squared = z_.col(k).squaredNorm(); // |C^-1/2 y|^2
        by[k] = c.c_mu * weights[k] * (weights[k] < 0 ? dimension / squared : 1);
    }
    by[lambda] = c.c_1;
    y_.col(lambda) = vector_of(state_.path_c);
    if (separable_) {
        Vector C = vector_of(state_.covariance);
        C *= kept;
        C.noalias() += y_.cwiseAbs2() * by;
        return;
    }
    weighted_.noalias() = y_ * by.asDiagonal();
    Matrix C = square_of(state_.covariance, n);
    C *= kept;
    C.triangularView<Eigen::Lower>() += weighted_ * y_.transpose();
}

// C = B D^2 B^T. Rounding may leave eigenvalues at or below 0: they are raised, in C too.
void CmaEs::decompose() {
    const auto n = static_cast<Index>(state_.mean.size());
    state_.decomposed = state_.generation;
    Vector lengths = vector_of(state_.lengths);
    if (separable_) {
        Vector C = vector_of(state_.covariance);
        C = C.cwiseMax(kSmallest * C.maxCoeff());
        state_.condition = C.maxCoeff() / C.minCoeff();
        lengths = C.cwiseSqrt();
        return;
    }
    Matrix C = square_of(state_.covariance, n);
    solver_.compute(C);
    const double largest = solver_.eigenvalues()[n - 1], smallest = solver_.eigenvalues()[0];
    const double lift = std::max(0.0, kSmallest * largest - smallest);
    C.diagonal().array() += lift;
    state_.condition = (largest + lift) / (smallest + lift);
    lengths = (solver_.eigenvalues().array() + lift).sqrt();
    square_of(state_.axes, n) = solver_.eigenvectors();
    transform();
}

// sigma may grow without limit while C shrinks, or the other way round: only their product is bound
// by the function. Powers of two move scale between them without rounding.
void CmaEs::rebalance() {
    constexpr int kFar = 32; // powers of two
    const double longest = vector_of(state_.lengths).maxCoeff();
    const int power = std::isfinite(longest) && longest > 0 ? std::ilogb(longest) : 0;
    if (std::abs(power) < kFar)
        return;
    const double scale = std::ldexp(1.0, power);
    state_.sigma *= scale;
    vector_of(state_.path_c) /= scale;
    vector_of(state_.lengths) /= scale;
    vector_of(state_.covariance) /= scale * scale;
    transform();
}

void CmaEs::transform() {
    if (!separable_)
        transform_.noalias() = square_of(state_.axes, static_cast<Index>(state_.mean.size())) *
                               vector_of(state_.lengths).asDiagonal();
}

Eigen::VectorXd CmaEs::best() const { return vector_of(state_.best); }
Eigen::VectorXd CmaEs::mean() const { return within(vector_of(state_.mean)); }

Eigen::MatrixXd CmaEs::covariance() const {
    const auto n = static_cast<Index>(state_.mean.size());
    Eigen::VectorXd slopes = Eigen::VectorXd::Ones(n);
    for (std::size_t i = 0; i < intervals_.size(); ++i)
        slopes[static_cast<Index>(i)] = intervals_[i].image(state_.mean[i]).slope;
    Eigen::MatrixXd C;
    if (separable_)
        C = vector_of(state_.covariance).asDiagonal();
    else
        C = square_of(state_.covariance, n).selfadjointView<Eigen::Lower>();
    return slopes.asDiagonal() * C * slopes.asDiagonal();
}

void CmaEs::restore(CmaState state) {
    const std::size_t n = static_cast<std::size_t>(settings_.mean.size());
    if (!fits(state))
        throw Error(Exit::data, "the saved state of CMA-ES is not one of this search",
                    "start the search from the beginning");
    state_ = std::move(state);
    constants_ = cma_constants(n, state_.lambda, separable_);
    drawn_ = false;
    transform();
}

} // namespace carve::cli
