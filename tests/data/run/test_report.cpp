#include "course.hpp"
#include "equation.hpp"
#include "html.hpp"
#include "plot.hpp"
#include "report.hpp"
#include "sample_run.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <regex>

using namespace carve::cli;

namespace {

std::string report(const Task& task, const SearchResult& result) {
    Figures figures;
    return report_html(task, result, sample_facts(), 12.34, {}, figures);
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
        if ((*i)[3] == "/" || name == "doctype" || name == "meta" || name == "br")
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

// Its text without the scripts, which no reader of HTML looks into.
std::string without_scripts(std::string html) {
    for (std::size_t at = 0; (at = html.find("<script", at)) != std::string::npos;) {
        const std::string end = "</script>";
        html.erase(at, html.find(end, at) + end.size() - at);
    }
    return html;
}

} // namespace

TEST_SUITE_BEGIN("report");

TEST_CASE("the report shows the task, the rule, its numbers and three kinds of figures") {
    const std::string html = report(sample_task(), sample_result());
    CHECK(has(html, "<title>oja, seed 18446744073709551615: carve</title>"));
    CHECK(has(html, "\u22120.9971 <i>y</i><sup>2</sup> <i>w</i>"));
    CHECK(has(html, "0.3333 <i>x</i> <i>y</i>"));
    CHECK(has(html, "0.0145 \u00B1 0.0012")); // held out
    Task with_goal = sample_task();
    with_goal.search.goal = 0.01;
    const std::string missed = report(with_goal, sample_result());
    for (const std::string& text : {html, missed})
        CHECK(has(text, "worst 0.21 of 200")); // of single trials, with a goal and without
    CHECK(has(missed, "Better than no plasticity, but the goal is missed"));
    CHECK(has(html, "Good: as good as oja")); // 0.0145 within two errors of 0.0151
    CHECK(has(html, "0.042°"));
    CHECK(has(html, "column &#39;b&#39; is constant"));
    CHECK(has(html, "over 40 trials (20 independent)"));
    CHECK(has(html, "1 of 2 directions"));
    for (const char* part : {"loss.components", "0.999", "0.0004"}) // what the network became
        CHECK(has(html, part));
    CHECK(has(html, "2 populations, 1 projection; losses: components (components of feedforward)"));
    for (const char* value : {">3.5<", ">3.12 to 3.88<", ">0.039<"}) // of the first direction
        CHECK(has(html, value));
    CHECK(has(html, "pinned</span>"));
    CHECK(has(html, ">free<"));
    CHECK(count(html, "<svg class=\"chart\"") == 3);
    CHECK(count(html, "<title id=") == 3);
    CHECK(count(html, "<desc id=") == 3);
    CHECK(count(html, "<path") == 1 + 27 + 1); // the loss, every coefficient, pinned directions
    CHECK(has(html, "refit"));
    CHECK(well_nested(without_scripts(html)));
}

TEST_CASE(
    "the verdict is good only where the loss is distinguishable from that without plasticity") {
    const auto verdict = [](const auto& change, std::optional<double> goal = std::nullopt) {
        Task task = sample_task();
        task.search.goal = goal;
        SearchResult result = sample_result();
        change(result);
        return report(task, result);
    };
    using R = SearchResult;
    const double silent = sample_result().yardsticks.silent;
    CHECK(has(verdict([](R&) {}, 0.1), "Good: the goal is met"));
    CHECK(has(verdict([&](R& r) { r.held_out.spread.standard_error = silent; }, 0.1),
              "Not distinguishable from no plasticity"));
    CHECK(has(verdict([&](R& r) { r.held_out.loss = silent; }), "No better than no plasticity"));
    CHECK(has(verdict([&](R& r) { r.held_out.loss = silent; }, 2 * silent),
              "The goal is met, but the rule is no better than no plasticity"));
    CHECK(has(verdict([](R& r) { r.held_out.loss = std::nan(""); }), "is not a number"));
    CHECK(has(verdict([](R& r) { r.held_out.spread.diverged = 1; }, 0.1),
              "Better than no plasticity, but some held-out trials diverged"));
    CHECK(has(verdict([](R& r) { r.held_out.spread.diverged = 101; }, 0.1),
              "Most held-out trials diverged"));
    const std::string alone = verdict([](R& r) { r.yardsticks.silent = std::nan(""); });
    CHECK(!has(alone, "Better than no plasticity"));
    CHECK(!has(alone, "Good:"));
}

TEST_CASE("the report loads nothing, and says that it must not") {
    const std::string html = report(sample_task(), sample_result());
    for (const char* part : {"http:", "https:", "url(", "@import", "<link", "<img", "src="})
        CHECK(!has(without_scripts(html), part));
    CHECK(has(html, "Content-Security-Policy\" content=\"default-src 'none'"));
    CHECK(has(html, "Copyright (c) 2022 Leon Sorokin")); // with what its licence asks for
    CHECK(html.size() < 150 * 1024);
}

TEST_CASE("a page without charts to zoom has no scripts") {
    const std::string html = report(sample_task(), {});
    CHECK(!has(html, "<script"));
    CHECK(well_nested(html));
}

TEST_CASE("the iteration that is kept is the last of those nearest to the rule, and no trial of "
          "elimination") {
    const Task task = sample_task();
    SearchResult result = sample_result();
    result.rules[0].terms = {{1, 1, 0, 0.5}};
    const auto at = [](const std::string& phase, double theta) {
        Progress p;
        p.phase = phase;
        p.theta.assign(27, 0);
        p.theta[12] = theta; // x y
        return p;
    };
    result.history = {at("stage 1", 0.1),
                      at("stage 1", 0.45),
                      at("eliminate", 0.5),
                      at("refit", 0.2),
                      at("restart 1 stage 1", 0.3),
                      at("restart 1 stage 1", 0.45),
                      at("eliminate", 0.5),
                      at("refit", 0.45),
                      at("refit", 0.9)};
    const Course course = course_of(task, result);
    CHECK(course.kept == 7);
    CHECK(course.kept_start == 1);
    REQUIRE(course.parts.size() == 6);
    CHECK(course.parts[2].start == 0); // a refit has no name of its start
    CHECK(course.parts[5].start == 1);
    CHECK(course.parts[4].trials);
    CHECK(is_course(course, 9) ==
          std::vector<bool>{false, false, false, false, true, true, false, true, true});
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
    Figures figures;
    const std::string html = report_html(task, result, facts, 1, {}, figures);
    const std::string text = without_scripts(html);
    CHECK(!has(text, "<script"));
    CHECK(!has(html, "<script>alert"));
    CHECK(!has(text, "\"&<"));
    CHECK(has(text, "&lt;script&gt;"));
    CHECK(has(text, "data " + escape_html(evil)));
    CHECK(well_nested(text));
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
    CHECK(well_nested(without_scripts(lost)));
    CHECK(!has(lost, "<path"));
    CHECK(!has(lost, "nan\" "));
    CHECK(!has(lost, "\"nan"));
    result.history.resize(1);
    result.history[0].loss = 0.5;
    result.history[0].theta.assign(27, 0);
    CHECK(has(report(task, result), "h1\"")); // a single point is a dot
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
        Plot plot;
        plot.id = "c";
        Series s;
        s.y.assign(n, 0.0);
        s.y.back() = 1;
        for (std::size_t i = 0; i < n; ++i)
            s.x.push_back(static_cast<double>(i));
        plot.series = {s};
        const std::string svg = plot_html(plot);
        CAPTURE(n);
        // Relative steps add up to the right end and the top: from 0, 1000 to 2000, 0.
        std::smatch d;
        REQUIRE(std::regex_search(svg, d, std::regex("d=\"M0 1000([^\"]*)\"")));
        const std::string steps = d[1];
        long x = 0, y = 1000;
        const std::regex step("l(-?\\d+) (-?\\d+)");
        for (std::sregex_iterator i(steps.begin(), steps.end(), step), end; i != end; ++i) {
            x += std::stol((*i)[1]);
            y += std::stol((*i)[2]);
        }
        CHECK(x == 2000);
        CHECK(y == 0);
    }
}

