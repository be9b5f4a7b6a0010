// Weights over a trial and at its end, beside what they should be. Of rates; what neurons that spike
// do is in spikes.cpp.
#include "cells.hpp"
#include "html.hpp"
#include "plot.hpp"
#include "section.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::size_t kMostLines = 16;        // weights of a unit that are drawn one by one
constexpr std::size_t kMostUnits = 4;         // that have a chart of their own
constexpr std::size_t kMostShown = 12;        // units in tables
constexpr std::size_t kMostPoints = 1200;     // of weights beside their targets
constexpr Eigen::Index kMostOutputs = 64;     // of a covariance that is drawn
constexpr std::size_t kMostCells = 128;       // of a strip
constexpr std::size_t kMostCellsOfAll = 2400; // of all strips of a projection

const WeightTargets* targets_of(const SimulatedTrials& simulated, const std::string& projection) {
    for (const WeightTargets& targets : simulated.targets)
        if (targets.projection == projection)
            return &targets;
    return nullptr;
}

bool is_dense(const WeightCourse& course) { return course.shape.size() == 2; }

// The weights of one unit over a trial, with their targets as dashed lines.
std::string unit_chart(const RunView& run, const WeightCourse& course, const WeightTargets* targets,
                       std::size_t unit, double height) {
    const SimulatedTrial& trial = run.simulated.trials[0];
    const std::size_t pre = course.shape[1];
    Plot plot;
    plot.id = fmt::format("weights-of-{}-{}", course.projection, unit + 1);
    plot.title = course.shape[0] > 1
                     ? fmt::format("Weights of {} onto unit {}.", course.projection, unit + 1)
                     : fmt::format("Weights of {} over one held-out trial.", course.projection);
    plot.description = !targets              ? ""
                       : targets->components ? "Dashed: the principal component of the inputs."
                                             : "Dashed: the target.";
    plot.x_label = "update";
    plot.y_label = "weight";
    plot.height = height;
    for (std::size_t k = pre; k-- > 0;) { // the first on top
        const unsigned colour = pre <= 6 ? static_cast<unsigned>(k + 1) : 2;
        if (targets) {
            const double target =
                targets->target[0](static_cast<Eigen::Index>(unit), static_cast<Eigen::Index>(k));
            plot.series.push_back({"",
                                   {trial.steps.front(), trial.steps.back()},
                                   {target, target},
                                   colour,
                                   Mark::dashed});
        }
        Series s{pre <= 6 ? fmt::format("w{}", k + 1) : "", trial.steps, {}, colour, Mark::line};
        for (const std::vector<double>& now : course.at)
            s.y.push_back(now[unit * pre + k]);
        plot.series.push_back(std::move(s));
    }
    return run.figures.html(plot);
}

double cosine(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
    const double norm = a.norm() * b.norm();
    return norm > 0 ? std::abs(a.dot(b)) / norm : 0;
}

// |cos| of each unit's weights with its component over a trial.
std::string cosines_over_trial(const RunView& run, const WeightCourse& course,
                               const WeightTargets& targets) {
    const SimulatedTrial& trial = run.simulated.trials[0];
    const auto post = static_cast<Eigen::Index>(course.shape[0]),
               pre = static_cast<Eigen::Index>(course.shape[1]);
    Plot plot;
    plot.id = "cosines-" + course.projection;
    plot.title = "Cosine of the weights with their principal component,";
    plot.description = "of each unit over one held-out trial. 1: the weights are the component, up "
                       "to their length and sign.";
    plot.x_label = "update";
    plot.y_label = "|cos|";
    plot.low = 0;
    plot.high = 1;
    for (Eigen::Index unit = 0; unit < post; ++unit) {
        Series s{post <= 6 ? fmt::format("unit {}", unit + 1) : "",
                 trial.steps,
                 {},
                 post <= 6 ? static_cast<unsigned>(unit + 1) : 2,
                 Mark::line};
        for (const std::vector<double>& now : course.at) {
            const Eigen::Map<const RowMatrix> w(now.data(), post, pre);
            s.y.push_back(cosine(w.row(unit), targets.target[0].row(unit)));
        }
        plot.series.push_back(std::move(s));
    }
    std::reverse(plot.series.begin(), plot.series.end());
    return run.figures.html(plot);
}

