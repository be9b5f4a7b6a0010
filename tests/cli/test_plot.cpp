#include "plot.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carve::cli;

namespace {

// Of a line from (0, 0) to (1, 1) with this name, drawn on a page and as a file.
struct Drawn {
    std::string page, file;
    bool has(const char* text) const {
        return page.find(text) != std::string::npos && file.find(text) != std::string::npos;
    }
};
Drawn named(const std::string& label) {
    Plot plot;
    plot.id = plot.title = "rates";
    plot.series.push_back({label, {0, 1}, {0, 1}, 1, Mark::line});
    return {plot_html(plot), plot_svg(plot, 560)};
}

} // namespace

TEST_SUITE("plots") {

    TEST_CASE("a name that fits beside the end of its line stands there") {
        const Drawn drawn = named("excitatory");
        CHECK(drawn.has("class=\"ending t1\">excitatory<"));
        CHECK(drawn.page.find("<div class=\"frame with-ends\">") != std::string::npos);
        CHECK(drawn.page.find("<ul class=\"legend narrow\">") != std::string::npos);
    }

    TEST_CASE("a name that does not fit there is in the legend, in full") {
        const std::string name = "inhibitory, target = 10";
        const Drawn drawn = named(name);
        CHECK(drawn.has((name + "<").c_str()));
        CHECK(drawn.page.find("class=\"ending") == std::string::npos);
        CHECK(drawn.file.find("class=\"ending") == std::string::npos);
        CHECK(drawn.page.find("<div class=\"frame\">") != std::string::npos);
        CHECK(drawn.page.find("<ul class=\"legend\">") != std::string::npos);
    }

    TEST_CASE("the room for a name is counted in characters, not in bytes") {
        CHECK(named("τ τ τ τ τ τ").has("class=\"ending"));
    }
}
