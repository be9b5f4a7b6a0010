// components.hpp: principal components of samples. The same bits on every host.
#pragma once
#include "data.hpp"

namespace carve::cli {

// Eigen chooses the order of long sums by the caches that it finds. After this it is the same on
// every host. TrialSource calls it first.
void fix_order_of_sums();

// What variance is measured about: the samples' mean, as a principal component analysis does, or 0.
enum class About { mean, origin };

// Second moments of the rows, divided by their number: [unit][unit].
Eigen::MatrixXd second_moments(const RowMatrix& rows, About about);

// Eigenvalues ascending. Vectors are the columns of `vectors`; their signs are arbitrary.
struct Spectrum {
    Eigen::VectorXd values;
    Eigen::MatrixXd vectors;
};
Spectrum spectrum(const Eigen::MatrixXd& symmetric);

// The `count` leading principal components, as rows of unit length.
RowMatrix principal_components(const RowMatrix& rows, std::size_t count, About about);

// The `count` largest eigenvalues of the second moments, descending; 0 past the last.
Eigen::VectorXd leading_variances(const RowMatrix& rows, std::size_t count, About about);

} // namespace carve::cli
