// What the suites of the search share: tasks of one layer, trials built in code, and a plain inner loop,
// sample by sample, that shares no code with the kernel or the evaluator.
#pragma once
#include "evaluate.hpp"
#include "search.hpp"

#include <carve.h>

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

namespace fixture {

using namespace carve::cli;

// Values of [rule.feedforward] terms.
constexpr const char *kAllTerms = "{ x = 2, y = 2, w = 2 }", *kOjaTerms = R"(["y^2 w", "x y"])";

inline Eigen::VectorXd normals(std::uint64_t stream, Eigen::Index n) {
    Eigen::VectorXd z(n);
    carve_random_normal(7, stream, 0, z.data(), static_cast<std::size_t>(n));
    return z;
}

// Of one linear unit in batches. `more`: further tables, such as stages; `overrides`: further keys.
inline Task make_task(const std::string& terms, std::uint64_t steps,
                      const Overrides& overrides = {}, const std::string& more = "") {
    const std::string text = fmt::format(R"(format = 2
extends = "layer"
[simulation]
duration = {}
[data.x]
spectrum = [1, 0.5, 0]
samples = 40
[rule.feedforward]
terms = {}
reference = "oja"
[trials]
search = 8
[search]
l1 = 0
[run]
threads = 1
)",
                                         steps, terms);
    return parse_task(text + more, "test.toml", overrides);
}

inline SearchResult found_by(const Task& t) {
    const TrialSource source(t);
    return search(t, source, {});
}

// Of any samples and initial weights; the same description for all.
inline Trials make_trials(const Task& task, std::size_t count, Eigen::Index samples,
                          Eigen::Index units, Eigen::Index outputs = 1) {
    const auto described = std::make_shared<const task::Task>(task.described);
    Trials trials;
    for (std::size_t i = 0; i < count; ++i) {
        const Eigen::VectorXd z = normals(2 * i, samples * units);
        const Eigen::VectorXd w = normals(2 * i + 1, outputs * units);
        RowMatrix x = Eigen::Map<const RowMatrix>(z.data(), samples, units);
        for (Eigen::Index j = 0; j < units;
             ++j) // distinct variances, so that components are defined
            x.col(j) *= std::pow(0.7, static_cast<double>(j));
        auto trial = std::make_shared<Trial>();
        trial->stream = i;
        trial->steps = task.steps;
        trial->described = described;
        trial->columns["x"] = std::make_shared<const RowMatrix>(std::move(x));
        trial->weights["feedforward"] = 0.1 * Eigen::Map<const RowMatrix>(w.data(), outputs, units);
        trials.push_back(std::move(trial));
    }
    return trials;
}

// The trial with its samples multiplied.
inline std::shared_ptr<const Trial> scaled(const std::shared_ptr<const Trial>& trial,
                                           double factor) {
    auto out = std::make_shared<Trial>(*trial);
    out->columns["x"] = std::make_shared<const RowMatrix>(factor * trial->column("x"));
    return out;
}

// [output][unit]: the leading principal components of the trial's samples, about their mean.
inline RowMatrix target(const Trial& trial) {
    const RowMatrix& x = trial.column("x");
    const RowMatrix centred = x.rowwise() - x.colwise().mean();
    const Eigen::MatrixXd moments = centred.transpose() * centred;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(moments);
    return solver.eigenvectors()
        .rightCols(trial.weights.at("feedforward").rows())
        .rowwise()
        .reverse()
        .transpose();
}

inline double power(double value, unsigned exponent) {
    return exponent == 0 ? 1.0 : value * power(value, exponent - 1);
}

// The weights after `steps` updates of a linear network; online: one row per update.
inline RowMatrix weights(const Task& task, const Trial& trial, const Eigen::VectorXd& theta,
                         std::uint64_t steps) {
    RowMatrix w = trial.weights.at("feedforward");
    const RowMatrix& x = trial.column("x");
    const std::vector<Term>& terms = task.rules[0].terms;
    const bool batch = task.described.simulation.batch.samples == 0;
    for (std::uint64_t t = 0; t < steps; ++t) {
        const Eigen::Index rows = x.rows();
        const Eigen::Index first = batch ? 0 : static_cast<Eigen::Index>(t) % rows;
        const Eigen::Index last = batch ? rows : first + 1;
        RowMatrix change = RowMatrix::Zero(w.rows(), w.cols());
        for (Eigen::Index s = first; s < last; ++s) {
            const Eigen::VectorXd y = w * x.row(s).transpose();
            for (Eigen::Index i = 0; i < w.rows(); ++i)
                for (Eigen::Index j = 0; j < w.cols(); ++j)
                    for (std::size_t k = 0; k < terms.size(); ++k)
                        change(i, j) += theta[static_cast<Eigen::Index>(k)] *
                                        power(x(s, j), terms[k].x) * power(y[i], terms[k].y) *
                                        power(w(i, j), terms[k].w);
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

inline double loss(const Task& task, const Trials& trials, const Eigen::VectorXd& theta,
                   std::uint64_t steps) {
    double sum = 0;
    for (const std::shared_ptr<const Trial>& trial : trials)
        sum += distance(weights(task, *trial, theta, steps), target(*trial),
                        task.described.losses[0].as.as == "squared");
    return sum / static_cast<double>(trials.size());
}

} // namespace fixture
