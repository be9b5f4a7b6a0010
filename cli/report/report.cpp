#include "report.hpp"
#include "chart.hpp"
#include "read_value.hpp"
#include "task_terms.hpp"

#include "carve.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

constexpr std::size_t kEquationTerms = 12; // of an equation; the table has them all
constexpr std::size_t kColours = 6;        // lines that are coloured and labelled
constexpr double kLabelShare = 0.05;       // of the largest coefficient: less is not labelled
constexpr double kPartShare = 0.2;         // of a direction: smaller parts are left out

const char* const kStyle = R"css(
:root { color-scheme: light dark; --page: #ffffff; --ink: #1c2430; --soft: #5b6675; --faint: #dfe4ea;
  --panel: #f5f7fa; --pos: #c8552b; --neg: #2f6fb0; --strong: #ffffff; --muted: #b4bcc7; --good: #2e7d4f;
  --c1: #c8552b; --c2: #2f6fb0; --c3: #3a8a5c; --c4: #8a5bb0; --c5: #a07a12; --c6: #b8417f; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --ink: #e6eaf0; --soft: #9aa5b4;
  --faint: #2b333e; --panel: #1a2028; --pos: #f08a5d; --neg: #6aa9e9; --strong: #12161c;
  --muted: #4d5867; --good: #6fcf97; --c1: #f08a5d; --c2: #6aa9e9; --c3: #6fcf97; --c4: #bb92e0;
  --c5: #e0b84c; --c6: #f07fb5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 44px 0 10px; }
p { margin: 0 0 12px; } .soft { color: var(--soft); }
.equation { background: var(--panel); border-left: 4px solid var(--c1); padding: 16px 20px; margin: 24px 0 12px;
  font: 22px/1.6 "STIX Two Text", "Cambria", Georgia, serif; overflow-wrap: anywhere; }
.equation i { font-style: italic; } .term { white-space: nowrap; } .equation small { font-size: 15px; color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: 1px; margin: 24px 0; }
dl div { padding: 10px 14px; box-shadow: 0 0 0 1px var(--faint); } dt { font-size: 13px; color: var(--soft); }
dd { margin: 0; font-size: 20px; font-variant-numeric: tabular-nums; } dd small { display: block; font-size: 13px; }
sup { line-height: 0; font-size: 0.7em; }
.met { color: var(--good); font-weight: 600; } .missed { color: var(--c1); font-weight: 600; }
.wide { overflow-x: auto; } svg { display: block; width: 100%; min-width: 560px; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); } svg .middle { text-anchor: middle; }
svg .end { text-anchor: end; } svg .label { font-size: 13px; font-weight: 600; } svg .value { fill: var(--ink); font-size: 13px; }
svg .strong { fill: var(--strong); font-weight: 600; } .grid { stroke: var(--faint); } .zero { stroke: var(--muted); }
.phase { stroke: var(--muted); stroke-dasharray: 2 4; } .cell { fill: var(--panel); stroke: var(--page); stroke-width: 2; }
.pos { fill: var(--pos); } .neg { fill: var(--neg); } .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.c0 { stroke: var(--muted); stroke-width: 1; } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); }
.c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); } .c6 { stroke: var(--c6); }
svg .t1 { fill: var(--c1); } svg .t2 { fill: var(--c2); } svg .t3 { fill: var(--c3); } svg .t4 { fill: var(--c4); }
svg .t5 { fill: var(--c5); } svg .t6 { fill: var(--c6); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } caption { text-align: left; color: var(--soft); padding-bottom: 6px; }
th, td { padding: 4px 18px 4px 0; text-align: left; border-bottom: 1px solid var(--faint); vertical-align: top; }
th { font-size: 13px; font-weight: 600; color: var(--soft); } .number { text-align: right; }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--faint); font-size: 13px; color: var(--soft); }
@media (max-width: 640px) { main { padding: 20px 16px 40px; } dl { grid-template-columns: repeat(2, 1fr); } .equation { font-size: 18px; } }
@media print { main { max-width: none; padding: 0; } h2 { break-after: avoid; } svg, table, dl { break-inside: avoid; } }
)css";

std::string term_html(const Term& term) {
    if (term.spike || !term.name.empty())
        return escape_html(monomial(term));
    std::string out;
    const auto factor = [&](const char* variable, unsigned exponent) {
        if (exponent > 0)
            out += (out.empty() ? "" : " ") + fmt::format("<i>{}</i>", variable);
        if (exponent > 1)
            out += fmt::format("<sup>{}</sup>", exponent);
    };
    factor("x", term.x);
    factor("y", term.y);
    factor("w", term.w);
    return out;
}

std::vector<Term> by_magnitude(std::vector<Term> terms) {
    std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
        return std::abs(a.theta) > std::abs(b.theta);
    });
    return terms;
}

