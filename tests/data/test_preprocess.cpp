#include "components.hpp"
#include "data.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <doctest/doctest.h>
#include <random>

using namespace carve::cli;

namespace {

RowMatrix random_rows(int rows, int columns, unsigned seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> u(-1, 1);
    RowMatrix m(rows, columns);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
            m(i, j) = u(engine) * (1 + j) + 0.5 * j + (j > 0 ? 0.8 * m(i, j - 1) : 0);
    return m;
}

std::vector<std::size_t> first(std::size_t n) {
    std::vector<std::size_t> which(n);
    for (std::size_t i = 0; i < n; ++i)
        which[i] = i;
    return which;
}

// Independent of Eigen's solvers: cov from its definition, power iteration with deflation.
Eigen::MatrixXd moments_about(const RowMatrix& rows, bool about_mean) {
    const auto n = rows.rows(), m = rows.cols();
    Eigen::MatrixXd c(m, m);
    for (Eigen::Index a = 0; a < m; ++a)
        for (Eigen::Index b = 0; b < m; ++b) {
            long double sa = 0, sb = 0, sab = 0;
            for (Eigen::Index i = 0; i < n; ++i) {
                sa += rows(i, a);
                sb += rows(i, b);
                sab += static_cast<long double>(rows(i, a)) * rows(i, b);
            }
            c(a, b) = static_cast<double>(sab / n - (about_mean ? sa / n * (sb / n) : 0));
        }
    return c;
}

Eigen::VectorXd leading_vector(const Eigen::MatrixXd& c) {
    Eigen::VectorXd v = Eigen::VectorXd::Ones(c.cols());
    for (int i = 0; i < 20000; ++i)
        v = (c * v).normalized();
    return v;
}

double overlap(const Eigen::VectorXd& a, const Eigen::VectorXd& b) { return std::abs(a.dot(b)); }

using task::Standardize;

task::Data settings(bool center, Standardize standardize, bool row_mean = false) {
    task::Data d;
    d.kind = task::DataKind::file;
    d.center = center;
    d.standardize = standardize;
    d.row_mean = row_mean;
    return d;
}

} // namespace

TEST_SUITE_BEGIN("preprocess");

TEST_CASE("nothing asked for leaves the rows as they are") {
    const RowMatrix rows = random_rows(20, 4, 1);
    CHECK(preprocess(rows, first(10), settings(false, Standardize::none)) == rows);
}

TEST_CASE("centring subtracts the mean of the fitted rows from all rows") {
    const RowMatrix rows = random_rows(20, 4, 2);
    const RowMatrix out = preprocess(rows, first(12), settings(true, Standardize::none));
    CHECK(out.topRows(12).colwise().mean().cwiseAbs().maxCoeff() < 1e-14);
    CHECK(((rows - out).rowwise() - (rows - out).row(0)).cwiseAbs().maxCoeff() < 1e-14);
    CHECK(out.bottomRows(8).colwise().mean().cwiseAbs().maxCoeff() > 1e-3);
}

