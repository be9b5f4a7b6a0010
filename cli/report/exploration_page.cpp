#include "exploration_page.hpp"

#include "equation.hpp"
#include "exp_log.hpp"
#include "html.hpp"
#include "mean_field.hpp"
#include "page.hpp"
#include "plot.hpp"
#include "provenance.hpp"
#include "requirements.hpp"
#include "spike_terms.hpp"
#include "task_terms.hpp"
#include "track.hpp"

#include <carve.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::size_t kPairs = 6;       // of coefficients that are shown
constexpr std::size_t kMostRanges = 30; // coefficients of the table that are not folded
constexpr std::size_t kMostDirections = 10;

struct Exploration {
    const Task& task;
    const std::vector<Restart>& restarts;
    const Summary& summary;
    std::vector<TaskTerm> terms;
    Figures& figures;

    std::string name(std::size_t k) const {
        return (task.rules.size() > 1 ? terms[k].projection + ": " : "") + term_text(terms[k].term);
    }
    std::string name_html(std::size_t k) const {
        return (task.rules.size() > 1 ? escape_html(terms[k].projection) + ": " : "") +
               term_html(terms[k].term);
    }
    // Of a coefficient over the solutions, in its own unit.
    std::vector<double> values(std::size_t k) const {
        std::vector<double> out;
        for (const Restart* s : summary.solutions)
            out.push_back(own_units(terms[k].term, s->theta[k]));
        return out;
    }
};

bool solves(const Exploration& e, const Restart& r) {
    return std::any_of(e.summary.solutions.begin(), e.summary.solutions.end(),
                       [&](const Restart* s) { return s->index == r.index; });
}

// ---- First screen --------------------------------------------------------------------------------

std::string verdict_html(const Exploration& e) {
    const std::size_t n = e.summary.solutions.size();
    const char* const style = n == e.restarts.size() && n > 0 ? "good" : n > 0 ? "fair" : "bad";
    std::string out = fmt::format(
        "<div class=\"verdict {}\"><p><strong>{} of {} restarts solve the task.</strong> ", style,
        n, e.restarts.size());
    if (has_mean_field(e.task))
        out += fmt::format("A solution keeps every held-out rate within {:.0f} % of {} Hz; {} of "
                           "the solutions lie on the "
                           "mean-field manifold, with set points within {:.0f} % of it.",
                           100 * kRateWithin, display(mean_field_of(e.task)->target),
                           e.summary.on_manifold, 100 * kOnManifold);
    else if (e.task.search.goal)
        out += fmt::format("A solution has a held-out loss of at most {}.",
                           display(*e.task.search.goal));
    return out + "</p></div>\n";
}

// Sorted, so that one sees how many are near the best.
std::string losses_chart(const Exploration& e) {
    std::vector<const Restart*> sorted;
    for (const Restart& r : e.restarts)
        sorted.push_back(&r);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Restart* a, const Restart* b) { return a->held_out < b->held_out; });
    Plot plot;
    plot.id = "losses";
    plot.title = "Held-out loss of each restart,";
    plot.description = "the lowest first.";
    plot.x_label = "restart, by loss";
    plot.y_label = "loss";
    plot.ends = false;
    plot.log_y = std::all_of(sorted.begin(), sorted.end(),
                             [](const Restart* r) { return !(r->held_out <= 0); });
    plot.from = 0;
    plot.to = static_cast<double>(sorted.size()) + 1;
    Series met{"solutions", {}, {}, 3, Mark::dots}, others{"others", {}, {}, 0, Mark::dots};
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        Series& s = solves(e, *sorted[i]) ? met : others;
        s.x.push_back(static_cast<double>(i + 1));
        s.y.push_back(sorted[i]->held_out);
    }
    for (Series* s : {&others, &met})
        if (!s->y.empty())
            plot.series.push_back(std::move(*s));
    if (e.task.search.goal)
        plot.levels.push_back({*e.task.search.goal, "goal"});
    return e.figures.html(plot);
}

// ---- The manifold --------------------------------------------------------------------------------