// "+ 0.998 x y − 0.997 y² w": each term with its sign, the first without a plus.
std::string sum_html(const std::vector<Term>& terms, int digits) {
    std::string out;
    for (const Term& t : terms) {
        const bool minus = std::signbit(t.theta);
        const std::string sign = out.empty() ? (minus ? "\u2212" : "") : (minus ? "\u2212 " : "+ ");
        const std::string product = term_html(t);
        out += fmt::format("{}<span class=\"term\">{}{}{}{}</span>", out.empty() ? "" : " ", sign,
                           display(std::abs(t.theta), digits), product.empty() ? "" : " ", product);
    }
    return out.empty() ? "0" : out;
}

std::string equation_html(const ProjectionRule& rule, bool named) {
    if (has_names(rule.terms) || (!rule.terms.empty() && rule.terms[0].spike))
        return fmt::format("<p class=\"equation\">{} <small>with <i>η</i> = {}</small></p>\n",
                           escape_html(equation(rule.terms)), display(rule.eta));
    std::vector<Term> terms = by_magnitude(without_rounding(rule.terms));
    const std::size_t hidden = terms.size() > kEquationTerms ? terms.size() - kEquationTerms : 0;
    terms.resize(terms.size() - hidden);
    std::string out = "<p class=\"equation\">";
    if (named)
        out += fmt::format("<small>{}</small><br>", escape_html(rule.projection));
    out += "Δ<i>w</i> = <i>η</i> ( " + sum_html(terms, 4);
    if (hidden > 0)
        out += fmt::format(" + <small>{} smaller terms</small>", hidden);
    return out + fmt::format(" ) <small>with <i>η</i> = {}</small></p>\n", display(rule.eta));
}

std::string tile(const std::string& name, const std::string& value, const std::string& note = {}) {
    return fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>\n", name, value,
                       note.empty() ? "" : " <small>" + note + "</small>");
}

std::string tiles(const Task& task, const SearchResult& r, double seconds) {
    const LossSpread& s = r.held_out.spread;
    std::string goal;
    if (task.search.goal)
        goal = fmt::format("<span class=\"{0}\">goal {1} {0}</span>",
                           r.held_out.loss <= *task.search.goal ? "met" : "missed",
                           display(*task.search.goal));
    std::string out = "<dl>\n" + tile("held-out loss", display(r.held_out.loss), goal);
    out += tile("of single sets", display(s.median, 3),
                fmt::format("median; worst {} of {}", display(s.worst, 3), s.sets));
    out += tile("without plasticity", display(r.yardsticks.silent));
    if (std::isfinite(r.yardsticks.reference))
        out += tile(escape_html(reference_names(task)), display(r.yardsticks.reference));
    if (std::isfinite(r.stable_variance))
        out += tile("stable to a variance of", display(r.stable_variance, 3), "times the inputs'");
    out += tile("search loss", display(r.train));
    if (std::isfinite(r.held_out_before_refit))
        out += tile("held-out loss before refit", display(r.held_out_before_refit));
    if (names_reference(task))
        out += tile("angle to " + escape_html(reference_names(task)),
                    display(r.angle, 3) + (std::isfinite(r.angle) ? "°" : ""));
    out += tile("iterations", std::to_string(r.counters.iterations));
    out += tile("replicas simulated", std::to_string(r.counters.evaluations));
    out += tile("replicas diverged", std::to_string(r.counters.diverged));
    return out + tile("time", fmt::format("{:.1f} s", seconds)) + "</dl>\n";
}

LineChart loss_chart(const SearchResult& result) {
    LineChart chart;
    chart.id = "loss";
    chart.title = "Loss over iterations";
    chart.description =
        "Loss in the trials of the search, without the L1 penalty, on a logarithmic "
        "axis; dotted lines separate the phases of the search.";
    chart.y_label = "loss";
    chart.log_y = true;
    Series loss;
    loss.colour = 2;
    for (const Progress& p : result.history)
        loss.values.push_back(p.loss);
    if (!loss.values.empty())
        loss.label = display(loss.values.back(), 3);
    chart.series.push_back(std::move(loss));
    return chart;
}

