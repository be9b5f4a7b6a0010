#include "result.hpp"
#include "sample_run.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <random>

using namespace carve::cli;
using Document = nlohmann::json;

namespace {

Document parse(const Task& task, const SearchResult& result) {
    return Document::parse(result_json(task, result, sample_facts(), 1.25));
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

} // namespace

TEST_SUITE_BEGIN("result");

TEST_CASE("result.json has every key that it promises") {
    const Document json = parse(sample_task(), sample_result());
    CHECK(json["carve"] == "0.1.0");
    CHECK(json["task"] == "oja");
    CHECK(json["seed"].get<std::uint64_t>() == 18446744073709551615u);
    CHECK(json["loss"]["train"] == 0.0123);
    CHECK(json["loss"]["held_out"] == 0.0145);
    CHECK(json["loss"]["held_out_before_refit"] == 0.02);
    CHECK(json["loss"]["validation"] == 0.0139);
    CHECK(json["angle"] == 0.042);
    CHECK(json["iterations"] == 45);
    CHECK(json["evaluations"] == 123456);
    CHECK(json["diverged"] == 7);
    CHECK(json["seconds"] == 1.25);
    CHECK(json["fingerprint"] == "00123456789abcde");
    CHECK(json["isa"] == "avx2");
    CHECK(json["form"] == "moments");
    CHECK(json["threads"] == 2);
    CHECK(json["warnings"].size() == 1);
    REQUIRE(json["rules"].size() == 1);
    CHECK(json["rules"][0]["projection"] == "feedforward");
    CHECK(json["rules"][0]["eta"] == 0.1);
    CHECK(json["rules"][0]["terms"][0] ==
          Document({{"x", 0}, {"y", 2}, {"w", 1}, {"theta", -0.9971}}));
    REQUIRE(json["identifiability"].size() == 2);
    CHECK(json["identifiability"][0]["eigenvalue"] == 3.5);
    CHECK(json["identifiability"][0]["pinned"] == true);
    CHECK(json["identifiability"][1]["pinned"] == false);
    CHECK(json["identifiability"][1]["combination"] ==
          Document({{{"x", 0}, {"y", 2}, {"w", 1}, {"coefficient", -0.6}},
                    {{"x", 1}, {"y", 1}, {"w", 0}, {"coefficient", 0.8}}}));
    CHECK(!json.contains("goal"));
}

TEST_CASE("the goal and whether it was met are there when the task has one") {
    Task task = sample_task();
    SearchResult result = sample_result();
    task.search.goal = 0.0145;
    CHECK(parse(task, result)["goal"] == 0.0145);
    CHECK(parse(task, result)["goal_met"] == true);
    task.search.goal = 0.0144;
    CHECK(parse(task, result)["goal_met"] == false);
    result.held_out.loss = kNaN; // no number is no success
    CHECK(parse(task, result)["goal_met"] == false);
}

TEST_CASE(
    "numbers that are not finite are words, and null means that there is nothing to measure") {
    Task task = sample_task();
    SearchResult result = sample_result();
    result.held_out.loss = kNaN;
    result.train = kInfinity;
    result.rules[0].terms[0].theta = -kInfinity;
    result.angle = kNaN;
    Document json = parse(task, result);
    CHECK(json["loss"]["held_out"] == "nan");
    CHECK(json["loss"]["train"] == "inf");
    CHECK(json["rules"][0]["terms"][0]["theta"] == "-inf");
    CHECK(json["angle"] == "nan"); // to a reference, but of a rule without terms
    task.rules[0].reference.clear();
    CHECK(parse(task, result)["angle"].is_null());

    Progress p;
    p.loss = kNaN;
    p.angle = kNaN;
    p.theta = {kInfinity, 1};
    json = Document::parse(progress_json(p, false));
    CHECK(json["loss"] == "nan");
    CHECK(json["angle"].is_null());
    CHECK(json["theta"][0] == "inf");
    CHECK(Document::parse(progress_json(p, true))["angle"] == "nan");
}

TEST_CASE("doubles read back with the same bits") {
    std::mt19937_64 engine(1);
    SearchResult result = sample_result();
    result.rules[0].terms.clear();
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t bits = engine();
        double v = 0;
        std::memcpy(&v, &bits, sizeof v);
        if (std::isfinite(v))
            result.rules[0].terms.push_back({0, 0, 0, v});
    }
    result.rules[0].terms.push_back({0, 0, 0, -0.0});
    result.rules[0].terms.push_back({0, 0, 0, 5e-324});
    const Document terms = parse(sample_task(), result)["rules"][0]["terms"];
    REQUIRE(terms.size() == result.rules[0].terms.size());
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const double back = terms[i]["theta"].get<double>(), v = result.rules[0].terms[i].theta;
        CHECK(std::memcmp(&back, &v, sizeof v) == 0);
    }
}

TEST_CASE("a line of the log is one line, and text that is not UTF-8 does not stop a run") {
    Progress p;
    p.phase = "a\nb\xFF";
    const std::string line = progress_json(p, false);
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(Document::parse(line)["phase"] == "a\nb\xEF\xBF\xBD");
}

TEST_CASE("directions of several rules name their projections") {
    Task task = sample_task();
    task.rules.push_back(task.rules[0]);
    task.rules[1].name = "lateral";
    SearchResult result = sample_result();
    result.identifiability = {{1, std::vector<double>(54)}};
    result.identifiability[0].combination[12] = 0.6;
    result.identifiability[0].combination[27 + 12] = -0.8;
    const Document combination = parse(task, result)["identifiability"][0]["combination"];
    REQUIRE(combination.size() == 2);
    CHECK(combination[0]["projection"] == "feedforward");
    CHECK(combination[1]["projection"] == "lateral");
    CHECK(combination[1]["coefficient"] == -0.8);
}

TEST_SUITE_END();
