// settings.hpp: the one table of a task's keys. It makes validation, `carve help`, docs/task.md and
// the resolved task; a new key is a new row.
#pragma once
#include "old_task.hpp"
#include "toml.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace carve::cli::old {

// monostate: not given, for keys without a default.
using SettingValue = std::variant<std::monostate, bool, std::uint64_t, double, std::string,
                                  std::vector<double>, std::vector<std::string>>;

enum class Type { flag, integer, real, text, reals, texts };

struct Setting {
    std::string key;
    Type type;
    double low = 0, high = 0;         // of numbers, and of the numbers of a list
    bool above = false;               // low itself is not allowed
    std::string unit;                 // "" without one
    std::vector<std::string> choices; // when not empty, the only values (integers: in decimal)
    std::string help;
    // The setting of an object of the section's struct.
    SettingValue (*get)(const void* object);
    void (*set)(void* object, const SettingValue& value); // value is valid
    // Further condition: a sentence that names the fault, "" if there is none. May be null.
    std::string (*fault)(const SettingValue& value);
};

struct Section {
    std::string name; // "input"; "" for the keys above all sections
    std::string help;
    std::vector<Setting> settings;
    const Setting* find(const std::string& key) const;
};

// In the order of a task file: "", input, cell, network, rule.feedforward, rule.lateral,
// rule.inhibitory, loss, search, search.stage, run.
const std::vector<Section>& sections();
const Section& section(const std::string& name);
// The object of a task that a section's settings belong to; not for search.stage. The rule of a
// projection that the task lacks shows the defaults of the one that it has.
void* settings_object(Task& task, const std::string& section);

// "(0, 100]", "linear, relu, tanh, sigmoid", "true, false".
std::string range_text(const Setting& setting);
// As TOML, "" for monostate.
std::string value_text(const SettingValue& value);

// Reads the members of `table` that are settings of the section into its object. Adds a fault for
// each key that is unknown (except for `others`, which belong to somebody else) and each value that
// does not fit.
void read_section(const Section& section, const TomlValue& table,
                  const std::vector<std::string>& others, void* object, Faults& faults);

} // namespace carve::cli::old
