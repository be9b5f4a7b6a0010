// kind = "likelihood" of rates: the mean over observations of -ln p(o), in nats; o is normal around the rate,
// with a standard deviation that is given or estimated (M40), or a Poisson count of that mean, or a choice (M44).
#include "kinds.hpp"
#include "trajectory.hpp"

#include "columns_used.hpp"
#include "error.hpp"
#include "exp_log.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

constexpr double kTwoPi = 6.283185307179586;

class OfNormal final : public OfTrajectory {
  public:
    using OfTrajectory::OfTrajectory;

    void add_needs(Needs& needs) const override {
        needs.trajectories.push_back({settings_.of.of[0], settings_.to, settings_.mask});
    }

    Measured close(const Look& look) override {
        Measured out = of_squares(look);
        const auto* const given = std::get_if<double>(&settings_.noise.of);
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const double least = given ? 0 : least_variance(look, lane), squares = out.raw[lane];
            const double variance = given ? *given * *given : std::max(squares, least);
            out.raw[lane] = (log_of(kTwoPi * variance) + (given ? squares / variance : 1)) / 2;
            if (!look.derivatives)
                continue;
            const double scale = squares < least ? 0 : 1 / (2 * variance);
            out.slopes[lane].gradient *= scale;
            out.slopes[lane].hessian *= scale;
        }
        out.loss = out.raw;
        return out;
    }

  private:
    // What rounding leaves of a variance of 0, which is a difference of sums: below it there is none
    // to estimate.
    double least_variance(const Look& look, std::size_t lane) const {
        constexpr double kRounding = 1e-14;
        const UnitSums s = sums_of_units(look, lane, coefficients(look));
        return std::max(kRounding * (s.oo + s.yy) / s.m, std::numeric_limits<double>::min());
    }
};

class OfChoices final : public OfTrajectory {
  public:
    OfChoices(const task::Population& p, const task::Measure& settings)
        : OfTrajectory(settings), made_(p.clamp), several_(p.units.value_or(1) > 1) {}

    void add_needs(Needs& needs) const override {
        needs.trajectories.push_back(
            {settings_.of.of[0], made_, settings_.mask,
             several_ ? CARVE_LIKELIHOOD_CATEGORICAL : CARVE_LIKELIHOOD_BERNOULLI});
    }

    Measured close(const Look& look) override {
        if (checked_ != look.trials)
            for (std::size_t trial = 0; trial < look.trials.size(); ++trial)
                check(look, trial);
        checked_ = look.trials;
        Measured out = of_loss_sums(look);
        out.loss = out.raw;
        return out;
    }

  private:
    void check(const Look& look, std::size_t trial) const {
        const RowMatrix& made = look.trial(trial).column(made_);
        const RowMatrix* const mask =
            settings_.mask.empty() ? nullptr : &look.trial(trial).column(settings_.mask);
        for (Eigen::Index row = 0; row < made.rows(); ++row) {
            if (mask && (*mask)(row % mask->rows(), 0) == 0)
                continue;
            const auto values = made.row(row).array();
            const bool binary = (values == 0 || values == 1).all();
            if (several_ && !(binary && values.sum() == 1))
                no_choice(look, fmt::format("a row of \"{}\"", made_),
                          "one value is 1, the others are 0");
            if (!binary)
                no_choice(look, fmt::format("{} in \"{}\"", values[0], made_), "1 is yes, 0 is no");
        }
    }

    void no_choice(const Look& look, const std::string& what, const char* rule) const {
        refuse(look.described, Exit::data, fmt::format("{} is no choice: {}", what, rule),
               "an array or a column by its name, \"session.choice\", is taken as it is; "
               "mask = a column that is 0 where there was none");
    }

    std::string made_; // their column
    bool several_;
    Trials checked_;
};

// ln n!, from n = 64 on by Stirling's series.
double log_factorial(double n) {
    constexpr double kExact = 64;
    if (n >= kExact)
        return (n + 0.5) * log_of(n) - n + log_of(kTwoPi) / 2 + (1 - 1 / (30 * n * n)) / (12 * n);
    double product = 1;
    for (double k = 2; k <= n; ++k)
        product *= k;
    return log_of(product);
}

class OfCounts final : public OfTrajectory {
  public:
    using OfTrajectory::OfTrajectory;

    void add_needs(Needs& needs) const override {
        needs.trajectories.push_back(
            {settings_.of.of[0], settings_.to, settings_.mask, CARVE_LIKELIHOOD_POISSON});
    }

    Measured close(const Look& look) override {
        Measured out = of_loss_sums(look);
        if (trials_ != look.trials) {
            trials_ = look.trials;
            constants_.clear();
        }
        std::vector<double>& constants = constants_[look.step];
        for (std::size_t lane = constants.size(); lane < trials_.size(); ++lane)
            constants.push_back(constant(look, lane));
        for (std::size_t lane = 0; lane < look.lanes; ++lane)
            out.raw[lane] += constants[constants.size() == 1 ? 0 : lane];
        out.loss = out.raw;
        return out;
    }

  private:
    // The mean of ln o! over the observations of the window, which the kernel leaves out.
    double constant(const Look& look, std::size_t lane) const {
        const RowMatrix& counts = look.trial(lane).column(settings_.to);
        const RowMatrix* const mask =
            settings_.mask.empty() ? nullptr : &look.trial(lane).column(settings_.mask);
        const bool batch = look.model.model.batch > 1; // each step sees all rows
        const std::uint64_t steps = batch ? 1 : window_steps(look), first = look.step - steps;
        const auto rows = static_cast<std::uint64_t>(counts.rows());
        double sum = 0, weights = 0;
        for (std::uint64_t i = 0; i < (batch ? rows : steps); ++i) {
            const auto row = [&](std::uint64_t n) {
                return static_cast<Eigen::Index>((batch ? i : first + i) % n);
            };
            for (Eigen::Index unit = 0; unit < counts.cols(); ++unit) {
                const double weight = mask ? (*mask)(row(static_cast<std::uint64_t>(mask->rows())),
                                                     mask->cols() == 1 ? 0 : unit)
                                           : 1;
                if (!(weight > 0))
                    continue;
                sum += weight * log_factorial(checked(look, counts(row(rows), unit)));
                weights += weight;
            }
        }
        return sum / weights;
    }

    double checked(const Look& look, double count) const {
        if (!(count >= 0) || count != std::floor(count))
            refuse(look.described, Exit::data,
                   fmt::format("{} in \"{}\" is no count", count, settings_.to),
                   "counts are 0, 1, 2, ...; others are values, as = \"squared\"");
        return count;
    }

    Trials trials_;                                          // that the constants are of
    std::map<std::uint64_t, std::vector<double>> constants_; // [end of a window][trial]
};

} // namespace

MadeMeasure make_likelihood(const task::Task& task, const task::Measure& settings) {
    const task::Population* const p = find_population(task, population_of(task, settings.of.of[0]));
    if (p && p->kind == task::PopulationKind::choice)
        return std::make_unique<OfChoices>(*p, settings);
    if (settings.as.as == "counts")
        return std::make_unique<OfCounts>(settings);
    return std::make_unique<OfNormal>(settings);
}

} // namespace carve::cli
