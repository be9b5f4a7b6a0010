#include "result.hpp"

#include "carve.h"
#include "figures.hpp"
#include "json.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

Json terms_json(const ProjectionRule& rule) {
    Json list = Json::array();
    for (const Term& t : rule.terms)
        if (t.spike || !t.name.empty())
            list.push_back({{"name", monomial(t)}, {"theta", t.theta}});
        else
            list.push_back(
                {{"name", monomial(t)}, {"x", t.x}, {"y", t.y}, {"w", t.w}, {"theta", t.theta}});
    return list;
}

Json combination_json(const Direction& direction, const Task& task) {
    Json list = Json::array();
    const std::vector<TaskTerm> terms = task_terms(task);
    const std::size_t n = std::min(terms.size(), direction.combination.size());
    for (std::size_t k = 0; k < n; ++k) {
        const double c = direction.combination[k];
        if (is_rounding(c, 1)) // of a unit vector
            continue;
        const Term& t = terms[k].term;
        Json entry = {{"name", monomial(t)}, {"coefficient", c}};
        if (!t.spike && t.name.empty())
            entry.update({{"x", t.x}, {"y", t.y}, {"w", t.w}});
        if (task.rules.size() > 1)
            entry["projection"] = terms[k].projection;
        list.push_back(std::move(entry));
    }
    return list;
}

Json identifiability_json(const Task& task, const SearchResult& result) {
    Json list = Json::array();
    for (const Direction& d : result.identifiability.directions)
        list.push_back({{"eigenvalue", d.eigenvalue},
                        {"standard_error", d.standard_error},
                        {"low", d.low},
                        {"high", d.high},
                        {"rise", d.rise},
                        {"pinned", d.pinned},
                        {"combination", combination_json(d, task)}});
    return list;
}

Json path_json(const Task& task, const SearchResult& result) {
    Json out = Json::array();
    auto point = result.path.begin();
    for (const StageSettings& stage : task.search.stages) {
        if (!stage.listed || point == result.path.end())
            continue;
        out.push_back({{"phase", stage.name},
                       {"l1", point->l1},
                       {"loss", point->loss},
                       {"validation", point->validation},
                       {"terms", point->terms}});
        ++point;
    }
    return out;
}

} // namespace

std::string result_json(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds) {
    Json json;
    json["carve"] = carve_version();
    json["task"] = task.name;
    json["seed"] = task.run.seed;
    json["loss"] = {{"train", result.train},
                    {"validation", result.validation},
                    {"held_out", result.held_out.loss},
                    {"held_out_before_refit", result.held_out_before_refit},
                    {"silent", result.yardsticks.silent},
                    {"reference", result.yardsticks.reference},
                    {"chance", result.yardsticks.chance}};
    json["held_out_losses"] = spread_json(result.held_out.spread);
    json["stable_variance"] = result.stable_variance;
    json["angle"] = result.angle;
    if (task.search.goal) {
        json["goal"] = *task.search.goal;
        json["goal_met"] = result.held_out.loss <= *task.search.goal;
    }
    json["rules"] = Json::array();
    for (std::size_t r = 0; r < result.rules.size(); ++r) {
        const ProjectionRule& rule = result.rules[r];
        json["rules"].push_back(
            {{"projection", rule.projection},
             {"eta", rule.eta},
             {"angle", r < result.angles.size() ? Json(result.angles[r]) : Json()},
             {"equation", equation(rule.terms)},
             {"terms", terms_json(rule)}});
    }
    json["identifiability"] = identifiability_json(task, result);
    if (!result.identifiability.directions.empty()) {
        json["identifiability_step"] = result.identifiability.step;
        json["identifiability_losses"] = spread_json(result.identifiability.losses);
    }
    json["measured"] = measured_json(result.held_out.measured);
    json["conditions"] = conditions_json(result.held_out.conditions);
    json["sets"] = sets_json(result.held_out.sets);
    if (!result.path.empty())
        json["path"] = path_json(task, result);
    json["phases"] = Json::array();
    for (const Phase& phase : result.counters.phases)
        json["phases"].push_back({{"phase", phase.name},
                                  {"iterations", phase.iterations},
                                  {"evaluations", phase.evaluations}});
    json["iterations"] = result.counters.iterations;
    json["evaluations"] = result.counters.evaluations;
    json["diverged"] = result.counters.diverged;
    json["seconds"] = seconds;
    json["memory_bytes"] = facts.memory;
    json["fingerprint"] = hex(result.fingerprint);
    json["isa"] = result.isa;
    json["form"] = result.form;
    json["threads"] = facts.threads;
    json["warnings"] = facts.warnings;
    return dump(json, 2);
}