TEST_CASE("displayed numbers are rounded and signed") {
    CHECK(display(-0.73449) == "\u22120.7345");
    CHECK(display(0.0) == "0");
    CHECK(display(-0.0) == "0");
    CHECK(display(1234567, 3) == "1.23\u00B710\u2076");
    CHECK(display(-1e-12) == "\u221210\u207B\u00B9\u00B2");
    CHECK(display(std::nan("")) == "undefined");
    CHECK(display_error(0.0376379, 0.0021613) == "0.0376 \u00B1 0.0022");
    CHECK(display_error(-12.3456, 1.25) == "\u221212.3 \u00B1 1.2");
    CHECK(display_error(0.000519, 0.000472) == "(5.2 \u00B1 4.7)\u00B710\u207B\u2074");
    CHECK(display_error(0.5, 0) == "0.5");
    CHECK(display_count(317536) == "317\u202F536");
    CHECK(display_count(7370) == "7370");
    CHECK(display_seconds(59.26) == "59.3\u00A0s");
    CHECK(display_seconds(112.4) == "1\u00A0min 52\u00A0s");
    CHECK(term_text({1, 2, 0, 0}) == "x y\u00B2");
    CHECK(term_text({0, 0, 3, 0}) == "w\u00B3");
    CHECK(term_text({0, 0, 0, 0}) == "1");
}

TEST_SUITE_END();
