#include "report.hpp"

#include "html.hpp"
#include "page.hpp"
#include "section.hpp"

#include <carve.h>

#include <fmt/format.h>

namespace carve::cli {

std::string report_html(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds, const SimulatedTrials& simulated, Figures& figures) {
    const Course course = course_of(task, result);
    const RunView run{task, result, facts, seconds, simulated, course, figures};
    const std::string summary = summary_html(run); // its figures come first
    std::string contents, body;
    for (const Section& section : sections()) {
        const std::string html = section.html(run);
        if (html.empty())
            continue;
        contents += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, section.title);
        body += section_html(section.id, section.title, html);
    }
    PageParts page;
    page.title = fmt::format("{}, seed {}: carve", task.name, task.run.seed);
    page.brand = fmt::format("A plasticity rule found by carve {} · seed {}", carve_version(),
                             task.run.seed);
    page.heading = escape_html(task.name);
    if (!task.description.empty())
        page.subtitle = "<p class=\"soft\">" + escape_html(task.description) + "</p>\n";
    page.content =
        summary + "<nav aria-label=\"Sections\"><ul>" + contents + "</ul></nav>\n" + body;
    page.footer = fmt::format("carve {}", carve_version());
    return page_html(page);
}

} // namespace carve::cli