std::vector<std::string> remarks(const Task& task, const SearchResult& result) {
    constexpr double kFarAbove = 2, kErrors = 3; // times the training loss, and standard errors
    const double loss = result.held_out.loss, before = result.held_out_before_refit;
    const double error = result.held_out.spread.standard_error;
    std::vector<std::string> out;
    if (loss >= result.yardsticks.silent)
        out.push_back(
            fmt::format("the rule is no better than no plasticity: its held-out loss is {:.4g}, "
                        "{:.4g} without plasticity",
                        loss, result.yardsticks.silent));
    if (loss > result.train + (kFarAbove - 1) * std::abs(result.train) &&
        loss - result.train > kErrors * error)
        out.push_back(fmt::format(
            "the held-out loss, {:.4g}, is far above the search's own, {:.4g}: the rule fits the "
            "search's trials; more trials.search, or trials.redraw = \"iteration\", helps",
            loss, result.train));
    for (const MeasuredSpread& m : result.held_out.measured)
        if (!m.holds())
            out.push_back(fmt::format("{} is {:.4g} on held-out trials, outside of its range, "
                                      "[{}, {}]",
                                      m.name, m.mean, m.accept->low, m.accept->high));
    if (task.search.refit && loss - before > error)
        out.push_back(
            fmt::format("the refit made the held-out loss worse, {:.4g} from {:.4g}, "
                        "though not the validation loss; search.refit = false leaves it out",
                        loss, before));
    return out;
}

Json measured_json(const std::vector<MeasuredSpread>& measured) {
    Json out = Json::object();
    for (const MeasuredSpread& m : measured) {
        out[m.name] = {{"mean", m.mean}, {"standard_deviation", m.deviation}, {"trials", m.trials}};
        if (m.accept)
            out[m.name].update(
                {{"accept", {m.accept->low, m.accept->high}}, {"accepted", m.holds()}});
    }
    return out;
}

Json conditions_json(const std::vector<Condition>& conditions) {
    Json out = Json::array();
    for (const Condition& c : conditions) {
        Json at = Json::object();
        for (const auto& [path, value] : c.at) {
            const Json number = Json::parse(value, nullptr, false);
            at[path] = number.is_number() ? number : Json(value);
        }
        out.push_back({{"at", at}, {"measured", measured_json(c.measured)}});
        if (!std::isnan(c.afferent_rate))
            out.back().update({{"afferent_rate", c.afferent_rate}, {"set_point", c.set_point}});
    }
    return out;
}

Json sets_json(const std::vector<OtherSet>& sets) {
    Json out = Json::object();
    for (const OtherSet& set : sets)
        out[set.name] = {{"loss", set.loss},
                         {"losses", spread_json(set.spread)},
                         {"measured", measured_json(set.measured)},
                         {"conditions", conditions_json(set.conditions)}};
    return out;
}

Json spread_json(const LossSpread& spread) {
    return {{"mean", spread.mean},        {"standard_error", spread.standard_error},
            {"median", spread.median},    {"worst", spread.worst},
            {"trials", spread.trials},    {"independent_trials", spread.independent},
            {"diverged", spread.diverged}};
}

