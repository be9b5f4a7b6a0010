// Functions whose minimum is known, where a search starts, and a loop around ask and tell.
#pragma once
#include "cmaes.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace functions {

using Function = std::function<double(const Eigen::VectorXd&)>;

// CMA-ES from a mean.
inline carve::cli::CmaSettings starting_at(const Eigen::VectorXd& mean) {
    carve::cli::CmaSettings settings;
    settings.mean = mean;
    return settings;
}
inline carve::cli::CmaSettings starting_at_ones(Eigen::Index n) {
    return starting_at(Eigen::VectorXd::Ones(n));
}

inline double sphere(const Eigen::VectorXd& x) { return x.squaredNorm(); }

// Eigenvalues from 1 to `condition`, equally spaced logarithms.
inline Function ellipsoid(Eigen::Index n, double condition) {
    Eigen::VectorXd scales(n);
    for (Eigen::Index i = 0; i < n; ++i)
        scales[i] = std::pow(condition, static_cast<double>(i) / static_cast<double>(n - 1));
    return [scales](const Eigen::VectorXd& x) { return scales.dot(x.cwiseAbs2()); };
}

inline double rosenbrock(const Eigen::VectorXd& x) {
    double sum = 0;
    for (Eigen::Index i = 0; i + 1 < x.size(); ++i)
        sum += 100 * std::pow(x[i] * x[i] - x[i + 1], 2) + std::pow(1 - x[i], 2);
    return sum;
}

inline double rastrigin(const Eigen::VectorXd& x) {
    constexpr double kTurn = 6.283185307179586;
    return (x.array().square() - 10 * (kTurn * x.array()).cos() + 10).sum();
}

inline std::vector<double> values(const Function& f, const Eigen::MatrixXd& candidates) {
    std::vector<double> fitness;
    for (Eigen::Index k = 0; k < candidates.cols(); ++k)
        fitness.push_back(f(candidates.col(k)));
    return fitness;
}

inline void step(carve::cli::CmaEs& search, const Function& f) {
    search.tell(values(f, search.ask()));
}

// Until the goal, a stop condition, or so many generations.
inline void minimize(carve::cli::CmaEs& search, const Function& f, double goal, int generations) {
    for (int g = 0; g < generations && search.best_fitness() >= goal && search.stop().empty(); ++g)
        step(search, f);
}

} // namespace functions
