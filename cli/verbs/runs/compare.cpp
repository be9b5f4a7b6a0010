// carve compare: runs side by side: losses, coefficients, and what their tasks differ in.
#include "figures.hpp"
#include "json.hpp"
#include "output.hpp"
#include "rule.hpp"
#include "run_verbs.hpp"
#include "stored_run.hpp"
#include "table.hpp"
#include "task_differences.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <optional>

namespace carve::cli {
namespace {

constexpr std::size_t kMostRows = 20; // of coefficients
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Column {
    std::string name;
    std::optional<StoredRun> run; // none: a rule alone
    std::vector<ProjectionRule> rules;

    const StoredResult* result() const { return run && run->result ? &*run->result : nullptr; }
};

// A run directory wins over a preset of its name: `carve compare oja ...` has runs in mind.
Column column_of(const std::string& given) {
    const std::string name = without_slash(given);
    switch (kind_of_directory(name)) {
    case StoredKind::none:
        break;
    case StoredKind::seeds:
        throw Error(Exit::usage, fmt::format("'{}' holds the runs of several seeds", name),
                    fmt::format("compare some of them: {}/seed-N", name));
    case StoredKind::exploration:
        throw Error(Exit::usage, fmt::format("'{}' holds an exploration, not a run", name),
                    fmt::format("its rules are in {}/solutions.csv", name));
    case StoredKind::search: {
        Column column{name, read_run(name), {}};
        if (column.run->result)
            column.rules = column.run->result->result.rules;
        return column;
    }
    }
    std::error_code none;
    if (find_preset(name) || std::filesystem::is_regular_file(name, none))
        return {name, std::nullopt, load_rule(name).projections};
    std::vector<std::string> presets_too;
    for (const Preset& preset : presets())
        presets_too.push_back(preset.name);
    throw no_run(name, presets_too);
}

// ---- Coefficients --------------------------------------------------------------------------------

struct Coefficient {
    std::string projection;
    Term term;
    std::vector<double> values; // [column], NaN where its rule lacks the term
};

double magnitude(const Coefficient& c) {
    double largest = 0;
    for (const double value : c.values)
        largest = std::isnan(value) ? largest : std::max(largest, std::abs(value));
    return largest;
}

// Without what rounding has left of a 0, of which rules for spikes have none; a time constant counts
// whatever its logarithm is.
std::vector<Term> shown_terms(const ProjectionRule& rule) {
    if (!rule.terms.empty() && rule.terms.front().spike)
        return rule.terms;
    std::vector<Term> products, time_constants;
    for (const Term& term : rule.terms)
        (is_time_constant(term) ? time_constants : products).push_back(term);
    products = without_rounding(std::move(products));
    products.insert(products.end(), time_constants.begin(), time_constants.end());
    return products;
}

// The largest first.
std::vector<Coefficient> coefficients_of(const std::vector<Column>& columns) {
    std::vector<Coefficient> all;
    for (std::size_t c = 0; c < columns.size(); ++c)
        for (const ProjectionRule& rule : columns[c].rules)
            for (const Term& term : shown_terms(rule)) {
                auto known = std::find_if(all.begin(), all.end(), [&](const Coefficient& k) {
                    return k.projection == rule.projection && is_same_term(k.term, term);
                });
                if (known == all.end())
                    known = all.insert(all.end(), {rule.projection, term,
                                                   std::vector<double>(columns.size(), kNone)});
                known->values[c] = term.theta;
            }
    std::stable_sort(all.begin(), all.end(), [](const Coefficient& a, const Coefficient& b) {
        return magnitude(a) > magnitude(b);
    });
    return all;
}

struct Rate { // eta of a projection's rule
    std::string projection;
    std::vector<double> values; // [column], NaN where it is not stated
};

std::vector<Rate> rates_of(const std::vector<Column>& columns) {
    std::vector<Rate> all;
    for (std::size_t c = 0; c < columns.size(); ++c)
        for (const ProjectionRule& rule : columns[c].rules) {
            auto known = std::find_if(all.begin(), all.end(), [&](const Rate& rate) {
                return rate.projection == rule.projection;
            });
            if (known == all.end())
                known = all.insert(all.end(),
                                   {rule.projection, std::vector<double>(columns.size(), kNone)});
            known->values[c] = rule.eta > 0 ? rule.eta : kNone;
        }
    return all;
}

// ---- Text ----------------------------------------------------------------------------------------

using Table = std::vector<std::vector<std::string>>;

std::string cell(double value, const char* format = "{:.4g}") {
    return std::isnan(value) ? "-" : figure(value, format);
}

template <class Cell>
void add_row(Table& table, const std::string& label, const std::vector<Column>& columns,
             Cell cell_of) {
    table.push_back({label});
    for (const Column& column : columns)
        table.back().push_back(cell_of(column));
}

template <class Value>
void add_values(Table& table, const std::string& label, const std::vector<Value>& values,
                const char* format) {
    table.push_back({label});
    for (const double value : values)
        table.back().push_back(cell(value, format));
}

std::string iterations_of(const Column& column) {
    if (column.result())
        return std::to_string(column.result()->result.counters.iterations);
    return column.run && column.run->last
               ? fmt::format("{} {}/{}", column.run->last->phase, column.run->last->iteration,
                             column.run->last->total)
               : "-";
}

Table head_table(const std::vector<Column>& columns) {
    Table table;
    add_row(table, "", columns, [](const Column& c) { return c.name; });
    add_row(table, "task", columns, [](const Column& c) { return c.run ? c.run->task.name : "-"; });
    add_row(table, "state", columns,
            [](const Column& c) { return c.run ? state_name(c.run->state) : "rule"; });
    add_row(table, "held-out loss", columns, [](const Column& c) {
        return c.result() ? cell(c.result()->result.held_out.loss) : "-";
    });
    add_row(table, "angle", columns,
            [](const Column& c) { return c.result() ? cell(c.result()->result.angle) : "-"; });
    add_row(table, "iterations", columns, iterations_of);
    add_row(table, "evaluations", columns, [](const Column& c) {
        return c.result() ? std::to_string(c.result()->result.counters.evaluations) : "-";
    });
    add_row(table, "fingerprint", columns,
            [](const Column& c) { return c.result() ? c.result()->fingerprint : "-"; });
    return table;
}

// "same" or "differ"; "" with fewer than two finished runs.
std::string fingerprints(const std::vector<Column>& columns) {
    std::vector<std::string> all;
    for (const Column& column : columns)
        if (column.result())
            all.push_back(column.result()->fingerprint);
    if (all.size() < 2)
        return "";
    return std::all_of(all.begin(), all.end(), [&](const std::string& f) { return f == all[0]; })
               ? "same"
               : "differ";
}

std::string coefficient_label(const Coefficient& c, bool with_projection) {
    return (with_projection ? c.projection + ": " : "") + monomial(c.term) +
           (is_time_constant(c.term) && c.term.spike ? ", ms" : "");
}

void add_coefficients(Table& table, const std::vector<Column>& columns) {
    const std::vector<Rate> rates = rates_of(columns);
    const bool several = rates.size() > 1;
    for (const Rate& rate : rates)
        add_values(table, (several ? rate.projection + ": " : "") + "eta", rate.values, "{:.4g}");
    const std::vector<Coefficient> all = coefficients_of(columns);
    for (std::size_t k = 0; k < std::min(all.size(), kMostRows); ++k) {
        std::vector<double> values = all[k].values;
        if (is_time_constant(all[k].term))
            for (double& value : values)
                value = std::exp(value) * (all[k].term.spike ? 1e3 : 1);
        add_values(table, coefficient_label(all[k], several), values, "{:.4g}");
    }
    if (all.size() > kMostRows)
        table.push_back({fmt::format("and {} more", all.size() - kMostRows)});
}

std::vector<const TomlValue*> tasks_of(const std::vector<Column>& columns) {
    std::vector<const TomlValue*> tasks;
    for (const Column& column : columns) {
        const bool known = column.run && !column.run->task.old_format;
        tasks.push_back(known ? &column.run->task.settings : nullptr);
    }
    return tasks;
}

std::string differences_text(const std::vector<Column>& columns) {
    const std::vector<const TomlValue*> tasks = tasks_of(columns);
    std::string out;
    for (std::size_t c = 0; c < columns.size(); ++c)
        if (columns[c].run && !tasks[c])
            out += fmt::format("{}: its task has the format of carve 0.1, and is not compared\n",
                               columns[c].name);
    if (tasks.size() - static_cast<std::size_t>(std::count(tasks.begin(), tasks.end(), nullptr)) <
        2)
        return out;
    const std::vector<TaskDifference> differences = task_differences(tasks);
    out += differences.empty() ? "the tasks are the same\n" : "the tasks differ in\n";
    for (const TaskDifference& difference : differences) {
        std::vector<std::string> values;
        for (std::size_t c = 0; c < tasks.size(); ++c)
            values.push_back(difference.values[c].empty() ? "-" : difference.values[c]);
        out += fmt::format("  {}: {}\n", difference.path, fmt::join(values, " | "));
    }
    return out;
}

std::string text_of(const std::vector<Column>& columns) {
    Table table = head_table(columns);
    add_coefficients(table, columns);
    const std::string same = fingerprints(columns);
    return table_text(table) + (same.empty() ? "" : "fingerprints: " + same + "\n") +
           differences_text(columns);
}

// ---- JSON ----------------------------------------------------------------------------------------

Json column_json(const Column& column) {
    Json json{{"path", column.name}, {"kind", column.run ? "run" : "rule"}};
    json["task"] = column.run ? Json(column.run->task.name) : Json();
    json["state"] = column.run ? Json(state_name(column.run->state)) : Json();
    const StoredResult* stored = column.result();
    json["held_out"] = stored ? Json(stored->result.held_out.loss) : Json();
    json["angle"] = stored ? Json(stored->result.angle) : Json();
    json["iterations"] = stored ? Json(stored->result.counters.iterations) : Json();
    json["evaluations"] = stored ? Json(stored->result.counters.evaluations) : Json();
    json["fingerprint"] = stored ? Json(stored->fingerprint) : Json();
    return json;
}

Json json_of(const std::vector<Column>& columns) {
    const std::string same = fingerprints(columns);
    Json json{{"runs", Json::array()},
              {"fingerprints", same.empty() ? Json() : Json(same)},
              {"eta", Json::array()},
              {"coefficients", Json::array()},
              {"task", Json::array()}};
    for (const Column& column : columns)
        json["runs"].push_back(column_json(column));
    for (const Rate& rate : rates_of(columns))
        json["eta"].push_back({{"projection", rate.projection}, {"values", rate.values}});
    for (const Coefficient& c : coefficients_of(columns))
        json["coefficients"].push_back(
            {{"projection", c.projection}, {"term", monomial(c.term)}, {"theta", c.values}});
    for (const TaskDifference& difference : task_differences(tasks_of(columns))) {
        Json values = Json::array();
        for (const std::string& value : difference.values)
            values.push_back(value.empty() ? Json() : Json(value));
        json["task"].push_back({{"path", difference.path}, {"values", values}});
    }
    return json;
}

} // namespace

Exit compare(const std::vector<std::string>& paths, bool json) {
    if (paths.size() < 2)
        throw Error(Exit::usage, "carve compare needs two runs or more",
                    fmt::format("a rule counts as a run: carve compare {} oja", paths[0]));
    std::vector<Column> columns;
    for (const std::string& path : paths)
        columns.push_back(column_of(path));
    print(json ? dump(json_of(columns), 2) : text_of(columns));
    return Exit::ok;
}

} // namespace carve::cli
