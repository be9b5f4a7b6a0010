// kind = "decode": how much of a column a linear readout of the rates explains, fitted by least squares to
// the same steps; and kind = "value" with as = "accuracy", where the rates themselves are the answer.
#include "kinds.hpp"

#include "columns_used.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr double kLeastVariance = 1e-20; // of the squares: what rounding leaves of a constant

class Decode final : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }

    Measured close(const Look& look) override {
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const RowMatrix y = rates(look, lane), o = wanted(look, lane, y.rows());
            const RowMatrix answer =
                settings_.kind == task::MeasureKind::decode ? readout(y, o) : y;
            if (settings_.as.as == "accuracy") {
                out.raw.push_back(accuracy(answer, o));
                out.loss.push_back(1 - out.raw.back());
                continue;
            }
            const double squares = (answer - o).squaredNorm();
            const double variance = (o.rowwise() - o.colwise().mean()).squaredNorm();
            if (variance <= kLeastVariance * o.squaredNorm())
                refuse(look.described, Exit::data,
                       fmt::format("\"{}\" is constant in a trial, so that there is no r2",
                                   settings_.to),
                       "a longer window, another column, or as = \"accuracy\"");
            out.raw.push_back(1 - squares / variance);
            out.loss.push_back(1 - out.raw.back()); // of the unexplained variance
        }
        return out;
    }

  private:
    RowMatrix rates(const Look& look, std::size_t lane) const {
        const UnitRange range = units_of_measure(look, settings_.of.of[0]);
        const Activity& a = look.recording.of.at(population_of(look.described, settings_.of.of[0]));
        const Eigen::Map<const RowMatrix> all(a.rates[lane].data(),
                                              static_cast<Eigen::Index>(a.rows(lane)),
                                              static_cast<Eigen::Index>(a.units));
        const auto rows = static_cast<Eigen::Index>(window_rows(look, a.rows(lane)));
        return all.block(all.rows() - rows, static_cast<Eigen::Index>(range.first), rows,
                         static_cast<Eigen::Index>(range.end - range.first));
    }

    RowMatrix wanted(const Look& look, std::size_t lane, Eigen::Index rows) const {
        const Activity& a = look.recording.of.at(population_of(look.described, settings_.of.of[0]));
        const RowMatrix& column = compared_column(look, lane);
        const auto first =
            static_cast<Eigen::Index>(a.first) + static_cast<Eigen::Index>(a.rows(lane)) - rows;
        RowMatrix out(rows, column.cols());
        for (Eigen::Index i = 0; i < rows; ++i)
            out.row(i) = column.row((first + i) % column.rows());
        return out;
    }

    // With an offset.
    static RowMatrix readout(const RowMatrix& y, const RowMatrix& o) {
        RowMatrix design(y.rows(), y.cols() + 1);
        design << y, Eigen::VectorXd::Ones(y.rows());
        const RowMatrix w = design.completeOrthogonalDecomposition().solve(o);
        return design * w;
    }

    // One unit: above or below one half; several: which is the largest.
    static double accuracy(const RowMatrix& y, const RowMatrix& o) {
        double right = 0;
        for (Eigen::Index i = 0; i < y.rows(); ++i) {
            Eigen::Index a = 0, b = 0;
            if (o.cols() > 1) {
                y.row(i).maxCoeff(&a);
                o.row(i).maxCoeff(&b);
            } else {
                a = y(i, 0) > 0.5;
                b = o(i, 0) > 0.5;
            }
            right += a == b;
        }
        return right / static_cast<double>(y.rows());
    }
};

} // namespace

MadeMeasure make_decode(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Decode>(settings);
}

} // namespace carve::cli
