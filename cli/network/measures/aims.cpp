// kind = "components", "subspace", "decorrelation" and "tuning": losses that the kernel has (M10, M17).
#include "kinds.hpp"

#include "components.hpp"
#include "error.hpp"
#include "measure_kinds.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr double kMinDistance = 1e-3; // below it the plain distance is treated as a parabola

std::size_t idx(Eigen::Index i) { return static_cast<std::size_t>(i); }

const task::Projection& projection_of(const Look& look, const std::string& name) {
    return *std::find_if(look.described.projections.begin(), look.described.projections.end(),
                         [&](const task::Projection& p) { return p.name == name; });
}

// What the presynaptic population is fed in the trial of a lane.
const RowMatrix& samples_of(const Look& look, const std::string& projection, std::size_t lane) {
    const task::Projection& p = projection_of(look, projection);
    return look.trial(lane).column(find_population(look.described, p.from)->data);
}

// Without any, there are no components.
bool has_variance(const RowMatrix& samples, About about) {
    return about == About::origin ? (samples.array() != 0).any()
                                  : (samples.rowwise() - samples.row(0)).any();
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
        loss.target_shared = look.trials.size() == 1;
        if (trials_ != look.trials)
            find_targets(look);
        loss.target = packed_.data();
        Measured out;
        out.loss.resize(look.lanes);
        check_status(carve_sim_loss(look.sim, &loss, out.loss.data(), nullptr, nullptr),
                     "carve_sim_loss");
        out.raw = out.loss;
        observe(look, out);
        if (look.derivatives)
            add_slopes(look, loss, out);
        return out;
    }

  protected:
    // As many as the projection has postsynaptic units.
    RowMatrix components_of(const Look& look, std::size_t lane) const {
        const std::string& name = settings_.of.of[0];
        const RowMatrix& samples = samples_of(look, name, lane);
        const std::size_t units = look.model.units(projection_of(look, name).to);
        const About about = about_of(look, name);
        if (units > static_cast<std::size_t>(samples.cols()))
            refuse(look.described, Exit::usage,
                   fmt::format("{} units have no components of {} inputs of their own", units,
                               samples.cols()),
                   "at most as many units as inputs");
        if (!has_variance(samples, about))
            refuse(look.described, Exit::data,
                   fmt::format("the {} samples of a trial have no variance", samples.rows()),
                   "the data's rows are too few or too alike, or its spectrum has no positive "
                   "eigenvalue");
        return principal_components(samples, units, about);
    }

    const RowMatrix& target(std::size_t lane) const {
        return targets_[targets_.size() == 1 ? 0 : lane];
    }

  private:
    virtual RowMatrix target_of(const Look& look, std::size_t lane) const = 0;
    virtual std::size_t rows(const Look&) const { return 1; } // each with a norm of its own
    // What it measures where that is not the loss.
    virtual void observe(const Look&, Measured&) const {}

    // Of trials, which a simulation runs under many rules; packed as [...][lane], shared without lanes.
    void find_targets(const Look& look) {
        trials_ = look.trials;
        targets_.clear();
        for (std::size_t lane = 0; lane < trials_.size(); ++lane) {
            const std::string& of = settings_.of.of[0];
            const bool same = lane > 0 && &samples_of(look, of, lane) ==
                                              &samples_of(look, of, lane - 1); // antithetic
            targets_.push_back(same ? targets_.back() : target_of(look, lane));
        }
        packed_.clear();
        for (Eigen::Index k = 0; k < targets_[0].size(); ++k)
            for (const RowMatrix& m : targets_)
                packed_.push_back(m.data()[k]);
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
    Trials trials_; // that the targets are of
    std::vector<RowMatrix> targets_;
    std::vector<double> packed_;
};

class Components final : public Aim {
  public:
    explicit Components(const task::Measure& settings)
        : Aim(settings,
              settings.as.as == "distance" ? CARVE_LOSS_DISTANCE : CARVE_LOSS_DISTANCE_SQUARED) {}

  private:
    RowMatrix target_of(const Look& look, std::size_t lane) const override {
        return components_of(look, lane);
    }
    std::size_t rows(const Look& look) const override {
        return look.model.units(projection_of(look, settings_.of.of[0]).to);
    }
    // |cos| of each unit's weights with its component, and their mean.
    void observe(const Look& look, Measured& out) const override {
        const std::size_t units = rows(look);
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const std::vector<double> w = weights_of(look, settings_.of.of[0], lane);
            const Eigen::Map<const RowMatrix> rows(w.data(), static_cast<Eigen::Index>(units),
                                                   static_cast<Eigen::Index>(w.size() / units));
            std::vector<double> cosines;
            double mean = 0;
            for (Eigen::Index i = 0; i < rows.rows(); ++i) {
                const double norm = rows.row(i).norm();
                const double dot = rows.row(i).dot(target(lane).row(i));
                cosines.push_back(norm > 0 ? std::abs(dot) / norm : 0);
                mean += cosines.back() / static_cast<double>(units);
            }
            out.raw[lane] = mean;
            out.parts.push_back(std::move(cosines));
        }
    }
};

class Subspace final : public Aim {
  public:
    explicit Subspace(const task::Measure& settings) : Aim(settings, CARVE_LOSS_SUBSPACE) {}

  private:
    RowMatrix target_of(const Look& look, std::size_t lane) const override {
        return components_of(look, lane);
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

// The correlation over groups of what two projections transmit; its loss is what is missing to 1.
class Tuning final : public Measure {
  public:
    // In the window of the neurons' rate, unless it has its own.
    Tuning(const task::Task& task, const task::Measure& settings) : Measure(settings) {
        if (settings_.window)
            return;
        for (const task::Projection& p : task.projections)
            if (p.name == settings_.of.of[0])
                if (const task::Measure* const rate = scored_rate(task, p.to))
                    settings_.window = rate->window;
    }

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
        out.loss.resize(look.lanes);
        check_status(carve_sim_loss(look.sim, &loss, out.loss.data(), nullptr, nullptr),
                     "carve_sim_loss");
        for (double& missing : out.loss) { // where nothing is tuned: a correlation of 0
            missing = std::isfinite(missing) ? missing : 1;
            out.raw.push_back(1 - missing);
        }
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
MadeMeasure make_tuning(const task::Task& task, const task::Measure& settings) {
    return std::make_unique<Tuning>(task, settings);
}

} // namespace carve::cli
