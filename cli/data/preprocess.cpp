#include "components.hpp"

#include <cmath>

namespace carve::cli {
namespace {

constexpr double kFlat = 1e-12; // variances below this share of the largest count as 0

RowMatrix take(const RowMatrix& rows, const std::vector<std::size_t>& which) {
    RowMatrix taken(static_cast<Eigen::Index>(which.size()), rows.cols());
    for (std::size_t i = 0; i < which.size(); ++i)
        taken.row(static_cast<Eigen::Index>(i)) = rows.row(static_cast<Eigen::Index>(which[i]));
    return taken;
}

// 1 / sqrt of variances, 0 for those that are (nearly) 0.
Eigen::VectorXd inverse_deviations(const Eigen::VectorXd& variances) {
    const double least = kFlat * variances.maxCoeff();
    return variances.unaryExpr([least](double v) { return v > least ? 1 / std::sqrt(v) : 0.0; });
}

// The symmetric matrix that makes the covariance the identity on the directions that vary.
Eigen::MatrixXd whitening(const Eigen::MatrixXd& covariance) {
    const Spectrum s = spectrum(covariance);
    return s.vectors * inverse_deviations(s.values).asDiagonal() * s.vectors.transpose();
}

} // namespace

RowMatrix preprocess(const RowMatrix& rows, const std::vector<std::size_t>& fit,
                     const task::Data& settings) {
    RowMatrix out = rows;
    if (settings.row_mean)
        out.colwise() -= rows.rowwise().mean();
    if (settings.center) {
        const Eigen::RowVectorXd mean = take(out, fit).colwise().mean();
        out.rowwise() -= mean;
    }
    const RowMatrix fitted = take(out, fit);
    const About about = settings.center ? About::mean : About::origin;
    if (settings.standardize == task::Standardize::white) {
        const Eigen::MatrixXd w = whitening(second_moments(fitted, about));
        for (Eigen::Index i = 0; i < out.rows(); ++i)
            out.row(i) = (w * out.row(i).transpose()).transpose().eval();
    } else if (settings.standardize == task::Standardize::leading) {
        const double leading = leading_variances(fitted, 1, about)(0);
        if (leading > 0)
            out /= std::sqrt(leading);
    } else if (settings.standardize == task::Standardize::columns) {
        const Eigen::VectorXd variances =
            (fitted.rowwise() - fitted.colwise().mean()).colwise().squaredNorm().transpose() /
            static_cast<double>(fitted.rows());
        out = out * inverse_deviations(variances).asDiagonal();
    }
    return out;
}

} // namespace carve::cli
