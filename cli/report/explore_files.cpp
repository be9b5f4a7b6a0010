#include "explore_files.hpp"

#include "atomic_file.hpp"
#include "data.hpp"
#include "error.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "mean_field.hpp"
#include "result.hpp"
#include "task_terms.hpp"

#include <carve.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

namespace carve::cli {
namespace {

std::vector<double> flat(const Eigen::MatrixXd& m) { return {m.data(), m.data() + m.size()}; }

// Of a symmetric matrix.
Eigen::MatrixXd square(const std::vector<double>& values) {
    const auto n = static_cast<Eigen::Index>(std::sqrt(static_cast<double>(values.size())));
    return Eigen::Map<const Eigen::MatrixXd>(values.data(), n, n);
}

// Of the names among the keys of an object; none where one is missing.
std::optional<Eigen::VectorXi> places_of(const std::vector<std::string>& names,
                                         const Json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.push_back(key);
    Eigen::VectorXi places(static_cast<Eigen::Index>(names.size()));
    for (Eigen::Index k = 0; k < places.size(); ++k) {
        const auto at = std::find(keys.begin(), keys.end(), names[static_cast<std::size_t>(k)]);
        if (at == keys.end())
            return std::nullopt;
        places[k] = static_cast<int>(at - keys.begin());
    }
    return places;
}

// What a table says of a solution beside its coefficients, by column; lists are over the conditions of
// trials.
std::vector<std::pair<std::string, std::vector<double>>> cell_fields(const CellReport& cell) {
    return {{"afferent_rate", cell.afferent_rates},
            {"rate", cell.rates},
            {"set_point", cell.set_points}};
}

using Columns = std::vector<std::pair<std::string, std::vector<double>>>;
Columns columns_of(const Task& task, const Restart& r) {
    Columns columns{{"loss", {r.held_out}}};
    if (names_reference(task))
        columns.push_back({"angle", {r.angle}});
    if (has_mean_field(task)) {
        for (const auto& [name, values] : cell_fields(r.cell))
            columns.push_back({name, values});
        columns.push_back({"tuning", {r.cell.tuning}});
        columns.push_back({"distance", {manifold_distance(r)}});
    }
    return columns;
}

Json direction_json(const Task& task, const Direction& d) {
    Json combination = Json::object();
    const std::vector<std::string> names = coefficient_names(task);
    for (std::size_t k = 0; k < d.combination.size(); ++k)
        if (!is_rounding(d.combination[k], 1)) // of a unit vector
            combination[names[k]] = d.combination[k];
    return {{"eigenvalue", d.eigenvalue}, {"combination", combination}};
}

Json directions_json(const Task& task, const std::vector<Direction>& directions) {
    Json list = Json::array();
    for (const Direction& d : directions)
        list.push_back(direction_json(task, d));
    return list;
}

// "0.95 alpha - 0.3 beta": what makes up a direction, by magnitude.
std::string combination_text(const Task& task, const Direction& d) {
    const std::vector<std::string> names = coefficient_names(task);
    std::string out;
    for (const std::size_t k : main_parts(d)) {
        const double c = d.combination[k];
        out += out.empty() ? (c < 0 ? "-" : "") : c < 0 ? " - " : " + ";
        out += fmt::format("{:.2f} {}", std::abs(c), names[k]);
    }
    return out;
}

// Each coefficient over the solutions; time constants in s.
std::vector<std::pair<std::string, Spread>> covered(const Task& task, const Summary& summary) {
    std::vector<std::pair<std::string, Spread>> ranges;
    const std::vector<std::string> names = coefficient_names(task);
    const std::vector<TaskTerm> terms = task_terms(task);
    for (std::size_t k = 0; k < names.size(); ++k) {
        std::vector<double> values;
        for (const Restart* s : summary.solutions)
            values.push_back(is_time_constant(terms[k].term) ? std::exp(s->theta[k]) : s->theta[k]);
        ranges.emplace_back(names[k], Spread(values));
    }
    return ranges;
}

std::string directions_text(const Task& task, const std::vector<Direction>& directions) {
    std::string out;
    for (const Direction& d : directions)
        out += fmt::format("  {:9.3g}  {}\n", d.eigenvalue, combination_text(task, d));
    return out;
}

// Combinations of the values that trials take by turns.
std::size_t conditions_of(const Task& task) {
    std::size_t n = 1;
    for (const task::Setting& s : task.described.trials.vary.of)
        if (const TomlList* list = s.value.list())
            n *= list->size();
    return n;
}

} // namespace

std::string restart_json(const Task& task, const Restart& r) {
    Json json;
    json["restart"] = r.index;
    json["seed"] = r.seed;
    json["met"] = meets_target(task, r);
    json["loss"] = r.held_out;
    json["angle"] = r.angle;
    if (!ranged_probes(task).empty())
        json["accepted"] = r.accepted;
    if (has_mean_field(task)) {
        for (const auto& [name, values] : cell_fields(r.cell))
            json[name] = values;
        json["tuning"] = r.cell.tuning;
        json["distance"] = manifold_distance(r);
    }
    json["theta"] = named_json(coefficient_names(task), r.theta);
    json[has_covariance(task) ? "covariance" : "gauss_newton"] = flat(r.local);
    json["evaluations"] = r.evaluations;
    json["diverged"] = r.diverged;
    json["seconds"] = r.seconds;
    json["fingerprint"] = fmt::format("{:016x}", r.fingerprint);
    return dump(json, -1);
}

std::optional<Restart> parse_restart(const Task& task, const std::string& line) try {
    const Json json = Json::parse(line);
    const auto list = [&](const char* name) {
        return reals(json.at(name).get_ref<const Json::array_t&>());
    };
    Restart r;
    r.index = json.at("restart");
    r.seed = json.at("seed");
    r.held_out = real(json.at("loss"));
    r.angle = real(json.at("angle"));
    for (const std::string& probe : ranged_probes(task))
        r.accepted[probe] = json.at("accepted").at(probe);
    if (has_mean_field(task))
        r.cell = {list("afferent_rate"), list("rate"), list("set_point"), real(json.at("tuning")),
                  mean_field_of(task)->target};
    const Json& theta = json.at("theta");
    const std::vector<std::string> names = coefficient_names(task);
    r.theta = named_reals(theta, names);
    const std::vector<double> local = list(has_covariance(task) ? "covariance" : "gauss_newton");
    r.evaluations = json.at("evaluations");
    r.diverged = json.at("diverged");
    r.seconds = real(json.at("seconds"));
    r.fingerprint = std::stoull(json.at("fingerprint").get<std::string>(), nullptr, 16);
    const std::size_t n = names.size();
    const bool fits = theta.size() == n && (local.empty() || local.size() == n * n) &&
                      r.cell.rates.size() == r.cell.afferent_rates.size() &&
                      r.cell.set_points.size() == r.cell.afferent_rates.size();
    if (!fits)
        return std::nullopt;
    const std::optional<Eigen::VectorXi> order = places_of(names, theta);
    if (!order)
        return std::nullopt;
    if (!local.empty())
        r.local = square(local)(*order, *order);
    return r;
} catch (const Json::exception&) {
    return std::nullopt;
} catch (const std::logic_error&) { // of stoull
    return std::nullopt;
}

std::vector<Restart> read_restarts(const Task& task, const std::string& file) {
    std::vector<Restart> restarts;
    const std::string text = read_file(file);
    std::istringstream lines(text.substr(0, text.rfind('\n') + 1)); // what is torn is no line
    for (std::string line; std::getline(lines, line);) {
        std::optional<Restart> restart = parse_restart(task, line);
        if (!restart || restart->index != restarts.size())
            throw Error(Exit::data,
                        fmt::format("{}:{}: this is not restart {} of the task", file,
                                    restarts.size() + 1, restarts.size()),
                        "remove this line and those below it to repeat their restarts");
        restarts.push_back(std::move(*restart));
    }
    return restarts;
}

std::string solutions_csv(const Task& task, const Summary& summary) {
    std::string out = "restart,seed";
    for (const std::string& name : coefficient_names(task))
        out += "," + name;
    Restart none; // with as many conditions as the task has
    none.cell.afferent_rates.resize(conditions_of(task));
    none.cell.rates = none.cell.set_points = none.cell.afferent_rates;
    const Columns head =
        columns_of(task, summary.solutions.empty() ? none : *summary.solutions.front());
    for (const auto& [name, values] : head)
        for (std::size_t f = 0; f < values.size(); ++f)
            out += "," + name + (values.size() > 1 ? fmt::format("_{}", f + 1) : "");
    out += "\n";
    for (const Restart* s : summary.solutions) {
        out += fmt::format("{},{}", s->index, s->seed);
        for (const double theta : s->theta)
            out += fmt::format(",{}", theta);
        for (const auto& [name, values] : columns_of(task, *s))
            for (const double value : values)
                out += "," + (std::isnan(value) ? "nan" : fmt::format("{}", value));
        out += "\n";
    }
    return out;
}

void write_solutions_npz(const std::string& path, const Task& task, const Summary& summary) {
    const std::size_t count = summary.solutions.size(), terms = task_terms(task).size();
    std::vector<Array> arrays;
    const auto add = [&](const std::string& name, std::vector<std::size_t> of_one,
                         const std::function<std::vector<double>(const Restart&)>& values) {
        of_one.insert(of_one.begin(), count);
        arrays.push_back({name, std::move(of_one), {}});
        for (const Restart* s : summary.solutions) {
            const std::vector<double> some = values(*s);
            arrays.back().values.insert(arrays.back().values.end(), some.begin(), some.end());
        }
    };
    add("restart", {}, [](const Restart& r) { return std::vector{static_cast<double>(r.index)}; });
    add("seed", {}, [](const Restart& r) { return std::vector{static_cast<double>(r.seed)}; });
    add("theta", {terms}, [](const Restart& r) { return r.theta; });
    const bool all =
        std::all_of(summary.solutions.begin(), summary.solutions.end(), [&](const Restart* s) {
            return s->local.size() == static_cast<Eigen::Index>(terms * terms);
        });
    if (all)
        add(has_covariance(task) ? "covariance" : "gauss_newton", {terms, terms},
            [](const Restart& r) { return flat(r.local); });
    if (count > 0) {
        const Columns columns = columns_of(task, *summary.solutions.front());
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const std::size_t n = columns[c].second.size();
            const bool list = n > 1 || columns[c].first == "rate" ||
                              columns[c].first == "set_point" ||
                              columns[c].first == "afferent_rate";
            add(columns[c].first, list ? std::vector<std::size_t>{n} : std::vector<std::size_t>{},
                [&](const Restart& r) { return columns_of(task, r)[c].second; });
        }
    }
    write_npz(path, arrays);
}

