#include "requirements.hpp"

#include "html.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {

std::string requirements_html(const Task& task, const std::vector<Restart>& restarts,
                              const Summary& summary) {
    double seconds = 0;
    for (const Restart& r : restarts)
        seconds += r.seconds;
    HtmlTable table;
    table.caption = fmt::format("What a solution has to meet, of {} restarts that took {} of "
                                "search time together",
                                restarts.size(), display_seconds(seconds));
    table.head = {"requirement", "restarts", "share", "search time per restart that meets it"};
    table.number = {false, true, true, true};
    const auto add = [&](const std::string& what, std::size_t met, bool strong) {
        const auto n = static_cast<double>(met);
        table.rows.push_back(
            {{escape_html(what), display_count(met),
              fmt::format("{:.0f} %", 100 * n / static_cast<double>(restarts.size())),
              met > 0 ? display_seconds(seconds / n) : "none"},
             strong});
    };
    std::vector<Requirement> names = requirements(task, restarts.front());
    for (std::size_t i = 0; i < names.size(); ++i)
        add(names[i].what,
            static_cast<std::size_t>(
                std::count_if(restarts.begin(), restarts.end(),
                              [&](const Restart& r) { return requirements(task, r)[i].met; })),
            false);
    if (names.size() > 1)
        add("all of them", summary.solutions.size(), true);
    return table_html(table, "Requirements");
}

} // namespace carve::cli
