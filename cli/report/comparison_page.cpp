#include "comparison_page.hpp"

#include "course.hpp"
#include "equation.hpp"
#include "html.hpp"
#include "page.hpp"
#include "plot.hpp"
#include "section.hpp"
#include "spread.hpp"
#include "task_terms.hpp"
#include "track.hpp"

#include <carve.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace carve::cli {
namespace {

constexpr std::size_t kMostColumns = 8;  // runs that have a column of coefficients
constexpr std::size_t kMostRows = 40;    // coefficients that are not folded
constexpr std::size_t kMostColoured = 6; // runs whose curves have a colour and a name

// "a/b/" is in "a/", and "a/" in "".
std::string folder_above(const std::string& folder) {
    const std::size_t slash =
        folder.size() < 2 ? std::string::npos : folder.rfind('/', folder.size() - 2);
    return slash == std::string::npos ? "" : folder.substr(0, slash + 1);
}

// The folder that all are in, with its slash, or "".
std::string folder_of(const std::vector<FullRun>& runs) {
    std::string folder = folder_above(runs[0].path);
    for (const FullRun& run : runs)
        while (run.path.compare(0, folder.size(), folder) != 0)
            folder = folder_above(folder);
    return folder;
}

std::vector<double> finite(std::vector<double> values) {
    values.erase(
        std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }),
        values.end());
    return values;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values)
        sum += v;
    return sum / static_cast<double>(values.size());
}

