// kind = "rate" of neurons: spikes of a window, or with a tau the filtered rate along it (M16).
#include "kinds.hpp"

#include "rule_factors.hpp"

namespace carve::cli {
namespace {

class SpikeRate final : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }
    // A range that the filtered rate has to stay in ends trials.
    void add_needs(Needs& needs) const override {
        if (settings_.stop)
            needs.rates.push_back(rate_probe(settings_));
    }

    Measured close(const Look& look) override {
        const std::string& of = settings_.of.of[0];
        const UnitRange range = units_of_measure(look, of);
        const Activity& activity = look.recording.of.at(population_of(look.described, of));
        const double seconds = static_cast<double>(window_steps(look)) * look.dt();
        const std::uint64_t first = look.step - window_steps(look);
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            double count = 0;
            for (const Spike& spike : activity.spikes[lane])
                count += spike.step >= first && spike.unit >= range.first && spike.unit < range.end;
            out.raw.push_back(count / (seconds * static_cast<double>(range.end - range.first)));
        }
        score(settings_, out);
        return out;
    }

    static RateProbe rate_probe(const task::Measure& m) {
        RateProbe probe;
        probe.population = m.of.of[0];
        probe.tau = m.tau.value_or(1);
        if (m.stop) {
            probe.low = m.stop->low;
            probe.high = m.stop->high;
        } else
            probe.high = task::kInfinity;
        probe.start =
            m.start.value_or(m.stop ? (probe.low + probe.high) / 2 : m.target.value_or(0));
        probe.target = m.target.value_or(0);
        return probe;
    }
};

// The mean over the window of (r - target)^2 / (r + 2) of the filtered rate r, by the kernel.
class FilteredRate final : public Measure {
  public:
    using Measure::Measure;

    void add_needs(Needs& needs) const override {
        needs.rates.push_back(SpikeRate::rate_probe(settings_));
    }
    void begin(const Look& look) override {
        set_window(look, look.model.population(settings_.of.of[0]), window_steps(look));
    }
    Measured close(const Look& look) override {
        const std::uint32_t population = look.model.population(settings_.of.of[0]);
        carve_loss loss;
        check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
        loss.kind = CARVE_LOSS_RATE;
        loss.population = population;
        Measured out;
        out.loss.resize(look.lanes);
        check_status(carve_sim_loss(look.sim, &loss, out.loss.data(), nullptr, nullptr),
                     "carve_sim_loss");
        const double seconds = static_cast<double>(window_steps(look)) * look.dt();
        const std::size_t units = look.model.units(settings_.of.of[0]);
        std::vector<double> counts(units);
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            check_status(carve_sim_read(look.sim, CARVE_VIEW_SPIKE_COUNTS, population,
                                        static_cast<std::uint32_t>(lane), counts.data(), units,
                                        nullptr),
                         "carve_sim_read");
            double sum = 0;
            for (const double count : counts)
                sum += count;
            out.raw.push_back(sum / (seconds * static_cast<double>(units)));
        }
        if (look.derivatives)
            add_slopes(look, loss, out);
        return out;
    }

  private:
    // By the surrogate (M18). The residual is the loss's square root: J = gradient / (2 sqrt(loss)), W = 2.
    static void add_slopes(const Look& look, const carve_loss& loss, Measured& out) {
        carve_sim_info info{};
        info.struct_size = sizeof info;
        check_status(carve_sim_get_info(look.sim, &info, nullptr), "carve_sim_get_info");
        const auto K = static_cast<Eigen::Index>(info.n_coefficients);
        std::vector<double> value(look.lanes), slopes(info.n_coefficients * look.lanes);
        check_status(carve_sim_loss(look.sim, &loss, value.data(), slopes.data(), nullptr),
                     "carve_sim_loss");
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            Contribution c{Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)};
            if (value[lane] > 0) {
                for (Eigen::Index k = 0; k < K; ++k)
                    c.gradient[k] = slopes[static_cast<std::size_t>(k) * look.lanes + lane];
                c.hessian = c.gradient * c.gradient.transpose() / (2 * value[lane]);
            }
            out.slopes.push_back(std::move(c));
        }
    }
};

} // namespace

MadeMeasure make_rate_of_spikes(const task::Task&, const task::Measure& settings) {
    if (settings.tau && settings.as.as == "relative")
        return std::make_unique<FilteredRate>(settings);
    return std::make_unique<SpikeRate>(settings);
}

} // namespace carve::cli
