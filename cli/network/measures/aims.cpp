// kind = "components", "subspace", "decorrelation" and "tuning": losses that the kernel has (M10, M17).
#include "kinds.hpp"

#include "components.hpp"
#include "error.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr double kMinDistance = 1e-3; // below it the plain distance is treated as a parabola

std::size_t idx(Eigen::Index i) { return static_cast<std::size_t>(i); }

void check_rank(const RowMatrix& samples, std::size_t rows, const std::string& measure) {
    if (rows > static_cast<std::size_t>(samples.cols()))
        throw Error(Exit::usage,
                    fmt::format("[loss.{}]: {} units have no components of {} inputs of their own",
                                measure, rows, samples.cols()),
                    "at most as many units as inputs");
}

const task::Projection& projection_of(const Look& look, const std::string& name) {
    return *std::find_if(look.described.projections.begin(), look.described.projections.end(),
                         [&](const task::Projection& p) { return p.name == name; });
}

// What the presynaptic population is fed in the trial of a lane.
const RowMatrix& samples_of(const Look& look, const std::string& projection, std::size_t lane) {
    const task::Projection& p = projection_of(look, projection);
    return look.trial(lane).column(find_population(look.described, p.from)->data);
}

About about_of(const Look& look, const std::string& projection) {
    const task::Projection& p = projection_of(look, projection);
    const std::string& data = find_population(look.described, p.from)->data;
    for (const task::Data& d : look.described.data)
        if (d.name == data && d.kind == task::DataKind::file && !d.center)
            return About::origin;
    return About::mean;
}

class Aim : public Measure {
  public:
    Aim(const task::Measure& settings, std::uint32_t kind) : Measure(settings), kind_(kind) {}

    Measured close(const Look& look) override {
        carve_loss loss;
        check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
        loss.kind = kind_;
        loss.projection = look.model.projection(settings_.of.of[0]);
        loss.target_shared = 0;
        const std::vector<double> target = targets(look);
        loss.target = target.data();
        Measured out;
        out.raw.resize(look.lanes);
        check_status(carve_sim_loss(look.sim, &loss, out.raw.data(), nullptr, nullptr),
                     "carve_sim_loss");
        out.loss = out.raw;
        if (look.derivatives)
            add_slopes(look, loss, out);
        return out;
    }

  private:
    virtual RowMatrix target_of(const Look& look, std::size_t lane) const = 0;
    virtual std::size_t rows(const Look&) const { return 1; } // each with a norm of its own

    // [...][lane].
    std::vector<double> targets(const Look& look) const {
        std::vector<RowMatrix> of_lane;
        for (std::size_t lane = 0; lane < look.lanes; ++lane)
            of_lane.push_back(lane > 0 && look.trials.size() == 1 ? of_lane[0]
                                                                  : target_of(look, lane));
        std::vector<double> out;
        for (Eigen::Index k = 0; k < of_lane[0].size(); ++k)
            for (const RowMatrix& m : of_lane)
                out.push_back(m.data()[k]);
        return out;
    }

    void add_slopes(const Look& look, const carve_loss& loss, Measured& out) const {
        std::size_t n = 0;
        check_status(carve_sim_residuals(look.sim, &loss, &n, nullptr, nullptr, nullptr),
                     "carve_sim_residuals");
        carve_sim_info info{};
        info.struct_size = sizeof info;
        check_status(carve_sim_get_info(look.sim, &info, nullptr), "carve_sim_get_info");
        const auto K = static_cast<Eigen::Index>(info.n_coefficients);
        // Of a decorrelation, which is a mean of squares, each is a group.
        const std::size_t lanes = look.lanes,
                          groups = kind_ == CARVE_LOSS_DECORRELATION ? n : rows(look),
                          columns = n / groups;
        std::vector<double> r(n * lanes), jacobian(n * idx(K) * lanes);
        check_status(carve_sim_residuals(look.sim, &loss, &n, r.data(), jacobian.data(), nullptr),
                     "carve_sim_residuals");
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            Contribution c{Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)};
            for (std::size_t row = 0; row < groups; ++row) {
                double square = 0;
                for (std::size_t i = row * columns; i < (row + 1) * columns; ++i)
                    square += r[i * lanes + lane] * r[i * lanes + lane];
                const bool plain = kind_ == CARVE_LOSS_DISTANCE;
                const double of_norm = plain ? 1 / std::max(std::sqrt(square), kMinDistance) : 2;
                const double weight = of_norm / static_cast<double>(groups);
                for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
                    const Eigen::Map<const Eigen::VectorXd, 0, Eigen::InnerStride<>> J(
                        jacobian.data() + i * idx(K) * lanes + lane, K,
                        Eigen::InnerStride<>(static_cast<Eigen::Index>(lanes)));
                    c.gradient += weight * r[i * lanes + lane] * J;
                    for (Eigen::Index k = 0; k < K; ++k)
                        c.hessian.col(k).tail(K - k) += weight * J[k] * J.tail(K - k);
                }
            }
            out.slopes.push_back(std::move(c));
        }
    }

    std::uint32_t kind_;
};

