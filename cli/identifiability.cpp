// identifiability.cpp: which combinations of coefficients the task pins down at the found rule.
#include "figures.hpp"
#include "search_state.hpp"

#include <Eigen/Eigenvalues>

namespace carve::cli {

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

std::vector<Direction> identifiability(SearchState& state, const Candidate& candidate,
                                       const std::vector<DataSet>& data) {
    Task task = state.task();
    if (task.loss.kind == LossKind::distance)
        task.loss.kind = LossKind::distance_squared;
    const std::vector<double> full = state.full(candidate);
    const Eigen::Map<const Eigen::VectorXd> theta(full.data(),
                                                  static_cast<Eigen::Index>(full.size()));
    Evaluator evaluator(task, data, state.workers());
    const Evaluation at = state.evaluate(evaluator, theta, Derivatives::yes);
    return directions_of(at.hessian / 2); // the Hessian of a mean of squares is twice J^T J
}

} // namespace carve::cli