std::string summary_json(const Task& task, const std::vector<Restart>& restarts,
                         const Summary& summary) {
    double seconds = 0;
    std::uint64_t evaluations = 0;
    for (const Restart& r : restarts) {
        seconds += r.seconds;
        evaluations += r.evaluations;
    }
    Json json;
    json["carve"] = carve_version();
    json["task"] = task.name;
    json["seed"] = task.run.seed;
    json["restarts"] = restarts.size();
    json["solutions"] = summary.solutions.size();
    if (has_mean_field(task)) {
        json["target"] = mean_field_of(task)->target;
        json["on_manifold"] = summary.on_manifold;
        json["tolerance"] = kOnManifold;
        json["distance"] = spread_json(summary.distance);
        json["across"] = spread_json(summary.across);
    }
    json["coefficients"] = Json::object();
    for (const auto& [name, range] : covered(task, summary))
        json["coefficients"][name] = spread_json(range);
    json[has_covariance(task) ? "covariance" : "gauss_newton"] =
        directions_json(task, summary.local);
    json["spread"] = directions_json(task, summary.spread);
    json["evaluations"] = evaluations;
    json["seconds"] = seconds;
    return dump(json, 2);
}

std::string summary_text(const Task& task, const std::vector<Restart>& restarts,
                         const Summary& summary) {
    const std::size_t n = summary.solutions.size();
    std::string out =
        fmt::format("{}: {} of {} restarts meet the target\n", task.name, n, restarts.size());
    if (n == 0)
        return out;
    if (has_mean_field(task)) {
        out += fmt::format(
            "on the mean-field manifold (set points within {:.0f} % of {} Hz): {} of "
            "{}\nset point off the target by {}\n",
            100 * kOnManifold, mean_field_of(task)->target, summary.on_manifold, n,
            spread_text(Spread({100 * summary.distance.low, 100 * summary.distance.median,
                                100 * summary.distance.high}),
                        "{:.1f} %"));
    }
    out += fmt::format("coefficients, smallest, median and largest{}:\n",
                       has_spikes(task) ? " (time constants in s)" : "");
    for (const auto& [name, range] : covered(task, summary))
        out += fmt::format("  {:10} {:>9} {:>9} {:>9}\n", name, figure(range.low, "{:.3g}"),
                           figure(range.median, "{:.3g}"), figure(range.high, "{:.3g}"));
    if (!summary.local.empty())
        out += fmt::format("{}, mean over solutions, share of each direction:\n{}",
                           has_covariance(task) ? "covariance of CMA-ES's candidates, large where "
                                                  "the coefficients are free"
                                                : "Gauss-Newton matrix, large where the task "
                                                  "constrains the coefficients",
                           directions_text(task, summary.local));
    if (has_mean_field(task) && !summary.local.empty())
        out += fmt::format("part of its smallest direction that lies across the manifold: median "
                           "{}\n",
                           figure(summary.across.median, "{:.2f}"));
    if (!summary.spread.empty())
        out += "variance of the solutions' coefficients by direction:\n" +
               directions_text(task, summary.spread);
    return out;
}

} // namespace carve::cli
