// kind = "selectivity": whether units answer to one of several inputs: 1 - mean response / largest
// response, over the inputs that the column `to` numbers (Bienenstock, Cooper and Munro 1982), averaged
// over units; 0 for a unit that never answers.
#include "kinds.hpp"

#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {
namespace {

class Selectivity final : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }

    Measured close(const Look& look) override {
        const UnitRange range = units_of_measure(look, settings_.of.of[0]);
        const Activity& activity =
            look.recording.of.at(population_of(look.described, settings_.of.of[0]));
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const RowMatrix& which = compared_column(look, lane);
            std::map<double, std::pair<Eigen::VectorXd, double>> responses; // sum and count
            const std::size_t rows = activity.rows(lane);
            const std::size_t skipped = rows - window_rows(look, rows);
            for (std::size_t row = skipped; row < rows; ++row) {
                const double input =
                    which(static_cast<Eigen::Index>((activity.first + row) %
                                                    static_cast<std::uint64_t>(which.rows())),
                          0);
                if (std::isnan(input))
                    continue; // a pause
                const Eigen::Map<const Eigen::VectorXd> y(
                    activity.rates[lane].data() + row * activity.units,
                    static_cast<Eigen::Index>(activity.units));
                auto& [sum, count] = responses[input];
                if (sum.size() == 0)
                    sum = Eigen::VectorXd::Zero(y.size());
                sum += y;
                ++count;
            }
            out.raw.push_back(selectivity(responses, range));
        }
        score(settings_, out);
        return out;
    }

  private:
    static double selectivity(const std::map<double, std::pair<Eigen::VectorXd, double>>& responses,
                              const UnitRange& range) {
        double total = 0;
        for (std::size_t u = range.first; u < range.end; ++u) {
            double sum = 0, most = 0;
            for (const auto& [input, response] : responses) {
                const double mean =
                    std::abs(response.first[static_cast<Eigen::Index>(u)]) / response.second;
                sum += mean;
                most = std::max(most, mean);
            }
            total += most > 0 ? 1 - sum / static_cast<double>(responses.size()) / most : 0;
        }
        return total / static_cast<double>(range.end - range.first);
    }
};

} // namespace

MadeMeasure make_selectivity(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Selectivity>(settings);
}

} // namespace carve::cli
