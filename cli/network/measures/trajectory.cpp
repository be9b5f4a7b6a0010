// kind = "rate" and "value" of populations of rates, by sums that the kernel takes as the steps pass (M40,
// M46). Both have derivatives, where the kernel has sensitivities.
#include "kinds.hpp"

#include "columns_used.hpp"
#include "rule_factors.hpp"
#include "sim_memory.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// The sums of a window are those at its end less those at its start.
class OfTrajectory : public Measure {
  public:
    using Measure::Measure;

    void open(const Look& look) override {
        start_.clear();
        for (std::size_t lane = 0; lane < look.lanes; ++lane)
            start_.push_back(sums(look, lane));
    }

  protected:
    std::uint32_t index(const Look& look) const {
        return look.model.population(population_of(look.described, settings_.of.of[0]));
    }
    std::size_t size(const Look& look) const {
        const carve_view v = view_of(look.sim, CARVE_VIEW_TRAJECTORY, index(look));
        std::size_t n = 1;
        for (std::uint32_t d = 1; d + 1 < v.ndim; ++d)
            n *= v.shape[d];
        return n;
    }
    std::vector<double> sums(const Look& look, std::size_t lane) const {
        std::vector<double> values(size(look));
        check_status(carve_sim_read(look.sim, CARVE_VIEW_TRAJECTORY, index(look),
                                    static_cast<std::uint32_t>(lane), values.data(), values.size(),
                                    nullptr),
                     "carve_sim_read");
        return values;
    }
    std::vector<double> in_window(const Look& look, std::size_t lane) const {
        std::vector<double> values = sums(look, lane);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] -= start_[lane][i];
        return values;
    }

  private:
    std::vector<std::vector<double>> start_;
};

// Sums of units (M46), added up over those that are measured.
struct UnitSums {
    double m = 0, y = 0, yy = 0, o = 0, oy = 0, oo = 0;
    double spread = 0;         // of the observations about the mean of each unit, squared
    Eigen::VectorXd Y, yY, oY; // empty without derivatives
    Eigen::MatrixXd YY;        // lower triangle
};

UnitSums add_units(const std::vector<double>& values, std::size_t units, const UnitRange& range,
                   Eigen::Index K) {
    constexpr std::size_t kPlain = 6;
    const std::size_t row = values.size() / units;
    UnitSums out;
    const bool slopes = row > kPlain;
    if (slopes) {
        out.Y = out.yY = out.oY = Eigen::VectorXd::Zero(K);
        out.YY = Eigen::MatrixXd::Zero(K, K);
    }
    for (std::size_t u = range.first; u < range.end; ++u) {
        const double* const at = values.data() + u * row;
        out.m += at[0];
        out.y += at[1];
        out.yy += at[2];
        out.o += at[3];
        out.oy += at[4];
        out.oo += at[5];
        out.spread += at[5] - at[3] * at[3] / at[0];
        if (!slopes)
            continue;
        const double* next = at + kPlain;
        for (Eigen::VectorXd* sum : {&out.Y, &out.yY, &out.oY})
            for (Eigen::Index k = 0; k < K; ++k)
                (*sum)[k] += *next++;
        for (Eigen::Index k = 0; k < K; ++k)
            for (Eigen::Index l = 0; l <= k; ++l)
                out.YY(k, l) += *next++;
    }
    return out;
}

Eigen::Index coefficients(const Look& look) {
    carve_sim_info info{};
    info.struct_size = sizeof info;
    check_status(carve_sim_get_info(look.sim, &info, nullptr), "carve_sim_get_info");
    return static_cast<Eigen::Index>(info.n_coefficients);
}

Contribution no_slopes(Eigen::Index K) {
    return {Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)};
}

class MeanRate final : public OfTrajectory {
  public:
    using OfTrajectory::OfTrajectory;

    void add_needs(Needs& needs) const override {
        needs.trajectories.push_back({settings_.of.of[0], "", settings_.mask});
    }

    Measured close(const Look& look) override {
        const Eigen::Index K = coefficients(look);
        const UnitRange range = units_of_measure(look, settings_.of.of[0]);
        const std::size_t units =
            look.model.units(population_of(look.described, settings_.of.of[0]));
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const UnitSums s = add_units(in_window(look, lane), units, range, K);
            out.raw.push_back(s.y / s.m);
            if (!look.derivatives)
                continue;
            out.slopes.push_back(no_slopes(K));
            if (s.Y.size() == 0)
                continue; // nothing that the rules change
            const Score scored = score_of(settings_, out.raw.back());
            const Eigen::VectorXd slope = s.Y / s.m;
            out.slopes.back().gradient = scored.slope * slope;
            out.slopes.back().hessian = scored.curvature * slope * slope.transpose();
        }
        score(settings_, out);
        return out;
    }
};