// All weights of a projection, without targets.
std::string plain_chart(const RunView& run, const WeightCourse& course, double height) {
    const SimulatedTrial& trial = run.simulated.trials[0];
    constexpr std::size_t kLines = 60;
    const std::size_t n = course.at[0].size(), stride = n / kLines + 1;
    Plot plot;
    plot.id = "weights-of-" + course.projection;
    plot.title = fmt::format("Weights of {} over one held-out trial.", course.projection);
    if (stride > 1)
        plot.description = fmt::format("{} of its {} synapses.", (n + stride - 1) / stride, n);
    if (trial.diverged)
        plot.description += " The trial diverged.";
    plot.x_label = "update";
    plot.y_label = "weight";
    plot.height = height;
    for (std::size_t k = 0; k < n; k += stride) {
        Series s{"", trial.steps, {}, n <= 6 ? static_cast<unsigned>(k + 1) : 2, Mark::line};
        for (const std::vector<double>& now : course.at)
            s.y.push_back(now[k]);
        plot.series.push_back(std::move(s));
    }
    return run.figures.html(plot);
}

// Of inputs that may be the pixels of a square image: columns of a file, in a square number. Else 0.
Eigen::Index side_of(const RunView& run, const WeightTargets& targets) {
    constexpr Eigen::Index kSmallest = 4;
    const auto side = static_cast<Eigen::Index>(
        std::lround(std::sqrt(static_cast<double>(targets.target[0].cols()))));
    if (side < kSmallest || side * side != targets.target[0].cols())
        return 0;
    const task::Task& task = run.task.described;
    for (const task::Projection& p : task.projections)
        for (const task::Population& from : task.populations)
            for (const task::Data& data : task.data)
                if (p.name == targets.projection && p.from == from.name && from.data == data.name)
                    return data.kind == task::DataKind::file ? side : 0;
    return 0;
}

// A row of cells, or with `side` a square of so many rows.
std::string strip(const Eigen::VectorXd& values, double largest, Eigen::Index side) {
    constexpr int kImage = 96; // px
    return side > 0 ? heat_map_svg(Eigen::Map<const RowMatrix>(values.data(), side, side), largest,
                                   kImage)
                    : strip_svg(values, largest);
}

// Target, before and after of one trial as strips.
std::string strips_html(const RunView& run, const WeightTargets& targets) {
    const Eigen::Index side = side_of(run, targets);
    const RowMatrix &target = targets.target[0], &before = targets.before[0],
                    &after = targets.after[0];
    const auto inputs = static_cast<std::size_t>(target.cols());
    const std::size_t units = std::min(
        {static_cast<std::size_t>(target.rows()), kMostShown, kMostCellsOfAll / (3 * inputs)});
    if (inputs < 2 || (side == 0 && inputs > kMostCells) || units == 0)
        return "";
    const double largest = std::max(
        {target.cwiseAbs().maxCoeff(), before.cwiseAbs().maxCoeff(), after.cwiseAbs().maxCoeff()});
    HtmlTable table;
    table.caption = fmt::format(
        "Weights of {} in one held-out trial; a cell for each input{}, full colour is ±{}",
        escape_html(targets.projection), side > 0 ? ", row after row as in an image" : "",
        display(largest, 2));
    table.head = {"unit", "before", "after", targets.components ? "component" : "target"};
    table.number = {true};
    for (Eigen::Index unit = 0; unit < static_cast<Eigen::Index>(units); ++unit)
        table.rows.push_back(
            {{fmt::format("{}", unit + 1), strip(before.row(unit), largest, side),
              strip(after.row(unit), largest, side), strip(target.row(unit), largest, side)},
             false});
    return "<div class=\"strips\">" + table_html(table, "Weights before and after") + "</div>";
}

