// cmaes_stop.cpp: where a start of CMA-ES begins, when it ends, and what follows.
#include "cmaes.hpp"
#include "components.hpp"
#include "error.hpp"
#include "exp_log.hpp"

#include <carve.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace carve::cli {
namespace {

using Eigen::Index;

enum Stop : std::uint64_t {
    kGoOn,
    kTolFun,
    kTolX,
    kCondition,
    kSigmaUnderflow,
    kSigmaOverflow,
    kStagnation,
    kAllDiverged,
    kMaxGenerations,
    kBudget, // of a start with a small population; always followed by another start
};

constexpr std::uint64_t kMaxDiverged = 20; // generations in a row
constexpr std::uint64_t kHistory = 2000;   // generations that stagnation looks back, at most
constexpr std::size_t kCompared = 20;      // of them at either end
constexpr std::uint64_t kPurposes = 4;     // streams of a start, of which 0 is the candidates'
constexpr std::uint64_t kStartPoint = 1, kStartSize = 2;
constexpr std::uint64_t kStreams = std::uint64_t{0x636d61} << 40; // "cma"

void check(bool good, const std::string& message, const std::string& help) {
    if (!good)
        throw Error(Exit::usage, "CMA-ES: " + message, help);
}

void check_bounds(const CmaSettings& s) {
    const Index n = s.mean.size();
    check(s.lower.size() == n && s.upper.size() == n,
          "there must be as many lower and upper bounds as coefficients",
          "give both for each, infinities where there is none");
    for (Index i = 0; i < n; ++i)
        check(s.lower[i] < s.upper[i] && s.lower[i] <= s.mean[i] && s.mean[i] <= s.upper[i],
              "coefficient " + std::to_string(i) + " starts outside of its bounds",
              "lower <= mean <= upper and lower < upper must hold");
}

void check_distribution(const CmaSettings& s, bool separable) {
    const Index n = s.mean.size();
    check(s.deviations.size() == 0 || s.covariance.size() == 0,
          "deviations and a covariance are given", "give one of them");
    check(s.deviations.size() == 0 || (s.deviations.size() == n && s.deviations.allFinite() &&
                                       (s.deviations.array() > 0).all()),
          "deviations must be positive numbers, one for each coefficient", "leave them out for 1");
    if (s.covariance.size() == 0)
        return;
    check(s.covariance.rows() == n && s.covariance.cols() == n && s.covariance.allFinite() &&
              s.covariance == s.covariance.transpose() &&
              s.covariance.llt().info() == Eigen::Success,
          "the covariance must be symmetric and positive definite, a row for each coefficient",
          "check its size and its eigenvalues");
    check(!separable || s.covariance.isDiagonal(0),
          "the separable variant has a diagonal covariance",
          "give deviations, or choose the full variant");
}

void check_settings(const CmaSettings& s, bool separable) {
    check(s.mean.size() > 0 && s.mean.allFinite(), "the mean must be a list of finite numbers",
          "give one for each coefficient");
    check(s.sigma > 0 && std::isfinite(s.sigma), "sigma must be a positive number",
          "about a third of the range in which the solution is expected");
    check(s.lambda == 0 || s.lambda >= 2, "lambda must be at least 2", "0 chooses it by itself");
    check(s.max_condition > 1, "max_condition must be above 1", "1e14 is usual");
    check(s.min_sigma > 0 && s.min_sigma < s.max_sigma,
          "min_sigma must be positive and below max_sigma", "1e-150 and 1e32 are usual");
    check_distribution(s, separable);
    if (s.lower.size() > 0 || s.upper.size() > 0)
        check_bounds(s);
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

const std::vector<std::string>& cma_stop_names() {
    static const std::vector<std::string> names{"",           "tol_fun",         "tol_x",
                                                "condition",  "sigma_underflow", "sigma_overflow",
                                                "stagnation", "all_diverged",    "max_generations",
                                                "budget"};
    return names;
}

CmaEs::CmaEs(const CmaSettings& settings)
    : settings_(settings),
      separable_(settings.separable == Separable::always ||
                 (settings.separable == Separable::automatic && settings.mean.size() > 256)) {
    check_settings(settings_, separable_);
    for (Index i = 0; i < settings_.lower.size(); ++i)
        intervals_.push_back({settings_.lower[i], settings_.upper[i]});
    fix_order_of_sums();
    const std::uint64_t n = static_cast<std::uint64_t>(settings_.mean.size());
    if (settings_.lambda == 0)
        settings_.lambda = default_lambda(n);
    if (settings_.deviations.size() == 0)
        settings_.deviations = Eigen::VectorXd::Ones(settings_.mean.size());
    state_.best_fitness = std::numeric_limits<double>::infinity();
    state_.best.assign(settings_.mean.data(), settings_.mean.data() + n);
    begin(settings_.lambda);
}

std::uint64_t CmaEs::stream(std::uint64_t purpose) const {
    return kStreams + state_.restart * kPurposes + purpose;
}

// A start with the initial distribution: from its mean the first, from a draw of it the others.
void CmaEs::begin(std::uint64_t lambda) {
    const Index n = settings_.mean.size();
    const auto size = static_cast<std::size_t>(n);
    state_.lambda = lambda;
    state_.generation = state_.diverged = 0;
    state_.sigma = settings_.sigma;
    state_.mean.assign(settings_.mean.data(), settings_.mean.data() + n);
    for (std::size_t i = 0; i < intervals_.size(); ++i)
        state_.mean[i] = intervals_[i].number_of(state_.mean[i]);
    state_.path_sigma.assign(size, 0.0);
    state_.path_c.assign(size, 0.0);
    state_.lengths.assign(size, 0.0);
    state_.axes.assign(separable_ ? 0 : size * size, 0.0);
    const bool given = settings_.covariance.size() > 0;
    Eigen::VectorXd variances = settings_.deviations.cwiseAbs2();
    if (given)
        variances = settings_.covariance.diagonal();
    state_.covariance.assign(separable_ ? size : size * size, 0.0);
    if (separable_)
        Eigen::Map<Eigen::VectorXd>(state_.covariance.data(), n) = variances;
    else if (given)
        Eigen::Map<Eigen::MatrixXd>(state_.covariance.data(), n, n) =
            settings_.covariance.triangularView<Eigen::Lower>();
    else
        Eigen::Map<Eigen::MatrixXd>(state_.covariance.data(), n, n).diagonal() = variances;
    state_.best_history.clear();
    state_.median_history.clear();
    constants_ = cma_constants(size, lambda, separable_);
    drawn_ = false;
    decompose();
    if (state_.restart == 0)
        return;
    Eigen::VectorXd z(n);
    carve_random_normal(settings_.seed, stream(kStartPoint), 0, z.data(), size);
    const Eigen::Map<const Eigen::VectorXd> lengths(state_.lengths.data(), n);
    const Eigen::VectorXd y =
        separable_ ? Eigen::VectorXd(lengths.cwiseProduct(z)) : Eigen::VectorXd(transform_ * z);
    Eigen::Map<Eigen::VectorXd>(state_.mean.data(), n) += settings_.sigma * y;
}

// Generations that stagnation looks at now.
std::uint64_t CmaEs::window() const {
    const std::uint64_t n = state_.mean.size();
    return std::min(kHistory,
                    settings_.stagnation + 30 * n / state_.lambda + state_.generation / 5);
}

void CmaEs::remember(const std::vector<double>& fitness, const std::vector<Index>& order,
                     Index finite) {
    if (finite == 0)
        return;
    const Index best = order.front();
    const double best_fitness = fitness[static_cast<std::size_t>(best)];
    if (best_fitness < state_.best_fitness) {
        state_.best_fitness = best_fitness;
        Eigen::Map<Eigen::VectorXd>(state_.best.data(), x_.rows()) = x_.col(best);
    }
    const auto middle = static_cast<std::size_t>(order[order.size() / 2]);
    for (std::vector<double>* history : {&state_.best_history, &state_.median_history})
        if (history->size() == 2 * kHistory)
            history->erase(history->begin(), history->begin() + kHistory);
    state_.best_history.push_back(best_fitness);
    state_.median_history.push_back(fitness[middle]);
}

// Of the generations' best and, since the best may be lucky, the current generation's median.
bool CmaEs::fitness_is_flat() const {
    const std::uint64_t n = state_.mean.size();
    const auto recent = static_cast<std::ptrdiff_t>(
        std::min(kHistory, 10 + (30 * n + state_.lambda - 1) / state_.lambda));
    const std::vector<double>& history = state_.best_history;
    if (static_cast<std::ptrdiff_t>(history.size()) < recent || state_.diverged > 0)
        return false;
    const auto range = std::minmax_element(history.end() - recent, history.end());
    return *range.second - *range.first <= settings_.tol_fun &&
           state_.median_history.back() - history.back() <= settings_.tol_fun;
}

// Neither the best nor the median fitness is better at the end of the window than at its beginning.
bool CmaEs::stagnates() const {
    const std::uint64_t span = window();
    if (settings_.stagnation == 0 || state_.best_history.size() < span || span < 2 * kCompared)
        return false;
    for (const std::vector<double>* history : {&state_.best_history, &state_.median_history}) {
        const auto first = history->end() - static_cast<std::ptrdiff_t>(span);
        const double then = median({first, first + kCompared});
        const double now = median({history->end() - kCompared, history->end()});
        if (now < then)
            return false;
    }
    return true;
}

bool CmaEs::is_small() const {
    const auto n = static_cast<Index>(state_.mean.size());
    const Eigen::Map<const Eigen::ArrayXd> path(state_.path_c.data(), n);
    const Eigen::Map<const Eigen::ArrayXd, 0, Eigen::InnerStride<>> variances(
        state_.covariance.data(), n, Eigen::InnerStride<>(separable_ ? 1 : n + 1));
    return (state_.sigma * variances.sqrt() < settings_.tol_x).all() &&
           (state_.sigma * path.abs() < settings_.tol_x).all();
}

std::uint64_t CmaEs::stop_condition() const {
    const double longest = *std::max_element(state_.lengths.begin(), state_.lengths.end());
    const double reach = state_.sigma * longest;
    if (settings_.max_generations > 0 && state_.generations >= settings_.max_generations)
        return kMaxGenerations;
    if (state_.diverged >= kMaxDiverged)
        return kAllDiverged;
    if (!(state_.condition <= settings_.max_condition))
        return kCondition;
    if (!(reach >= settings_.min_sigma))
        return kSigmaUnderflow;
    if (!(reach <= settings_.max_sigma))
        return kSigmaOverflow;
    if (is_small())
        return kTolX;
    if (fitness_is_flat())
        return kTolFun;
    if (stagnates())
        return kStagnation;
    if (state_.budget > 0 && state_.generation * state_.lambda >= state_.budget)
        return kBudget;
    return kGoOn;
}

// Whether a state can be one of this search, as far as sizes and ranges tell.
bool CmaEs::fits(const CmaState& s) const {
    const std::size_t n = static_cast<std::size_t>(settings_.mean.size());
    const std::size_t squares = separable_ ? n : n * n, axes = separable_ ? 0 : squares;
    const auto numbers = [](const std::vector<double>& values, std::size_t size) {
        return values.size() == size &&
               std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    };
    const auto history = [](const std::vector<double>& values) {
        return values.size() <= 2 * kHistory &&
               std::none_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
    };
    const std::uint64_t most_restarts =
        settings_.restarts == Restarts::none ? 0 : settings_.max_restarts;
    const std::uint64_t most_generations =
        settings_.max_generations > 0 ? settings_.max_generations : s.generations;
    return s.restart <= most_restarts && s.doublings <= s.restart && s.small <= s.doublings &&
           s.lambda >= 2 && s.lambda <= settings_.lambda << s.doublings &&
           (s.small || s.lambda == settings_.lambda << s.doublings) &&
           s.decomposed <= s.generation && s.generation <= s.generations &&
           s.diverged <= s.generation && s.generations <= most_generations &&
           s.stop < cma_stop_names().size() && std::isfinite(s.sigma) && s.sigma >= 0 &&
           !std::isnan(s.best_fitness) && numbers(s.mean, n) && numbers(s.path_sigma, n) &&
           numbers(s.path_c, n) && numbers(s.lengths, n) && numbers(s.best, n) &&
           numbers(s.covariance, squares) && numbers(s.axes, axes) && history(s.best_history) &&
           history(s.median_history) && s.best_history.size() == s.median_history.size() &&
           s.best_history.size() <= s.generation;
}

// IPOP (Auger and Hansen 2005): each start has twice the candidates of the last. BIPOP (Hansen
// 2009) puts starts with few candidates and a small step size between them, until these have used
// as many evaluations.
bool CmaEs::try_restart() {
    if (settings_.restarts == Restarts::none || state_.stop == kMaxGenerations ||
        state_.restart == settings_.max_restarts)
        return false;
    const std::uint64_t spent = state_.generation * state_.lambda;
    (state_.small ? state_.small_spent : state_.large_spent) += spent;
    if (!state_.small)
        state_.last_large = spent;
    ++state_.restart;
    const bool first = state_.restart == 1;
    state_.small =
        settings_.restarts == Restarts::bipop && !first && state_.small_spent < state_.large_spent;
    if (!state_.small) {
        ++state_.doublings;
        state_.budget = 0;
        begin(settings_.lambda << state_.doublings);
        return true;
    }
    double u[2];
    carve_random_uniform(settings_.seed, stream(kStartSize), 0, u, 2);
    const double base = static_cast<double>(settings_.lambda);
    const double large = static_cast<double>(settings_.lambda << state_.doublings);
    const double few = base * exp_of(u[0] * u[0] * log_of(large / base / 2));
    state_.budget = state_.last_large / 2;
    begin(static_cast<std::uint64_t>(few));
    state_.sigma = settings_.sigma * exp_of(-2 * u[1] * log_of(10));
    return true;
}

} // namespace carve::cli
