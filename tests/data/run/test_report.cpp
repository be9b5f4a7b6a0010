#include "chart.hpp"
#include "report.hpp"
#include "sample_run.hpp"

#include <doctest/doctest.h>
#include <regex>

using namespace carve::cli;

namespace {

std::string report(const Task& task, const SearchResult& result) {
    return report_html(task, result, sample_facts(), 12.34);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
        ++n;
    return n;
}

// Every start tag has its end tag, in order; the few that have none aside.
bool well_nested(const std::string& html) {
    const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>", std::regex::icase);
    std::vector<std::string> open;
    for (std::sregex_iterator i(html.begin(), html.end(), tag), end; i != end; ++i) {
        const std::string name = (*i)[2];
        if ((*i)[3] == "/" || name == "meta" || name == "br")
            continue;
        if ((*i)[1] != "/")
            open.push_back(name);
        else if (open.empty() || open.back() != name)
            return false;
        else
            open.pop_back();
    }
    return open.empty();
}

} // namespace

TEST_SUITE_BEGIN("report");

TEST_CASE("the report shows the task, the rule, its numbers and four kinds of figures") {
    const std::string html = report(sample_task(), sample_result());
    CHECK(has(html, "<title>carve: oja, seed 18446744073709551615</title>"));
    CHECK(has(html, "\u22120.9971 <i>y</i><sup>2</sup> <i>w</i>"));
    CHECK(has(html, "0.3333 <i>x</i> <i>y</i>"));
    CHECK(has(html, "0.0145")); // held out
    Task with_goal = sample_task();
    with_goal.search.goal = 0.01;
    for (const std::string& text : {html, report(with_goal, sample_result())})
        CHECK(has(text, "worst 0.21 of 200")); // of single sets, with a goal and without
    CHECK(has(html, "0.042°"));
    CHECK(has(html, "column &#39;b&#39; is constant"));
    CHECK(has(html, "over 40 trials (20 independent)"));
    CHECK(has(html, "1 of 2 are pinned"));
    for (const char* part : {"loss.components", "0.999", "0.0004"}) // what the network became
        CHECK(has(html, part));
    CHECK(
        has(html, "2 populations, 1 projections. Losses: components (components of feedforward);"));
    for (const char* value : {"0.25", "3.12", "3.88", "0.0389"}) // of the first direction
        CHECK(has(html, (std::string(">") + value).c_str()));
    CHECK(has(html, ">pinned<"));
    CHECK(has(html, ">free<"));
    CHECK(count(html, "<svg") == 3);
    CHECK(count(html, "<title id=") == 3);
    CHECK(count(html, "<desc id=") == 3);
    CHECK(count(html, "<path") == 1 + 27); // the loss, and every coefficient
    CHECK(has(html, "refit"));
    CHECK(well_nested(html));
}

TEST_CASE("the report loads nothing and runs nothing") {
    const std::string html = report(sample_task(), sample_result());
    for (const char* part : {"<script", "http:", "https:", "url(", "@import", "<link", "<img"})
        CHECK(!has(html, part));
    CHECK(html.size() < 120 * 1024);
}

TEST_CASE("text from a task cannot become markup") {
    const std::string evil = "<script>alert('x')</script>\"&";
    Task task = sample_task();
    SearchResult result = sample_result();
    RunFacts facts = sample_facts();
    task.name = task.description = task.rules[0].name = task.rules[0].reference = evil;
    task::Data& data = task.described.data[0];
    data.kind = task::DataKind::file;
    data.name = data.path = evil;
    task.described.losses[0].name = evil;
    task.described.losses[0].of.of = {evil};
    result.held_out.measured[0].name = evil;
    facts.build = evil;
    facts.warnings = {evil};
    result.isa = result.form = evil;
    result.rules[0].projection = evil;
    result.rules.push_back(result.rules[0]);
    task.rules.push_back(task.rules[0]);
    for (Progress& p : result.history)
        p.phase = evil;
    const std::string html = report_html(task, result, facts, 1);
    CHECK(!has(html, "<script"));
    CHECK(!has(html, "\"&<"));
    CHECK(has(html, "&lt;script&gt;"));
    CHECK(has(html, "Data " + escape_html(evil) + ": " + escape_html(evil)));
    CHECK(well_nested(html));
    CHECK(escape_html("<&>\"'") == "&lt;&amp;&gt;&quot;&#39;");
}

TEST_CASE("runs without history, terms, finite losses or analysis still have a report") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Task task = sample_task();
    SearchResult result;
    CHECK(well_nested(report(task, result)));
    result = sample_result();
    result.identifiability.directions.clear();
    for (Progress& p : result.history) {
        p.loss = nan;
        p.theta.assign(27, nan);
    }
    const std::string lost = report(task, result);
    CHECK(well_nested(lost));
    CHECK(!has(lost, "<path"));
    CHECK(!has(lost, "nan\" "));
    result.history.resize(1);
    result.history[0].loss = 0.5;
    result.history[0].theta.assign(27, 0);
    CHECK(has(report(task, result), "h0.1")); // a single point is a dot
}

TEST_CASE("a long search makes no long report") {
    SearchResult result = sample_result();
    const auto once = result.history;
    while (result.history.size() < 50000)
        result.history.insert(result.history.end(), once.begin(), once.end());
    CHECK(report(sample_task(), result).size() < 700 * 1024);
}

TEST_CASE("every line of a chart ends at its last value, however it is thinned out") {
    for (const std::size_t n :
         {std::size_t{2}, std::size_t{400}, std::size_t{401}, std::size_t{1234}}) {
        LineChart chart;
        chart.id = "c";
        Series s;
        s.values.assign(n, 0.0);
        s.values.back() = 1;
        chart.series = {s};
        const std::string svg = line_chart(chart);
        CAPTURE(n);
        CHECK(has(svg, "L720.0 26.0\"")); // right end, top
    }
}

TEST_CASE("displayed numbers are rounded and signed") {
    CHECK(display(-0.73449) == "\u22120.7345");
    CHECK(display(0.0) == "0");
    CHECK(display(-0.0) == "0");
    CHECK(display(1234567, 3) == "1.23e+06");
    CHECK(term_text({1, 2, 0, 0}) == "x y\u00B2");
    CHECK(term_text({0, 0, 3, 0}) == "w\u00B3");
    CHECK(term_text({0, 0, 0, 0}) == "1");
}

TEST_SUITE_END();
