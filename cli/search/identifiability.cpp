// identifiability.cpp: which combinations of coefficients the task pins down at the found rule, and
// how surely (docs/search.md, Identifiability).
#include "draws.hpp"
#include "figures.hpp"
#include "search_state.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace carve::cli {

namespace {

constexpr double kStep = 0.1;               // of |theta|, along a direction
constexpr std::size_t kResamples = 200;     // of the bootstrap
constexpr double kLow = 0.05, kHigh = 0.95; // its quantiles

struct Sets {
    std::vector<Eigen::MatrixXd> matrices; // J^T J, lower triangle
    std::vector<double> losses;
    std::size_t diverged = 0;
};

// Draws that neither the search nor its validation has seen, in portions that are forgotten.
Sets evaluate_sets(SearchState& state, const Task& task, const Eigen::VectorXd& theta) {
    Sets out;
    const auto described = std::make_shared<const task::Task>(task.described);
    constexpr std::uint64_t kRound = 1; // the search's validation has 0
    const std::uint64_t n = task.described.trials.validation;
    for (std::uint64_t first = 0; first < n; first += kPortion) {
        const Trials data = state.source().draw(
            described, {Role::validation, kRound, kRound, first, std::min(kPortion, n - first)});
        Evaluator evaluator(task, data, state.workers());
        const Evaluation at = state.evaluate_last(evaluator, theta, Derivatives::yes);
        for (const Contribution& set : evaluator.contributions())
            out.matrices.push_back(set.hessian / 2); // the Hessian of squares is twice J^T J
        out.losses.insert(out.losses.end(), at.losses.begin(), at.losses.end());
        out.diverged += at.diverged;
    }
    return out;
}

// v^T M v of each set.
std::vector<double> quadratic_forms(const std::vector<Eigen::MatrixXd>& matrices,
                                    const std::vector<double>& direction) {
    const Eigen::Map<const Eigen::VectorXd> v(direction.data(),
                                              static_cast<Eigen::Index>(direction.size()));
    std::vector<double> forms;
    for (const Eigen::MatrixXd& m : matrices)
        forms.push_back(std::max(0.0, v.dot(m.selfadjointView<Eigen::Lower>() * v)));
    return forms;
}

// Between the neighbours of an order statistic, linearly. values: sorted.
double quantile(const std::vector<double>& values, double q) {
    const double at = q * static_cast<double>(values.size() - 1);
    const auto i = static_cast<std::size_t>(at);
    const double next = values[std::min(i + 1, values.size() - 1)];
    return values[i] + (at - static_cast<double>(i)) * (next - values[i]);
}

// Sorted means of values over resampled independent sets, `group` sets each. All directions see the
// same resamples.
std::vector<double> bootstrap_means(const Task& task, const std::vector<double>& values,
                                    std::size_t group) {
    const std::size_t n = values.size(), groups = (n + group - 1) / group;
    std::vector<double> means;
    for (std::size_t b = 0; b < kResamples; ++b) {
        Draws draws(task.run.seed, "identifiability.bootstrap", 0, 0, b);
        double sum = 0;
        std::size_t count = 0;
        for (const double u : draws.uniform(groups)) {
            const std::size_t first =
                group *
                std::min(groups - 1, static_cast<std::size_t>(u * static_cast<double>(groups)));
            const std::size_t end = std::min(n, first + group);
            for (std::size_t i = first; i < end; ++i)
                sum += values[i];
            count += end - first;
        }
        means.push_back(sum / static_cast<double>(count));
    }
    std::sort(means.begin(), means.end());
    return means;
}

} // namespace

std::vector<Direction> directions_of(const Eigen::MatrixXd& matrix) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
    std::vector<Direction> directions;
    const double most = matrix.cols() > 0 ? solver.eigenvalues()[matrix.cols() - 1] : 0;
    for (Eigen::Index i = matrix.cols(); i-- > 0;) {
        Eigen::VectorXd v = solver.eigenvectors().col(i);
        Eigen::Index largest;
        v.cwiseAbs().maxCoeff(&largest);
        if (v[largest] < 0) // the sign means nothing; fix it so that reports can be compared
            v = -v;
        const double value = solver.eigenvalues()[i];
        directions.push_back(
            {is_rounding(value, most) ? 0 : value, {v.data(), v.data() + v.size()}});
    }
    return directions;
}

Identifiability identifiability(SearchState& state, const Candidate& candidate) {
    Task task = state.task();
    for (task::Measure& m : task.described.losses)
        if (m.as.as == "distance")
            m.as.as = "squared";
    const std::vector<double> full = state.full(candidate);
    const Eigen::Map<const Eigen::VectorXd> theta(full.data(),
                                                  static_cast<Eigen::Index>(full.size()));
    const Sets sets = evaluate_sets(state, task, theta);
    const auto n = static_cast<double>(sets.matrices.size());
    Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(theta.size(), theta.size());
    for (const Eigen::MatrixXd& m : sets.matrices)
        mean += m / n;
    Identifiability out;
    out.losses = spread_of(task, sets.losses, sets.diverged);
    out.step = kStep * theta.norm();
    out.directions = directions_of(mean.selfadjointView<Eigen::Lower>());
    for (Direction& d : out.directions) {
        if (d.eigenvalue == 0)
            continue;
        const std::vector<double> forms = quadratic_forms(sets.matrices, d.combination);
        const std::vector<double> means = bootstrap_means(task, forms, independent_group(task));
        d.standard_error = spread_of(task, forms, 0).standard_error;
        d.low = quantile(means, kLow);
        d.high = quantile(means, kHigh);
        d.rise = out.step * out.step * d.eigenvalue;
        d.pinned = out.step * out.step * d.low > out.losses.standard_error;
    }
    return out;
}

std::vector<std::size_t> main_parts(const Direction& direction) {
    const std::vector<double>& part = direction.combination;
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < part.size(); ++k)
        if (std::abs(part[k]) >= kMainPart)
            order.push_back(k);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::abs(part[a]) > std::abs(part[b]);
    });
    return order;
}

} // namespace carve::cli
