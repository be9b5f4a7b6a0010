// kind = "rate" and "value" of populations of rates, by sums that the kernel takes as the steps pass (M40,
// M46). Both have derivatives, where the kernel has sensitivities.
#include "trajectory.hpp"

#include "columns_used.hpp"
#include "kinds.hpp"
#include "rule_factors.hpp"
#include "sim_memory.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {

std::uint32_t OfTrajectory::index(const Look& look) const {
    return look.model.population(population_of(look.described, settings_.of.of[0]));
}

void OfTrajectory::open(const Look& look) {
    start_.clear();
    for (std::size_t lane = 0; lane < look.lanes; ++lane)
        start_.push_back(sums(look, lane));
}

std::vector<double> OfTrajectory::sums(const Look& look, std::size_t lane) const {
    const carve_view v = view_of(look.sim, CARVE_VIEW_TRAJECTORY, index(look));
    std::size_t n = 1;
    for (std::uint32_t d = 1; d + 1 < v.ndim; ++d)
        n *= v.shape[d];
    std::vector<double> values(n);
    check_status(carve_sim_read(look.sim, CARVE_VIEW_TRAJECTORY, index(look),
                                static_cast<std::uint32_t>(lane), values.data(), n, nullptr),
                 "carve_sim_read");
    return values;
}

std::vector<double> OfTrajectory::in_window(const Look& look, std::size_t lane) const {
    std::vector<double> values = sums(look, lane);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] -= start_[lane][i];
    return values;
}

UnitSums OfTrajectory::sums_of_units(const Look& look, std::size_t lane, Eigen::Index K) const {
    constexpr std::size_t kPlain = 6;
    const std::vector<double> values = in_window(look, lane);
    const UnitRange range = units_of_measure(look, settings_.of.of[0]);
    const std::size_t row =
        values.size() / look.model.units(population_of(look.described, settings_.of.of[0]));
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

Measured OfTrajectory::of_loss_sums(const Look& look) const {
    const Eigen::Index K = coefficients(look);
    Measured out;
    for (std::size_t lane = 0; lane < look.lanes; ++lane) {
        const std::vector<double> values = in_window(look, lane);
        const double weights = values.back();
        out.raw.push_back(values[0] / weights);
        if (!look.derivatives)
            continue;
        out.slopes.push_back(no_slopes(K));
        if (values.size() <= 2)
            continue; // nothing that the rules change
        const double* next = values.data() + 1;
        for (Eigen::Index k = 0; k < K; ++k)
            out.slopes.back().gradient[k] = *next++ / weights;
        for (Eigen::Index k = 0; k < K; ++k)
            for (Eigen::Index l = 0; l <= k; ++l)
                out.slopes.back().hessian(k, l) = *next++ / weights;
    }
    return out;
}

Measured OfTrajectory::of_squares(const Look& look) const {
    const Eigen::Index K = coefficients(look);
    Measured out;
    for (std::size_t lane = 0; lane < look.lanes; ++lane) {
        const UnitSums s = sums_of_units(look, lane, K);
        out.raw.push_back((s.yy - 2 * s.oy + s.oo) / s.m);
        if (!look.derivatives)
            continue;
        out.slopes.push_back(no_slopes(K));
        if (s.Y.size() == 0)
            continue;
        out.slopes.back().gradient = 2 * (s.yY - s.oY) / s.m;
        out.slopes.back().hessian = 2 * s.YY / s.m;
    }
    return out;
}

namespace {

class MeanRate final : public OfTrajectory {
  public:
    using OfTrajectory::OfTrajectory;

    void add_needs(Needs& needs) const override {
        needs.trajectories.push_back({settings_.of.of[0], "", settings_.mask});
    }

    Measured close(const Look& look) override {
        const Eigen::Index K = coefficients(look);
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const UnitSums s = sums_of_units(look, lane, K);
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
        Measured out = is_choice() ? of_loss_sums(look) : of_squares(look);
        const Eigen::Index K = coefficients(look);
        for (std::size_t lane = 0; settings_.as.as == "r2" && lane < look.lanes; ++lane) {
            const UnitSums s = sums_of_units(look, lane, K);
            const bool constant = s.spread <= kLeastSpread * s.oo;
            if (constant && is_column(look.described, settings_.to))
                refuse(look.described, Exit::data,
                       fmt::format("\"{}\" is constant in a trial, so that there is no r2",
                                   settings_.to),
                       "a longer window, another column, or as = \"squared\"");
            // A population may fall silent under some rules.
            out.raw[lane] = constant ? std::nan("") : 1 - out.raw[lane] * s.m / s.spread;
        }
        out.loss = out.raw;
        if (settings_.as.as == "r2")
            for (double& raw : out.loss)
                raw = 1 - raw; // of the explained variance
        return out;
    }

  private:
    bool is_choice() const { return settings_.as.as == "cross_entropy"; }

    bool sigmoid_;
};

} // namespace

MadeMeasure make_rate(const task::Task& task, const task::Measure& settings) {
    const task::Population* const p = find_population(task, population_of(task, settings.of.of[0]));
    if (p && is_of_spikes(task, *p))
        return make_rate_of_spikes(task, settings);
    return std::make_unique<MeanRate>(settings);
}

MadeMeasure make_value(const task::Task& task, const task::Measure& settings) {
    if (settings.as.as == "accuracy")
        return make_decode(task, settings);
    return std::make_unique<Value>(task, settings);
}

} // namespace carve::cli