// Of the rule of a restart: a coefficient that is searched for, else the fixed one, else 0.
double coefficient_of(const Exploration& e, const Restart& r, std::uint64_t bit) {
    for (std::size_t k = 0; k < e.terms.size(); ++k)
        if (e.terms[k].term.spike == bit)
            return r.theta[k];
    for (const Term& fixed : all_terms(e.task.rules.front()))
        if (fixed.spike == bit)
            return fixed.theta;
    return 0;
}

// The plane of beta / g and alpha / g, g = gamma tau_pre + kappa tau_post: for afferents at a rate r the set point is
// the target on the line alpha / g = -target (1 + beta / (g r)).
std::string manifold_chart(const Exploration& e) {
    if (!has_mean_field(e.task) || e.summary.solutions.empty())
        return "";
    const double target = mean_field_of(e.task)->target;
    Plot plot;
    plot.id = "manifold";
    plot.title = "Solutions beside the mean-field manifold.";
    plot.description = fmt::format("g = γ τpre + κ τpost. Lines: rules whose predicted set point "
                                   "is {} Hz, one for each rate of the "
                                   "afferents; a rule has it at all rates where they cross.",
                                   display(target));
    plot.x_label = "β / g, Hz";
    plot.y_label = "α / g, Hz";
    plot.ends = false;
    Series dots{"solutions", {}, {}, 3, Mark::dots};
    for (const Restart* s : e.summary.solutions) {
        const double g =
            coefficient_of(e, *s, at_post(1, 0, 0)) * exp_of(coefficient_of(e, *s, kTauPre)) +
            coefficient_of(e, *s, at_pre(1, 0, 0)) * exp_of(coefficient_of(e, *s, kTauPost));
        dots.x.push_back(coefficient_of(e, *s, at_post(0, 0, 0)) / g);
        dots.y.push_back(coefficient_of(e, *s, at_pre(0, 0, 0)) / g);
    }
    double lo = 0, hi = 0;
    for (const double x : dots.x)
        if (std::isfinite(x))
            lo = std::min(lo, x), hi = std::max(hi, x);
    const double pad = 0.1 * (hi - lo) + 0.5;
    for (const double rate : e.summary.solutions.front()->cell.afferent_rates) {
        const auto at = [&](double x) { return -target * (1 + x / rate); };
        plot.series.push_back({fmt::format("afferents at {} Hz", display(rate, 3)),
                               {lo - pad, hi + pad},
                               {at(lo - pad), at(hi + pad)},
                               static_cast<unsigned>(plot.series.size() % 2 + 1),
                               Mark::dashed});
    }
    plot.series.push_back(std::move(dots));
    return e.figures.html(plot);
}

// What the simulated neuron does against what the mean field says.
std::string set_points_chart(const Exploration& e) {
    if (!has_mean_field(e.task) || e.summary.solutions.empty())
        return "";
    Plot plot;
    plot.id = "set-points";
    plot.title = "Rates of solutions against predicted set points.";
    plot.description = "A point for each solution and rate of the afferents. Dashed: equal.";
    plot.x_label = "predicted set point, Hz";
    plot.y_label = "rate, Hz";
    plot.ends = false;
    Series dots{"", {}, {}, 2, Mark::dots};
    double lo = INFINITY, hi = -INFINITY;
    for (const Restart* s : e.summary.solutions)
        for (std::size_t i = 0; i < s->cell.rates.size(); ++i) {
            dots.x.push_back(s->cell.set_points[i]);
            dots.y.push_back(s->cell.rates[i]);
            for (const double v : {dots.x.back(), dots.y.back()})
                if (std::isfinite(v))
                    lo = std::min(lo, v), hi = std::max(hi, v);
        }
    if (lo < hi)
        plot.series.push_back({"", {lo, hi}, {lo, hi}, 0, Mark::dashed});
    plot.series.push_back(std::move(dots));
    return "<div class=\"narrow\">" + e.figures.html(plot) + "</div>";
}

// ---- Coefficients --------------------------------------------------------------------------------

