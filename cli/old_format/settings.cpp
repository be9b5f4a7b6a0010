#include "settings.hpp"

#include "suggest.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli::old {
namespace {

using Texts = std::vector<std::string>;
using Reals = std::vector<double>;

const char* type_words(Type type) {
    switch (type) {
    case Type::flag:
        return "true or false";
    case Type::integer:
        return "an integer";
    case Type::real:
        return "a number";
    case Type::text:
        return "a text";
    case Type::reals:
        return "a list of numbers";
    case Type::texts:
        return "a list of texts";
    }
    return "";
}

std::string number(double value) { return fmt::format("{}", value); }

bool number_of(const TomlValue& value, double& out) {
    if (const auto* integer = std::get_if<std::int64_t>(&value.value))
        out = static_cast<double>(*integer);
    else if (const auto* real = std::get_if<double>(&value.value))
        out = *real;
    else
        return false;
    return true;
}

bool inside(const Setting& s, double v) {
    return (s.above ? v > s.low : v >= s.low) && v <= s.high; // false for NaN
}

// The elements of a list, or a single value as a list of one.
std::vector<const TomlValue*> elements(const TomlValue& value) {
    std::vector<const TomlValue*> result;
    if (const TomlList* list = value.list())
        for (const TomlValue& element : *list)
            result.push_back(&element);
    else
        result.push_back(&value);
    return result;
}

// A text; an integer counts as its digits where `digits`, and what an override says is taken as
// typed.
bool text_of(const TomlValue& value, bool digits, std::string& out) {
    if (const auto* text = std::get_if<std::string>(&value.value))
        out = *text;
    else if (const auto* integer = std::get_if<std::int64_t>(&value.value); integer && digits)
        out = std::to_string(*integer);
    else if (!value.raw.empty() && !value.list() && !value.table())
        out = value.raw;
    else
        return false;
    return true;
}

// Converts by type; monostate if the value is of another type.
SettingValue typed(const Setting& setting, const TomlValue& value) {
    double real = 0;
    std::string text;
    switch (setting.type) {
    case Type::flag:
        if (const auto* flag = std::get_if<bool>(&value.value))
            return *flag;
        break;
    case Type::integer:
        if (const auto* integer = std::get_if<std::int64_t>(&value.value)) {
            // Negative values fail the range below; they keep their sign as a number until then.
            if (*integer < 0)
                return static_cast<double>(*integer);
            return static_cast<std::uint64_t>(*integer);
        }
        break;
    case Type::real:
        if (number_of(value, real))
            return real;
        break;
    case Type::text:
        if (text_of(value, false, text))
            return text;
        break;
    case Type::reals: {
        Reals list;
        for (const TomlValue* element : elements(value)) {
            if (!number_of(*element, real))
                return {};
            list.push_back(real);
        }
        return list;
    }
    case Type::texts: {
        Texts list;
        for (const TomlValue* element : elements(value)) {
            if (!text_of(*element, true, text))
                return {};
            list.push_back(text);
        }
        return list;
    }
    }
    return {};
}

// The numbers of a value that a range applies to.
Reals numbers(const SettingValue& value) {
    if (const auto* list = std::get_if<Reals>(&value))
        return *list;
    if (const auto* real = std::get_if<double>(&value))
        return {*real};
    if (const auto* integer = std::get_if<std::uint64_t>(&value))
        return {static_cast<double>(*integer)};
    return {};
}

// Adds the fault of a value of the right type; false if there is one.
bool check(const Setting& s, const std::string& name, const SettingValue& value, const Place& place,
           Faults& faults) {
    const bool is_number = s.type == Type::integer || s.type == Type::real || s.type == Type::reals;
    if (!s.choices.empty()) {
        const auto* text = std::get_if<std::string>(&value);
        const std::string given = text ? *text : value_text(value);
        if (std::find(s.choices.begin(), s.choices.end(), given) == s.choices.end()) {
            faults.add(
                place,
                fmt::format("{} = {} is none of: {}", name, value_text(value), range_text(s)),
                did_you_mean(given, s.choices));
            return false;
        }
    } else if (is_number) {
        for (const double v : numbers(value))
            if (!inside(s, v)) {
                faults.add(place, fmt::format("{} = {} is outside its range {}{}", name, number(v),
                                              range_text(s), s.unit.empty() ? "" : " " + s.unit));
                return false;
            }
    }
    const std::string fault = s.fault ? s.fault(value) : "";
    if (!fault.empty())
        faults.add(place, name + ": " + fault);
    return fault.empty();
}

template <class List, class Format> std::string list_text(const List& list, Format&& format) {
    std::string out;
    for (const auto& element : list)
        out += (out.empty() ? "" : ", ") + format(element);
    return "[" + out + "]";
}

} // namespace

