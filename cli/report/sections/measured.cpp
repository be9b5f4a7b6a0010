// What losses and probes measured on held-out trials, in all of them and by condition.
#include "html.hpp"
#include "section.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::size_t kMostConditions = 48;

std::string range_text(const task::Range& range) {
    return fmt::format("{} to {}", display(range.low, 3), display(range.high, 3));
}

// A name or path, which may be broken behind its dots.
std::string path_html(const std::string& path) {
    std::string out;
    for (const char c : escape_html(path))
        out += c == '.' ? std::string(".<wbr>") : std::string(1, c);
    return out;
}

std::string measured_table(const std::vector<MeasuredSpread>& measured,
                           const std::string& caption) {
    const bool ranges = std::any_of(measured.begin(), measured.end(),
                                    [](const MeasuredSpread& m) { return m.accept.has_value(); });
    HtmlTable table;
    table.caption = caption;
    table.head = {"measured", "mean", "s.d.", "trials"};
    table.number = {false, true, true, true};
    if (ranges)
        table.head.insert(table.head.end(), {"range", ""});
    for (const MeasuredSpread& m : measured) {
        table.rows.push_back({{escape_html(m.name), display(m.mean), display(m.deviation, 3),
                               display_count(m.trials)},
                              false});
        if (!ranges)
            continue;
        std::vector<std::string>& row = table.rows.back().row;
        row.push_back(m.accept ? range_text(*m.accept) : "");
        row.push_back(!m.accept   ? ""
                      : m.holds() ? "<span class=\"met\">passed</span>"
                                  : "<span class=\"missed\">failed</span>");
    }
    return measured.empty() ? "" : table_html(table, "Measured");
}

// A row for each combination of the values that vary.
std::string conditions_table(const std::vector<Condition>& conditions) {
    if (conditions.empty() || conditions.size() > kMostConditions)
        return conditions.empty()
                   ? ""
                   : fmt::format("<p class=\"soft\">{} conditions, in result.json.</p>\n",
                                 conditions.size());
    HtmlTable table;
    table.caption = "By condition: mean and standard deviation over trials";
    const Condition& first = conditions.front();
    const bool field = std::any_of(conditions.begin(), conditions.end(),
                                   [](const Condition& c) { return !std::isnan(c.afferent_rate); });
    for (const auto& [path, value] : first.at)
        table.head.push_back(path_html(path));
    for (const MeasuredSpread& m : first.measured)
        table.head.push_back(path_html(m.name));
    if (field)
        table.head.insert(table.head.end(), {"afferents, Hz", "predicted set point, Hz"});
    table.number.assign(table.head.size(), true);
    for (const Condition& c : conditions) {
        std::vector<std::string> row;
        for (const auto& [path, value] : c.at)
            row.push_back(escape_html(value));
        for (const MeasuredSpread& m : c.measured)
            row.push_back(display(m.mean) + (m.trials > 1 ? " ± " + display(m.deviation, 2) : ""));
        if (field)
            row.insert(row.end(), {display(c.afferent_rate, 3), display(c.set_point, 3)});
        table.rows.push_back({std::move(row), false});
    }
    return table_html(table, "By condition");
}

std::string set_html(const OtherSet& set) {
    return "<h3>" + escape_html("trials." + set.name) + "</h3>\n<p>" +
           fmt::format("Loss {} over {} trials, {} diverged.</p>\n",
                       display_error(set.loss, set.spread.standard_error), set.spread.trials,
                       set.spread.diverged) +
           measured_table(set.measured, "") + conditions_table(set.conditions);
}

} // namespace

std::string measured_section(const RunView& run) {
    const HeldOut& held_out = run.result.held_out;
    std::string out =
        measured_table(held_out.measured,
                       "Losses and probes on held-out trials: mean and standard deviation") +
        conditions_table(held_out.conditions);
    for (const OtherSet& set : held_out.sets)
        out += set_html(set);
    return out;
}

} // namespace carve::cli
