// Which combinations of coefficients the task pins down.
#include "equation.hpp"
#include "figures.hpp"
#include "html.hpp"
#include "plot.hpp"
#include "section.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::size_t kSpelledOut = 10; // directions that are not folded

// Terms of a direction that matter to a reader, as a sum for each projection.
std::string combination_html(const Direction& d, const Task& task) {
    std::string out;
    const std::vector<TaskTerm> all = task_terms(task);
    const std::size_t n = std::min(all.size(), d.combination.size());
    for (std::size_t k = 0; k < n;) {
        const std::string& projection = all[k].projection;
        std::vector<Term> terms;
        for (; k < n && all[k].projection == projection; ++k)
            if (std::abs(d.combination[k]) >= kMainPart) {
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

std::string directions_table(const RunView& run, std::size_t first, std::size_t end) {
    const std::vector<Direction>& all = run.result.identifiability.directions;
    HtmlTable table;
    table.head = {"direction", "eigenvalue", "5 % to 95 %", "rise of the loss", ""};
    table.number = {false, true, true, true, false};
    table.caption = "Parts of 0.2 and more of each direction";
    for (std::size_t i = first; i < std::min(end, all.size()); ++i) {
        const Direction& d = all[i];
        const auto shown = [&](double v) {
            return is_rounding(v, all.front().eigenvalue) ? std::string("0") : display(v, 3);
        };
        table.rows.push_back({{combination_html(d, run.task), shown(d.eigenvalue),
                               shown(d.low) + " to " + shown(d.high),
                               is_rounding(d.rise, all.front().rise) ? "0" : display(d.rise, 2),
                               d.pinned ? "<span class=\"pinned\">pinned</span>" : "free"},
                              false});
    }
    return table_html(table, "Directions");
}

std::string spectrum_chart(const RunView& run) {
    const Identifiability& found = run.result.identifiability;
    Plot plot;
    plot.id = "spectrum";
    plot.title = "Rise of the squared loss along each direction.";
    plot.description = "The stiffest first; directions whose rise is 0 are not shown. Below the "
                       "line a step is lost in "
                       "the differences between trials.";
    plot.x_label = "direction";
    plot.y_label = "rise";
    plot.log_y = true;
    plot.height = 200;
    plot.ends = false;
    Series pinned{"pinned", {}, {}, 3, Mark::dots}, free{"free", {}, {}, 0, Mark::dots};
    const auto& all = found.directions;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double rise = is_rounding(all[i].rise, all.front().rise) ? 0 : all[i].rise;
        Series& s = all[i].pinned ? pinned : free;
        s.x.push_back(static_cast<double>(i + 1));
        s.y.push_back(rise > 0 ? rise : std::nan(""));
    }
    plot.series = {std::move(free), std::move(pinned)};
    if (found.losses.standard_error > 0)
        plot.levels.push_back({found.losses.standard_error, "standard error of the loss"});
    return run.figures.html(plot);
}

} // namespace

std::string identifiability_section(const RunView& run) {
    const Identifiability& found = run.result.identifiability;
    if (found.directions.empty())
        return "";
    const auto pinned =
        static_cast<std::size_t>(std::count_if(found.directions.begin(), found.directions.end(),
                                               [](const Direction& d) { return d.pinned; }));
    std::string out = fmt::format(
        "<p><strong>{} of {} directions in the space of coefficients are pinned</strong> by the "
        "task at "
        "the rule that was found; along the others, other rules would do as well.</p>\n",
        pinned, found.directions.size());
    out += spectrum_chart(run) + directions_table(run, 0, kSpelledOut);
    if (found.directions.size() > kSpelledOut)
        out += details_html(
            fmt::format("The other {} directions", found.directions.size() - kSpelledOut),
            directions_table(run, kSpelledOut, found.directions.size()));
    return out + fmt::format("<p class=\"soft\">Directions are eigenvectors of J<sup>T</sup>J, how "
                             "strongly the final weights "
                             "depend on them, over {} trials ({} independent). The rise is that of "
                             "the squared loss, {}, at a "
                             "step of {}, a tenth of the norm of all coefficients. A direction is "
                             "pinned when, with the 5 % "
                             "quantile of its eigenvalue, the rise is above the standard error of "
                             "the loss, {}.</p>\n",
                             found.losses.trials, found.losses.independent,
                             display(found.losses.mean, 3), display(found.step, 3),
                             display(found.losses.standard_error, 2));
}

} // namespace carve::cli
