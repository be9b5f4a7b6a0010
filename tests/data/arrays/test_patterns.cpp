#include "failure.hpp"
#include "patterns.hpp"
#include "python.hpp"
#include "temporary.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <map>

using namespace carve::cli;
using task::Draw;

namespace {

struct Case {
    std::string draw; // as patterns.py is told it
    PatternSettings settings;
    std::size_t steps;
    std::uint64_t seed, stream, index;
};

PatternSettings settings(std::size_t units, std::size_t count, const Draw& value,
                         std::uint64_t active = 0, bool contiguous = false) {
    PatternSettings s;
    s.units = units;
    s.count = count;
    s.active = {value, active, contiguous};
    return s;
}

PatternSettings shown(PatternSettings s, std::size_t on, std::size_t off, task::Order order) {
    s.on = on;
    s.off = off;
    s.order = order;
    return s;
}

std::vector<Case> cases() {
    const Draw normal{task::Normal{1, 2}}, uniform{task::Uniform{-3, 4, false}},
        log_uniform{task::Uniform{0.01, 50, true}}, choice{task::OneOf{{-1, 0.5, 2}}}, number{3.5};
    const auto random = task::Order::random, sequence = task::Order::sequence;
    return {
        {"normal 1,2", shown(settings(10, 10, normal), 1, 0, random), 200, 1, 2, 3},
        {"normal 1,2", shown(settings(7, 3, normal, 3), 4, 2, random), 100, 9, 1u << 31, 0},
        {"uniform -3,4", shown(settings(2, 2, uniform), 1, 0, random), 50, 1, 0x44F0000000000000,
         7},
        {"uniform -3,4", shown(settings(12, 5, uniform, 5, true), 2, 3, sequence), 61, 4, 5, 6},
        {"log_uniform 0.01,50", shown(settings(9, 4, log_uniform, 4), 3, 0, random), 40, 1, 2, 3},
        {"choice -1,0.5,2", shown(settings(64, 5, choice), 20, 0, sequence), 250, 1, 2, 3},
        {"number 3.5", shown(settings(50, 5, number, 10), 10, 10, random), 95, 2, 2, 3},
        {"number 3.5", shown(settings(6, 3, number, 6), 1, 1, random), 20, 2, 2, 3},
        {"number 3.5", shown(settings(6, 3, number, 20, true), 1, 1, sequence), 1, 2, 2, 3},
    };
}

std::vector<NamedArray> drawn(const Case& c) {
    return draw_patterns(c.settings, c.steps, c.seed, c.stream, c.index);
}

std::string line_of(const Case& c) {
    const PatternSettings& s = c.settings;
    std::string line;
    for (const std::uint64_t n : {std::uint64_t{s.units}, std::uint64_t{s.count}, s.active.units,
                                  std::uint64_t{s.active.contiguous}})
        line += std::to_string(n) + " ";
    line += c.draw + " " + std::to_string(s.on) + " " + std::to_string(s.off) +
            (s.order == task::Order::random ? " random" : " sequence");
    for (const std::uint64_t n : {std::uint64_t{c.steps}, c.seed, c.stream, c.index})
        line += " " + std::to_string(n);
    return line + "\n";
}

// Of a table that is shown in turn, one step each: the patterns.
std::vector<double> table_of(PatternSettings s) {
    s = shown(s, 1, 0, task::Order::sequence);
    return draw_patterns(s, s.count, 11, 12, 13)[0].values;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); }

// How often each value comes.
std::map<double, double> counts_of(const std::vector<double>& values) {
    std::map<double, double> counts;
    for (const double v : values)
        ++counts[v];
    return counts;
}

} // namespace

TEST_SUITE_BEGIN("patterns");

TEST_CASE("what is shown is what a program in Python makes of the same random numbers") {
    const std::string python = python_with_numpy();
    if (python.empty()) {
        MESSAGE("skipped: python3 with NumPy is not installed");
        return;
    }
    const Temporary folder;
    std::string text;
    for (const Case& c : cases())
        text += line_of(c);
    folder.file("cases.txt", text);
    const std::string tests = std::string(CARVE_SOURCE_ROOT) + "/tests/";
    REQUIRE(std::system((python + " -B " + tests + "data/arrays/patterns.py " + (folder / "") +
                         " " + tests + "oracle")
                            .c_str()) == 0);
    int number = 0;
    for (const Case& c : cases()) {
        CAPTURE(number);
        const std::vector<NamedArray> arrays = drawn(c);
        REQUIRE(arrays.size() == 2);
        CHECK(arrays[0].name == "");
        CHECK(arrays[1].name == "index");
        for (const NamedArray& array : arrays) {
            CHECK(array.trials == 1);
            CHECK(array.steps == c.steps);
        }
        CHECK(arrays[0].units == c.settings.units);
        CHECK(arrays[1].units == 1);
        std::vector<double> values = arrays[0].values;
        values.insert(values.end(), arrays[1].values.begin(), arrays[1].values.end());
        const std::string raw = contents(folder / (std::to_string(number++) + ".raw"));
        REQUIRE(raw.size() == values.size() * sizeof(double));
        std::vector<double> expected(values.size());
        std::memcpy(expected.data(), raw.data(), raw.size());
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            wrong +=
                !(std::isnan(expected[i]) ? std::isnan(values[i]) : near(values[i], expected[i]));
        CHECK(wrong == 0);
    }
}

