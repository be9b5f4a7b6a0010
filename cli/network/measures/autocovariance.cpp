// kind = "autocovariance": how much of a unit's activity comes again after a while, the mean over units and
// lags of |1/B sum_b (c_b - mean c) (c_{b + lag} - mean c)|, c the B counts in bins or rates of its window.
#include "kinds.hpp"

#include "error.hpp"
#include "rule_factors.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

class Autocovariance final : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }

    Measured close(const Look& look) override {
        const double bin = look.model.spikes() ? settings_.bin.value_or(0.01) : look.dt();
        const auto lags = static_cast<std::size_t>(settings_.lags.value_or(0.5) / bin + 1e-9);
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            double sum = 0;
            const std::vector<std::vector<double>> series = series_of(look, *this, lane);
            check(look, lags, series[0].size());
            for (const std::vector<double>& unit : series)
                sum += of_unit(unit, lags);
            out.raw.push_back(sum / static_cast<double>(series.size()));
        }
        score(settings_, out);
        return out;
    }

  private:
    void check(const Look& look, std::size_t lags, std::size_t bins) const {
        if (lags >= 1 && lags < bins)
            return;
        refuse(look.described, Exit::usage,
               fmt::format("its longest lag is {} of the {} bins of a window", lags, bins),
               "lags of at least one bin, and below the window");
    }

    static double of_unit(const std::vector<double>& c, std::size_t lags) {
        const auto n = static_cast<double>(c.size());
        double mean = 0, sum = 0;
        for (const double value : c)
            mean += value / n;
        for (std::size_t lag = 1; lag <= lags; ++lag) {
            double products = 0;
            for (std::size_t b = 0; b + lag < c.size(); ++b)
                products += (c[b] - mean) * (c[b + lag] - mean);
            sum += std::abs(products / n);
        }
        return sum / static_cast<double>(lags);
    }
};

} // namespace

MadeMeasure make_autocovariance(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Autocovariance>(settings);
}

} // namespace carve::cli
