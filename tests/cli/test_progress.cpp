#include "printable.hpp"
#include "progress.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <sstream>
#include <string>

using namespace carve::cli;

namespace {

Progress at(const std::string& phase, std::uint64_t iteration) {
    Progress p;
    p.phase = phase;
    p.iteration = iteration;
    p.total = 50;
    p.loss = 0.25;
    p.diverged = 2;
    p.angle = std::nan("");
    return p;
}

std::size_t count(const std::string& text, char c) {
    std::size_t n = 0;
    for (const char x : text)
        n += x == c;
    return n;
}

} // namespace

TEST_SUITE("progress") {

    TEST_CASE("durations read like a clock") {
        CHECK(duration(0) == "0:00");
        CHECK(duration(7.4) == "0:07");
        CHECK(duration(754) == "12:34");
        CHECK(duration(3 * 3600 + 2 * 60 + 1) == "3:02:01");
        CHECK(duration(-1) == "0:00");
    }

    TEST_CASE("plain lines come at the start, at each stage and every ten seconds") {
        std::ostringstream out;
        ProgressLine line(out, ProgressLine::Style::lines, 100);
        for (int i = 0; i < 100; ++i)
            line.update(at(i < 50 ? "stage 1" : "stage 2", static_cast<std::uint64_t>(i % 50 + 1)),
                        0.5 * i);
        line.finish();
        // 0, 10, 20 s; 25 s (stage 2), 35, 45 s.
        CHECK(count(out.str(), '\n') == 6);
        CHECK(count(out.str(), '\r') == 0);
        CHECK(out.str().find("stage 1 1/50  loss 0.25  diverged 2\n") == 0);
    }

    TEST_CASE("rate and ETA follow from the time between iterations") {
        std::ostringstream out;
        ProgressLine line(out, ProgressLine::Style::lines, 101);
        line.update(at("a", 1), 1000);
        for (int i = 1; i <= 20; ++i) // two a second
            line.update(at("a", static_cast<std::uint64_t>(i) + 1), 1000 + 0.5 * i);
        // 21 of 101 are done; 80 at two a second.
        CHECK(out.str().find("a 21/50  loss 0.25  diverged 2  2 it/s  ETA 0:40\n") !=
              std::string::npos);
    }

    TEST_CASE("a bar redraws one line at most ten times a second and ends it") {
        std::ostringstream out;
        ProgressLine line(out, ProgressLine::Style::bar, 1000);
        for (int i = 0; i < 1000; ++i)
            line.update(at("stage 1", static_cast<std::uint64_t>(i + 1)), 0.001 * i);
        line.finish();
        CHECK(count(out.str(), '\r') >= 9);
        CHECK(count(out.str(), '\r') <= 11);
        CHECK(count(out.str(), '\n') == 1);
        CHECK(out.str().find("[####") != std::string::npos);
    }

    TEST_CASE("a bar never takes the last column of a terminal, whose width may change") {
        std::ostringstream out;
        std::size_t columns = 100;
        ProgressLine line(out, ProgressLine::Style::bar, 50, [&] { return columns; });
        for (const std::size_t width : {100u, 40u, 30u, 120u, 21u, 3u, 1u, 0u}) {
            columns = width;
            out.str("");
            line.update(at("a stage of \xE6\xBC\xA2\xE5\xAD\x97 " + std::to_string(width), 1), 0.0);
            const std::string drawn = out.str();
            REQUIRE(drawn.substr(0, 1) == "\r");
            CHECK(columns_of(drawn.substr(1)) <= (width < 2 ? 1 : width - 1));
            CHECK(count(drawn, '\n') == 0);
            if (width == 30)
                CHECK(columns_of(drawn.substr(1)) == 29);
        }
    }

    TEST_CASE("quiet says nothing") {
        std::ostringstream out;
        ProgressLine line(out, ProgressLine::Style::quiet, 10);
        line.update(at("a", 1), 0);
        line.finish();
        CHECK(out.str() == "");
    }

    TEST_CASE("searches one after the other are told by number and phase") {
        std::ostringstream out;
        SharedProgressLine line({out, ProgressLine::Style::lines, 100}, "restart", " of 2", 50);
        line.update(1, at("stage 1", 1), 0);
        line.end(1);
        line.update(2, at("stage 1", 1), 0);
        CHECK(out.str() == "restart 1 of 2, stage 1 1/50  loss 0.25  diverged 2\n"
                           "restart 2 of 2, stage 1 1/50  loss 0.25  diverged 2\n");
    }

    TEST_CASE("of searches side by side comes the mean of those that are running") {
        std::ostringstream out;
        SharedProgressLine line({out, ProgressLine::Style::lines, 0}, "restart", " of 50", 60);
        Progress other = at("refit", 1); // whose iterations before that are counted
        other.loss = 0.75;
        line.update(3, at("stage 1", 1), 0);
        out.str("");
        line.update(6, other, 0);
        CHECK(out.str() == "restarts 3 to 6 of 50 1/60  loss 0.5  diverged 4\n");
        for (int i = 0; i < 9; ++i)
            line.update(6, other, 1);
        out.str("");
        line.update(4, at("stage 2", 1), 20); // done: 1, 10 and 1
        CHECK(out.str().find("restarts 3 to 6 of 50 4/60  loss 0.4167  diverged 6") == 0);
        line.end(3);
        line.end(6);
        out.str("");
        line.update(4, at("stage 2", 2), 21);
        CHECK(out.str().find("restart 4 of 50 2/60  loss 0.25  diverged 2") == 0);
    }
}
