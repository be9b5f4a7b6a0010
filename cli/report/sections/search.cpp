// The search: its loss over iterations, its stages, and the path of l1.
#include "html.hpp"
#include "plot.hpp"
#include "section.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

const char* method_name(Method method) {
    switch (method) {
    case Method::gauss_newton:
        return "Gauss-Newton";
    case Method::adam:
        return "Adam";
    case Method::cma_es:
        return "CMA-ES";
    }
    return "";
}

std::vector<Series> loss_series(const RunView& run) {
    const auto& history = run.result.history;
    const std::vector<bool> course = is_course(run.course, history.size());
    Series kept{"loss", {}, {}, 2, Mark::line}, others{"other starts", {}, {}, 0, Mark::line},
        trials{"elimination: rules without one of the terms", {}, {}, 5, Mark::dots};
    bool any_other = false, any_trial = false;
    for (const CoursePart& part : run.course.parts)
        for (std::size_t i = part.first; i < part.end; ++i) {
            const double x = iteration_at(history, i), loss = history[i].loss;
            const bool trial = part.trials;
            any_other = any_other || (!course[i] && !trial);
            any_trial = any_trial || trial;
            for (Series* s : {&kept, &others, &trials}) {
                const bool mine = s == &trials ? trial : !trial && course[i] == (s == &kept);
                s->x.push_back(x);
                s->y.push_back(mine ? loss : std::nan(""));
            }
        }
    std::vector<Series> out;
    if (any_other)
        out.push_back(std::move(others));
    if (any_trial)
        out.push_back(std::move(trials));
    out.push_back(std::move(kept));
    return out;
}

std::string loss_chart(const RunView& run) {
    const auto& history = run.result.history;
    Plot plot;
    plot.id = "loss";
    plot.title = "Loss over iterations.";
    plot.description = "On the trials of the search, without the L1 penalty. The ring marks the "
                       "iteration that the "
                       "final rule comes from.";
    plot.x_label = "iteration";
    plot.y_label = "loss";
    plot.zoom = true;
    plot.ends = false;
    plot.log_y = std::all_of(history.begin(), history.end(),
                             [](const Progress& p) { return !(p.loss <= 0); });
    plot.series = loss_series(run);
    for (const CoursePart& part : run.course.parts)
        plot.spans.push_back({iteration_at(history, part.first) - (part.first > 0 ? 0.5 : 0),
                              iteration_at(history, part.end - 1) + 0.5, part.name, part.trials});
    const std::size_t kept = run.course.kept;
    if (kept < history.size())
        plot.rings.push_back({iteration_at(history, kept), history[kept].loss,
                              "kept: " + display(history[kept].loss, 3)});
    return run.figures.html(plot);
}

// By the name that the log has, with the restart before it.
std::string method_of(const RunView& run, const std::string& phase) {
    for (const StageSettings& stage : run.task.search.stages)
        if (phase == stage.name || (phase.size() > stage.name.size() &&
                                    phase.compare(phase.size() - stage.name.size() - 1,
                                                  std::string::npos, " " + stage.name) == 0))
            return method_name(stage.method);
    if (phase == "refit")
        return "the terms that are left, without L1";
    if (phase == "eliminate")
        return "rules without one of the terms";
    return phase == "report" ? "held-out trials, and what else is reported" : "";
}

// Losses of its first and its last iteration, where the log has them.
std::pair<double, double> losses_of(const RunView& run, std::size_t nth, const std::string& phase) {
    for (const CoursePart& part : run.course.parts)
        if (part.name == phase && nth-- == 0)
            return {run.result.history[part.first].loss, run.result.history[part.end - 1].loss};
    return {std::nan(""), std::nan("")};
}

std::string stages_table(const RunView& run) {
    HtmlTable table;
    table.caption = "Stages, in their order";
    table.head = {"stage", "method", "iterations", "trials simulated", "first loss", "last loss"};
    table.number = {false, false, true, true, true, true};
    const auto& phases = run.result.counters.phases;
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const auto before = std::count_if(
            phases.begin(), phases.begin() + static_cast<std::ptrdiff_t>(i),
            [&](const Phase& p) { return p.name == phases[i].name && p.iterations > 0; });
        const bool trials = phases[i].name == "eliminate";
        const auto [first, last] = losses_of(run, static_cast<std::size_t>(before), phases[i].name);
        const auto shown = [&](double v) {
            return trials || std::isnan(v) ? std::string("–") : display(v, 3);
        };
        table.rows.push_back({{escape_html(phases[i].name), method_of(run, phases[i].name),
                               display_count(phases[i].iterations),
                               display_count(phases[i].evaluations), shown(first), shown(last)},
                              false});
    }
    return phases.empty() ? "" : table_html(table, "Stages of the search");
}

std::string path_table(const RunView& run) {
    HtmlTable table;
    table.caption = "Result per L1 strength";
    table.head = {"l1", "terms", "loss", "validation loss"};
    table.number = {true, true, true, true};
    for (const PathPoint& p : run.result.path)
        table.rows.push_back(
            {{display(p.l1), display_count(p.terms), display(p.loss), display(p.validation)},
             false});
    return run.result.path.empty() ? "" : table_html(table, "Path of L1");
}

std::string losses_table(const RunView& run) {
    const SearchResult& r = run.result;
    HtmlTable table;
    table.caption = "Losses of the rule";
    table.head = {"trials", "loss"};
    table.number = {false, true};
    table.rows.push_back({{"of the search", display(r.train)}, false});
    table.rows.push_back({{"of validation", display(r.validation)}, false});
    if (std::isfinite(r.held_out_before_refit))
        table.rows.push_back(
            {{"held out, before the refit", display(r.held_out_before_refit)}, false});
    table.rows.push_back(
        {{"held out", display_error(r.held_out.loss, r.held_out.spread.standard_error)}, true});
    return table_html(table, "Losses");
}

} // namespace

std::string search_section(const RunView& run) {
    std::string out = run.result.history.empty() ? "" : loss_chart(run);
    out += "<div class=\"columns\">" + losses_table(run) + path_table(run) + "</div>\n";
    const SearchCounters& c = run.result.counters;
    if (c.diverged > 0)
        out += fmt::format("<p>{} of {} simulated trials diverged during the search.</p>\n",
                           display_count(c.diverged), display_count(c.evaluations));
    return out + details_html("Stages", stages_table(run));
}

} // namespace carve::cli