std::string track(const std::vector<double>& values, const std::vector<double>& before) {
    std::string out = "<line x1=\"0\" x2=\"100%\" y1=\"11\" y2=\"11\" class=\"grid\"/>";
    for (const double v : before)
        out += fmt::format("<circle cx=\"{:.2f}%\" cy=\"11\" r=\"3\" class=\"before\"/>", 100 * v);
    for (const double v : values)
        out += fmt::format("<circle cx=\"{:.2f}%\" cy=\"11\" r=\"3.5\" class=\"after\"/>", 100 * v);
    return "<svg width=\"100%\" height=\"22\" aria-hidden=\"true\">" + out + "</svg>";
}

// A row for each unit: cosines with its component in all simulated trials.
std::string cosines_html(const WeightTargets& targets, std::size_t diverged) {
    HtmlTable table;
    table.caption = fmt::format(
        "|cos| of the weights of {} with their principal component in {} held-out trials{}: "
        "<span class=\"key before\"></span> before, <span class=\"key after\"></span> after; scale "
        "from 0 to 1",
        escape_html(targets.projection), targets.target.size(),
        diverged > 0 ? fmt::format(" ({} more diverged)", diverged) : "");
    table.head = {"unit", "median", "lowest", "cosines"};
    table.number = {true, true, true, false};
    const Eigen::Index units = std::min<Eigen::Index>(targets.target[0].rows(), kMostShown);
    for (Eigen::Index unit = 0; unit < units; ++unit) {
        std::vector<double> before, after;
        for (std::size_t trial = 0; trial < targets.target.size(); ++trial) {
            before.push_back(
                cosine(targets.before[trial].row(unit), targets.target[trial].row(unit)));
            after.push_back(
                cosine(targets.after[trial].row(unit), targets.target[trial].row(unit)));
        }
        std::vector<double> sorted = after;
        std::sort(sorted.begin(), sorted.end());
        const std::size_t n = sorted.size();
        table.rows.push_back({{fmt::format("{}", unit + 1),
                               fmt::format("{:.4f}", (sorted[(n - 1) / 2] + sorted[n / 2]) / 2),
                               fmt::format("{:.4f}", sorted.front()), track(after, before)},
                              false});
    }
    return "<div class=\"cosines\">" + table_html(table, "Cosines") + "</div>";
}

// The learned weights of each unit against what they should be.
std::string scatter_chart(const RunView& run, const WeightTargets& targets) {
    const std::size_t inputs = static_cast<std::size_t>(targets.target[0].cols());
    const std::size_t units =
        std::min({static_cast<std::size_t>(targets.target[0].rows()), kMostShown,
                  std::max<std::size_t>(1, kMostPoints / inputs)});
    const std::size_t trials =
        std::min(targets.target.size(), std::max<std::size_t>(1, kMostPoints / (units * inputs)));
    Plot plot;
    plot.id = "targets-of-" + targets.projection;
    plot.title = fmt::format("Weights of {} against {},", targets.projection,
                             targets.components ? "the components of the data" : "their targets");
    plot.description = fmt::format("at the end of {} held-out trial{}, a point for each synapse. "
                                   "Dashed: equal.",
                                   trials, trials > 1 ? "s" : "");
    plot.x_label = targets.components ? "component" : "target";
    plot.y_label = "weight";
    plot.ends = false;
    double low = INFINITY, high = -INFINITY;
    std::vector<Series> dots;
    for (std::size_t unit = 0; unit < units; ++unit) {
        Series s{units > 1 && units <= 6 ? fmt::format("unit {}", unit + 1) : "",
                 {},
                 {},
                 units <= 6 ? static_cast<unsigned>(unit + 1) : 2,
                 Mark::dots};
        for (std::size_t trial = 0; trial < trials; ++trial)
            for (std::size_t k = 0; k < inputs; ++k) {
                const auto i = static_cast<Eigen::Index>(unit), j = static_cast<Eigen::Index>(k);
                s.x.push_back(targets.target[trial](i, j));
                s.y.push_back(targets.after[trial](i, j));
                low = std::min(low, s.x.back());
                high = std::max(high, s.x.back());
            }
        dots.push_back(std::move(s));
    }
    plot.series.push_back({"", {low, high}, {low, high}, 0, Mark::dashed});
    plot.series.insert(plot.series.end(), dots.begin(), dots.end());
    return "<div class=\"narrow\">" + run.figures.html(plot) + "</div>";
}

