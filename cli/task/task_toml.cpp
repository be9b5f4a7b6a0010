// Tasks out: the resolved one, and a new one to start from.
#include "settings.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string header(const Section& section) {
    return section.name.empty() ? "" : "\n[" + section.name + "]";
}

std::string section_toml(const Section& section, const void* object) {
    std::string out;
    for (const Setting& setting : section.settings) {
        const SettingValue value = setting.get(object);
        const std::string note = constraint_text(setting);
        if (std::holds_alternative<std::monostate>(value))
            out += "# " + setting.key + " is not set" + (note.empty() ? "" : ": " + note);
        else
            out += assignment_text(setting, value) + (note.empty() ? "" : "  # " + note);
        out += "\n";
    }
    return out;
}

// The lines of a stage that differ from what the task itself says.
std::string stage_toml(const StageSettings& stage, const StageSettings& whole) {
    std::string out;
    for (const Setting& setting : section("search.stage").settings) {
        const SettingValue value = setting.get(&stage);
        if (value != setting.get(&whole))
            out += assignment_text(setting, value) + "\n";
    }
    return out;
}

std::string stages_toml(const Task& task) {
    const StageSettings whole = whole_stage(task);
    std::string out;
    bool differ = task.search.stages.size() > 1;
    for (const StageSettings& stage : task.search.stages) {
        const std::string lines = stage_toml(stage, whole);
        out += "\n[[search.stage]]\n" + lines;
        differ = differ || !lines.empty();
    }
    return differ ? out : "";
}

// A key with its meaning above it. Rare ones and those without a value are comments.
std::string explained(const Setting& setting, const void* object) {
    const SettingValue value = setting.get(object);
    const std::string note = constraint_text(setting);
    const bool unset = std::holds_alternative<std::monostate>(value);
    const bool comment = setting.rare || unset || value_text(value) == "\"\"";
    std::string out = "# " + setting.help + (note.empty() ? "" : " (" + note + ")") + "\n";
    return out + (comment ? "# " : "") +
           (unset ? setting.key + " = ..." : assignment_text(setting, value)) + "\n";
}

// Whether the task has the section at all.
bool is_of(const std::string& section, const Task& task) {
    if (section == "cell" || section == "rule.inhibitory")
        return is_spiking(task);
    if (section == "rule.feedforward")
        return !is_spiking(task);
    return section != "rule.lateral" || task.rules.size() > 1;
}

} // namespace

std::string to_toml(const Task& original) {
    Task task = original; // settings_object serves reading and writing
    std::string out;
    for (const Section& section : sections())
        if (section.name == "search.stage")
            out += stages_toml(task);
        else if (is_of(section.name, task))
            out += header(section) + (section.name.empty() ? "" : "\n") +
                   section_toml(section, settings_object(task, section.name));
    return out;
}

std::string name_fault(const std::string& name) {
    constexpr std::size_t kLongest = 100; // bytes: a directory's name has a prefix
    if (name.empty())
        return "it is empty";
    if (name.size() > kLongest)
        return fmt::format("it is longer than {} bytes", kLongest);
    if (name[0] == '.' || name[0] == '-')
        return "it begins with a dot or a dash";
    for (const char c : name)
        if (c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return "it holds a slash or a control character";
    return "";
}

std::string new_task_toml(const std::string& name) {
    Task task;
    task.name = name;
    task.input.spectrum = {1, 0.5, 0};
    task.rules = {default_rule("feedforward")};
    std::string out =
        "# A task of carve. carve check " + name +
        ".toml says whether it is one, and\n"
        "# carve train " +
        name +
        ".toml --out run searches for a rule that does it.\n"
        "# A file of your own: kind = \"file\" and path, in place of kind and spectrum.\n";
    for (const Section& section : sections()) {
        if (section.name == "search.stage") {
            out += "\n# " + section.help + "\n# [[search.stage]]\n# steps = 50\n";
            continue;
        }
        if (section.name == "cell" || section.name == "rule.inhibitory")
            continue;
        if (section.name == "rule.lateral") {
            out += "\n# [rule.lateral]  # " + section.help + ": keys as above\n";
            continue;
        }
        out += header(section) + (section.name.empty() ? "" : "  # " + section.help + "\n");
        for (const Setting& setting : section.settings)
            out += explained(setting, settings_object(task, section.name));
    }
    return out;
}

} // namespace carve::cli
