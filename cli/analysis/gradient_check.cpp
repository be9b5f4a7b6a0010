#include "gradient_check.hpp"

#include "error.hpp"
#include "evaluate.hpp"

#include <carve.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace carve::cli {

namespace {

constexpr std::uint64_t kStream = 0x636865636b; // "check"
constexpr int kMaxHalvings = 30;

// Central difference of fourth order: its error falls as h^4.
double difference(Evaluator& evaluator, Eigen::VectorXd theta, Eigen::Index k, double h) {
    const double at = theta[k];
    const auto loss = [&](double step) {
        theta[k] = at + step;
        return evaluator.run(theta, Derivatives::no).loss;
    };
    return (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h);
}

// Too long a step may pass a kink of the loss (where a target's better sign changes), too short a
// one drowns in rounding: of steps of several lengths, the one that agrees best with its neighbour.
double difference_at(Evaluator& evaluator, const Eigen::VectorXd& theta, Eigen::Index k,
                     double longest) {
    double h = longest, before = difference(evaluator, theta, k, h), best = before;
    double least = std::numeric_limits<double>::infinity();
    for (int level = 0; level < 4; ++level) {
        h /= 8;
        const double now = difference(evaluator, theta, k, h);
        if (std::abs(now - before) < least) {
            least = std::abs(now - before);
            best = now;
        }
        before = now;
    }
    return best;
}

} // namespace

GradientCheck check_gradient(const Task& task, const TrialSource& source) {
    const StageSettings& stage = task.search.stages.front();
    const Trials data =
        source.draw(stage.described, {Role::search, 0, 0, 0, stage.described->trials.search});
    Workers workers(task.run.threads);
    Evaluator evaluator(at_stage(task, stage), data, workers);
    Eigen::VectorXd theta(static_cast<Eigen::Index>(evaluator.coefficients()));
    carve_random_normal(task.run.seed, kStream, 0, theta.data(), evaluator.coefficients());
    constexpr double kSpread = 0.3,
                     kLongest = 1e-3; // of the coefficients; of the differences' steps
    double scale = 1;                 // of both, for a rule that diverges
    theta *= kSpread;
    Evaluation at = evaluator.run(theta, Derivatives::yes);
    for (int i = 0; at.diverged > 0 && i < kMaxHalvings; ++i) {
        theta *= 0.5;
        scale *= 0.5;
        at = evaluator.run(theta, Derivatives::yes);
    }
    if (at.diverged > 0)
        throw Error(Exit::numerics, "replicas diverge under every rule that was tried",
                    "lower eta, or scale the inputs down");

    GradientCheck check;
    for (const RuleSettings& rule : task.rules)
        check.terms.insert(check.terms.end(), rule.terms.begin(), rule.terms.end());
    const double floor = 1e-3 * at.gradient.lpNorm<Eigen::Infinity>();
    for (Eigen::Index k = 0; k < theta.size(); ++k) {
        const double analytic = at.gradient[k],
                     numeric = difference_at(evaluator, theta, k, scale * kLongest);
        const double size = std::max({std::abs(analytic), std::abs(numeric), floor});
        check.terms[static_cast<std::size_t>(k)].theta = theta[k];
        check.analytic.push_back(analytic);
        check.numeric.push_back(numeric);
        check.error.push_back(size > 0 ? std::abs(analytic - numeric) / size : 0.0);
    }
    return check;
}

} // namespace carve::cli
