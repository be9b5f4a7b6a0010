// What the suites of the search share: tasks and data sets built in code, and a plain inner loop,
// sample by sample, that shares no code with the kernel or the evaluator.
#pragma once
#include "evaluate.hpp"

#include <carve.h>

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace fixture {

using namespace carve::cli;

inline std::vector<Term> all_terms() {
    std::vector<Term> terms;
    for (unsigned a = 0; a < 3; ++a)
        for (unsigned b = 0; b < 3; ++b)
            for (unsigned c = 0; c < 3; ++c)
                terms.push_back({a, b, c, 0.0});
    return terms;
}

inline std::vector<Term> oja_terms() { return {{0, 2, 1, 0.0}, {1, 1, 0, 0.0}}; }

inline Eigen::VectorXd normals(std::uint64_t stream, Eigen::Index n) {
    Eigen::VectorXd z(n);
    carve_random_normal(7, stream, 0, z.data(), static_cast<std::size_t>(n));
    return z;
}

inline Task make_task(const std::vector<Term>& terms, std::uint64_t steps) {
    Task task;
    task.name = "test";
    task.input.spectrum = {1.0, 0.5, 0.0};
    RuleSettings rule;
    rule.name = "feedforward";
    rule.terms = terms;
    rule.reference = "oja";
    task.rules.push_back(rule);
    task.network.steps = steps;
    StageSettings stage;
    stage.steps = steps;
    stage.iterations = 10;
    stage.data_sets = 8;
    stage.samples = 40;
    stage.l1 = 0;
    task.search.stages.push_back(stage);
    task.run.threads = 1;
    return task;
}

inline std::vector<DataSet> data_sets(std::size_t count, Eigen::Index samples, Eigen::Index units,
                                      Eigen::Index outputs = 1) {
    std::vector<DataSet> sets(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Eigen::VectorXd z = normals(2 * i, samples * units);
        const Eigen::VectorXd w = normals(2 * i + 1, outputs * units);
        sets[i].samples = Eigen::Map<const RowMatrix>(z.data(), samples, units);
        for (Eigen::Index j = 0; j < units;
             ++j) // distinct variances, so that components are defined
            sets[i].samples.col(j) *= std::pow(0.7, static_cast<double>(j));
        const Eigen::MatrixXd moments =
            sets[i].samples.transpose() * sets[i].samples / static_cast<double>(samples);
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(moments);
        sets[i].target = solver.eigenvectors().rightCols(outputs).rowwise().reverse().transpose();
        sets[i].w0 = 0.1 * Eigen::Map<const RowMatrix>(w.data(), outputs, units);
    }
    return sets;
}

inline double power(double value, unsigned exponent) {
    return exponent == 0 ? 1.0 : value * power(value, exponent - 1);
}

// The weights after `steps` updates of a linear network; online: one row an update.
inline RowMatrix weights(const Task& task, const DataSet& set, const Eigen::VectorXd& theta,
                         std::uint64_t steps) {
    RowMatrix w = set.w0;
    const std::vector<Term>& terms = task.rules[0].terms;
    const bool batch = task.network.update == Update::batch;
    for (std::uint64_t t = 0; t < steps; ++t) {
        const Eigen::Index rows = set.samples.rows();
        const Eigen::Index first = batch ? 0 : static_cast<Eigen::Index>(t) % rows;
        const Eigen::Index last = batch ? rows : first + 1;
        RowMatrix change = RowMatrix::Zero(w.rows(), w.cols());
        for (Eigen::Index s = first; s < last; ++s) {
            const Eigen::VectorXd y = w * set.samples.row(s).transpose();
            for (Eigen::Index i = 0; i < w.rows(); ++i)
                for (Eigen::Index j = 0; j < w.cols(); ++j)
                    for (std::size_t k = 0; k < terms.size(); ++k)
                        change(i, j) += theta[static_cast<Eigen::Index>(k)] *
                                        power(set.samples(s, j), terms[k].x) *
                                        power(y[i], terms[k].y) * power(w(i, j), terms[k].w);
        }
        w += task.rules[0].eta / static_cast<double>(last - first) * change;
    }
    return w;
}

inline double distance(const RowMatrix& w, const RowMatrix& target, bool squared) {
    double sum = 0;
    for (Eigen::Index i = 0; i < w.rows(); ++i) {
        const double d =
            std::min((w.row(i) - target.row(i)).norm(), (w.row(i) + target.row(i)).norm());
        sum += squared ? d * d : d;
    }
    return sum / static_cast<double>(w.rows());
}

inline double loss(const Task& task, const std::vector<DataSet>& sets, const Eigen::VectorXd& theta,
                   std::uint64_t steps) {
    double sum = 0;
    for (const DataSet& set : sets)
        sum += distance(weights(task, set, theta, steps), set.target,
                        task.loss.kind == LossKind::distance_squared);
    return sum / static_cast<double>(sets.size());
}

} // namespace fixture
