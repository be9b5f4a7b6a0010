#include "simulation_impl.hpp"

#include "columns_used.hpp"
#include "connections.hpp"
#include "draws.hpp"
#include "error.hpp"
#include "interrupt.hpp"
#include "needs.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

} // namespace

// ---- Building ----------------------------------------------------------------------------

void Simulation::Impl::describe() {
    described = trials[0]->described;
    watched.clear();
    std::vector<const Measure*> all;
    const auto watch = [&](const task::Measure& m, const char* table, double weight) {
        watched.push_back(
            {std::string(table) + "." + m.name, weight, make_measure(*described, m), {}, 0});
    };
    for (const task::Measure& m : described->losses)
        watch(m, "loss", m.weight);
    for (const task::Measure& m : described->probes)
        watch(m, "probe", 0);
    for (const Watched& w : watched)
        all.push_back(w.measure.get());
    model = std::make_unique<KernelModel>(task, *trials[0], lanes, wanted,
                                          merged_needs(*described, all));
    // Rates step by step, which the moments of a batch do not give.
    const bool rates = std::any_of(all.begin(), all.end(),
                                   [](const Measure* m) { return !m->recorded().empty(); });
    if ((rates || watcher) && !model->spikes())
        model->model.form = CARVE_FORM_SAMPLES;
    streams = std::make_unique<Streams>(*model, lanes);
    runs = prepared_runs(described);
    check_columns();
    size = required_bytes_of(*model, *described);
}

void Simulation::Impl::build() {
    describe();
    memory = allocate(size);
    check_status(carve_sim_init(memory.get(), size, &model->model, &sim, nullptr),
                 "carve_sim_init");
    std::size_t neurons = 1;
    for (const task::Population& p : described->populations)
        if (p.kind == task::PopulationKind::lif)
            neurons += model->units(p.name);
    constexpr std::size_t kSpikes = 1 << 16;
    spikes.resize(model->spikes() ? std::max(kSpikes, neurons * lanes.count) : 0);
    spikes_at_once = std::max<std::uint64_t>(1, spikes.size() / (neurons * lanes.count));
}

// What rates are compared with has a value wherever it counts.
void Simulation::Impl::check_values() const {
    for (const Watched& w : watched) {
        const task::Measure& m = w.measure->settings();
        const bool compared = // choices have a check of their own
            (m.kind == task::MeasureKind::value || m.kind == task::MeasureKind::likelihood) &&
            m.mask.empty() && is_column(*described, m.to);
        const auto has_nan = [&](const auto& trial) { return trial->column(m.to).hasNaN(); };
        if (compared && std::any_of(trials.begin(), trials.end(), has_nan))
            refuse_at(m.place, Exit::data,
                      fmt::format("[{}]: \"{}\" has missing values", w.name, m.to),
                      "mask = a column that is 0 where one is missing");
    }
}

// Columns that phases feed have as many units as the population.
void Simulation::Impl::check_columns() const {
    for (const PreparedRun& prepared : runs)
        for (const task::Population& p : prepared.effective->populations) {
            if (p.kind != task::PopulationKind::input || p.data.empty() ||
                is_of_spikes(*prepared.effective, p))
                continue;
            const auto units = static_cast<std::size_t>(trials[0]->column(p.data).cols());
            if (units != model->units(p.name))
                refuse_at(p.place, Exit::usage,
                          fmt::format("population.{}.data = \"{}\": it has {} units, the "
                                      "population {}",
                                      p.name, p.data, units, model->units(p.name)),
                          "leave population.NAME.units out: they follow from the data");
        }
}