// Of the squares of what is compared with: what rounding leaves of a constant, whose variance is the
// difference of two sums.
constexpr double kLeastSpread = 1e-13;

class Value final : public OfTrajectory {
  public:
    Value(const task::Task& task, const task::Measure& settings) : OfTrajectory(settings) {
        const task::Population& p = *find_population(task, population_of(task, settings.of.of[0]));
        sigmoid_ = p.activation == task::Activation::sigmoid;
    }

    void add_needs(Needs& needs) const override {
        needs.trajectories.push_back({settings_.of.of[0], settings_.to, settings_.mask,
                                      !is_choice() ? CARVE_LIKELIHOOD_GAUSSIAN
                                      : sigmoid_   ? CARVE_LIKELIHOOD_BERNOULLI
                                                   : CARVE_LIKELIHOOD_CATEGORICAL});
    }

    Measured close(const Look& look) override {
        const Eigen::Index K = coefficients(look);
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const std::vector<double> values = in_window(look, lane);
            if (is_choice())
                likelihood(values, K, look.derivatives, out);
            else
                squares(look, values, K, out);
        }
        out.loss = out.raw;
        if (settings_.as.as == "r2")
            for (double& raw : out.loss)
                raw = 1 - raw; // of the explained variance
        return out;
    }

  private:
    bool is_choice() const { return settings_.as.as == "cross_entropy"; }

    void squares(const Look& look, const std::vector<double>& values, Eigen::Index K,
                 Measured& out) const {
        const UnitRange range = units_of_measure(look, settings_.of.of[0]);
        const std::size_t units =
            look.model.units(population_of(look.described, settings_.of.of[0]));
        const UnitSums s = add_units(values, units, range, K);
        const double squared = (s.yy - 2 * s.oy + s.oo) / s.m;
        const bool explained = settings_.as.as == "r2";
        if (explained && s.spread <= kLeastSpread * s.oo) {
            if (is_column(look.described, settings_.to))
                refuse(look.described, Exit::data,
                       fmt::format("\"{}\" is constant in a trial, so that there is no r2",
                                   settings_.to),
                       "a longer window, another column, or as = \"squared\"");
            out.raw.push_back(std::nan("")); // a population may fall silent under some rules
        } else
            out.raw.push_back(explained ? 1 - squared * s.m / s.spread : squared);
        if (!look.derivatives)
            return;
        out.slopes.push_back(no_slopes(K));
        if (s.Y.size() == 0)
            return;
        out.slopes.back().gradient = 2 * (s.yY - s.oY) / s.m;
        out.slopes.back().hessian = 2 * s.YY / s.m;
    }

    // (M44): the loss, its derivatives and its matrix, and the sum of weights behind them.
    static void likelihood(const std::vector<double>& values, Eigen::Index K, bool derivatives,
                           Measured& out) {
        const double weights = values.back();
        out.raw.push_back(values[0] / weights);
        if (!derivatives)
            return;
        out.slopes.push_back(no_slopes(K));
        if (values.size() <= 2)
            return;
        const double* next = values.data() + 1;
        for (Eigen::Index k = 0; k < K; ++k)
            out.slopes.back().gradient[k] = *next++ / weights;
        for (Eigen::Index k = 0; k < K; ++k)
            for (Eigen::Index l = 0; l <= k; ++l)
                out.slopes.back().hessian(k, l) = *next++ / weights;
    }

    bool sigmoid_;
};

} // namespace

MadeMeasure make_rate(const task::Task& task, const task::Measure& settings) {
    const task::Population* const p = find_population(task, population_of(task, settings.of.of[0]));
    if (p && is_of_spikes(*p))
        return make_rate_of_spikes(task, settings);
    return std::make_unique<MeanRate>(settings);
}

MadeMeasure make_value(const task::Task& task, const task::Measure& settings) {
    if (settings.as.as == "accuracy")
        return make_decode(task, settings);
    return std::make_unique<Value>(task, settings);
}

} // namespace carve::cli
