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
            // Differences of sums round; what is estimated as 0 has no likelihood.
            const double squares = std::max(out.raw[lane], std::numeric_limits<double>::min());
            const double variance = given ? *given * *given : squares;
            out.raw[lane] = (log_of(kTwoPi * variance) + out.raw[lane] / variance) / 2;
            if (look.derivatives) {
                out.slopes[lane].gradient /= 2 * variance;
                out.slopes[lane].hessian /= 2 * variance;
            }
        }
        out.loss = out.raw;
        return out;
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
        Measured out = of_loss_sums(look);
        out.loss = out.raw;
        return out;
    }

  private:
    std::string made_; // their column
    bool several_;
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
                sum += weight * log_factorial(checked(counts(row(rows), unit)));
                weights += weight;
            }
        }
        return sum / weights;
    }

    double checked(double count) const {
        if (!(count >= 0) || count != std::floor(count))
            throw Error(Exit::data,
                        fmt::format("[{}] of counts: {} in \"{}\" is none", settings_.name, count,
                                    settings_.to),
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