// Standard deviation, of n - 1; NaN of one.
double deviation_of(const std::vector<double>& values) {
    const double mean = mean_of(values);
    double sum = 0;
    for (const double v : values)
        sum += (v - mean) * (v - mean);
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

std::string spread_html(const std::vector<double>& values) {
    const Spread s(values);
    return display(s.median) + " <small>(" + display(s.low, 3) + " to " + display(s.high, 3) +
           ")</small>";
}

std::string goal_html(const FullRun& run) {
    if (!run.task.search.goal)
        return "";
    const bool met = run.result.held_out.loss <= *run.task.search.goal;
    return fmt::format("<span class=\"{0}\">{0}</span>", met ? "met" : "missed");
}

// ---- First screen --------------------------------------------------------------------------------

std::string verdict_html(const std::vector<FullRun>& runs) {
    std::size_t met = 0, goals = 0, undefined = 0;
    std::vector<double> losses;
    for (const FullRun& run : runs) {
        losses.push_back(run.result.held_out.loss);
        undefined += !std::isfinite(losses.back());
        goals += run.task.search.goal.has_value();
        met += run.task.search.goal && run.result.held_out.loss <= *run.task.search.goal;
    }
    const Spread s(losses);
    const char* const style = goals == runs.size() && met == goals ? "good"
                              : met > 0 || goals == 0              ? "fair"
                                                                   : "bad";
    const std::string title =
        goals == 0             ? fmt::format("{} runs.", runs.size())
        : goals == runs.size() ? fmt::format("{} of {} runs meet their goal.", met, goals)
                               : fmt::format("{} of the {} runs with a goal meet it; {} have none.",
                                             met, goals, runs.size() - goals);
    const std::string without =
        undefined > 0 ? fmt::format(" {} have no loss that is a number.", undefined) : "";
    return fmt::format("<div class=\"lead\"><div class=\"verdict {}\"><p><strong>{}</strong> Their "
                       "held-out losses are from {} to {}, with a "
                       "median of {}.{}</p></div></div>\n",
                       style, title, display(s.low, 3), display(s.high, 3), display(s.median, 3),
                       without);
}

std::string losses_html(const std::vector<FullRun>& runs) {
    const bool angles = std::any_of(runs.begin(), runs.end(),
                                    [](const FullRun& r) { return std::isfinite(r.result.angle); });
    const bool goals = std::any_of(runs.begin(), runs.end(),
                                   [](const FullRun& r) { return r.task.search.goal.has_value(); });
    HtmlTable table;
    table.head = {"run", "seed", "held-out loss", "without plasticity", "iterations"};
    table.number = {false, true, true, true, true};
    if (angles)
        table.head.push_back("angle"), table.number.push_back(true);
    if (goals)
        table.head.push_back("goal"), table.number.push_back(false);
    std::vector<double> losses, silent, iterations, found;
    for (const FullRun& run : runs) {
        const SearchResult& r = run.result;
        losses.push_back(r.held_out.loss);
        silent.push_back(r.yardsticks.silent);
        iterations.push_back(static_cast<double>(r.counters.iterations));
        found.push_back(r.angle);
        std::vector<std::string> row{
            escape_html(run.path), std::to_string(run.task.run.seed),
            display_error(r.held_out.loss, r.held_out.spread.standard_error),
            display(r.yardsticks.silent, 3), display_count(r.counters.iterations)};
        if (angles)
            row.push_back(display(r.angle, 3) + (std::isfinite(r.angle) ? "°" : ""));
        if (goals)
            row.push_back(goal_html(run));
        table.rows.push_back({std::move(row), false});
    }
    std::vector<std::string> last{"median (range)", "", spread_html(losses), spread_html(silent),
                                  spread_html(iterations)};
    if (angles)
        last.push_back(spread_html(found));
    if (goals)
        last.push_back("");
    table.rows.push_back({std::move(last), true});
    return table_html(table, "Runs");
}

// ---- Coefficients --------------------------------------------------------------------------------

struct Coefficient {
    std::string projection;
    Term term;
    // [run] In its own unit; 0 where the search dropped it, NaN where the task does not have it.
    std::vector<double> values;
    double largest = 0;
};

bool has_term(const FullRun& run, const std::string& projection, const Term& term) {
    for (const RuleSettings& rule : run.task.rules)
        if (rule.name == projection)
            for (const std::vector<Term>* terms : {&rule.terms, &rule.fixed})
                for (const Term& known : *terms)
                    if (is_same_term(known, term))
                        return true;
    return false;
}

// What the runs have whose rules do not hold the term.
std::vector<double> absent(const std::vector<FullRun>& runs, const std::string& projection,
                           const Term& term) {
    std::vector<double> values;
    for (const FullRun& run : runs)
        values.push_back(is_time_constant(term) || !has_term(run, projection, term) ? std::nan("")
                                                                                    : 0);
    return values;
}

// Of all runs, the largest magnitude first, time constants at the end.
std::vector<Coefficient> coefficients_of(const std::vector<FullRun>& runs) {
    std::vector<Coefficient> all;
    for (std::size_t r = 0; r < runs.size(); ++r)
        for (const ProjectionRule& rule : runs[r].result.rules)
            for (const Term& term : rule.terms) {
                auto at = std::find_if(all.begin(), all.end(), [&](const Coefficient& c) {
                    return c.projection == rule.projection && is_same_term(c.term, term);
                });
                if (at == all.end())
                    at = all.insert(
                        all.end(), {rule.projection, term, absent(runs, rule.projection, term), 0});
                at->values[r] = own_units(term, term.theta);
                at->largest = std::max(at->largest, std::abs(at->values[r]));
            }
    std::stable_sort(all.begin(), all.end(), [](const Coefficient& a, const Coefficient& b) {
        const bool tau_a = is_time_constant(a.term), tau_b = is_time_constant(b.term);
        return tau_a != tau_b ? tau_b : !tau_a && a.largest > b.largest;
    });
    return all;
}

std::string coefficients_html(const std::vector<FullRun>& runs) {
    std::set<std::string> projections;
    const std::vector<Coefficient> all = coefficients_of(runs);
    for (const Coefficient& c : all)
        projections.insert(c.projection);
    const bool columns = runs.size() <= kMostColumns;
    HtmlTable table, folded;
    table.head = {"term"};
    table.number = {false};
    for (std::size_t r = 0; columns && r < runs.size(); ++r) {
        table.head.push_back(escape_html(runs[r].path));
        table.number.push_back(true);
    }
    table.head.insert(table.head.end(), {"mean ± s.d.", "runs"});
    table.number.insert(table.number.end(), {true, false});
    folded.head = table.head;
    folded.number = table.number;
    for (const Coefficient& c : all) {
        const std::string unit = unit_of(c.term);
        std::vector<std::string> row{
            (projections.size() > 1 ? escape_html(c.projection) + ": " : "") + term_html(c.term) +
            (unit.empty() ? "" : ", " + unit)};
        for (std::size_t r = 0; columns && r < runs.size(); ++r)
            row.push_back(std::isnan(c.values[r]) ? "\u2013" : display(c.values[r]));
        const std::vector<double> known = finite(c.values);
        row.push_back(display_error(mean_of(known), deviation_of(known)));
        row.push_back(track_html(c.values));
        (table.rows.size() < kMostRows ? table : folded).rows.push_back({std::move(row), false});
    }
    std::string out = "<div class=\"tracks\">" + table_html(table, "Coefficients") + "</div>";
    if (!folded.rows.empty())
        out += details_html(fmt::format("The other {} coefficients", folded.rows.size()),
                            "<div class=\"tracks\">" + table_html(folded, "Other coefficients") +
                                "</div>");
    return out;
}

std::string equations_html(const std::vector<FullRun>& runs) {
    std::string out;
    for (const FullRun& run : runs) {
        out += "<h3>" + escape_html(run.path) + "</h3>\n<div class=\"rules\">";
        for (const ProjectionRule& rule : run.result.rules)
            out += equation_html(rule, run.result.rules.size() > 1);
        out += "</div>\n";
    }
    return details_html("Rules as equations", out);
}

// ---- Curves --------------------------------------------------------------------------------------

std::string curves_html(const std::vector<FullRun>& runs, Figures& figures) {
    Plot plot;
    plot.id = "loss";
    plot.title = "Loss over iterations.";
    plot.description =
        "On the trials of each search; of the start that was kept, without elimination's trials.";
    plot.x_label = "iteration";
    plot.y_label = "loss";
    plot.zoom = true;
    plot.ends = false;
    plot.log_y = true;
    for (std::size_t r = runs.size(); r-- > 0;) { // the first on top
        const SearchResult& result = runs[r].result;
        const std::vector<bool> course =
            is_course(course_of(runs[r].task, result), result.history.size());
        Series s;
        if (r < kMostColoured) {
            s.colour = static_cast<unsigned>(r + 1);
            s.label = runs[r].path;
        }
        for (std::size_t i = 0; i < result.history.size(); ++i) {
            s.x.push_back(iteration_at(result.history, i));
            s.y.push_back(course[i] ? result.history[i].loss : std::nan(""));
            plot.log_y = plot.log_y && !(s.y.back() <= 0);
        }
        plot.series.push_back(std::move(s));
    }
    return figures.html(plot);
}

std::string provenance_of(const std::vector<FullRun>& runs) {
    HtmlTable table;
    table.head = {"run", "task", "carve", "fingerprint"};
    for (const FullRun& run : runs)
        table.rows.push_back({{escape_html(run.path),
                               escape_html(run.task.name) +
                                   fmt::format(" <code>{:016x}</code>", run.facts.task_checksum),
                               escape_html(run.facts.build) +
                                   (run.facts.revision.empty()
                                        ? ""
                                        : ", <code>" + escape_html(run.facts.revision) + "</code>"),
                               fmt::format("<code>{:016x}</code>", run.result.fingerprint)},
                              false});
    return table_html(table, "Provenance");
}

} // namespace

std::string comparison_html(const std::string& title, std::vector<FullRun> runs, Figures& figures) {
    const std::string folder = folder_of(runs);
    for (FullRun& run : runs)
        run.path.erase(0, folder.size());
    PageParts page;
    page.title = title + ": carve";
    page.brand = fmt::format("{} runs of carve side by side", runs.size()) +
                 (folder.empty() ? "" : ", in " + escape_html(folder));
    page.heading = escape_html(title);
    page.content = verdict_html(runs) + "<div class=\"first\">" + losses_html(runs) + "</div>\n";
    page.content += section_html("coefficients", "Coefficients",
                                 coefficients_html(runs) + equations_html(runs));
    page.content += section_html("curves", "The searches", curves_html(runs, figures));
    page.content += section_html("provenance", "Provenance", provenance_of(runs));
    page.footer = fmt::format("carve {}", carve_version());
    return page_html(page);
}

} // namespace carve::cli