void Simulation::Impl::write_theta(std::size_t lane, const Eigen::VectorXd& theta) {
    const bool shared = lanes.are == LanesAre::trials;
    for (std::uint32_t rule = 0; rule < model->coefficients().size(); ++rule) {
        const carve_view v = view_of(sim, CARVE_VIEW_THETA, rule);
        const std::vector<Coefficient>& list = model->coefficients()[rule];
        for (std::size_t k = 0; k < list.size(); ++k)
            write(v.data, single(),
                  shared ? k * v.stride[0] : lane_offset(v, lane) + k * v.stride[1],
                  list[k].searched >= 0 ? theta[list[k].searched] : list[k].value);
    }
}

// ---- A trial's beginning -----------------------------------------------------------------

void Simulation::Impl::reset() {
    std::vector<std::uint64_t> ids;
    for (std::size_t lane = 0; lane < lanes.count; ++lane)
        ids.push_back(trial(lane).stream);
    check_status(carve_sim_reset(sim, task.run.seed, ids.data(), nullptr), "carve_sim_reset");
    step = done = 0;
    frozen.assign(lanes.count, -1);
    for (Watched& w : watched) {
        w.sum = {};
        w.count = 0;
    }
    results.clear();
    write_weights();
    write_voltages();
}

void Simulation::Impl::write_weights() {
    for (const task::Projection& p : described->projections)
        for (std::size_t lane = 0; lane < lanes.count; ++lane)
            write_weights(p, lane);
}

namespace {

// Of the units of a population: those of an antithetic projection onto it; empty without one.
Eigen::VectorXd signs_of_units(const task::Task& task, const Trial& trial,
                               const std::string& population) {
    for (const task::Projection& p : task.projections)
        if (const auto signs = trial.signs.find(p.name);
            p.to == population && signs != trial.signs.end())
            return signs->second;
    return {};
}

} // namespace

// What the kernel does not draw: weights of a trial, the pairs without a synapse, and the signs of the second of
// an antithetic pair. Weights within the population follow: units of unlike signs change them.
void Simulation::Impl::write_weights(const task::Projection& p, std::size_t lane) {
    const Trial& t = trial(lane);
    const auto given = t.weights.find(p.name);
    const ConnectionKind& kind = connections(p.connect.pattern);
    const bool within = p.from == p.to;
    const Eigen::VectorXd signs = within || t.signs.count(p.name) > 0
                                      ? signs_of_units(*described, t, p.to)
                                      : Eigen::VectorXd();
    if (given == t.weights.end() && kind.tell && signs.size() == 0)
        return;
    std::vector<double> w = weights_of(look(runs[0]), p.name, lane);
    if (given != t.weights.end()) {
        if (static_cast<std::size_t>(given->second.size()) != w.size())
            refuse_at(p.place, Exit::usage,
                      fmt::format("projection.{}.weights has {} values; {} are needed", p.name,
                                  given->second.size(), w.size()),
                      "an array [post][pre]");
        w.assign(given->second.data(), given->second.data() + given->second.size());
    }
    const Ends ends{p, model->units(p.from), model->units(p.to), t};
    const std::size_t n = ends.pre;
    for (std::size_t i = 0; i < w.size(); ++i) {
        if (signs.size() > 0)
            w[i] *= signs[static_cast<Eigen::Index>(i / n)] *
                    (within ? signs[static_cast<Eigen::Index>(i % n)] : 1);
        if (!kind.tell && !kind.has(ends, i / n, i % n))
            w[i] = 0;
        // As the kernel clips what it draws.
        w[i] = std::min(std::max(w[i], p.w_min.value_or(-task::kInfinity)),
                        p.w_max.value_or(task::kInfinity));
    }
    check_status(carve_sim_write(sim, CARVE_VIEW_WEIGHTS, model->projection(p.name),
                                 static_cast<std::uint32_t>(lane), w.data(), w.size(), nullptr),
                 "carve_sim_write");
}

