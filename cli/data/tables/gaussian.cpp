// [data.NAME] kind = "gaussian": N(0, Q^T D Q), Q random, D the spectrum.
#include "components.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace carve::cli {
namespace {

std::vector<double> eigenvalues(const task::Data& d, Draws& draws) {
    std::vector<double> values = d.spectrum.eigenvalues;
    if (d.spectrum.drawn) {
        values.assign(d.spectrum.units, 1);
        const task::Uniform& range = *d.spectrum.drawn;
        const std::vector<double> u = draws.uniform(values.size());
        for (std::size_t i = 1; i < values.size(); ++i)
            values[i] = std::min(range.low + (range.high - range.low) * u[i], d.spectrum.gap);
        std::sort(values.begin() + 1, values.end(), std::greater<>());
    }
    const double factor = drawn(d.scale, draws);
    for (double& value : values)
        value *= factor;
    return values;
}

RowMatrix matrix(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
    return Eigen::Map<const RowMatrix>(values.data(), static_cast<Eigen::Index>(rows),
                                       static_cast<Eigen::Index>(columns));
}

class GaussianTable final : public DataTable {
  public:
    Columns draw(const task::Data& d, const DrawnFor& of) const override {
        const auto draws = [&](const char* what) {
            return Draws(of.seed, "data." + d.name + "." + what,
                         static_cast<std::uint64_t>(of.role), of.round, of.index);
        };
        Draws spectrum = draws("spectrum");
        const std::vector<double> values = eigenvalues(d, spectrum);
        const std::size_t units = values.size();
        RowMatrix q = Eigen::HouseholderQR<RowMatrix>(
                          matrix(draws("rotation").uniform(units * units), units, units))
                          .householderQ();
        if (q.determinant() < 0)
            q.row(0) = -q.row(0);
        for (std::size_t i = 0; i < units; ++i)
            q.row(static_cast<Eigen::Index>(i)) *= std::sqrt(values[i]);
        RowMatrix samples =
            matrix(draws("samples").normal(d.samples * units), d.samples, units) * q;
        if (d.antithetic)
            samples = with_negatives(samples);
        Columns columns;
        columns[""] = std::move(samples);
        return columns;
    }
};

} // namespace

std::unique_ptr<DataTable> make_gaussian_table() { return std::make_unique<GaussianTable>(); }

} // namespace carve::cli