TEST_CASE("each row's mean is removed before the columns are centred") {
    const RowMatrix rows = random_rows(20, 4, 3);
    const RowMatrix out = preprocess(rows, first(20), settings(false, Standardize::none, true));
    CHECK(out.rowwise().mean().cwiseAbs().maxCoeff() < 1e-14);
    CHECK(((rows - out).colwise() - (rows - out).col(0)).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("scale leading makes the fitted rows' leading variance 1 and keeps directions") {
    for (const bool center : {true, false}) {
        CAPTURE(center);
        const RowMatrix rows = random_rows(50, 5, 4);
        const RowMatrix out = preprocess(rows, first(30), settings(center, Standardize::leading));
        const Eigen::MatrixXd c = moments_about(out.topRows(30), center);
        const Eigen::VectorXd v = leading_vector(c);
        CHECK(v.dot(c * v) == doctest::Approx(1).epsilon(1e-10));
        const Eigen::VectorXd before = leading_vector(moments_about(rows.topRows(30), center));
        CHECK(overlap(v, before) == doctest::Approx(1).epsilon(1e-10));
    }
}

TEST_CASE("scale columns makes the variance of every fitted column 1, and silences constant ones") {
    RowMatrix rows = random_rows(50, 4, 5);
    rows.col(2).head(30).setConstant(7);
    const RowMatrix out = preprocess(rows, first(30), settings(true, Standardize::columns));
    const Eigen::MatrixXd c = moments_about(out.topRows(30), true);
    for (const int j : {0, 1, 3})
        CHECK(c(j, j) == doctest::Approx(1).epsilon(1e-10));
    CHECK(out.col(2).cwiseAbs().maxCoeff() == 0);
}

TEST_CASE("a variance below 1e-12 of the largest counts as none") {
    for (const double share : {0.5e-12, 2e-12}) {
        CAPTURE(share);
        RowMatrix rows(4, 2);
        rows << 1, 1, 1, -1, -1, 1, -1, -1;
        rows.col(1) *= std::sqrt(share);
        for (const task::Data& s :
             {settings(true, Standardize::columns), settings(true, Standardize::white)}) {
            const RowMatrix out = preprocess(rows, first(4), s);
            CHECK(out.col(0).squaredNorm() == doctest::Approx(4));
            CHECK(out.col(1).squaredNorm() == doctest::Approx(share > 1e-12 ? 4 : 0).epsilon(1e-3));
        }
    }
}

TEST_CASE("whitening makes the covariance the identity where there is variance") {
    RowMatrix rows = random_rows(60, 4, 6);
    rows.col(3) = rows.col(0) - 2 * rows.col(1); // one direction without variance
    const RowMatrix out = preprocess(rows, first(40), settings(true, Standardize::white));
    const Eigen::MatrixXd c = moments_about(out.topRows(40), true);
    CHECK((c * c - c).cwiseAbs().maxCoeff() < 1e-9);      // a projection...
    CHECK(c.trace() == doctest::Approx(3).epsilon(1e-9)); // ...onto three directions
}

TEST_CASE(
    "principal components are the leading eigenvectors, in order, for many and for few rows") {
    for (const int rows_count : {200, 6}) { // 6 rows of 9 columns take the other way
        CAPTURE(rows_count);
        const RowMatrix rows = random_rows(rows_count, 9, 7);
        for (const About about : {About::mean, About::origin}) {
            Eigen::MatrixXd c = moments_about(rows, about == About::mean);
            const RowMatrix components = principal_components(rows, 3, about);
            const Eigen::VectorXd variances = leading_variances(rows, 3, about);
            for (int k = 0; k < 3; ++k) {
                const Eigen::VectorXd v = leading_vector(c);
                const double lambda = v.dot(c * v);
                CHECK(components.row(k).norm() == doctest::Approx(1).epsilon(1e-12));
                CHECK(overlap(v, components.row(k).transpose()) ==
                      doctest::Approx(1).epsilon(1e-8));
                CHECK(variances(k) == doctest::Approx(lambda).epsilon(1e-9));
                c -= lambda * v * v.transpose();
            }
        }
    }
}

TEST_CASE("as many components as there are rows are still orthonormal") {
    const RowMatrix rows = random_rows(3, 5, 8); // about the mean only two have variance
    const RowMatrix components = principal_components(rows, 3, About::mean);
    CHECK((components * components.transpose() - Eigen::MatrixXd::Identity(3, 3))
              .cwiseAbs()
              .maxCoeff() < 1e-9);
    CHECK(leading_variances(rows, 5, About::mean).tail(2).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("second moments of more rows than are summed at a time agree with their definition") {
    const RowMatrix rows = random_rows(300, 4, 9);
    for (const About about : {About::mean, About::origin}) {
        const Eigen::MatrixXd expected = moments_about(rows, about == About::mean);
        CHECK((second_moments(rows, about) - expected).cwiseAbs().maxCoeff() <
              1e-12 * expected.cwiseAbs().maxCoeff());
    }
}

TEST_SUITE_END();