// The largest at the end are coloured, labelled and drawn last.
LineChart coefficient_chart(const Task& task, const SearchResult& result) {
    LineChart chart;
    chart.id = "coefficients";
    chart.title = "Coefficients over iterations";
    chart.description = "Every coefficient of the rule; the largest at the end are labelled.";
    chart.y_label = "coefficient";
    std::vector<std::string> names;
    for (const TaskTerm& t : task_terms(task))
        names.push_back((task.rules.size() > 1 ? t.projection.substr(0, 2) + ": " : "") +
                        term_text(t.term));
    for (std::size_t k = 0; k < names.size(); ++k) {
        Series s;
        for (const Progress& p : result.history)
            s.values.push_back(k < p.theta.size() ? p.theta[k] : std::nan(""));
        chart.series.push_back(std::move(s));
    }
    const auto last = [&](std::size_t k) {
        return chart.series[k].values.empty() ? 0 : std::abs(chart.series[k].values.back());
    };
    std::vector<std::size_t> order(names.size());
    for (std::size_t k = 0; k < order.size(); ++k)
        order[k] = k;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return last(a) > last(b); });
    std::vector<Series> drawn;
    for (std::size_t i = order.size(); i-- > 0;) {
        Series& s = chart.series[order[i]];
        if (i < kColours && last(order[i]) > kLabelShare * last(order[0])) {
            s.colour = static_cast<unsigned>(i + 1);
            s.label = names[order[i]];
        }
        drawn.push_back(std::move(s));
    }
    chart.series = std::move(drawn);
    return chart;
}

std::string history(const Task& task, const SearchResult& result) {
    if (result.history.empty())
        return "";
    LineChart loss = loss_chart(result), coefficients = coefficient_chart(task, result);
    for (std::size_t i = 0; i < result.history.size(); ++i)
        if (i == 0 || result.history[i].phase != result.history[i - 1].phase)
            loss.phases.emplace_back(i, result.history[i].phase);
    coefficients.phases = loss.phases;
    return "<section><h2>Loss</h2>\n<div class=\"wide\">" + line_chart(loss) +
           "</div></section>\n<section><h2>Coefficients</h2>\n<div class=\"wide\">" +
           line_chart(coefficients) + "</div></section>\n";
}

std::string terms_section(const ProjectionRule& rule, std::size_t index, bool named) {
    if (has_names(rule.terms) || (!rule.terms.empty() && rule.terms[0].spike))
        return "";
    const std::string of = named ? " of the " + rule.projection + " rule" : "";
    std::string out =
        fmt::format("<section><h2>Terms{}</h2>\n<div class=\"wide\">", escape_html(of));
    out +=
        heat_map(fmt::format("terms-{}", index), "Coefficients" + of + " by exponents", rule.terms);
    out += "</div>\n<div class=\"wide\"><table><caption>All terms, the largest first</caption>\n"
           "<thead><tr><th scope=\"col\">term</th><th scope=\"col\">exponents of x, y, w</th>"
           "<th scope=\"col\" class=\"number\">θ</th></tr></thead><tbody>\n";
    for (const Term& t : by_magnitude(rule.terms)) {
        const std::string product = term_html(t);
        out += fmt::format("<tr><td>{}</td><td>{}, {}, {}</td><td class=\"number\">{}</td></tr>\n",
                           product.empty() ? "1" : product, t.x, t.y, t.w, display(t.theta, 6));
    }
    return out + "</tbody></table></div></section>\n";
}

// Terms of a direction that matter to a reader, as a sum per projection.
std::string combination_html(const Direction& d, const Task& task) {
    std::string out;
    const std::vector<TaskTerm> all = task_terms(task);
    const std::size_t n = std::min(all.size(), d.combination.size());
    for (std::size_t k = 0; k < n;) {
        const std::string& projection = all[k].projection;
        std::vector<Term> terms;
        for (; k < n && all[k].projection == projection; ++k)
            if (std::abs(d.combination[k]) >= kPartShare) {
                terms.push_back(all[k].term);
                terms.back().theta = d.combination[k];
            }
        if (terms.empty())
            continue;
        if (task.rules.size() > 1)
            out += (out.empty() ? "" : "; ") + escape_html(projection) + ": ";
        out += sum_html(by_magnitude(terms), 2);
    }
    return out;
}

std::string identifiability(const Task& task, const SearchResult& result) {
    const Identifiability& found = result.identifiability;
    if (found.directions.empty())
        return "";
    std::size_t pinned = 0;
    for (const Direction& d : found.directions)
        pinned += d.pinned;
    std::string out = fmt::format(
        "<section><h2>What the task pins down</h2>\n<p class=\"soft\">Directions in the space of "
        "coefficients and how strongly the final weights depend on them: eigenvectors and "
        "eigenvalues of J<sup>T</sup>J at the found rule, over {} trials ({} independent), with "
        "standard errors and 5 % and 95 % quantiles. The rise is that of the squared loss, {}, at "
        "a step of {} along the direction. {} of {} are pinned: with the lower quantile the rise "
        "is above the standard error of the loss, {}. A step along a free one is lost in the "
        "differences between trials.</p>\n",
        found.losses.sets, found.losses.independent, display(found.losses.mean, 3),
        display(found.step, 3), pinned, found.directions.size(),
        display(found.losses.standard_error, 2));
    out += "<div class=\"wide\"><table><thead><tr>";
    for (const char* name : {"eigenvalue", "error", "5 %", "95 %", "rise"})
        out += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name);
    out += "<th scope=\"col\">direction</th><th scope=\"col\">combination of coefficients (parts "
           "of 0.2 and more)</th></tr></thead><tbody>\n";
    for (const Direction& d : found.directions) {
        out += "<tr>";
        for (const double value : {d.eigenvalue, d.standard_error, d.low, d.high, d.rise})
            out += fmt::format("<td class=\"number\">{}</td>", display(value, 3));
        out += fmt::format("<td>{}</td><td>{}</td></tr>\n", d.pinned ? "pinned" : "free",
                           combination_html(d, task));
    }
    return out + "</tbody></table></div></section>\n";
}

