// kind = "cv" and "fano": how irregular spikes are.
#include "kinds.hpp"

#include "rule_factors.hpp"

#include <cmath>
#include <limits>

namespace carve::cli {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class OfSpikes : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }

    Measured close(const Look& look) override {
        const UnitRange range = units_of_measure(look, settings_.of.of[0]);
        const Activity& activity =
            look.recording.of.at(population_of(look.described, settings_.of.of[0]));
        const std::uint64_t first = look.step - window_steps(look);
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            std::vector<std::vector<std::uint64_t>> trains(range.end - range.first);
            for (const Spike& spike : activity.spikes[lane])
                if (spike.step >= first && spike.unit >= range.first && spike.unit < range.end)
                    trains[spike.unit - range.first].push_back(spike.step - first);
            out.raw.push_back(number(look, trains));
        }
        score(settings_, out);
        return out;
    }

  private:
    virtual double number(const Look& look,
                          const std::vector<std::vector<std::uint64_t>>& trains) const = 0;
};

// Of the intervals between spikes: standard deviation over mean, averaged over units with at least
// three intervals; 0 where no unit has them.
class Cv final : public OfSpikes {
  public:
    using OfSpikes::OfSpikes;

  private:
    double number(const Look&,
                  const std::vector<std::vector<std::uint64_t>>& trains) const override {
        constexpr std::size_t kLeast = 4; // spikes
        double sum = 0, units = 0;
        for (const std::vector<std::uint64_t>& train : trains) {
            if (train.size() < kLeast)
                continue;
            const auto n = static_cast<double>(train.size() - 1);
            const double mean = static_cast<double>(train.back() - train.front()) / n;
            double squares = 0;
            for (std::size_t i = 1; i < train.size(); ++i)
                squares += std::pow(static_cast<double>(train[i] - train[i - 1]) - mean, 2);
            sum += std::sqrt(squares / n) / mean;
            ++units;
        }
        return units > 0 ? sum / units : 0;
    }
};

// Variance over mean of the counts in bins: over time for each unit, then the mean over units that
// spike; or over units in each bin, then the mean over bins with spikes.
class Fano final : public OfSpikes {
  public:
    using OfSpikes::OfSpikes;

  private:
    double number(const Look& look,
                  const std::vector<std::vector<std::uint64_t>>& trains) const override {
        const double width = settings_.bin.value_or(0.01) / look.dt();
        const auto bins = static_cast<std::size_t>(
            std::floor(static_cast<double>(window_steps(look)) / width + 1e-9));
        if (bins == 0)
            return kNone;
        std::vector<std::vector<double>> counts(trains.size(), std::vector<double>(bins, 0));
        for (std::size_t u = 0; u < trains.size(); ++u)
            for (const std::uint64_t step : trains[u]) {
                const auto bin = static_cast<std::size_t>(static_cast<double>(step) / width);
                if (bin < bins)
                    ++counts[u][bin];
            }
        const bool over_units = settings_.over == task::Across::units;
        const std::size_t outer = over_units ? bins : trains.size(),
                          inner = over_units ? trains.size() : bins;
        double sum = 0, some = 0;
        for (std::size_t i = 0; i < outer; ++i) {
            double total = 0, squares = 0;
            for (std::size_t j = 0; j < inner; ++j) {
                const double count = over_units ? counts[j][i] : counts[i][j];
                total += count;
                squares += count * count;
            }
            const auto n = static_cast<double>(inner);
            if (total == 0)
                continue;
            const double mean = total / n;
            sum += (squares / n - mean * mean) / mean;
            ++some;
        }
        return some > 0 ? sum / some : 0;
    }
};

} // namespace

MadeMeasure make_cv(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Cv>(settings);
}
MadeMeasure make_fano(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Fano>(settings);
}

} // namespace carve::cli
