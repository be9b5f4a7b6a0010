// Neurons that spike: their rates over a trial beside the target, a raster, and weights by group.
#include "html.hpp"
#include "plot.hpp"
#include "section.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

namespace carve::cli {
namespace {

constexpr double kWindows = 30;             // of a trial, in which spikes are counted
constexpr std::size_t kRasterUnits = 40;    // of a population
constexpr std::size_t kRasterSpikes = 6000; // of all

const task::Population* population_of(const task::Task& task, const std::string& name) {
    for (const task::Population& p : task.populations)
        if (p.name == name)
            return &p;
    return nullptr;
}

// 1, 2 or 5 times a power of ten, in s.
double window_of(double duration) {
    const double step = duration / kWindows, power = std::pow(10.0, std::floor(std::log10(step)));
    for (const double m : {1.0, 2.0, 5.0})
        if (m * power >= 0.999 * step)
            return m * power;
    return 10 * power;
}

double duration_of(const SimulatedTrials& simulated, const SimulatedTrial& trial) {
    return trial.steps.empty() ? 0 : simulated.dt * trial.steps.back();
}

// Hz, mean over units, in windows one after the other. A last one that is not whole is left out.
Series rates_of(const SimulatedTrials& simulated, const SimulatedTrial& trial,
                const std::string& population) {
    const double duration = duration_of(simulated, trial), window = window_of(duration);
    const auto n = static_cast<std::size_t>(std::floor(duration / window + 1e-9));
    std::vector<double> counts(n, 0);
    for (const Spike& s : trial.spikes.at(population))
        if (const auto at =
                static_cast<std::size_t>(simulated.dt * static_cast<double>(s.step) / window);
            at < n)
            ++counts[at];
    Series out;
    const double units = static_cast<double>(trial.units.at(population));
    for (std::size_t i = 0; i < n; ++i) {
        out.x.push_back(window * (static_cast<double>(i) + 0.5));
        out.y.push_back(counts[i] / (window * units));
    }
    return out;
}

// "population.inh.factor = 0.5" as "factor = 0.5": the last word of each path.
std::string values_text(const SimulatedTrial& trial) {
    std::string out;
    for (const auto& [path, value] : trial.values)
        out += (out.empty() ? "" : ", ") + path.substr(path.find_last_of('.') + 1) + " = " + value;
    return out;
}

std::optional<double> target_of(const task::Task& task, const std::string& population) {
    for (const task::Measure& m : task.losses)
        if (m.kind == task::MeasureKind::rate && m.target &&
            std::find(m.of.of.begin(), m.of.of.end(), population) != m.of.of.end())
            return m.target;
    return std::nullopt;
}

Plot rate_plot(const RunView& run) {
    const SimulatedTrials& simulated = run.simulated;
    Plot plot;
    plot.id = "rates";
    plot.title = "Rates over time.";
    plot.description =
        fmt::format("Of held-out trials; spikes are counted in windows of {} s.",
                    display(window_of(duration_of(simulated, simulated.trials[0])), 3));
    plot.x_label = "time, s";
    plot.y_label = "Hz";
    plot.low = plot.from = 0;
    plot.to = duration_of(simulated, simulated.trials[0]);
    std::vector<double> targets;
    unsigned colour = 0;
    for (const SimulatedTrial& trial : simulated.trials)
        for (const auto& [population, spikes] : trial.spikes) {
            Series s = rates_of(simulated, trial, population);
            const std::string values = values_text(trial);
            s.label = trial.spikes.size() == 1 && !values.empty() ? values
                      : values.empty()                            ? population
                                                                  : population + ", " + values;
            s.colour = ++colour > 6 ? 0 : colour;
            plot.series.push_back(std::move(s));
            if (const auto target = target_of(*trial.described, population))
                if (std::find(targets.begin(), targets.end(), *target) == targets.end())
                    targets.push_back(*target);
        }
    std::string texts;
    for (const double target : targets) {
        plot.levels.push_back({target, ""});
        texts += (texts.empty() ? "" : ", ") + display(target);
    }
    if (!targets.empty())
        plot.description +=
            fmt::format(" Dashed: the target{}, {} Hz.", targets.size() > 1 ? "s" : "", texts);
    if (simulated.trials.back().diverged)
        plot.description += " Some trials diverged.";
    std::reverse(plot.series.begin(), plot.series.end());
    return plot;
}

// The last spikes of each population, of its first units.
std::string raster_html(const RunView& run) {
    const SimulatedTrials& simulated = run.simulated;
    const SimulatedTrial& trial = simulated.trials[0];
    std::size_t units = 0, all = 0;
    for (const auto& [population, spikes] : trial.spikes) {
        units += std::min(kRasterUnits, trial.units.at(population));
        all += static_cast<std::size_t>(
            std::count_if(spikes.begin(), spikes.end(),
                          [](const Spike& spike) { return spike.unit < kRasterUnits; }));
    }
    if (units < 2 || all == 0)
        return "";
    const double end = duration_of(simulated, trial);
    const double share =
        std::min(1.0, static_cast<double>(kRasterSpikes) / static_cast<double>(all));
    const double shown = std::min({1.0, end, std::max(0.05, share * end)});
    Plot plot;
    plot.id = "raster";
    plot.title = "Spikes";
    plot.description = fmt::format("of the last {} s of a held-out trial, a row for each unit.",
                                   display(shown, 3));
    plot.x_label = "time, s";
    plot.ends = false;
    plot.y_ticks = false;
    plot.low = 0;
    plot.high = static_cast<double>(units) + 1;
    plot.height = std::clamp(6.0 * static_cast<double>(units), 120.0, 420.0);
    double first_row = 1;
    unsigned colour = 0;
    for (const auto& [population, spikes] : trial.spikes) {
        const std::size_t rows = std::min(kRasterUnits, trial.units.at(population));
        Series s{fmt::format("{}, {} of {} units", population, rows, trial.units.at(population)),
                 {},
                 {},
                 ++colour,
                 Mark::bars};
        for (const Spike& spike : spikes)
            if (const double at = simulated.dt * static_cast<double>(spike.step);
                at >= end - shown && spike.unit < rows) {
                s.x.push_back(at);
                s.y.push_back(first_row + spike.unit);
            }
        first_row += static_cast<double>(rows);
        plot.series.push_back(std::move(s));
    }
    plot.from = end - shown;
    plot.to = end;
    return run.figures.html(plot);
}

// ---- Weights -------------------------------------------------------------------------------------

// Of each group of a population: first unit, past its last.
std::vector<std::pair<std::size_t, std::size_t>> groups_of(const task::Population& p,
                                                           std::size_t units) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (const task::Group& g : p.groups.named)
        out.emplace_back(g.first, std::min<std::size_t>(g.end, units));
    for (std::size_t g = 0; p.groups.named.empty() && p.groups.equal > 1 && g < p.groups.equal; ++g)
        out.emplace_back(g * units / p.groups.equal, (g + 1) * units / p.groups.equal);
    return out;
}

// The mean weight of each group of presynaptic units at a recorded time; empty where there are no groups.
Series weights_by_group(const RunView& run, const SimulatedTrial& trial, const WeightCourse& course,
                        const std::vector<double>& weights) {
    Series s;
    const task::Population* from = population_of(run.task.described, course.from);
    if (!from || course.shape.size() != 2)
        return s;
    const auto groups = groups_of(*from, trial.units.at(course.from));
    const std::size_t post = course.shape[0], pre = course.shape[1];
    for (std::size_t g = 0; g < groups.size(); ++g) {
        double sum = 0;
        for (std::size_t i = 0; i < post; ++i)
            for (std::size_t j = groups[g].first; j < groups[g].second; ++j)
                sum += weights[i * pre + j];
        s.x.push_back(static_cast<double>(g + 1));
        s.y.push_back(sum / static_cast<double>(post * (groups[g].second - groups[g].first)));
    }
    return s;
}

// Excitation and inhibition on one scale: a curve for each projection from a population with groups, as a share
// of the largest at the end; of a plastic one also that before the trial, dashed.
std::string tuning_chart(const RunView& run) {
    const SimulatedTrial& trial = run.simulated.trials[0];
    Plot plot;
    plot.id = "tuning";
    plot.title = "Tuning curves:";
    plot.description = "the mean weight of each group of afferents, in a held-out trial, as a "
                       "share of the largest of its projection at the end. Dashed: before the "
                       "trial, where the projection is plastic.";
    plot.x_label = "group of afferents";
    plot.y_label = "share";
    plot.height = 200;
    plot.low = 0;
    unsigned colour = 0;
    for (const WeightCourse& course : trial.weights) {
        Series after = weights_by_group(run, trial, course, course.at.back());
        if (after.y.size() < 2)
            continue;
        const double largest = *std::max_element(after.y.begin(), after.y.end());
        const auto add = [&](Series s, const std::string& label, Mark mark) {
            for (double& v : s.y)
                v = largest > 0 ? v / largest : std::nan("");
            s.label = label;
            s.colour = colour;
            s.mark = mark;
            plot.series.push_back(std::move(s));
        };
        colour = colour >= 6 ? 0 : colour + 1;
        if (course.plastic && course.at.size() > 1)
            add(weights_by_group(run, trial, course, course.at.front()), "", Mark::dashed);
        add(std::move(after), course.projection, Mark::line);
    }
    return plot.series.empty() ? "" : run.figures.html(plot);
}

// The mean over synapses of each plastic projection.
std::string mean_weights_chart(const RunView& run) {
    const SimulatedTrial& trial = run.simulated.trials[0];
    Plot plot;
    plot.id = "mean-weights";
    plot.title = "Mean weight of plastic projections";
    plot.description = "over a held-out trial.";
    plot.x_label = "time, s";
    plot.y_label = "weight";
    plot.height = 200;
    plot.low = 0;
    unsigned colour = 0;
    for (const WeightCourse& course : trial.weights) {
        if (!course.plastic || course.at.size() < 2)
            continue;
        Series s{course.projection, {}, {}, ++colour > 6 ? 0 : colour, Mark::line};
        for (std::size_t t = 0; t < course.at.size(); ++t) {
            double sum = 0;
            for (const double w : course.at[t])
                sum += w;
            s.x.push_back(run.simulated.dt * trial.steps[t]);
            s.y.push_back(sum / static_cast<double>(course.at[t].size()));
        }
        plot.series.push_back(std::move(s));
    }
    return plot.series.empty() ? "" : run.figures.html(plot);
}

bool has_rates(const RunView& run) {
    return run.simulated.spikes && !run.simulated.trials.empty() &&
           !run.simulated.trials[0].spikes.empty() &&
           duration_of(run.simulated, run.simulated.trials[0]) > 0;
}

} // namespace

std::string rates_picture(const RunView& run) {
    return has_rates(run) ? run.figures.html(rate_plot(run)) : "";
}

std::string spikes_section(const RunView& run) {
    return has_rates(run) ? raster_html(run) + "<div class=\"columns\">" + mean_weights_chart(run) +
                                tuning_chart(run) + "</div>\n"
                          : "";
}

} // namespace carve::cli