void Simulation::Impl::write_voltages() {
    for (const task::Population& p : described->populations) {
        if (p.kind != task::PopulationKind::lif || !p.initial)
            continue;
        const std::size_t n = model->units(p.name);
        for (std::size_t lane = 0; lane < lanes.count; ++lane) {
            // The round of a draw has 48 bits.
            Draws draws(task.run.seed, "population." + p.name + ".initial", 0,
                        trial(lane).stream >> 4, 0);
            std::vector<double> v;
            for (std::size_t u = 0; u < n; ++u)
                v.push_back(drawn(*p.initial, draws));
            check_status(carve_sim_write(sim, CARVE_VIEW_VOLTAGES, model->population(p.name),
                                         static_cast<std::uint32_t>(lane), v.data(), n, nullptr),
                         "carve_sim_write");
        }
    }
}

// ---- What came of it ---------------------------------------------------------------------

void Simulation::Impl::finish() {
    std::map<std::string, Measured> by_name;
    results.assign(watched.size(), {});
    if (interrupted()) { // nobody will look at it
        const std::vector<double> none(lanes.count, kNaN);
        results.assign(watched.size(), {none, none, {}});
        return;
    }
    for (std::size_t i = 0; i < watched.size(); ++i) {
        Watched& w = watched[i];
        if (w.measure->is_of_others() || w.count == 0)
            continue;
        for (std::size_t lane = 0; lane < w.sum.loss.size(); ++lane) {
            w.sum.raw[lane] /= w.count;
            w.sum.loss[lane] /= w.count;
            for (std::size_t k = 0; lane < w.sum.parts.size() && k < w.sum.parts[lane].size(); ++k)
                w.sum.parts[lane][k] /= w.count;
            if (lane < w.sum.slopes.size()) {
                w.sum.slopes[lane].gradient /= w.count;
                w.sum.slopes[lane].hessian /= w.count;
            }
        }
        results[i] = by_name[w.name] = w.sum;
    }
    for (std::size_t i = 0; i < watched.size(); ++i)
        if (watched[i].measure->is_of_others())
            results[i] = watched[i].measure->combine(by_name, lanes.count);
}

// By the coefficients that are searched for.
Contribution Simulation::Impl::searched(const Contribution& kernel) const {
    const auto K = static_cast<Eigen::Index>(model->searched());
    Contribution out{Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)};
    std::vector<std::ptrdiff_t> to;
    for (const std::vector<Coefficient>& rule : model->coefficients())
        for (const Coefficient& c : rule)
            to.push_back(c.searched);
    for (std::size_t k = 0; k < to.size(); ++k) {
        if (to[k] < 0)
            continue;
        out.gradient[to[k]] += kernel.gradient[static_cast<Eigen::Index>(k)];
        for (std::size_t l = 0; l <= k; ++l)
            if (to[l] >= 0)
                out.hessian(std::max(to[k], to[l]), std::min(to[k], to[l])) +=
                    kernel.hessian(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(l));
    }
    return out;
}

carve_sim_info Simulation::Impl::info() const {
    carve_sim_info out{};
    out.struct_size = sizeof out;
    check_status(carve_sim_get_info(sim, &out, nullptr), "carve_sim_get_info");
    return out;
}

Look Simulation::Impl::look(const PreparedRun& prepared) const {
    return {sim,
            *model,
            *prepared.effective,
            trials,
            lanes.count,
            wanted == Derivatives::yes,
            step,
            prepared.run.steps,
            recording};
}

Simulation::Simulation(const Task& task, const Lanes& lanes, Derivatives derivatives)
    : impl_(std::make_unique<Impl>(this, task, lanes, derivatives)) {}
Simulation::~Simulation() = default;

void Simulation::load(const Trials& trials) {
    impl_->trials = trials;
    if (impl_->trials[0]->described != impl_->described)
        impl_->build();
    impl_->check_values();
}

void Simulation::set_theta(const Eigen::VectorXd& theta) { impl_->write_theta(0, theta); }
void Simulation::set_theta(std::size_t lane, const Eigen::VectorXd& theta) {
    impl_->write_theta(lane, theta);
}
void Simulation::reset() { impl_->reset(); }
void Simulation::run() { impl_->run_all(); }