TEST_CASE("more steps go on where fewer end, and another trial is another draw") {
    for (const Case& c : cases()) {
        Case longer = c, other = c;
        longer.steps += 33;
        ++other.index;
        for (std::size_t a = 0; a < 2; ++a) {
            const std::vector<double> few = drawn(c)[a].values, many = drawn(longer)[a].values;
            CHECK(std::memcmp(few.data(), many.data(), few.size() * sizeof(double)) == 0);
        }
        if (c.draw.rfind("number", 0) != 0)
            CHECK(drawn(c)[0].values != drawn(other)[0].values);
    }
}

TEST_CASE("values have the mean and the spread of what they are drawn from") {
    const double n = 200 * 500;
    double sum = 0, squares = 0;
    for (const double v : table_of(settings(200, 500, Draw{task::Normal{1, 2}}))) {
        sum += v;
        squares += v * v;
    }
    CHECK(std::abs(sum / n - 1) < 5 * 2 / std::sqrt(n));
    CHECK(std::abs(squares / n - 5) < 5 * std::sqrt(2 * 16 + 4 * 4) / std::sqrt(n));
    const auto chosen = counts_of(table_of(settings(200, 500, Draw{task::OneOf{{-1, 1, 7, 9}}})));
    REQUIRE(chosen.size() == 4);
    for (const auto& [value, count] : chosen)
        CHECK(std::abs(count / n - 0.25) < 5 * std::sqrt(0.25 * 0.75 / n));
}

TEST_CASE("a range bounds what is drawn") {
    Draw draw{task::Normal{0, 1}};
    draw.range = {-0.5, 1};
    const std::vector<double> values = table_of(settings(100, 100, draw));
    CHECK(*std::min_element(values.begin(), values.end()) == -0.5);
    CHECK(*std::max_element(values.begin(), values.end()) == 1);
}

TEST_CASE("each pattern has so many active units, and each unit is active as often as any other") {
    const std::size_t units = 20, count = 20000, active = 3;
    const std::vector<double> values = table_of(settings(units, count, Draw{2.0}, active));
    std::vector<double> of_unit(units, 0);
    for (std::size_t p = 0; p < count; ++p) {
        double sum = 0;
        for (std::size_t i = 0; i < units; ++i) {
            sum += values[p * units + i];
            of_unit[i] += values[p * units + i] / 2;
        }
        REQUIRE(sum == 2.0 * active);
    }
    const double mean = count * active / 20.0;
    for (const double times : of_unit)
        CHECK(std::abs(times - mean) < 5 * std::sqrt(mean));
}

TEST_CASE("contiguous units are neighbours, and start at any unit from which they do not wrap") {
    const std::size_t units = 12, count = 9000, active = 4;
    const std::vector<double> values = table_of(settings(units, count, Draw{1.0}, active, true));
    std::vector<double> starts;
    for (std::size_t p = 0; p < count; ++p) {
        const auto row = values.begin() + static_cast<std::ptrdiff_t>(p * units);
        const auto first = std::find(row, row + units, 1.0);
        REQUIRE(std::count(row, row + units, 1.0) == active);
        REQUIRE(row + units - first >= static_cast<std::ptrdiff_t>(active));
        REQUIRE(std::count(first, first + active, 1.0) == active);
        starts.push_back(static_cast<double>(first - row));
    }
    const auto counts = counts_of(starts);
    CHECK(counts.size() == units - active + 1);
    for (const auto& [start, times] : counts)
        CHECK(std::abs(times - 1000) < 5 * std::sqrt(1000));
}

TEST_CASE("in random order every pattern is as likely after every other, itself included") {
    const std::size_t steps = 40000;
    PatternSettings s = settings(1, 4, Draw{1.0});
    const std::vector<double> index = draw_patterns(s, steps, 1, 2, 3)[1].values;
    std::vector<double> pairs;
    for (std::size_t i = 1; i < steps; ++i)
        pairs.push_back(4 * index[i - 1] + index[i]);
    const auto counts = counts_of(pairs);
    CHECK(counts.size() == 16);
    for (const auto& [pair, times] : counts)
        CHECK(std::abs(times - 2500) < 5 * std::sqrt(2500));
}

TEST_CASE("in sequence patterns are shown in turn, for so long, with a pause that has no index") {
    PatternSettings s =
        shown(settings(2, 2, Draw{task::Normal{0, 1}}), 2, 1, task::Order::sequence);
    const std::vector<NamedArray> arrays = draw_patterns(s, 8, 1, 2, 3);
    const std::vector<double>& index = arrays[1].values;
    for (const std::size_t step : {0u, 1u, 6u, 7u})
        CHECK(index[step] == 0);
    for (const std::size_t step : {3u, 4u})
        CHECK(index[step] == 1);
    for (const std::size_t step : {2u, 5u}) {
        CHECK(std::isnan(index[step]));
        CHECK(arrays[0].values[2 * step] == 0);
        CHECK(arrays[0].values[2 * step + 1] == 0);
    }
    CHECK(arrays[0].values[0] == arrays[0].values[12]);
    CHECK(arrays[0].values[0] != arrays[0].values[6]);
}

TEST_CASE(
    "values that a data column would give are refused, and so is an index that is too large") {
    const PatternSettings s = settings(2, 2, Draw{task::Column{"session.w0"}});
    const Failure f = failure_of([&] { draw_patterns(s, 1, 1, 2, 3); });
    CHECK(f.code == Exit::usage);
    CHECK(f.says("session.w0"));
    CHECK(failure_of([&] {
              draw_patterns(settings(2, 2, Draw{1.0}), 1, 1, 2, std::uint64_t{1} << 28);
          }).code == Exit::internal);
}

TEST_SUITE_END();
