// The kinds of losses and probes, and what they share.
#include "kinds.hpp"

#include "connections.hpp"
#include "error.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"
#include "sim_memory.hpp"
#include "toml.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

using task::MeasureKind;
using Make = std::unique_ptr<Measure> (*)(const task::Task&, const task::Measure&);

struct Row {
    MeasureKind kind;
    Make make;
};
const Row kKinds[] = {
    {MeasureKind::rate, make_rate},
    {MeasureKind::value, make_value},
    {MeasureKind::likelihood, make_likelihood},
    {MeasureKind::cv, make_cv},
    {MeasureKind::fano, make_fano},
    {MeasureKind::autocovariance, make_autocovariance},
    {MeasureKind::spectrum, make_spectrum},
    {MeasureKind::selectivity, make_selectivity},
    {MeasureKind::decode, make_decode},
    {MeasureKind::weights, make_weights},
    {MeasureKind::drift, make_drift},
    {MeasureKind::at_bounds, make_at_bounds},
    {MeasureKind::components, make_components},
    {MeasureKind::subspace, make_subspace},
    {MeasureKind::decorrelation, make_decorrelation},
    {MeasureKind::tuning, make_tuning},
    {MeasureKind::contrast, make_contrast},
};

} // namespace

std::unique_ptr<Measure> make_measure(const task::Task& task, const task::Measure& settings) {
    for (const Row& row : kKinds)
        if (row.kind == settings.kind)
            return row.make(task, settings);
    throw Error(Exit::internal, "a kind of measure that was not refused");
}

std::size_t parts_of_measure(const task::Task& task, const task::Measure& settings) {
    if (settings.kind != MeasureKind::components)
        return 0;
    for (const task::Projection& p : task.projections)
        if (p.name == settings.of.of[0]) {
            const std::uint64_t units = find_population(task, p.to)->units.value_or(1);
            return units > 1 ? static_cast<std::size_t>(units) : 0;
        }
    return 0;
}

double Look::dt() const { return step_of(described); }

std::uint64_t Measure::window_steps(const Look& look) const {
    if (!settings_.window)
        return look.phase_steps;
    const double steps = std::floor(*settings_.window / look.dt() + 0.5);
    return std::min(look.phase_steps, static_cast<std::uint64_t>(std::max(steps, 1.0)));
}

std::string table_of_measure(const task::Task& task, const task::Measure& settings) {
    const bool loss =
        std::any_of(task.losses.begin(), task.losses.end(), [&](const task::Measure& m) {
            return m.name == settings.name && m.place.file == settings.place.file &&
                   m.place.line == settings.place.line;
        });
    return fmt::format("[{}.{}]", loss ? "loss" : "probe", settings.name);
}

void Measure::refuse(const task::Task& task, Exit code, const std::string& message,
                     const std::string& help) const {
    refuse_at(settings_.place, code, table_of_measure(task, settings_) + ": " + message, help);
}

std::size_t Measure::window_rows(const Look& look, std::size_t recorded) const {
    return std::min<std::size_t>(recorded, window_steps(look) * look.model.model.batch);
}

const RowMatrix& Measure::compared_column(const Look& look, std::size_t lane) const {
    const RowMatrix& column = look.trial(lane).column(settings_.to);
    const std::size_t samples = look.model.model.batch;
    if (samples > 1 && static_cast<std::size_t>(column.rows()) != samples)
        refuse(
            look.described, Exit::usage,
            fmt::format("\"{}\" has {} samples, a batch {}", settings_.to, column.rows(), samples),
            "the same number of samples in all [data.NAME] that are fed or compared");
    return column;
}

Score score_of(const task::Measure& m, double raw) {
    const double target = m.target.value_or(0), off = raw - target;
    if (m.as.as == "relative") { // M16
        constexpr double kOffset = 2;
        const double below = raw + kOffset, at = target + kOffset;
        return {off * off / below, 1 - at * at / (below * below),
                2 * at * at / (below * below * below)};
    }
    if (m.as.as == "ramp" && m.as.ramp) { // 0 at the first, 1 at the last, clipped
        const double share = (raw - m.as.ramp->low) / (m.as.ramp->high - m.as.ramp->low);
        return {std::clamp(share, 0.0, 1.0), 0, 0};
    }
    return {off * off, 2 * off, 2};
}

