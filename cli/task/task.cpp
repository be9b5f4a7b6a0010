#include "task.hpp"

#include "checks.hpp"
#include "effects.hpp"
#include "measure_kinds.hpp"
#include "names.hpp"
#include "paths.hpp"
#include "read_task.hpp"
#include "schema.hpp"
#include "simulated.hpp"
#include "write_task.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {

std::vector<double> coefficients(const Task& task) {
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            theta.push_back(term.theta);
    return theta;
}

std::uint64_t generation_size(const Task& task) {
    const auto n = static_cast<double>(coefficients(task).size());
    return task.search.population > 0 ? task.search.population
                                      : 4 + static_cast<std::uint64_t>(std::floor(3 * std::log(n)));
}

bool has_spikes(const Task& task) { return spikes_in(task.described); }

bool is_antithetic(const task::Task& described) {
    return std::any_of(described.projections.begin(), described.projections.end(),
                       [](const task::Projection& p) { return p.weights.antithetic; });
}

StageSettings whole_stage(const Task& task) {
    StageSettings stage;
    stage.method = task.search.method;
    stage.iterations = task.search.iterations;
    stage.l1 = task.search.l1.back();
    stage.early_stop = task.search.early_stop;
    stage.steps = task.steps;
    stage.described = std::make_shared<const task::Task>(task.described);
    return stage;
}

Task at_stage(Task task, const StageSettings& stage) {
    task.described = *stage.described;
    task.steps = stage.steps;
    return task;
}

namespace {

// Of what differs between trials, or what a stage sets: the task with it has to be one, too.
void check_variant(const task::Task& described, const std::vector<task::Setting>& settings,
                   const Place& place, const std::string& what, Faults& faults) {
    task::Task there = described;
    there.trials.vary.of.clear();
    there.trials.sets.clear();
    for (task::Stage& stage : there.stages)
        stage.set.of.clear();
    Faults own;
    for (const task::Setting& s : settings)
        task::assign(there, s, own);
    for (task::Data& d : there.data) // which only stages may set
        d.units = 0;
    if (own.empty())
        task::check_names(there, own);
    if (own.empty()) {
        const Task task = simulated(there, own);
        if (own.empty())
            check_consistency(there, task, own);
    }
    if (!own.empty())
        faults.take_first(own, place, what);
}

void check_variants(const task::Task& described, Faults& faults) {
    const auto vary = [&](const task::Settings& settings) {
        for (const task::Setting& s : settings.of) {
            if (s.value.list() && s.value.list()->empty())
                faults.add(s.value.place, fmt::format("{} varies over no values", s.path),
                           "a list of values, or a draw such as { uniform = [1, 5] }");
            for (const TomlValue& value : s.value.list() ? *s.value.list() : TomlList{})
                check_variant(described, {{s.path, value}}, value.place,
                              fmt::format("{} = {}", s.path, task::inline_toml(value)), faults);
        }
    };
    vary(described.trials.vary);
    for (const task::TrialSet& set : described.trials.sets)
        vary(set.vary);
    for (const task::Stage& stage : described.stages)
        if (!stage.set.of.empty())
            check_variant(described, stage.set.of, stage.set.of[0].value.place,
                          fmt::format("[search.stage.{}]", stage.name), faults);
}

} // namespace

Task task_of(const task::Task& described) {
    Faults faults;
    check_effects(described, faults);
    faults.raise(Exit::usage);
    Task task = simulated(described, faults);
    faults.raise(Exit::usage);
    check_consistency(described, task, faults);
    faults.raise(Exit::usage);
    check_variants(described, faults);
    faults.raise(Exit::usage);
    return task;
}

Task load_task(const std::string& path, const Overrides& overrides) {
    return task_of(task::load(path, overrides));
}

Task parse_task(const std::string& text, const std::string& path, const Overrides& overrides) {
    return task_of(task::parse(text, path, overrides));
}

std::string to_toml(const Task& task) {
    task::Task described = task.described;
    described.run.seed = task.run.seed;
    described.run.threads = task.run.threads;
    described.run.isa = task.run.isa;
    described.run.lane_bytes = task.run.lane_bytes;
    return task::to_toml(described);
}

} // namespace carve::cli
