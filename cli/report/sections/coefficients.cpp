// The coefficients of a run's rules: their values, how exactly they are known, and their course.
#include "equation.hpp"
#include "html.hpp"
#include "plot.hpp"
#include "section.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace carve::cli {
namespace {

constexpr std::size_t kColours = 6;        // lines that are coloured and named
constexpr double kNamedShare = 0.05;       // of the largest coefficient: a smaller one is not named
constexpr std::size_t kPointsOfAll = 8000; // of all lines together

std::string label_of(const RunView& run, const TaskTerm& t) {
    return (run.task.rules.size() > 1 ? t.projection + ": " : "") + term_text(t.term);
}

struct Row {
    TaskTerm term;
    double theta = 0, error = 0, reference = 0; // NaN where not known
    bool in_rule = false;
};

std::vector<Row> rows_of(const RunView& run) {
    std::vector<Row> rows;
    for (const TaskTerm& t : task_terms(run.task)) {
        Row row{t, 0, std::nan(""), std::nan(""), false};
        double largest = 0;
        for (const ProjectionRule& rule : run.result.rules)
            for (const Term& term : rule.terms)
                if (rule.projection == t.projection) {
                    largest = std::max(largest, std::abs(term.theta));
                    if (is_same_term(term, t.term)) {
                        row.theta = term.theta;
                        row.in_rule = true;
                    }
                }
        if (!is_time_constant(t.term) && row.theta != 0 && std::abs(row.theta) < 1e-12 * largest)
            row.theta = 0; // rounding
        rows.push_back(std::move(row));
    }
    const std::vector<double> errors = coefficient_errors(run);
    for (std::size_t k = 0; k < errors.size(); ++k)
        rows[k].error = errors[k];
    return rows;
}

// Of the presets that the task names: by rule, and the factor that makes eta times theta comparable.
void add_references(const RunView& run, std::vector<Row>& rows) {
    for (const RuleSettings& settings : run.task.rules) {
        const Preset* preset =
            settings.reference.empty() ? nullptr : find_preset(settings.reference);
        for (Row& row : rows) {
            if (!preset || row.term.projection != settings.name)
                continue;
            row.reference = 0;
            for (const std::vector<Term>* terms : {&preset->terms, &preset->lateral})
                for (const Term& t : *terms)
                    if (is_same_term(t, row.term.term))
                        row.reference = t.theta;
        }
    }
}

std::string value_html(const Row& row) {
    const double value = own_units(row.term.term, row.theta);
    const std::string unit = unit_of(row.term.term);
    const std::string text = std::isfinite(row.error) && row.in_rule && unit.empty()
                                 ? display_error(value, row.error)
                                 : display(value);
    return text + (unit.empty() ? "" : " " + unit) +
           (std::isinf(row.error) ? " <small>not pinned</small>" : "");
}

std::string table_of(const RunView& run, const std::vector<Row>& rows,
                     const std::string& projection, bool in_rule) {
    HtmlTable table;
    const bool referenced = std::any_of(rows.begin(), rows.end(), [&](const Row& r) {
        return r.term.projection == projection && std::isfinite(r.reference);
    });
    table.head = {"term", "coefficient"};
    table.number = {false, true};
    if (referenced) {
        std::string name;
        for (const RuleSettings& s : run.task.rules)
            name = s.name == projection ? s.reference : name;
        table.head.push_back(escape_html(name));
        table.number.push_back(true);
    }
    std::vector<const Row*> sorted;
    for (const Row& row : rows)
        if (row.term.projection == projection && row.in_rule == in_rule)
            sorted.push_back(&row);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Row* a, const Row* b) {
        const bool tau_a = is_time_constant(a->term.term), tau_b = is_time_constant(b->term.term);
        return tau_a != tau_b ? tau_b : !tau_a && std::abs(a->theta) > std::abs(b->theta);
    });
    for (const Row* row : sorted) {
        table.rows.push_back(
            {{term_html(row->term.term), in_rule ? value_html(*row) : "0"}, false});
        if (referenced)
            table.rows.back().row.push_back(display(row->reference));
    }
    if (table.rows.empty())
        return "";
    if (in_rule)
        table.caption = run.result.rules.size() > 1 ? escape_html(projection) : "Terms of the rule";
    else
        table.caption = "Terms that the search dropped";
    return table_html(table, (in_rule ? "Coefficients of " : "Dropped terms of ") + projection);
}

// ---- Terms by exponents --------------------------------------------------------------------------

std::string power_name(const char* variable, unsigned exponent) {
    return exponent == 0
               ? "1"
               : term_html({exponent * (variable[0] == 'x'), exponent * (variable[0] == 'y'),
                            exponent * (variable[0] == 'w')});
}