class Components final : public Aim {
  public:
    explicit Components(const task::Measure& settings)
        : Aim(settings,
              settings.as.as == "distance" ? CARVE_LOSS_DISTANCE : CARVE_LOSS_DISTANCE_SQUARED) {}

  private:
    RowMatrix target_of(const Look& look, std::size_t lane) const override {
        const std::string& name = settings_.of.of[0];
        check_rank(samples_of(look, name, lane), rows(look), settings_.name);
        return principal_components(samples_of(look, name, lane), rows(look), about_of(look, name));
    }
    std::size_t rows(const Look& look) const override {
        return look.model.units(projection_of(look, settings_.of.of[0]).to);
    }
};

class Subspace final : public Aim {
  public:
    explicit Subspace(const task::Measure& settings) : Aim(settings, CARVE_LOSS_SUBSPACE) {}

  private:
    RowMatrix target_of(const Look& look, std::size_t lane) const override {
        const std::string& name = settings_.of.of[0];
        check_rank(samples_of(look, name, lane), look.model.units(projection_of(look, name).to),
                   settings_.name);
        return principal_components(samples_of(look, name, lane),
                                    look.model.units(projection_of(look, name).to),
                                    about_of(look, name));
    }
};

class Decorrelation final : public Aim {
  public:
    explicit Decorrelation(const task::Measure& settings)
        : Aim(settings, CARVE_LOSS_DECORRELATION) {}

  private:
    RowMatrix target_of(const Look& look, std::size_t lane) const override {
        const RowMatrix& samples = samples_of(look, settings_.of.of[0], lane);
        return samples.transpose() * samples / static_cast<double>(samples.rows());
    }
};

// 1 - correlation over groups of what two projections transmit.
class Tuning final : public Measure {
  public:
    using Measure::Measure;

    void add_needs(Needs& needs) const override {
        for (const std::string& name : settings_.of.of)
            needs.transmitted.push_back(name);
    }
    void begin(const Look& look) override {
        const std::string& to = projection_of(look, settings_.of.of[0]).to;
        set_window(look, look.model.population(to), window_steps(look));
    }
    Measured close(const Look& look) override {
        carve_loss loss;
        check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
        loss.kind = CARVE_LOSS_TUNING;
        loss.projection = look.model.projection(settings_.of.of[0]);
        loss.other = look.model.projection(settings_.of.of[1]);
        Measured out;
        out.raw.resize(look.lanes);
        check_status(carve_sim_loss(look.sim, &loss, out.raw.data(), nullptr, nullptr),
                     "carve_sim_loss");
        for (double& raw : out.raw) // where nothing is tuned: a correlation of 0
            raw = std::isfinite(raw) ? raw : 1;
        out.loss = out.raw;
        return out;
    }
};

} // namespace

void set_window(const Look& look, std::uint32_t population, std::uint64_t steps) {
    carve_sim_info info{};
    info.struct_size = sizeof info;
    check_status(carve_sim_get_info(look.sim, &info, nullptr), "carve_sim_get_info");
    auto* const window =
        static_cast<std::uint64_t*>(view_of(look.sim, CARVE_VIEW_WINDOW, population).data);
    window[1] = info.steps + look.phase_steps;
    window[0] = window[1] - steps;
}

MadeMeasure make_components(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Components>(settings);
}
MadeMeasure make_subspace(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Subspace>(settings);
}
MadeMeasure make_decorrelation(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Decorrelation>(settings);
}
MadeMeasure make_tuning(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Tuning>(settings);
}

} // namespace carve::cli
