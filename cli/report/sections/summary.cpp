// The first screen of a report.
#include "axis.hpp"
#include "equation.hpp"
#include "html.hpp"
#include "section.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

struct Compared { // a loss on the scale
    std::string name;
    double loss = 0, error = 0;
    bool found = false; // the rule's own
    bool goal = false;
};

std::vector<Compared> compared_losses(const RunView& run) {
    const HeldOut& held_out = run.result.held_out;
    std::vector<Compared> all;
    all.push_back({"this rule", held_out.loss, held_out.spread.standard_error, true, false});
    if (run.task.search.goal)
        all.push_back({"goal", *run.task.search.goal, 0, false, true});
    if (std::isfinite(run.result.yardsticks.reference))
        all.push_back(
            {reference_names(run.task), run.result.yardsticks.reference, 0, false, false});
    if (std::isfinite(run.result.yardsticks.silent))
        all.push_back({"without plasticity", run.result.yardsticks.silent, 0, false, false});
    if (std::isfinite(run.result.yardsticks.chance))
        all.push_back({"random rules", run.result.yardsticks.chance, 0, false, false});
    return all;
}

Axis scale_of(const std::vector<Compared>& all) {
    std::vector<double> values;
    double smallest = INFINITY, largest = -INFINITY;
    for (const Compared& c : all)
        if (std::isfinite(c.loss)) {
            values.push_back(c.loss);
            smallest = std::min(smallest, c.loss);
            largest = std::max(largest, c.loss);
        }
    constexpr double kFar = 20; // times: a linear scale would not show both
    const bool log = smallest > 0 && largest > kFar * smallest;
    if (!log)
        values.push_back(0);
    return axis_of(values, log, 4, false);
}

// A row: the name, the loss, and where it is on the scale.
std::string row_html(const Compared& c, const Axis& axis) {
    std::string track = "<line x1=\"0\" x2=\"100%\" y1=\"11\" y2=\"11\" class=\"grid\"/>";
    const auto at = [&](double v) {
        return fmt::format("{:.1f}%", 100 * std::clamp(axis.fraction(v), 0.0, 1.0));
    };
    if (axis.shows(c.loss)) {
        if (c.error > 0 && axis.shows(c.loss + c.error))
            track += fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"11\" y2=\"11\" class=\"error\"/>",
                                 axis.shows(c.loss - c.error) ? at(c.loss - c.error) : "0%",
                                 at(c.loss + c.error));
        track +=
            c.goal ? fmt::format("<line x1=\"{0}\" x2=\"{0}\" y1=\"2\" y2=\"20\" class=\"goal\"/>",
                                 at(c.loss))
                   : fmt::format("<circle cx=\"{}\" cy=\"11\" r=\"5.5\" class=\"{}\"/>", at(c.loss),
                                 c.found ? "found" : "other");
    }
    return fmt::format(
        "<tr{}><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"track\">"
        "<svg width=\"100%\" height=\"22\" aria-hidden=\"true\">{}</svg></td></tr>\n",
        c.found ? " class=\"strong\"" : "", escape_html(c.name),
        c.found ? display_error(c.loss, c.error) : display(c.loss, 3), track);
}

std::string losses_html(const RunView& run) {
    const std::vector<Compared> all = compared_losses(run);
    const Axis axis = scale_of(all);
    std::string out = "<table class=\"losses\"><caption>Held-out loss";
    out += axis.log ? ", lower is better, logarithmic scale" : ", lower is better";
    out += "</caption><thead class=\"hidden\"><tr><th scope=\"col\">rule</th><th "
           "scope=\"col\">loss</th>"
           "<th scope=\"col\">on a scale</th></tr></thead><tbody>\n";
    for (const Compared& c : all)
        out += row_html(c, axis);
    return out + "</tbody></table>\n";
}

std::string fact(const std::string& name, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string facts_html(const RunView& run) {
    const SearchResult& r = run.result;
    const LossSpread& s = r.held_out.spread;
    std::string out = "<dl>\n";
    if (s.trials > 0)
        out += fact("single trials", fmt::format("median {}; worst {} of {}", display(s.median, 3),
                                                 display(s.worst, 3), s.trials));
    if (names_reference(run.task))
        out += fact("angle to " + escape_html(reference_names(run.task)),
                    std::isfinite(r.angle) ? display(r.angle, 3) + "°" : "undefined");
    if (std::isfinite(r.stable_variance))
        out += fact("stable up to",
                    r.stable_variance == 0
                        ? std::string("some held-out trials diverge")
                        : fmt::format("{}{} × the variance of the inputs",
                                      r.stable_variance >= kMostVariance ? "at least " : "",
                                      display(r.stable_variance, 3)));
    out += fact("search",
                fmt::format("{} iterations, {} trials simulated, {}",
                            display_count(r.counters.iterations),
                            display_count(r.counters.evaluations), display_seconds(run.seconds)));
    return out + "</dl>\n";
}

TermErrors errors_of(const RunView& run, const std::string& projection) {
    TermErrors out;
    const std::vector<double> errors = coefficient_errors(run);
    const std::vector<TaskTerm> terms = task_terms(run.task);
    for (std::size_t k = 0; k < errors.size(); ++k)
        if (terms[k].projection == projection && std::isfinite(errors[k]) &&
            !is_time_constant(terms[k].term))
            out[monomial(terms[k].term)] = errors[k];
    return out;
}

std::string rules_html(const RunView& run) {
    std::string out = "<div class=\"rules\">\n";
    bool known = false;
    for (const ProjectionRule& rule : run.result.rules) {
        const TermErrors errors = errors_of(run, rule.projection);
        known = known || !errors.empty();
        out += equation_html(rule, run.result.rules.size() > 1, errors);
    }
    out += "</div>\n";
    return known ? out + "<p class=\"soft\">± is how far a coefficient can change before the loss "
                         "rises: see <a href=\"#coefficients\">Coefficients</a>.</p>\n"
                 : out;
}

std::string warnings_html(const RunView& run) {
    if (run.facts.warnings.empty())
        return "";
    std::string out = "<div class=\"warnings\"><h2>Warnings</h2><ul>\n";
    for (const std::string& w : run.facts.warnings)
        out += "<li>" + escape_html(w) + "</li>\n";
    return out + "</ul></div>\n";
}

std::string verdict_html(const RunView& run) {
    const Verdict verdict = verdict_of(run);
    static const char* const styles[] = {"good", "fair", "bad"};
    static const char* const marks[] = {"\u2713", "\u25CB", "\u2717"};
    const auto quality = static_cast<std::size_t>(verdict.quality);
    return fmt::format(
        "<div class=\"verdict {}\"><p><strong><span aria-hidden=\"true\">{}</span> {}.</strong> "
        "{}</p></div>\n",
        styles[quality], marks[quality], escape_html(verdict.title), escape_html(verdict.sentence));
}

} // namespace

std::string summary_html(const RunView& run) {
    constexpr std::size_t kMostFirst = 2; // rules; more of them fill a small screen
    std::string out =
        run.result.rules.size() <= kMostFirst
            ? rules_html(run) + verdict_html(run)
            : "<div class=\"lead\">" + verdict_html(run) + "</div>\n" + rules_html(run);
    std::string picture = rates_picture(run);
    picture = picture.empty() ? weights_picture(run) : picture;
    out += picture.empty() ? "<div class=\"first\"><div>" : "<div class=\"first two\"><div>";
    out += losses_html(run) + facts_html(run) + "</div>\n";
    if (!picture.empty())
        out += "<div>" + picture + "</div>\n";
    return out + "</div>\n" + warnings_html(run);
}

} // namespace carve::cli