// One small table for each power of w: columns are powers of x, rows powers of y.
std::string map_html(const ProjectionRule& rule) {
    unsigned order = 0;
    double largest = 0;
    std::map<std::array<unsigned, 3>, double> at;
    for (const Term& t : rule.terms) {
        if (t.spike || !t.name.empty())
            return "";
        order = std::max({order, t.x, t.y, t.w});
        largest = std::max(largest, std::abs(t.theta));
        at[{t.x, t.y, t.w}] = t.theta;
    }
    if (rule.terms.size() < 4) // a picture of what the equation says already
        return "";
    std::string out =
        "<div class=\"maps\" role=\"group\" aria-label=\"Coefficients by exponents\">";
    for (unsigned w = 0; w <= order; ++w) {
        out += "<table class=\"map\"><caption>" +
               (w == 0 ? "without <i>w</i>" : "times " + power_name("w", w)) +
               "</caption>\n<tr><td></td>";
        for (unsigned x = 0; x <= order; ++x)
            out += "<th scope=\"col\">" + power_name("x", x) + "</th>";
        out += "</tr>\n";
        for (unsigned y = 0; y <= order; ++y) {
            out += "<tr><th scope=\"row\">" + power_name("y", y) + "</th>";
            for (unsigned x = 0; x <= order; ++x) {
                const auto found = at.find({x, y, w});
                const double theta = found == at.end() ? 0 : found->second;
                const double share = largest > 0 ? std::abs(theta) / largest : 0;
                out += share < 1e-12
                           ? std::string("<td>·</td>")
                           : fmt::format("<td class=\"{}\" style=\"--share:{:.2f}\">{}</td>",
                                         theta > 0 ? "pos" : "neg", share, display(theta, 3));
            }
            out += "</tr>\n";
        }
        out += "</table>\n";
    }
    return out + "</div>\n";
}

// ---- Their course --------------------------------------------------------------------------------

// Of the coefficients that are time constants, or of the others.
std::string course_chart(const RunView& run, const std::vector<Row>& rows, bool taus) {
    const auto& history = run.result.history;
    const std::vector<bool> course = is_course(run.course, history.size());
    std::vector<std::size_t> shown;
    for (std::size_t k = 0; k < rows.size(); ++k)
        if (is_time_constant(rows[k].term.term) == taus)
            shown.push_back(k);
    if (shown.empty())
        return "";
    std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
        return std::abs(rows[a].theta) > std::abs(rows[b].theta);
    });
    Plot plot;
    plot.id = taus ? "time-constants" : "course";
    plot.title = taus ? "Time constants over iterations." : "Coefficients over iterations.";
    plot.description = taus ? "Of the start that was kept."
                            : "Of the start that was kept; the largest at the end are named.";
    plot.x_label = "iteration";
    plot.y_label = taus ? unit_of(rows[shown[0]].term.term) : "coefficient";
    const std::size_t stride = shown.size() * history.size() / kPointsOfAll + 1;
    std::vector<Series> drawn;
    for (std::size_t n = 0; n < shown.size(); ++n) {
        const std::size_t k = shown[n];
        Series s;
        const double largest = std::abs(rows[shown[0]].theta);
        if (n < kColours && (taus || std::abs(rows[k].theta) > kNamedShare * largest)) {
            s.colour = static_cast<unsigned>(n + 1);
            s.label = label_of(run, rows[k].term);
        }
        for (std::size_t i = 0; i < history.size(); ++i)
            if (!course[i] && i > 0 && course[i - 1]) { // a gap
                s.x.push_back(iteration_at(history, i));
                s.y.push_back(std::nan(""));
            } else if (course[i] &&
                       (i % stride == 0 || i + 1 == history.size() || i == run.course.kept)) {
                s.x.push_back(iteration_at(history, i));
                s.y.push_back(k < history[i].theta.size()
                                  ? own_units(rows[k].term.term, history[i].theta[k])
                                  : std::nan(""));
            }
        drawn.push_back(std::move(s));
    }
    plot.series.assign(drawn.rbegin(), drawn.rend());
    for (const CoursePart& part : run.course.parts)
        if (part.start == run.course.kept_start && part.first > 0)
            plot.spans.push_back({iteration_at(history, part.first) - 0.5,
                                  iteration_at(history, part.end - 1) + 0.5, part.name,
                                  part.trials});
    return run.figures.html(plot);
}

} // namespace

std::string coefficients_section(const RunView& run) {
    std::vector<Row> rows = rows_of(run);
    add_references(run, rows);
    std::string out, dropped;
    const bool known = std::any_of(rows.begin(), rows.end(),
                                   [](const Row& r) { return r.in_rule && !std::isnan(r.error); });
    out += "<div class=\"columns\">\n";
    for (const ProjectionRule& rule : run.result.rules) {
        out += table_of(run, rows, rule.projection, true) + map_html(rule);
        dropped += table_of(run, rows, rule.projection, false);
    }
    out += "</div>\n";
    if (known)
        out +=
            "<p class=\"soft\">± is the change of a coefficient, while the rule's others adjust, "
            "that raises the "
            "squared loss by its standard error over trials. Scaling <i>η</i> and the coefficients "
            "inversely gives the same rule.</p>\n";
    if (!dropped.empty())
        out += details_html("Dropped terms", "<div class=\"columns\">" + dropped + "</div>");
    if (!run.result.history.empty())
        out += course_chart(run, rows, false) + course_chart(run, rows, true);
    return out;
}

} // namespace carve::cli
