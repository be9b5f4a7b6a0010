#include "task.hpp"

#include "settings.hpp"
#include "suggest.hpp"
#include "task_consistency.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

// What one expects of `--set input.path=FILE`: the task with that file as its input, whatever it
// was.
void switch_to_file(TomlValue& root) {
    const TomlValue* path = root.find("input", "path");
    if (!path || path->place.line > 0) // there is none, or the file itself set it
        return;
    const TomlValue* kind = root.find("input", "kind");
    const auto* name = kind ? std::get_if<std::string>(&kind->value) : nullptr;
    if (name && *name == "spikes") // a file holds no spikes; check_consistency says so
        return;
    const Place place = path->place;
    for (TomlMember& section : std::get<TomlTable>(root.value)) {
        if (section.key != "input")
            continue;
        auto& members = std::get<TomlTable>(section.value.value);
        const auto of_gaussian = [](const TomlMember& m) {
            return m.value.place.line > 0 &&
                   (m.key == "kind" || m.key == "spectrum" || m.key == "vary" ||
                    m.key == "scale_range" || m.key == "gap_ratio");
        };
        members.erase(std::remove_if(members.begin(), members.end(), of_gaussian), members.end());
        if (!section.value.find("kind"))
            members.push_back({"kind", place, {std::string("file"), place, {}}});
    }
}

// Reads [search] without its stages, then the stages, which default to what the task says.
void read_stages(const TomlValue& root, Task& task, Faults& faults) {
    const StageSettings whole = whole_stage(task);
    const TomlValue* stages = root.find("search", "stage");
    if (stages && !stages->list()) {
        faults.add(stages->place, "search.stage needs to be a list of tables: [[search.stage]]");
        return;
    }
    if (stages)
        for (const TomlValue& stage : *stages->list()) {
            task.search.stages.push_back(whole);
            read_section(section("search.stage"), stage, {}, &task.search.stages.back(), faults);
        }
    if (task.search.stages.empty())
        task.search.stages.push_back(whole);
}

// Needs to know the network's projections.
void read_rules(const TomlValue& root, Task& task, Faults& faults) {
    std::vector<std::string> names = {is_spiking(task) ? "inhibitory" : "feedforward"};
    if (task.network.lateral != Lateral::none)
        names.push_back("lateral");
    for (const std::string& name : names)
        task.rules.push_back(default_rule(name));
    const TomlValue* rules = root.find("rule");
    if (!rules)
        return;
    if (!rules->table()) {
        faults.add(rules->place, "rule needs to be a table: [rule." + names[0] + "]");
        return;
    }
    for (const TomlMember& member : *rules->table()) {
        const auto named = std::find(names.begin(), names.end(), member.key);
        if (named != names.end())
            read_section(section("rule." + member.key), member.value, {},
                         &task.rules[static_cast<std::size_t>(named - names.begin())], faults);
        else if (member.key == "lateral" && !is_spiking(task))
            faults.add(member.key_place, "there are no lateral synapses to rule",
                       "network.lateral = \"hierarchical\" makes them");
        else
            faults.add(member.key_place, "there is no projection '" + member.key + "' to rule",
                       did_you_mean(member.key, names,
                                    names.size() > 1
                                        ? "the plastic ones are [rule.feedforward] and "
                                          "[rule.lateral]"
                                        : "the plastic projection is [rule." + names[0] + "]"));
    }
}

// Relative to the task's folder; of an override, to the working directory.
void resolve_path(const TomlValue& root, const std::string& file, Task& task) {
    const TomlValue* node = root.find("input", "path");
    if (!node || task.input.path.empty())
        return;
    const fs::path base =
        node->place.line > 0 ? fs::absolute(file).parent_path() : fs::current_path();
    task.input.path = (base / task.input.path).lexically_normal().string();
}

} // namespace

std::vector<double> coefficients(const Task& task) {
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            theta.push_back(term.theta);
    return theta;
}

bool is_spiking(const Task& task) { return task.input.kind == InputKind::spikes; }

const std::vector<double>& transfer_factors(const CellSettings& cell) {
    return cell.held_out_factors.empty() ? cell.inhibitory_factors : cell.held_out_factors;
}

std::vector<double> transfer_targets(const LossSettings& loss) {
    return loss.held_out_targets.empty() ? std::vector<double>{loss.target} : loss.held_out_targets;
}

bool has_transfer(const Task& task) {
    return !task.cell.held_out_factors.empty() || !task.cell.held_out_peaks.empty() ||
           !task.loss.held_out_targets.empty();
}

RuleSettings default_rule(const std::string& name) {
    RuleSettings rule;
    rule.name = name;
    const bool spikes = name == "inhibitory";
    rule.terms = spikes ? pair_terms() : terms_up_to(2);
    if (spikes)
        rule.w_min = 0;
    return rule;
}

StageSettings whole_stage(const Task& task) {
    StageSettings stage;
    stage.method = task.search.method;
    stage.outputs = task.network.outputs;
    stage.steps = task.network.steps;
    stage.iterations = task.search.iterations;
    stage.data_sets = task.input.data_sets;
    stage.samples = task.input.samples;
    stage.l1 = task.search.l1;
    return stage;
}

Task at_stage(Task task, const StageSettings& stage) {
    task.network.outputs = stage.outputs;
    task.network.steps = stage.steps;
    return task;
}

Task load_task(const std::string& path, const std::vector<std::string>& overrides) {
    return parse_task(read_text(path, Exit::usage), path, overrides);
}

Task parse_task(const std::string& text, const std::string& path,
                const std::vector<std::string>& overrides) {
    TomlValue root = parse_toml(text, path, Exit::usage);
    root.place = {path, 1, 1};
    Faults faults;
    for (const std::string& assignment : overrides)
        apply_override(root, assignment, faults);
    switch_to_file(root);

    Task task;
    task.name = fs::path(path).stem().string();
    read_section(section(""), root, {"input", "cell", "network", "rule", "loss", "search", "run"},
                 &task, faults);
    for (const std::string name : {"input", "cell", "network", "loss", "search", "run"})
        if (const TomlValue* table = root.find(name))
            read_section(section(name), *table, {name == "search" ? "stage" : ""},
                         settings_object(task, name), faults);
    if (const std::string fault = name_fault(task.name); !fault.empty()) {
        const TomlValue* name = root.find("name");
        faults.add(name ? name->place : Place{path, 0, 0},
                   fmt::format("a task cannot be called '{}': {}", task.name, fault),
                   "name = \"...\" gives it a name that a directory may have");
    }
    read_rules(root, task, faults);
    read_stages(root, task, faults);
    if (faults.empty())
        check_consistency(root, task, faults);
    faults.raise(Exit::usage);
    resolve_path(root, path, task);
    return task;
}

} // namespace carve::cli
