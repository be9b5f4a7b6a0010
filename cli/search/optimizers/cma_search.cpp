// cma_search.cpp: a generation of CMA-ES as an iteration of the outer loop. L1 is part of what
// candidates are ranked by; the rule that the search is at is the distribution's mean.
#include "cmaes.hpp"
#include "error.hpp"
#include "exp_log.hpp"
#include "optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace carve::cli {

namespace {

constexpr double kLeastSteps = 1; // of a time constant in steps

// The numbers of a state one after the other; of a list first its length.
std::vector<double> flatten(const CmaState& state) {
    std::vector<double> out;
    visit(state, [&](const char*, const auto& member) {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(member)>>) {
            out.push_back(static_cast<double>(member)); // counts stay below 2^53
        } else {
            out.push_back(static_cast<double>(member.size()));
            out.insert(out.end(), member.begin(), member.end());
        }
    });
    return out;
}

void require(bool good) {
    if (!good)
        throw Error(Exit::data, "the saved state is none of CMA-ES",
                    "start the search from the beginning");
}

// at: of the first number behind the state.
CmaState unflatten(const std::vector<double>& numbers, std::size_t& at) {
    CmaState state;
    const auto count = [](double number) {
        constexpr double kMost = 9007199254740992; // 2^53
        require(number >= 0 && number <= kMost && number == std::floor(number));
        return static_cast<std::uint64_t>(number);
    };
    at = 0;
    visit(state, [&](const char*, auto& member) {
        using Member = std::decay_t<decltype(member)>;
        require(at < numbers.size());
        const double number = numbers[at++];
        if constexpr (std::is_same_v<Member, double>) {
            member = number;
        } else if constexpr (std::is_arithmetic_v<Member>) {
            member = count(number);
        } else {
            require(count(number) <= numbers.size() - at);
            const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(at);
            member.assign(first, first + static_cast<std::ptrdiff_t>(number));
            at += member.size();
        }
    });
    return state;
}

// A candidate that misses ranges is behind every one that holds them, and among these behind those that miss
// them by less; the losses only order candidates that ranges say nothing of, which are last.
double fitness_of(const Evaluation& e, double penalty) {
    constexpr double kBehind = 1e15, kLast = 1e30, kMost = 1e14; // beyond all losses, and of widths
    const double objective = e.loss + e.prior + penalty;
    if (e.violation == 0 || !std::isfinite(objective))
        return objective;
    if (std::isfinite(e.violation))
        return kBehind * (1 + std::min(e.violation, kMost));
    return kLast * (2 + objective / (1 + std::abs(objective)));
}

class CmaSearch final : public Optimizer {
  public:
    explicit CmaSearch(CmaSettings settings) : settings_(std::move(settings)) {}

    Iteration iterate(const Objective& objective, Eigen::VectorXd& theta, double l1) override {
        begin(theta);
        const Eigen::MatrixXd& thetas = cma_->ask();
        const std::vector<Evaluation> all = objective.of(thetas);
        std::vector<double> fitness;
        Iteration result;
        std::size_t best = 0;
        for (std::size_t k = 0; k < all.size(); ++k) {
            const auto column = thetas.col(static_cast<Eigen::Index>(k));
            fitness.push_back(fitness_of(all[k], l1 * column.lpNorm<1>()));
            result.diverged += all[k].diverged;
            if (fitness[k] < fitness[best])
                best = k;
        }
        result.before = result.loss = all[best].loss;
        result.step = cma_->sigma();
        cma_->tell(fitness);
        theta = cma_->mean();
        result.moved = cma_->stop().empty();
        return result;
    }

    // The state, and behind it the start, which restarts go back to.
    std::vector<double> state() const override {
        std::vector<double> out = flatten(cma_->state());
        out.insert(out.end(), settings_.mean.begin(), settings_.mean.end());
        return out;
    }
    void restore(const std::vector<double>& state) override {
        std::size_t at = 0;
        CmaState restored = unflatten(state, at);
        const Eigen::Index n = settings_.deviations.size();
        require(state.size() - at == static_cast<std::size_t>(n));
        settings_.mean = Eigen::Map<const Eigen::VectorXd>(state.data() + at, n);
        cma_ = std::make_unique<CmaEs>(settings_);
        cma_->restore(std::move(restored));
    }
    Eigen::MatrixXd covariance() const override {
        return cma_ ? Eigen::MatrixXd(cma_->sigma() * cma_->sigma() * cma_->covariance())
                    : Eigen::MatrixXd();
    }

  private:
    void begin(const Eigen::VectorXd& theta) {
        if (cma_)
            return;
        settings_.mean = theta;
        if (settings_.lower.size() > 0) // the start, or what a stage without bounds has found
            settings_.mean = theta.cwiseMax(settings_.lower).cwiseMin(settings_.upper);
        cma_ = std::make_unique<CmaEs>(settings_);
    }

    CmaSettings settings_;
    std::unique_ptr<CmaEs> cma_; // from the first iteration on
};

Eigen::VectorXd column_of(const std::vector<double>& v) {
    return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()));
}

} // namespace

namespace {

// What a uniform start is drawn from it stays in, too. The mean of an eligibility trace or of a rate is
// over one step at least.
task::Range range_of(const Term& term, const task::Draw& start) {
    task::Range range = start.range;
    if (const auto* uniform = std::get_if<task::Uniform>(&start.from))
        range = {std::max(range.low, uniform->low), std::min(range.high, uniform->high)};
    if (is_time_constant(term))
        range.low = std::max(range.low, term.spike ? 0.0 : kLeastSteps);
    return range;
}

} // namespace

Box box_of(const std::vector<RuleSettings>& rules) {
    std::vector<double> lower, upper;
    bool bounds = false;
    for (const RuleSettings& rule : rules)
        for (std::size_t k = 0; k < rule.terms.size(); ++k) {
            const bool tau = is_time_constant(rule.terms[k]);
            const task::Range range = range_of(rule.terms[k], rule.starts[k]);
            lower.push_back(tau ? log_of(range.low) : range.low);
            upper.push_back(tau ? log_of(range.high) : range.high);
            bounds = bounds || std::isfinite(lower.back()) || std::isfinite(upper.back());
        }
    return bounds ? Box{column_of(lower), column_of(upper)} : Box{};
}

std::unique_ptr<Optimizer> make_cma_search(const SearchSettings& search,
                                           const std::vector<RuleSettings>& rules,
                                           std::uint64_t generations, std::uint64_t seed) {
    CmaSettings settings;
    settings.sigma = search.sigma;
    settings.lambda = search.population;
    settings.restarts = search.cma_restarts;
    settings.max_generations = generations;
    settings.seed = seed;
    std::vector<double> deviations;
    for (const RuleSettings& rule : rules)
        deviations.insert(deviations.end(), rule.terms.size(), rule.spread);
    settings.deviations = column_of(deviations);
    const Box box = box_of(rules);
    settings.lower = box.lower;
    settings.upper = box.upper;
    return std::make_unique<CmaSearch>(std::move(settings));
}

} // namespace carve::cli