const Setting* Section::find(const std::string& key) const {
    for (const Setting& setting : settings)
        if (setting.key == key)
            return &setting;
    return nullptr;
}

const Section& section(const std::string& name) {
    for (const Section& candidate : sections())
        if (candidate.name == name)
            return candidate;
    throw Error(Exit::internal, "there is no section '" + name + "'");
}

std::string range_text(const Setting& s) {
    if (!s.choices.empty()) {
        std::string out;
        for (const std::string& choice : s.choices)
            out += (out.empty() ? "" : ", ") + (choice.empty() ? "\"\"" : choice);
        return out;
    }
    const bool open_below = s.above || s.low == -std::numeric_limits<double>::infinity();
    const bool open_above = s.high == std::numeric_limits<double>::infinity();
    return fmt::format("{}{}, {}{}", open_below ? "(" : "[", number(s.low), number(s.high),
                       open_above ? ")" : "]");
}

std::string value_text(const SettingValue& value) {
    if (const auto* flag = std::get_if<bool>(&value))
        return *flag ? "true" : "false";
    if (const auto* integer = std::get_if<std::uint64_t>(&value))
        return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value))
        return number(*real);
    if (const auto* text = std::get_if<std::string>(&value))
        return toml_text(*text);
    if (const auto* reals = std::get_if<Reals>(&value))
        return list_text(*reals, number);
    if (const auto* texts = std::get_if<Texts>(&value))
        return list_text(*texts, toml_text);
    return {};
}

void read_section(const Section& section, const TomlValue& table, const Texts& others, void* object,
                  Faults& faults) {
    const std::string where = section.name.empty() ? "" : "[" + section.name + "]";
    if (!table.table()) {
        faults.add(table.place, where + " needs to be a table, not " + table.describe());
        return;
    }
    Texts known = others;
    for (const Setting& setting : section.settings)
        known.push_back(setting.key);
    for (const TomlMember& member : *table.table()) {
        if (std::find(others.begin(), others.end(), member.key) != others.end())
            continue;
        const Setting* setting = section.find(member.key);
        if (!setting) {
            faults.add(member.key_place,
                       "unknown key '" + member.key + "'" + (where.empty() ? "" : " in " + where),
                       did_you_mean(member.key, known, "carve help settings lists the keys"));
            continue;
        }
        const std::string name = (section.name.empty() ? "" : section.name + ".") + member.key;
        const SettingValue value = typed(*setting, member.value);
        if (std::holds_alternative<std::monostate>(value)) {
            faults.add(member.value.place,
                       fmt::format("{} needs {}, not {}", name, type_words(setting->type),
                                   member.value.describe()));
            continue;
        }
        if (check(*setting, name, value, member.value.place, faults))
            setting->set(object, value);
    }
}

void* settings_object(Task& task, const std::string& name) {
    return name == "input"     ? static_cast<void*>(&task.input)
           : name == "cell"    ? static_cast<void*>(&task.cell)
           : name == "network" ? static_cast<void*>(&task.network)
           : name == "rule.feedforward" || name == "rule.inhibitory"
               ? static_cast<void*>(&task.rules.front())
           : name == "rule.lateral" ? static_cast<void*>(&task.rules.back())
           : name == "loss"         ? static_cast<void*>(&task.loss)
           : name == "search"       ? static_cast<void*>(&task.search)
           : name == "run"          ? static_cast<void*>(&task.run)
                                    : static_cast<void*>(&task);
}

} // namespace carve::cli::old