void score(const task::Measure& settings, Measured& measured) {
    measured.loss.clear();
    for (const double raw : measured.raw)
        measured.loss.push_back(std::isnan(raw) ? raw : score_of(settings, raw).value);
}

UnitRange units_of_measure(const Look& look, const std::string& of) {
    const std::string name = population_of(look.described, of);
    const task::Population& p = *find_population(look.described, name);
    for (const task::Group& group : p.groups.named)
        if (of == name + "." + group.name || of == "population." + name + "." + group.name)
            return {group.first, group.end};
    return {0, look.model.units(name)};
}

std::vector<std::vector<double>> series_of(const Look& look, const Measure& measure,
                                           std::size_t lane) {
    const task::Measure& settings = measure.settings();
    const UnitRange range = units_of_measure(look, settings.of.of[0]);
    const Activity& activity =
        look.recording.of.at(population_of(look.described, settings.of.of[0]));
    const std::uint64_t steps = measure.window_steps(look), start = look.step - steps;
    std::vector<std::vector<double>> series(range.end - range.first);
    if (!look.model.spikes()) { // what is recorded may have begun earlier
        const double* at = activity.rates[lane].data() + activity.rates[lane].size() -
                           static_cast<std::size_t>(steps) * activity.units;
        for (std::uint64_t step = 0; step < steps; ++step, at += activity.units)
            for (std::size_t u = range.first; u < range.end; ++u)
                series[u - range.first].push_back(at[u]);
        return series;
    }
    const double width = settings.bin.value_or(0.01) / look.dt();
    const auto bins =
        static_cast<std::size_t>(std::floor(static_cast<double>(steps) / width + 1e-9));
    for (std::vector<double>& counts : series)
        counts.assign(bins, 0);
    for (const Spike& spike : activity.spikes[lane]) {
        if (spike.step < start || spike.unit < range.first || spike.unit >= range.end)
            continue;
        const auto bin = static_cast<std::size_t>(static_cast<double>(spike.step - start) / width);
        if (bin < bins)
            ++series[spike.unit - range.first][bin];
    }
    return series;
}

carve_view view_of(carve_sim* sim, std::uint32_t which, std::uint32_t index) {
    carve_view view;
    check_status(carve_sim_view(sim, which, index, &view, nullptr), "carve_sim_view");
    return view;
}

std::size_t lane_offset(const carve_view& view, std::size_t lane) {
    const std::size_t width = view.shape[view.ndim - 1];
    return lane / width * view.stride[0] + lane % width;
}

std::vector<std::size_t> synapses_of(const Look& look, const std::string& projection,
                                     std::size_t lane, std::size_t n) {
    std::vector<std::size_t> present;
    for (const task::Projection& p : look.described.projections) {
        if (p.name != projection)
            continue;
        const ConnectionKind& kind = connections(p.connect.pattern);
        const Ends ends{p, look.model.units(p.from), look.model.units(p.to), look.trial(lane)};
        for (std::size_t i = 0; i < n; ++i)
            if (!kind.has || kind.has(ends, i / ends.pre, i % ends.pre))
                present.push_back(i);
    }
    return present;
}

std::vector<double> weights_of(const Look& look, const std::string& projection, std::size_t lane) {
    const std::uint32_t index = look.model.projection(projection);
    const carve_view view = view_of(look.sim, CARVE_VIEW_WEIGHTS, index);
    std::size_t n = 1;
    for (std::uint32_t d = 1; d + 1 < view.ndim; ++d)
        n *= view.shape[d];
    std::vector<double> values(n);
    check_status(carve_sim_read(look.sim, CARVE_VIEW_WEIGHTS, index,
                                static_cast<std::uint32_t>(lane), values.data(), n, nullptr),
                 "carve_sim_read");
    return values;
}

} // namespace carve::cli
