#include "read_old.hpp"

#include "settings.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli::old {
namespace {

namespace fs = std::filesystem;

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

// What a varied covariance is described by.
void check_spectrum(const TomlValue& root, const Task& task, Faults& faults) {
    const InputSettings& input = task.input;
    if (input.kind != InputKind::gaussian || input.vary == Vary::none)
        return;
    const Place place = root.find("input", "vary")->place;
    if (input.spectrum.empty())
        faults.add(place, "gaussian inputs need a spectrum",
                   "for example spectrum = [1, 0.5, 0], one eigenvalue an input");
    if (input.scale_range.size() != 2 || input.scale_range[0] > input.scale_range[1])
        faults.add(place, "scale_range needs to be a lowest and a highest factor",
                   "for example scale_range = [0.5, 2]");
}

// Weights between equal bounds do not change.
void check_bounds(const TomlValue& root, const Task& task, Faults& faults) {
    for (const RuleSettings& rule : task.rules) {
        if (rule.w_min < rule.w_max)
            continue;
        const TomlValue* const table = root.find("rule")->find(rule.name);
        const TomlValue* const key =
            table->find("w_max") ? table->find("w_max") : table->find("w_min");
        faults.add(key->place,
                   fmt::format("[rule.{}]: w_min = {} needs to be below w_max = {}", rule.name,
                               rule.w_min, rule.w_max),
                   "weights that keep one value have no rule: leave the bounds out");
    }
}

// Relative to the task's folder.
void resolve_path(const TomlValue& root, const std::string& file, Task& task) {
    const TomlValue* node = root.find("input", "path");
    if (!node || task.input.path.empty())
        return;
    task.input.path =
        (fs::absolute(file).parent_path() / task.input.path).lexically_normal().string();
}

} // namespace

bool is_old_task(const std::string& text, const std::string& path) {
    return !parse_toml(text, path, Exit::usage).find("format");
}

Task parse_old_task(const std::string& text, const std::string& path) {
    TomlValue root = parse_toml(text, path, Exit::usage);
    root.place = {path, 1, 1};
    Faults faults;
    Task task;
    task.name = fs::path(path).stem().string();
    read_section(section(""), root, {"input", "cell", "network", "rule", "loss", "search", "run"},
                 &task, faults);
    for (const std::string name : {"input", "cell", "network", "loss", "search", "run"})
        if (const TomlValue* table = root.find(name))
            read_section(section(name), *table, {name == "search" ? "stage" : ""},
                         settings_object(task, name), faults);
    read_rules(root, task, faults);
    read_stages(root, task, faults);
    check_spectrum(root, task, faults);
    check_bounds(root, task, faults);
    faults.raise(Exit::usage);
    resolve_path(root, path, task);
    return task;
}

} // namespace carve::cli::old
