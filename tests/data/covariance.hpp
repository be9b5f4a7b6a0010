// The covariance of samples, for tests of trials.
#ifndef CARVE_TESTS_COVARIANCE_HPP
#define CARVE_TESTS_COVARIANCE_HPP

#include "data.hpp"

// Samples about their mean; the 2x2 and 3x3 cases need nothing more than this.
inline Eigen::MatrixXd covariance(const carve::cli::RowMatrix& rows) {
    const carve::cli::RowMatrix centred = rows.rowwise() - rows.colwise().mean();
    return centred.transpose() * centred / static_cast<double>(rows.rows());
}

#endif