std::string warnings(const RunFacts& facts) {
    if (facts.warnings.empty())
        return "";
    std::string out = "<section><h2>Warnings</h2><ul>\n";
    for (const std::string& w : facts.warnings)
        out += "<li>" + escape_html(w) + "</li>\n";
    return out + "</ul></section>\n";
}

// Of a probe that has one.
std::string range_text(const MeasuredSpread& m) {
    return m.accept ? fmt::format("{}: {} to {}", m.holds() ? "passed" : "failed", m.accept->low,
                                  m.accept->high)
                    : "";
}

std::string measured_section(const std::vector<MeasuredSpread>& measured) {
    if (measured.empty())
        return "";
    const bool ranges = std::any_of(measured.begin(), measured.end(),
                                    [](const MeasuredSpread& m) { return m.accept.has_value(); });
    std::string out = "<section><h2>What the network became</h2>\n<div class=\"wide\"><table>"
                      "<caption>Losses and probes on held-out trials</caption>\n<thead><tr>"
                      "<th scope=\"col\">measured</th><th scope=\"col\" class=\"number\">mean</th>"
                      "<th scope=\"col\" class=\"number\">standard deviation</th>"
                      "<th scope=\"col\" class=\"number\">trials</th>" +
                      std::string(ranges ? "<th scope=\"col\">range</th>" : "") +
                      "</tr></thead><tbody>\n";
    for (const MeasuredSpread& m : measured)
        out += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
                           "<td class=\"number\">{}</td>{}</tr>\n",
                           escape_html(m.name), display(m.mean), display(m.deviation), m.trials,
                           !ranges ? "" : "<td>" + range_text(m) + "</td>");
    return out + "</tbody></table></div></section>\n";
}

std::string data_line(const Task& task, const RunFacts& facts) {
    std::string out =
        fmt::format("{} populations, {} projections. Losses:", task.described.populations.size(),
                    task.described.projections.size());
    for (const task::Measure& m : task.described.losses)
        out +=
            fmt::format(" {} ({} of {});", m.name, task::word_of(m.kind), fmt::join(m.of.of, ", "));
    for (const task::Data& d : task.described.data)
        if (!d.path.empty())
            out += fmt::format(" Data {}: {}.", d.name, d.path);
    for (const InputFile& input : facts.inputs)
        out += fmt::format(" XXH3-64 of the file: {:016x}.", input.checksum);
    return escape_html(out);
}

} // namespace

std::string report_html(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds) {
    const std::string name = escape_html(task.name);
    std::string out =
        fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, "
                    "initial-scale=1\">\n<title>carve: {}, seed {}</title>\n<style>{}"
                    "</style>\n</head>\n<body>\n<main>\n<header><h1>{}</h1>\n"
                    "<p class=\"soft\">A plasticity rule found by carve {}, seed {}</p>\n",
                    name, task.run.seed, kStyle, name, carve_version(), task.run.seed);
    if (!task.description.empty())
        out += "<p>" + escape_html(task.description) + "</p>\n";
    out += "</header>\n";
    const bool named = result.rules.size() > 1;
    for (const ProjectionRule& rule : result.rules)
        out += equation_html(rule, named);
    out += tiles(task, result, seconds);
    out += "<p class=\"soft\">" + data_line(task, facts) + "</p>\n";
    out += measured_section(result.held_out.measured);
    out += warnings(facts) + history(task, result);
    for (std::size_t i = 0; i < result.rules.size(); ++i)
        out += terms_section(result.rules[i], i, named);
    out += identifiability(task, result);
    return out +
           fmt::format("<footer>{} · {} · {} form · {} thread{} · fingerprint {:016x}</footer>\n"
                       "</main>\n</body>\n</html>\n",
                       escape_html(facts.build), escape_html(result.isa), escape_html(result.form),
                       facts.threads, facts.threads == 1 ? "" : "s", result.fingerprint);
}

} // namespace carve::cli