std::string ranges_html(const Exploration& e) {
    HtmlTable table, folded;
    table.caption = "Over the solutions; a point for each";
    table.head = folded.head = {"coefficient", "smallest", "median", "largest", "solutions"};
    table.number = folded.number = {false, true, true, true, false};
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t k = 0; k < e.terms.size(); ++k) {
        const Spread spread(e.values(k));
        order.emplace_back(-std::max(std::abs(spread.low), std::abs(spread.high)), k);
    }
    if (e.terms.size() > kMostRanges)
        std::stable_sort(order.begin(), order.end());
    for (const auto& [size, k] : order) {
        const std::vector<double> values = e.values(k);
        const Spread spread(values);
        const std::string unit = unit_of(e.terms[k].term);
        const auto shown = [&](double v) {
            return display(v, 3) + (unit.empty() ? "" : " " + unit);
        };
        HtmlTable& to = size == 0 || table.rows.size() >= kMostRanges ? folded : table;
        to.rows.push_back({{e.name_html(k), shown(spread.low), shown(spread.median),
                            shown(spread.high), track_html(values)},
                           false});
    }
    std::string out =
        "<div class=\"tracks\">" + table_html(table, "Ranges of coefficients") + "</div>";
    if (!folded.rows.empty())
        out += details_html(fmt::format("The other {} coefficients", folded.rows.size()),
                            "<div class=\"tracks\">" + table_html(folded, "Other coefficients") +
                                "</div>");
    return out;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto n = static_cast<double>(a.size());
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        ma += a[i] / n, mb += b[i] / n;
    for (std::size_t i = 0; i < a.size(); ++i) {
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

struct Pair {
    std::size_t a, b;
    double r;
};

// Those with the strongest correlation over the solutions first.
std::vector<Pair> pairs_of(const Exploration& e) {
    std::vector<Pair> all;
    std::vector<std::vector<double>> values;
    for (std::size_t k = 0; k < e.terms.size(); ++k)
        values.push_back(e.values(k));
    for (std::size_t a = 0; a < values.size(); ++a)
        for (std::size_t b = a + 1; b < values.size(); ++b)
            if (const double r = correlation(values[a], values[b]); r != 0)
                all.push_back({a, b, r});
    std::stable_sort(all.begin(), all.end(),
                     [](const Pair& p, const Pair& q) { return std::abs(p.r) > std::abs(q.r); });
    all.resize(std::min(all.size(), kPairs));
    return all;
}

std::string with_unit(const Exploration& e, std::size_t k) {
    const std::string unit = unit_of(e.terms[k].term);
    return e.name(k) + (unit.empty() ? "" : ", " + unit);
}

std::string pairs_html(const Exploration& e) {
    constexpr std::size_t kFewest = 4; // solutions: of three every pair looks like a line
    if (e.summary.solutions.size() < kFewest)
        return "";
    std::string out;
    for (const Pair& pair : pairs_of(e)) {
        Plot plot;
        plot.id = fmt::format("pair-{}-{}", pair.a, pair.b);
        plot.title = fmt::format("{} against {},", e.name(pair.b), e.name(pair.a));
        plot.description = fmt::format("correlation {}.", display(pair.r, 2));
        plot.x_label = with_unit(e, pair.a);
        plot.y_label = with_unit(e, pair.b);
        plot.height = 190;
        plot.series.push_back({"", e.values(pair.a), e.values(pair.b), 2, Mark::dots});
        out += e.figures.html(plot);
    }
    return out.empty() ? ""
                       : "<h3>Pairs of coefficients with the strongest correlation over the "
                         "solutions</h3>\n"
                         "<div class=\"columns three\">" +
                             out + "</div>\n";
}

// ---- Directions ----------------------------------------------------------------------------------

std::string direction_html(const Exploration& e, const Direction& d) {
    std::string out;
    for (const std::size_t k : main_parts(d)) {
        const double c = d.combination[k];
        out += out.empty() ? (c < 0 ? "\u2212" : "") : c < 0 ? " \u2212 " : " + ";
        const std::string term = e.name_html(k);
        out += display(std::abs(c), 2) + (term == "1" ? "" : " " + term);
    }
    return out;
}

std::string directions_html(const Exploration& e, const std::vector<Direction>& directions,
                            const std::string& caption, const std::string& value) {
    HtmlTable table;
    table.caption = caption;
    table.head = {"direction", value};
    table.number = {false, true};
    for (std::size_t i = 0; i < std::min(directions.size(), kMostDirections); ++i)
        if (directions[i].eigenvalue > 0)
            table.rows.push_back(
                {{direction_html(e, directions[i]), display(directions[i].eigenvalue, 3)}, false});
    return directions.empty() ? "" : table_html(table, caption);
}

std::string all_directions_html(const Exploration& e) {
    const bool covariance = has_covariance(e.task);
    std::string out = directions_html(
        e, e.summary.spread, "Variance of the solutions' coefficients by direction", "variance");
    out += directions_html(e, e.summary.local,
                           covariance ? "Covariance of CMA-ES's candidates, mean over solutions: "
                                        "large where the coefficients are free"
                                      : "Gauss-Newton matrix, mean over solutions: large where the "
                                        "task constrains the coefficients",
                           "share");
    if (has_mean_field(e.task) && std::isfinite(e.summary.across.median))
        out += fmt::format("<p>Of each solution's most constrained direction the part {} lies "
                           "across the manifold (median; 0 along it, "
                           "1 across).</p>\n",
                           display(e.summary.across.median, 2));
    return out;
}

// ---- All solutions -------------------------------------------------------------------------------

std::string solutions_html(const Exploration& e) {
    constexpr std::size_t kMost = 200;
    HtmlTable table;
    table.head = {"restart", "seed", "loss"};
    if (names_reference(e.task))
        table.head.push_back("angle to " + escape_html(reference_names(e.task)));
    if (has_mean_field(e.task))
        table.head.insert(table.head.end(), {"set point off by", "tuning"});
    table.number.assign(table.head.size(), true);
    for (const Restart* s : e.summary.solutions) {
        if (table.rows.size() >= kMost)
            break;
        std::vector<std::string> row{display_count(s->index), std::to_string(s->seed),
                                     display(s->held_out)};
        if (names_reference(e.task))
            row.push_back(display(s->angle, 3) + (std::isfinite(s->angle) ? "°" : ""));
        if (has_mean_field(e.task))
            row.insert(row.end(), {display(100 * manifold_distance(*s), 3) + " %",
                                   display(s->cell.tuning, 3)});
        table.rows.push_back({std::move(row), false});
    }
    return details_html("All solutions", table_html(table, "Solutions"));
}

} // namespace

