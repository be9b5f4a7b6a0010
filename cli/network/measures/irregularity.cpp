// kind = "cv" and "fano": how irregular spikes are.
#include "kinds.hpp"

#include "rule_factors.hpp"

#include <cmath>
#include <limits>

namespace carve::cli {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Of the intervals between spikes: standard deviation over mean, averaged over units with at least
// three intervals; 0 where no unit has them.
class Cv final : public Measure {
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
            out.raw.push_back(number(trains));
        }
        score(settings_, out);
        return out;
    }

  private:
    static double number(const std::vector<std::vector<std::uint64_t>>& trains) {
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
class Fano final : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }

    Measured close(const Look& look) override {
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane)
            out.raw.push_back(number(series_of(look, *this, lane)));
        score(settings_, out);
        return out;
    }

  private:
    double number(const std::vector<std::vector<double>>& counts) const {
        const std::size_t bins = counts[0].size();
        if (bins == 0)
            return kNone;
        const bool over_units = settings_.over == task::Across::units;
        const std::size_t outer = over_units ? bins : counts.size(),
                          inner = over_units ? counts.size() : bins;
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
