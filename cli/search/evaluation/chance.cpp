#include "chance.hpp"

#include "evaluate.hpp"
#include "exp_log.hpp"
#include "held_out.hpp"

#include <carve.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace carve::cli {
namespace {

constexpr std::uint64_t kRandomRuleStream =
    0x72616e646f6d;                     // "random"; rule i draws from stream + i
constexpr double kShareOfSearch = 0.05; // that the random rules may cost
constexpr std::uint64_t kFewestTrials = 4;

const Term* find_term(const std::vector<ProjectionRule>& found, const std::string& projection,
                      const Term& wanted) {
    for (const ProjectionRule& rule : found)
        for (const Term& term : rule.terms)
            if (rule.projection == projection && is_same_term(term, wanted))
                return &term;
    return nullptr;
}

double norm_of(const std::vector<ProjectionRule>& found, const std::string& projection) {
    double squares = 0;
    for (const ProjectionRule& rule : found)
        for (const Term& term : rule.terms)
            if (rule.projection == projection && !is_time_constant(term))
                squares += term.theta * term.theta;
    return std::sqrt(squares);
}

// Writes one random rule to theta: the coefficients of `settings`, in order, from normal numbers z.
void put_rule(const RuleSettings& settings, const std::vector<ProjectionRule>& found,
              const std::vector<double>& z, double* theta) {
    double squares = 0;
    for (std::size_t k = 0; k < z.size(); ++k)
        squares += is_time_constant(settings.terms[k]) ? 0 : z[k] * z[k];
    const double scale = squares > 0 ? norm_of(found, settings.name) / std::sqrt(squares) : 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
        const Term& term = settings.terms[k];
        if (!is_time_constant(term)) {
            const auto& range = settings.starts[k].range;
            theta[k] = std::min(std::max(scale * z[k], range.low), range.high);
        } else if (const Term* same = find_term(found, settings.name, term))
            theta[k] = same->theta;
        else
            theta[k] = term.theta;
    }
}

// Of each random rule; pairs of antithetic trials stay together. Trials under derivatives cost as many more as
// there are coefficients.
std::uint64_t affordable_trials(const Task& task, std::uint64_t evaluations) {
    const bool gradient =
        std::all_of(task.search.stages.begin(), task.search.stages.end(),
                    [](const StageSettings& stage) { return stage.method != Method::cma_es; });
    const double work = static_cast<double>(evaluations) *
                        (gradient ? 1 + static_cast<double>(coefficients(task).size()) : 1);
    return static_cast<std::uint64_t>(kShareOfSearch * work / kRandomRules) / 2 * 2;
}

} // namespace

Eigen::MatrixXd random_rules(const Task& task, const std::vector<ProjectionRule>& found,
                             std::size_t count) {
    Eigen::MatrixXd thetas(static_cast<Eigen::Index>(coefficients(task).size()),
                           static_cast<Eigen::Index>(count));
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t first = 0;
        for (const RuleSettings& rule : task.rules) {
            std::vector<double> z(rule.terms.size());
            carve_random_normal(task.run.seed, kRandomRuleStream + i, first, z.data(), z.size());
            put_rule(rule, found, z, thetas.col(static_cast<Eigen::Index>(i)).data() + first);
            first += z.size();
        }
    }
    return thetas;
}

double chance(const Task& task, const std::vector<ProjectionRule>& found, std::uint64_t evaluations,
              const TrialSource& source, Workers& workers) {
    const std::uint64_t all_trials = task.described.trials.held_out,
                        count = std::min(all_trials, affordable_trials(task, evaluations));
    if (count < std::min(all_trials, kFewestTrials))
        return std::numeric_limits<double>::quiet_NaN();
    const Eigen::MatrixXd thetas = random_rules(task, found, kRandomRules);
    const auto described = std::make_shared<const task::Task>(task.described);
    PopulationEvaluator evaluator(task, workers);
    std::vector<Evaluation> all(kRandomRules);
    for (std::uint64_t first = 0; first < count; first += kPortion) {
        evaluator.use(source.draw(
            described, {Role::held_out, 0, 0, first, std::min(kPortion, count - first)}));
        const std::vector<Evaluation> part = evaluator.run(thetas);
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].losses.insert(all[i].losses.end(), part[i].losses.begin(), part[i].losses.end());
            all[i].frozen.insert(all[i].frozen.end(), part[i].frozen.begin(), part[i].frozen.end());
        }
    }
    std::vector<double> losses;
    for (const Evaluation& rule : all)
        losses.push_back(total_loss(task, rule.losses, rule.frozen));
    return median_of(losses);
}

} // namespace carve::cli