Json named_json(const std::vector<std::string>& names, const std::vector<double>& values) {
    Json object = Json::object();
    for (std::size_t k = 0; k < std::min(names.size(), values.size()); ++k)
        object[names[k]] = values[k];
    return object;
}

std::vector<double> named_reals(const Json& object, const std::vector<std::string>& names) {
    std::vector<double> values;
    for (const std::string& name : names)
        values.push_back(real(object.value(name, Json())));
    return values;
}

std::string progress_json(const Progress& p, const std::vector<std::string>& names) {
    Json json;
    json["phase"] = p.phase;
    json["iteration"] = p.iteration;
    json["total"] = p.total;
    json["loss"] = p.loss;
    json["step"] = p.step;
    json["diverged"] = p.diverged;
    json["evaluations"] = p.evaluations;
    json["angle"] = p.angle;
    json["theta"] = named_json(names, p.theta);
    return dump(json, -1);
}

std::optional<Progress> parse_progress(const std::string& line,
                                       const std::vector<std::string>& names) try {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("phase") || !json.contains("theta") ||
        !json["theta"].is_object())
        return std::nullopt;
    Progress p;
    p.phase = json["phase"].get<std::string>();
    p.iteration = json.value("iteration", std::uint64_t{0});
    p.total = json.value("total", std::uint64_t{0});
    p.loss = real(json.value("loss", Json()));
    p.step = real(json.value("step", Json()));
    p.diverged = json.value("diverged", std::size_t{0});
    p.evaluations = json.value("evaluations", std::uint64_t{0});
    p.angle = real(json.value("angle", Json()));
    p.theta = named_reals(json["theta"], names);
    return p;
} catch (const Json::exception&) { // a value of another type
    return std::nullopt;
}

std::string facts_json(const Task& task, const RunFacts& facts) {
    Json json;
    json["carve"] = carve_version();
    json["abi"] = carve_abi_version();
    json["revision"] = facts.revision.empty() ? Json() : Json(facts.revision);
    json["build"] = facts.build;
    json["isa"] = facts.isa;
    json["lane_bytes"] = facts.lane_bytes;
    json["threads"] = facts.threads;
    json["argv"] = facts.argv;
    json["seed"] = task.run.seed;
    json["task"] = {{"file", "task.toml"}, {"xxh3", hex(facts.task_checksum)}};
    json["inputs"] = Json::array();
    for (const InputFile& input : facts.inputs)
        json["inputs"].push_back({{"file", input.path}, {"xxh3", hex(input.checksum)}});
    json["warnings"] = facts.warnings;
    return dump(json, 2);
}

RunFacts parse_facts(const std::string& text) {
    RunFacts facts;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        return facts;
    const auto word = [](const Json& object, const char* key) {
        const Json value = object.is_object() ? object.value(key, Json()) : Json();
        return value.is_string() ? value.get<std::string>() : std::string();
    };
    const auto number = [](const std::string& digits) {
        return std::strtoull(digits.c_str(), nullptr, 16);
    };
    facts.version = word(json, "carve");
    facts.build = word(json, "build");
    facts.revision = word(json, "revision");
    facts.isa = word(json, "isa");
    facts.task_checksum = number(word(json.value("task", Json()), "xxh3"));
    for (const Json& argument : json.value("argv", Json::array()))
        facts.argv.push_back(argument.is_string() ? argument.get<std::string>() : "");
    for (const Json& input : json.value("inputs", Json::array()))
        facts.inputs.push_back({word(input, "file"), number(word(input, "xxh3"))});
    return facts;
}

std::string changed_input(const std::string& text, const RunFacts& facts) {
    const Json json = Json::parse(text, nullptr, false);
    const Json known = json.is_object() ? json.value("inputs", Json::array()) : Json::array();
    for (std::size_t i = 0; i < facts.inputs.size(); ++i)
        if (i >= known.size() || !known[i].is_object() ||
            known[i].value("xxh3", Json()) != hex(facts.inputs[i].checksum))
            return facts.inputs[i].path;
    return "";
}

} // namespace carve::cli
