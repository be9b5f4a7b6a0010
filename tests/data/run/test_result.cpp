#include "explore.hpp"
#include "explore_files.hpp"
#include "result.hpp"
#include "sample_run.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cstring>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace carve::cli;
using Document = nlohmann::json;

namespace {

Document parse(const Task& task, const SearchResult& result, double seconds = 1.25) {
    return Document::parse(result_json(task, result, sample_facts(), seconds));
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Whether the number is one that the task says: a target, or what a condition holds.
bool is_of_the_task(const std::string& path, const std::string& key) {
    return key == "target" || key == "tolerance" || path.find("/at/") != std::string::npos;
}

// The documents are the same but for the numbers: those with a fraction of the first, and none
// else, are null in the second. What the task says is a number in both.
void check_nulls(const Document& finite, const Document& other) {
    REQUIRE(finite.size() == other.size());
    const Document flat = finite.flatten();
    for (const auto& item : flat.items()) {
        const std::string path = item.key();
        const Document& value = item.value();
        CAPTURE(path);
        const Document::json_pointer pointer(path);
        REQUIRE(other.contains(pointer));
        if (value.is_number_float() && !is_of_the_task(path, pointer.back()))
            CHECK(other[pointer].is_null());
        else
            CHECK(other[pointer].type() == value.type());
    }
}

CellReport cell(double value) { return {{value, value}, {value, value}, {value, value}, value, 5}; }

// Neurons that spike, under a rule that has a mean field.
Task spiking_task() { return parse_task("format = 2\nextends = \"cell\"\n", "neuron.toml", {}); }

// A result in which every number with a fraction is the value.
SearchResult filled(double value) {
    SearchResult r = sample_result();
    r.train = r.held_out.loss = r.held_out_before_refit = r.validation = r.angle = value;
    r.held_out.spread = {value, value, value, value, 200, 0, 100};
    r.yardsticks = {value, value, value};
    r.angles = {value};
    r.rules = {{"feedforward", value, {{0, 2, 1, value}, {1, 1, 0, value}}}};
    Direction direction{value, std::vector<double>(27, value)};
    direction.standard_error = direction.low = direction.high = direction.rise = value;
    r.identifiability = {{direction}, value, r.held_out.spread};
    r.held_out.measured = {{"loss.rate", value, value, 200}};
    // Without an afferent rate there is no mean field.
    const double rate = std::isnan(value) ? kInfinity : value;
    r.held_out.conditions = {{{{"population.inh.factor", "0.5"}}, r.held_out.measured, rate, value},
                             {{{"population.inh.factor", "2"}}, r.held_out.measured}};
    r.held_out.sets = {
        {"transfer", value, r.held_out.spread, r.held_out.measured, r.held_out.conditions}};
    return r;
}

Restart restart(const Task& task, double value) {
    Restart r;
    r.held_out = r.angle = r.seconds = value;
    r.cell = cell(value);
    r.theta.assign(task_terms(task).size(), value);
    const auto n = static_cast<Eigen::Index>(r.theta.size());
    r.local = Eigen::MatrixXd::Constant(n, n, value);
    return r;
}

Summary summary(const Restart& restart, double value) {
    Summary s;
    s.solutions = {&restart};
    s.distance = s.across = Spread({value});
    s.local = s.spread = {{value, std::vector<double>(restart.theta.size(), value)}};
    return s;
}

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
    CHECK(json["loss"]["silent"] == 1.02);
    CHECK(json["loss"]["reference"] == 0.0151);
    CHECK(json["loss"]["chance"] == 0.98);
    CHECK(json["held_out_losses"]["worst"] == 0.21);
    CHECK(json["held_out_losses"]["independent_trials"] == 100);
    CHECK(json["loss"]["validation"] == 0.0139);
    CHECK(json["angle"] == 0.042);
    CHECK(json["measured"] ==
          Document({{"loss.components",
                     {{"mean", 0.999}, {"standard_deviation", 0.0004}, {"trials", 200}}}}));
    CHECK(json["conditions"] == Document::array());
    CHECK(json["sets"] == Document::object());
    for (const char* key : {"cosines", "rate", "afferent_rate", "set_point", "target", "tuning",
                            "transfer", "long_run"}) // of carve 0.1
        CHECK_FALSE(json.contains(key));
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
          Document({{"name", "y^2 w"}, {"x", 0}, {"y", 2}, {"w", 1}, {"theta", -0.9971}}));
    REQUIRE(json["identifiability"].size() == 2);
    CHECK(json["identifiability"][0]["eigenvalue"] == 3.5);
    CHECK(json["identifiability"][0]["standard_error"] == 0.25);
    CHECK(json["identifiability"][0]["low"] == 3.12);
    CHECK(json["identifiability"][0]["high"] == 3.88);
    CHECK(json["identifiability"][0]["rise"] == 0.0389);
    CHECK(json["identifiability_step"] == 0.1054);
    CHECK(json["identifiability_losses"]["standard_error"] == 0.00002);
    CHECK(json["identifiability_losses"]["independent_trials"] == 20);
    CHECK(json["identifiability"][0]["pinned"] == true);
    CHECK(json["identifiability"][1]["pinned"] == false);
    CHECK(json["identifiability"][1]["combination"] ==
          Document({{{"name", "y^2 w"}, {"x", 0}, {"y", 2}, {"w", 1}, {"coefficient", -0.6}},
                    {{"name", "x y"}, {"x", 1}, {"y", 1}, {"w", 0}, {"coefficient", 0.8}}}));
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

TEST_CASE("a probe with a range says whether it holds, and is warned of where it does not") {
    const Task task = sample_task();
    SearchResult result = sample_result();
    result.held_out.measured = {{"probe.cv", 0.5, 0.125, 8, task::Range{0.7, kInfinity}},
                                {"probe.rate", 5, 0.5, 8, task::Range{1, 5}},
                                {"probe.none", kNaN, kNaN, 0, task::Range{1, 5}}};
    const Document measured = parse(task, result)["measured"];
    CHECK(measured["probe.cv"]["accept"] == Document({0.7, nullptr}));
    CHECK(measured["probe.cv"]["accepted"] == false);
    CHECK(measured["probe.rate"]["accepted"] == true);
    CHECK(measured["probe.none"]["accepted"] == false); // nothing was measured
    const std::vector<std::string> said = remarks(task, result);
    const auto warned = [&](const std::string& name) {
        return std::any_of(said.begin(), said.end(),
                           [&](const std::string& s) { return s.rfind(name, 0) == 0; });
    };
    CHECK(warned("probe.cv is 0.5 on held-out trials, outside of its range, [0.7, inf]"));
    CHECK(!warned("probe.rate"));
    CHECK(warned("probe.none"));
}

TEST_CASE("a path of l1 is there under the phases of its values") {
    Task task = sample_task();
    StageSettings stage;
    task.search.stages = {stage, stage, stage};
    for (std::size_t i : {0u, 2u}) {
        task.search.stages[i].listed = true;
        task.search.stages[i].name = i == 0 ? "one, l1 = 1" : "one, l1 = 0.5";
    }
    SearchResult result = sample_result();
    CHECK(!parse(task, result).contains("path"));
    result.path = {{1, 0.25, 0.5, 2}, {0.5, 0.125, 0.25, 3}};
    const Document path = parse(task, result)["path"];
    REQUIRE(path.size() == 2);
    CHECK(path[1] == Document({{"phase", "one, l1 = 0.5"},
                               {"l1", 0.5},
                               {"loss", 0.125},
                               {"validation", 0.25},
                               {"terms", 3}}));
}

TEST_CASE(
    "conditions and further sets have what they hold, what was measured, and the mean field") {
    SearchResult result = sample_result();
    const std::vector<MeasuredSpread> measured{{"loss.rate", 9.5, 0.25, 8},
                                               {"probe.tuning", 0.75, 0.125, 8}};
    const std::vector<Condition> conditions{
        {{{"population.inh.factor", "0.5"}, {"rule.inhibitory.eta", "2"}}, measured, 20.5, 10.25},
        {{}, measured}};
    result.held_out.conditions = conditions;
    result.held_out.sets = {
        {"transfer, target 5", 0.25, {0.25, 0.5, 0.125, 3, 8, 1, 4}, measured, conditions}};
    const Document json = parse(spiking_task(), result);
    const Document of_measures = {
        {"loss.rate", {{"mean", 9.5}, {"standard_deviation", 0.25}, {"trials", 8}}},
        {"probe.tuning", {{"mean", 0.75}, {"standard_deviation", 0.125}, {"trials", 8}}}};
    REQUIRE(json["conditions"].size() == 2);
    CHECK(json["conditions"][0] ==
          Document({{"at", {{"population.inh.factor", 0.5}, {"rule.inhibitory.eta", 2.0}}},
                    {"measured", of_measures},
                    {"afferent_rate", 20.5},
                    {"set_point", 10.25}}));
    CHECK(json["conditions"][1] ==
          Document({{"at", Document::object()}, {"measured", of_measures}}));
    REQUIRE(json["sets"].size() == 1);
    const Document& set = json["sets"]["transfer, target 5"];
    CHECK(set["loss"] == 0.25);
    CHECK(set["losses"] == Document({{"mean", 0.25},
                                     {"standard_error", 0.5},
                                     {"median", 0.125},
                                     {"worst", 3.0},
                                     {"trials", 8},
                                     {"independent_trials", 4},
                                     {"diverged", 1}}));
    CHECK(set["measured"] == of_measures);
    CHECK(set["conditions"] == json["conditions"]);
}

TEST_CASE("a number that is not finite is null, whichever field of whichever file") {
    for (const double value : {kNaN, -kNaN, kInfinity, -kInfinity}) {
        CAPTURE(value);
        const Task layer = sample_task();
        check_nulls(parse(layer, filled(1)), parse(layer, filled(value), value));
        Progress p, other;
        p.loss = p.step = p.angle = 1;
        other.loss = other.step = other.angle = value;
        p.theta = {1, 2};
        other.theta = {value, value};
        const std::vector<std::string> names{"x y", "w"};
        check_nulls(Document::parse(progress_json(p, names)),
                    Document::parse(progress_json(other, names)));
        const std::optional<Progress> back = parse_progress(progress_json(other, names), names);
        REQUIRE(back);
        for (const double read :
             {back->loss, back->step, back->angle, back->theta[0], back->theta[1]})
            CHECK(std::isnan(read));

        const Task task = spiking_task();
        check_nulls(parse(task, filled(1)), parse(task, filled(value), value));
        const Restart one = restart(task, 1), lost = restart(task, value);
        const std::string line = restart_json(task, lost);
        check_nulls(Document::parse(restart_json(task, one)), Document::parse(line));
        const std::optional<Restart> read = parse_restart(task, line);
        REQUIRE(read);
        CHECK(restart_json(task, *read) == line);
        if (value != -kInfinity) // of which a time constant is 0 s
            check_nulls(Document::parse(summary_json(task, {one}, summary(one, 1))),
                        Document::parse(summary_json(task, {lost}, summary(lost, value))));
    }
}

TEST_CASE("the log and an exploration know coefficients by their names") {
    Progress p;
    p.phase = "stage 1";
    p.theta = {1, 2, 3};
    const std::string line = progress_json(p, {"a", "b", "c"});
    CHECK(Document::parse(line)["theta"] == Document({{"a", 1}, {"b", 2}, {"c", 3}}));
    const std::optional<Progress> other = parse_progress(line, {"c", "absent", "a"});
    REQUIRE(other);
    CHECK(other->theta[0] == 3);
    CHECK(std::isnan(other->theta[1]));
    CHECK(other->theta[2] == 1);

    Task task = sample_task();
    task.rules[0].terms = {{1, 1, 0, 0}, {0, 2, 1, 0}};
    Restart one;
    one.theta = {0.5, -0.25};
    one.local = Eigen::Matrix2d{{1, 2}, {2, 4}};
    const std::string restart = restart_json(task, one);
    CHECK(Document::parse(restart)["theta"] == Document({{"x y", 0.5}, {"y^2 w", -0.25}}));
    std::reverse(task.rules[0].terms.begin(), task.rules[0].terms.end());
    const std::optional<Restart> back = parse_restart(task, restart);
    REQUIRE(back);
    CHECK(back->theta == std::vector{-0.25, 0.5});
    CHECK(back->local == Eigen::Matrix2d{{4, 2}, {2, 1}});
    task.rules[0].terms[0] = {0, 1, 1, 0};
    CHECK_FALSE(parse_restart(task, restart));
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
    const std::string line = progress_json(p, {});
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(Document::parse(line)["phase"] == "a\nb\xEF\xBF\xBD");
}

TEST_CASE("directions of several rules name their projections") {
    Task task = sample_task();
    task.rules.push_back(task.rules[0]);
    task.rules[1].name = "lateral";
    SearchResult result = sample_result();
    std::vector<Direction>& directions = result.identifiability.directions;
    directions = {{1, std::vector<double>(54)}};
    directions[0].combination[12] = 0.6;
    directions[0].combination[27 + 12] = -0.8;
    const Document combination = parse(task, result)["identifiability"][0]["combination"];
    REQUIRE(combination.size() == 2);
    CHECK(combination[0]["projection"] == "feedforward");
    CHECK(combination[1]["projection"] == "lateral");
    CHECK(combination[1]["coefficient"] == -0.8);
}

TEST_SUITE_END();