std::vector<double> Simulation::losses() const {
    std::vector<double> sum(impl_->lanes.count, impl_->results.empty() ? kNaN : 0);
    for (std::size_t i = 0; i < impl_->results.size(); ++i)
        for (std::size_t lane = 0; impl_->watched[i].weight > 0 && lane < sum.size(); ++lane)
            sum[lane] += impl_->watched[i].weight * impl_->results[i].loss.at(lane);
    return sum;
}

std::int64_t Simulation::frozen(std::size_t lane) const { return impl_->frozen[lane]; }

std::vector<Contribution> Simulation::derivatives() const {
    const auto K = static_cast<Eigen::Index>(impl_->model->searched());
    std::vector<Contribution> out(impl_->lanes.count,
                                  {Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)});
    for (std::size_t i = 0; i < impl_->results.size(); ++i) {
        const double weight = impl_->watched[i].weight;
        for (std::size_t lane = 0; weight > 0 && lane < out.size(); ++lane) {
            if (impl_->frozen[lane] >= 0 || !std::isfinite(impl_->results[i].loss[lane]))
                continue;
            const Contribution c = impl_->searched(impl_->results[i].slopes.at(lane));
            out[lane].gradient += weight * c.gradient;
            out[lane].hessian += weight * c.hessian;
        }
    }
    return out;
}

std::vector<double> Simulation::observe(std::size_t lane) const {
    std::vector<double> values;
    for (std::size_t i = 0; i < impl_->results.size(); ++i) {
        const Measured& m = impl_->results[i];
        values.push_back(lane < m.raw.size() ? m.raw[lane] : kNaN);
        const std::size_t parts =
            parts_of_measure(*impl_->described, impl_->watched[i].measure->settings());
        for (std::size_t part = 0; part < parts; ++part)
            values.push_back(lane < m.parts.size() ? m.parts[lane].at(part) : kNaN);
    }
    return values;
}

std::size_t Simulation::bytes() const { return impl_->size; }
carve_sim_info Simulation::info() const { return impl_->info(); }

void Simulation::watch(Watcher& watcher, std::uint64_t every) {
    impl_->watcher = &watcher;
    impl_->every = every;
}

std::vector<double> Simulation::weights(const std::string& projection, std::size_t lane) const {
    return weights_of(impl_->look(impl_->runs[impl_->phase]), projection, lane);
}

std::vector<double> Simulation::rates(const std::string& population, std::size_t lane) const {
    std::vector<double> values(units(population) * impl_->model->model.batch);
    check_status(carve_sim_read(impl_->sim, CARVE_VIEW_RATES, impl_->model->population(population),
                                static_cast<std::uint32_t>(lane), values.data(), values.size(),
                                nullptr),
                 "carve_sim_read");
    return values;
}

std::size_t Simulation::units(const std::string& population) const {
    return impl_->model->units(population);
}

std::size_t bytes_of_simulation(const Task& task, const std::shared_ptr<const Trial>& trial,
                                const Lanes& lanes, Derivatives derivatives) {
    Simulation::Impl impl(nullptr, task, lanes, derivatives);
    impl.trials = {trial};
    impl.describe();
    return impl.size;
}

std::vector<std::string> measured_names(const Task& task) {
    std::vector<std::string> names;
    const auto add = [&](const char* table, const task::Measure& m) {
        names.push_back(fmt::format("{}.{}", table, m.name));
        const std::size_t parts = parts_of_measure(task.described, m);
        for (std::size_t part = 1; part <= parts; ++part)
            names.push_back(fmt::format("{}.{}, unit {}", table, m.name, part));
    };
    for (const task::Measure& m : task.described.losses)
        add("loss", m);
    for (const task::Measure& m : task.described.probes)
        add("probe", m);
    return names;
}

} // namespace carve::cli