std::string projection_html(const RunView& run, const WeightCourse& course) {
    const SimulatedTrials& simulated = run.simulated;
    const WeightTargets* targets = targets_of(simulated, course.projection);
    if (!targets)
        return plain_chart(run, course, 220);
    std::string out = targets->components ? cosines_html(*targets, simulated.diverged) : "";
    out += strips_html(run, *targets) + scatter_chart(run, *targets);
    if (course.shape[0] > 1 && course.shape[1] <= kMostLines) {
        out += "<div class=\"columns\">\n";
        for (std::size_t unit = 0; unit < std::min(course.shape[0], kMostUnits); ++unit)
            out += unit_chart(run, course, targets, unit, 170);
        out += "</div>\n";
    }
    return out;
}

// Of the outputs over the data of one held-out trial.
std::string covariance_html(const OutputCovariance& covariance) {
    constexpr int kSide = 180; // px
    const Eigen::MatrixXd &before = covariance.before, &after = covariance.after;
    if (!before.allFinite() || !after.allFinite() || before.rows() > kMostOutputs)
        return "";
    const double largest = std::max(before.cwiseAbs().maxCoeff(), after.cwiseAbs().maxCoeff());
    HtmlTable table;
    table.caption = fmt::format(
        "Covariance of the outputs of {} over the data of one held-out trial; a cell for each pair "
        "of units, full colour is ±{}",
        escape_html(covariance.population), display(largest, 2));
    table.head = {"", "before", "after"};
    table.number = {false, true, true};
    const auto off_diagonal = [](Eigen::MatrixXd m) {
        m.diagonal().setZero();
        return m.cwiseAbs().maxCoeff();
    };
    const auto row = [&](const std::string& name, const std::string& a, const std::string& b) {
        table.rows.push_back({{name, a, b}, false});
    };
    row("matrix", heat_map_svg(before, largest, kSide), heat_map_svg(after, largest, kSide));
    row("sum of variances", display(before.trace(), 3), display(after.trace(), 3));
    row("largest |covariance|", display(off_diagonal(before), 3), display(off_diagonal(after), 3));
    return table_html(table, "Covariance of outputs of " + covariance.population);
}

bool has_course(const WeightCourse& course) { return course.plastic && course.at.size() > 1; }

// The projection of the first screen: the first with a target, else the first that is plastic. Null without one.
const WeightCourse* shown_first(const SimulatedTrials& simulated) {
    const WeightCourse* shown = nullptr;
    if (!simulated.trials.empty())
        for (const WeightCourse& course : simulated.trials[0].weights)
            if (has_course(course) && (!shown || (!targets_of(simulated, shown->projection) &&
                                                  targets_of(simulated, course.projection))))
                shown = &course;
    return shown;
}

} // namespace

std::string weights_picture(const RunView& run) {
    const WeightCourse* shown = shown_first(run.simulated);
    if (!shown)
        return "";
    const WeightTargets* targets =
        is_dense(*shown) ? targets_of(run.simulated, shown->projection) : nullptr;
    if (targets && shown->shape[0] == 1 && shown->shape[1] <= kMostLines)
        return unit_chart(run, *shown, targets, 0, 240);
    return targets && targets->components ? cosines_over_trial(run, *shown, *targets)
                                          : plain_chart(run, *shown, 240);
}

std::string weights_section(const RunView& run) {
    if (run.simulated.trials.empty() || run.simulated.spikes)
        return "";
    std::string out;
    for (const WeightCourse& course : run.simulated.trials[0].weights)
        if (has_course(course) &&
            (targets_of(run.simulated, course.projection) || &course != shown_first(run.simulated)))
            out += projection_html(run, course);
    for (const OutputCovariance& covariance : run.simulated.trials[0].covariances)
        out += covariance_html(covariance);
    return out;
}

} // namespace carve::cli