std::string exploration_html(const Task& task, const std::vector<Restart>& restarts,
                             const Summary& summary, const RunFacts& facts, Figures& figures) {
    const Exploration e{task, restarts, summary, task_terms(task), figures};
    PageParts page;
    page.title = task.name + ", exploration: carve";
    page.brand = fmt::format("An exploration by carve {} · {} restarts from seed {}",
                             carve_version(), restarts.size(), task.run.seed);
    page.heading = escape_html(task.name);
    if (!task.description.empty())
        page.subtitle = "<p class=\"soft\">" + escape_html(task.description) + "</p>\n";
    page.content = "<div class=\"lead\">" + verdict_html(e) + "</div>\n";
    const std::string manifold = manifold_chart(e);
    if (!restarts.empty())
        page.content += fmt::format("<div class=\"first {}\"><div>{}</div>{}</div>\n",
                                    manifold.empty() ? "" : "two", losses_chart(e),
                                    manifold.empty() ? "" : "<div>" + manifold + "</div>");
    if (!restarts.empty())
        page.content += section_html("requirements", "Requirements",
                                     requirements_html(task, restarts, summary));
    if (!summary.solutions.empty()) {
        page.content +=
            section_html("coefficients", "Coefficients", ranges_html(e) + pairs_html(e));
        page.content += section_html("set-points-part", "Set points", set_points_chart(e));
        page.content += section_html("directions", "What is free", all_directions_html(e));
        page.content += section_html("solutions", "Solutions", solutions_html(e));
    }
    page.content += section_html("provenance", "Provenance", provenance_html(facts, task, {}));
    page.footer = fmt::format("carve {}", carve_version());
    return page_html(page);
}

} // namespace carve::cli
