#include "components.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

constexpr Eigen::Index kBlock = 128; // rows that are centred at a time

RowMatrix about(const RowMatrix& rows, About what) {
    if (what == About::origin)
        return rows;
    return rows.rowwise() - rows.colwise().mean();
}

// Products of rows when there are fewer rows than units: the same non-zero eigenvalues, a smaller
// matrix.
bool prefer_dual(const RowMatrix& rows) { return rows.rows() < rows.cols(); }

Eigen::MatrixXd dual_moments(const RowMatrix& rows) {
    return rows * rows.transpose() / static_cast<double>(rows.rows());
}

} // namespace

void fix_order_of_sums() {
    static const bool done = [] {
        Eigen::setCpuCacheSizes(32 * 1024, 256 * 1024, 2 * 1024 * 1024);
        return true;
    }();
    static_cast<void>(done);
}

Eigen::MatrixXd second_moments(const RowMatrix& rows, About what) {
    const Eigen::RowVectorXd mean = what == About::mean ? Eigen::RowVectorXd(rows.colwise().mean())
                                                        : Eigen::RowVectorXd::Zero(rows.cols());
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(rows.cols(), rows.cols());
    for (Eigen::Index at = 0; at < rows.rows(); at += kBlock) {
        const RowMatrix block =
            rows.middleRows(at, std::min(kBlock, rows.rows() - at)).rowwise() - mean;
        sum.noalias() += block.transpose() * block;
    }
    return sum / static_cast<double>(rows.rows());
}

Spectrum spectrum(const Eigen::MatrixXd& symmetric) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
    return {solver.eigenvalues(), solver.eigenvectors()};
}

RowMatrix principal_components(const RowMatrix& rows, std::size_t count, About what) {
    const auto n = static_cast<Eigen::Index>(count);
    if (prefer_dual(rows) && n <= rows.rows()) {
        const RowMatrix centred = about(rows, what);
        const Spectrum s = spectrum(dual_moments(centred));
        const Eigen::VectorXd leading = s.values.tail(n).reverse();
        if (leading(n - 1) > 1e-10 * leading(0)) {
            RowMatrix components =
                (centred.transpose() * s.vectors.rightCols(n).rowwise().reverse()).transpose();
            components.rowwise().normalize();
            return components;
        }
    }
    return spectrum(second_moments(rows, what))
        .vectors.rightCols(n)
        .rowwise()
        .reverse()
        .transpose();
}

Eigen::VectorXd leading_variances(const RowMatrix& rows, std::size_t count, About what) {
    const Eigen::MatrixXd moments =
        prefer_dual(rows) ? dual_moments(about(rows, what)) : second_moments(rows, what);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(moments, Eigen::EigenvaluesOnly);
    const auto n = std::min(static_cast<Eigen::Index>(count), moments.rows());
    Eigen::VectorXd values = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(count));
    values.head(n) = solver.eigenvalues().tail(n).reverse();
    return values;
}

} // namespace carve::cli
