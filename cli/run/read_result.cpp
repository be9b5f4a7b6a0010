// result.json and rule.toml of a finished run, as the search had them (result.cpp writes them).
#include "atomic_file.hpp"
#include "json.hpp"
#include "stored_run.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// NaN where the key is missing, as carve before it wrote none, or null.
double number(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() ? std::nan("") : real(*at);
}

// Under its earlier name where it has that.
std::size_t count(const Json& object, const char* key, const char* before) {
    return object.value(key, object.value(before, std::size_t{0}));
}

} // namespace

LossSpread spread_of_json(const Json& json) {
    LossSpread spread;
    spread.mean = number(json, "mean");
    spread.standard_error = number(json, "standard_error");
    spread.median = number(json, "median");
    spread.worst = number(json, "worst");
    spread.trials = count(json, "trials", "sets");
    spread.independent = count(json, "independent_trials", "independent_sets");
    spread.diverged = json.value("diverged", std::size_t{0});
    return spread;
}

namespace {

// An end that is open is null.
task::Range range_of_json(const Json& json) {
    task::Range range;
    if (!json.at(0).is_null())
        range.low = real(json.at(0));
    if (!json.at(1).is_null())
        range.high = real(json.at(1));
    return range;
}

std::vector<MeasuredSpread> measured_of_json(const Json& json) {
    std::vector<MeasuredSpread> out;
    for (const auto& [name, m] : json.items()) {
        out.push_back({name, number(m, "mean"), number(m, "standard_deviation"),
                       m.value("trials", std::size_t{0})});
        if (const auto range = m.find("accept"); range != m.end())
            out.back().accept = range_of_json(*range);
    }
    return out;
}

std::vector<Condition> conditions_of_json(const Json& json) {
    std::vector<Condition> out;
    for (const Json& c : json) {
        Condition condition;
        for (const auto& [path, value] : c.at("at").items())
            condition.at.emplace_back(path,
                                      value.is_string() ? value.get<std::string>() : value.dump());
        condition.measured = measured_of_json(c.at("measured"));
        condition.afferent_rate = number(c, "afferent_rate");
        condition.set_point = number(c, "set_point");
        out.push_back(std::move(condition));
    }
    return out;
}

std::vector<OtherSet> sets_of_json(const Json& json) {
    std::vector<OtherSet> out;
    for (const auto& [name, set] : json.items())
        out.push_back({name, number(set, "loss"), spread_of_json(set.at("losses")),
                       measured_of_json(set.at("measured")),
                       conditions_of_json(set.value("conditions", Json::array()))});
    return out;
}

SearchCounters counters_of_json(const Json& json) {
    SearchCounters counters;
    counters.iterations = json.value("iterations", std::uint64_t{0});
    counters.evaluations = json.value("evaluations", std::uint64_t{0});
    counters.diverged = json.value("diverged", std::uint64_t{0});
    for (const Json& phase : json.value("phases", Json::array()))
        counters.phases.push_back({phase.at("phase").get<std::string>(),
                                   phase.value("iterations", std::uint64_t{0}),
                                   phase.value("evaluations", std::uint64_t{0})});
    return counters;
}

StoredResult parse_result(const std::string& text) {
    const Json json = Json::parse(text);
    const Json& loss = json.at("loss");
    StoredResult stored;
    stored.json = text;
    stored.task = json.at("task").get<std::string>();
    stored.fingerprint = json.value("fingerprint", "");
    stored.seconds = number(json, "seconds");
    SearchResult& result = stored.result;
    result.train = number(loss, "train");
    result.validation = number(loss, "validation");
    result.held_out.loss = real(loss.at("held_out"));
    result.held_out_before_refit = number(loss, "held_out_before_refit");
    result.yardsticks = {number(loss, "silent"), number(loss, "reference"), number(loss, "chance")};
    if (const auto losses = json.find("held_out_losses"); losses != json.end())
        result.held_out.spread = spread_of_json(*losses);
    result.held_out.measured = measured_of_json(json.value("measured", Json::object()));
    result.held_out.conditions = conditions_of_json(json.value("conditions", Json::array()));
    result.held_out.sets = sets_of_json(json.value("sets", Json::object()));
    result.stable_variance = number(json, "stable_variance");
    result.angle = number(json, "angle");
    for (const Json& rule : json.at("rules").get<std::vector<Json>>())
        result.angles.push_back(number(rule, "angle"));
    for (const Json& point : json.value("path", Json::array()))
        result.path.push_back({number(point, "l1"), number(point, "loss"),
                               number(point, "validation"),
                               point.value("terms", std::uint64_t{0})});
    result.counters = counters_of_json(json);
    result.isa = json.value("isa", "");
    result.form = json.value("form", "");
    return stored;
}

} // namespace

StoredResult read_result(const std::string& directory) {
    const std::string path = directory + "/result.json";
    const std::string text = read_file(path);
    StoredResult stored;
    try {
        stored = parse_result(text);
    } catch (const Json::exception& fault) {
        throw Error(Exit::data,
                    fmt::format("'{}' is not a result that carve wrote: {}", path, reason(fault)),
                    "put a copy of it back, or search again with carve train --force");
    }
    const std::string rule = directory + "/rule.toml";
    stored.result.rules = parse_rule(read_text(rule, Exit::data), rule).projections;
    return stored;
}

} // namespace carve::cli
