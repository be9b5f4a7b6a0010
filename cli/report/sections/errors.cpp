// How exactly the task determines the coefficients of the rule.
#include "section.hpp"
#include "task_terms.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

namespace carve::cli {
namespace {

bool is_in_rule(const RunView& run, const TaskTerm& t) {
    for (const ProjectionRule& rule : run.result.rules)
        for (const Term& term : rule.terms)
            if (rule.projection == t.projection && is_same_term(term, t.term))
                return true;
    return false;
}

// Mean of J^T J over the coefficients of the rule, from its eigenvectors over all of the task.
Eigen::MatrixXd matrix_of(const std::vector<Direction>& directions,
                          const std::vector<std::size_t>& at) {
    const auto n = static_cast<Eigen::Index>(at.size());
    Eigen::MatrixXd h = Eigen::MatrixXd::Zero(n, n);
    for (const Direction& d : directions) {
        Eigen::VectorXd v(n);
        for (Eigen::Index i = 0; i < n; ++i)
            v[i] = d.combination[at[static_cast<std::size_t>(i)]];
        h += d.eigenvalue * v * v.transpose();
    }
    return h;
}

} // namespace

std::vector<double> coefficient_errors(const RunView& run) {
    const Identifiability& found = run.result.identifiability;
    if (found.directions.empty() || !(found.losses.standard_error > 0))
        return {};
    std::vector<std::size_t> at;
    const std::vector<TaskTerm> terms = task_terms(run.task);
    for (std::size_t k = 0; k < terms.size(); ++k)
        if (is_in_rule(run, terms[k]))
            at.push_back(k);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix_of(found.directions, at));
    const auto n = static_cast<Eigen::Index>(at.size());
    std::vector<double> out(terms.size(), std::numeric_limits<double>::quiet_NaN());
    for (Eigen::Index i = 0; i < n; ++i) {
        double inverse = 0; // (H^-1)_ii
        for (Eigen::Index k = 0; k < n; ++k) {
            const double part = solver.eigenvectors()(i, k) * solver.eigenvectors()(i, k);
            const double value = solver.eigenvalues()[k];
            if (part > 1e-12)
                inverse += value > 1e-12 * solver.eigenvalues()[n - 1] ? part / value : INFINITY;
        }
        out[at[static_cast<std::size_t>(i)]] = std::sqrt(found.losses.standard_error * inverse);
    }
    return out;
}

} // namespace carve::cli
