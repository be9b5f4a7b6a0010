// cmaes_constants.cpp: weights and learning rates; equation numbers are those of the tutorial.
#include "cmaes.hpp"
#include "exp_log.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {
namespace {

// (sum w)^2 / sum w^2
double effective_number(const Eigen::VectorXd& weights) {
    return weights.sum() * weights.sum() / weights.squaredNorm();
}

} // namespace

std::uint64_t default_lambda(std::uint64_t n) {
    return 4 + static_cast<std::uint64_t>(3 * log_of(static_cast<double>(n))); // (48)
}

CmaConstants cma_constants(std::uint64_t dimension, std::uint64_t lambda, bool separable) {
    CmaConstants c;
    c.lambda = lambda;
    c.mu = lambda / 2;
    const double n = static_cast<double>(dimension);
    const auto parents = static_cast<Eigen::Index>(c.mu);
    c.weights.resize(static_cast<Eigen::Index>(lambda));
    for (Eigen::Index i = 0; i < c.weights.size(); ++i) // (49)
        c.weights[i] =
            log_of(static_cast<double>(lambda + 1) / 2) - log_of(static_cast<double>(i + 1));
    auto positive = c.weights.head(parents);
    auto negative = c.weights.tail(c.weights.size() - parents);
    c.mu_eff = effective_number(positive);
    const double mu_eff_minus = effective_number(negative);

    c.c_sigma = (c.mu_eff + 2) / (n + c.mu_eff + 5); // (55)
    c.d_sigma = 1 + 2 * std::max(0.0, std::sqrt((c.mu_eff - 1) / (n + 1)) - 1) + c.c_sigma;
    c.c_c = (4 + c.mu_eff / n) / (n + 4 + 2 * c.mu_eff / n); // (56)
    // A diagonal has fewer parameters and is learned faster (Ros and Hansen 2008).
    const double faster = separable ? (n + 2) / 3 : 1;
    c.c_1 = std::min(1.0, faster * 2 / ((n + 1.3) * (n + 1.3) + c.mu_eff)); // (57)
    c.c_mu = std::min(1 - c.c_1, faster * 2 * (c.mu_eff - 2 + 1 / c.mu_eff) /
                                     ((n + 2) * (n + 2) + c.mu_eff)); // (58)
    c.chi_n = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));

    const double alpha = std::min({1 + c.c_1 / c.c_mu,                    // (50)
                                   1 + 2 * mu_eff_minus / (c.mu_eff + 2), // (51)
                                   (1 - c.c_1 - c.c_mu) / (n * c.c_mu)}); // (52)
    positive /= positive.sum();                                           // (53)
    negative *= alpha / negative.cwiseAbs().sum();

    constexpr double kDrift = 0.5; // of C between decompositions, about, in all, divided by n
    const double interval = kDrift / (n * (c.c_1 + c.c_mu));
    c.interval = separable ? 1 : static_cast<std::uint64_t>(std::ceil(interval));
    return c;
}

} // namespace carve::cli
