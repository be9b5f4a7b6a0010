// kind = "weights", "drift" and "at_bounds": what has become of weights.
#include "kinds.hpp"

#include "columns_used.hpp"
#include "error.hpp"
#include "sim_memory.hpp"

#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

// Weights of the synapses that there are.
double mean_weight(const Look& look, const std::string& projection, std::size_t lane) {
    const std::vector<double> w = weights_of(look, projection, lane);
    const std::vector<std::size_t> present = synapses_of(look, projection, lane, w.size());
    double sum = 0;
    for (const std::size_t i : present)
        sum += w[i];
    return sum / static_cast<double>(present.size());
}

// Raw: the mean weight. The loss: the mean over synapses of the squared distance from the target, a
// number or a column [post][pre]; by other comparisons that of the mean.
class Weights final : public Measure {
  public:
    using Measure::Measure;

    Measured close(const Look& look) override {
        Measured out;
        const std::string& name = settings_.of.of[0];
        const bool squared = settings_.as.as == "squared";
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const std::vector<double> w = weights_of(look, name, lane);
            const std::vector<std::size_t> present = synapses_of(look, name, lane, w.size());
            out.raw.push_back(mean_weight(look, name, lane));
            if (!squared)
                continue;
            double sum = 0;
            for (const std::size_t i : present)
                sum += std::pow(w[i] - target(look, lane, w.size(), i), 2);
            out.loss.push_back(sum / static_cast<double>(present.size()));
            if (look.derivatives)
                out.slopes.push_back(slopes(look, name, lane, w));
        }
        if (!squared)
            score(settings_, out);
        return out;
    }

  private:
    double target(const Look& look, std::size_t lane, std::size_t n, std::size_t i) const {
        if (settings_.to.empty())
            return settings_.target.value_or(0);
        const RowMatrix& column = look.trial(lane).column(settings_.to);
        if (static_cast<std::size_t>(column.size()) != n)
            refuse(look.described, Exit::usage,
                   fmt::format("{} weights are compared with the {} values of \"{}\"", n,
                               column.size(), settings_.to),
                   "the column is [post][pre]");
        return column.data()[i];
    }

    Contribution slopes(const Look& look, const std::string& name, std::size_t lane,
                        const std::vector<double>& w) const {
        const std::uint32_t index = look.model.projection(name);
        const carve_view v = view_of(look.sim, CARVE_VIEW_SENSITIVITIES, index);
        const auto K = static_cast<Eigen::Index>(v.shape[3]);
        std::vector<double> s(w.size() * static_cast<std::size_t>(K));
        check_status(carve_sim_read(look.sim, CARVE_VIEW_SENSITIVITIES, index,
                                    static_cast<std::uint32_t>(lane), s.data(), s.size(), nullptr),
                     "carve_sim_read");
        Contribution out{Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)};
        const std::vector<std::size_t> present = synapses_of(look, name, lane, w.size());
        const double each = 2 / static_cast<double>(present.size());
        for (const std::size_t i : present) {
            const Eigen::Map<const Eigen::VectorXd> row(s.data() + i * static_cast<std::size_t>(K),
                                                        K);
            out.gradient += each * (w[i] - target(look, lane, w.size(), i)) * row;
            for (Eigen::Index k = 0; k < K; ++k)
                out.hessian.col(k).tail(K - k) += each * row[k] * row.tail(K - k);
        }
        return out;
    }
};

// A number of each projection, averaged over those that it is of.
class OfProjections : public Measure {
  public:
    using Measure::Measure;

    Measured close(const Look& look) override {
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            double sum = 0;
            for (const std::string& name : settings_.of.of)
                sum += number(look, name, lane);
            out.raw.push_back(sum / static_cast<double>(settings_.of.of.size()));
        }
        score(settings_, out);
        return out;
    }

  private:
    virtual double number(const Look& look, const std::string& name, std::size_t lane) const = 0;
};

// (end - start) / start of the mean weight over the window.
class Drift final : public OfProjections {
  public:
    using OfProjections::OfProjections;

    void open(const Look& look) override {
        start_.clear();
        for (const std::string& name : settings_.of.of)
            for (std::size_t lane = 0; lane < look.lanes; ++lane)
                start_[name].push_back(mean_weight(look, name, lane));
    }

  private:
    double number(const Look& look, const std::string& name, std::size_t lane) const override {
        const double start = start_.at(name)[lane];
        return (mean_weight(look, name, lane) - start) / start;
    }
    std::map<std::string, std::vector<double>> start_;
};

// The share of weights within a hundredth of the range from one of the bounds.
class AtBounds final : public OfProjections {
  public:
    using OfProjections::OfProjections;

  private:
    double number(const Look& look, const std::string& name, std::size_t lane) const override {
        constexpr double kNear = 0.01;
        double low = -std::numeric_limits<double>::infinity(), high = -low;
        for (const task::Projection& p : look.described.projections)
            if (p.name == name) {
                low = p.w_min.value_or(low);
                high = p.w_max.value_or(high);
            }
        const double range = high - low;
        const double margin = std::isfinite(range) ? kNear * range : 0;
        const std::vector<double> w = weights_of(look, name, lane);
        const std::vector<std::size_t> present = synapses_of(look, name, lane, w.size());
        double count = 0;
        for (const std::size_t i : present)
            count += w[i] <= low + margin || w[i] >= high - margin;
        return count / static_cast<double>(present.size());
    }
};

} // namespace

MadeMeasure make_weights(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Weights>(settings);
}
MadeMeasure make_drift(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Drift>(settings);
}
MadeMeasure make_at_bounds(const task::Task&, const task::Measure& settings) {
    return std::make_unique<AtBounds>(settings);
}

} // namespace carve::cli
