// rule_file.cpp: the file rule.toml, and what names a rule: a preset, a file, a run directory.
#include "rule.hpp"

#include "error.hpp"
#include "spike_terms.hpp"
#include "suggest.hpp"
#include "toml.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::int64_t kFormat = 1; // of rule.toml; raised when an older carve would misread it

// The coefficient of a rule for spikes that name = "..." says; false with a fault.
bool read_name(const TomlValue& name, Term& term, Faults& faults) {
    const auto* text = std::get_if<std::string>(&name.value);
    const std::optional<Term> named = text ? parse_spike_term(*text) : std::nullopt;
    if (!named) {
        std::vector<std::string> names;
        for (const Term& t : spike_terms())
            names.push_back(monomial(t));
        faults.add(name.place, name.describe() + " is no coefficient of a rule for spikes",
                   did_you_mean(text ? *text : "", names, "for example \"alpha\""));
        return false;
    }
    term = *named;
    return true;
}

// What term = "..." says is a task's own: the task knows what it stands for.
bool read_own(const TomlValue& own, Term& term, Faults& faults) {
    const auto* text = std::get_if<std::string>(&own.value);
    if (!text || text->empty()) {
        faults.add(own.place, own.describe() + " is no term", "for example term = \"x y m\"");
        return false;
    }
    term = named_term(*text);
    return true;
}

// Reads { x = a, y = b, w = c, theta = v }, { name = "alpha", theta = v } or { term = "x y m", theta = v };
// false with a fault.
bool read_term(const TomlValue& value, Term& term, Faults& faults) {
    if (!value.table()) {
        faults.add(value.place, "a term needs to be { x = 1, y = 1, w = 0, theta = 0.5 }, not " +
                                    value.describe());
        return false;
    }
    const TomlValue *name = value.find("name"), *own = value.find("term");
    for (const TomlMember& member : *value.table())
        if (own && member.key != "term" && member.key != "theta") {
            faults.add(member.key_place, "a term of a task's own has no " + member.key,
                       "it has term and theta");
            return false;
        } else if (own) {
            continue;
        } else if (name && member.key != "name" && member.key != "theta") {
            faults.add(member.key_place, "a term with a name has no " + member.key,
                       "a term of a rule for spikes has name and theta");
            return false;
        } else if (!name && member.key != "x" && member.key != "y" && member.key != "w" &&
                   member.key != "theta") {
            faults.add(member.key_place, "unknown key '" + member.key + "' in a term",
                       "a term has x, y, w and theta");
            return false;
        }
    const auto exponent = [&](const char* key, unsigned& out) {
        const TomlValue* found = value.find(key);
        const auto* number = found ? std::get_if<std::int64_t>(&found->value) : nullptr;
        if (found && (!number || *number < 0 || *number > 3)) {
            faults.add(found->place,
                       fmt::format("{} = {} is not an exponent in [0, 3]", key, found->describe()));
            return false;
        }
        out = number ? static_cast<unsigned>(*number) : 0;
        return true;
    };
    if (own ? !read_own(*own, term, faults) : name && !read_name(*name, term, faults))
        return false;
    if (!own && !name &&
        (!exponent("x", term.x) || !exponent("y", term.y) || !exponent("w", term.w)))
        return false;
    const TomlValue* theta = value.find("theta");
    const auto* real = theta ? std::get_if<double>(&theta->value) : nullptr;
    const auto* integer = theta ? std::get_if<std::int64_t>(&theta->value) : nullptr;
    term.theta = real ? *real : integer ? static_cast<double>(*integer) : std::nan("");
    if (!std::isfinite(term.theta)) {
        faults.add(theta ? theta->place : value.place, "theta needs to be a finite number");
        return false;
    }
    return true;
}

std::vector<Term> read_terms(const TomlValue& value, Faults& faults) {
    std::vector<Term> terms;
    if (!value.list()) {
        faults.add(value.place, "terms needs a list, not " + value.describe());
        return terms;
    }
    for (const TomlValue& element : *value.list()) {
        Term term;
        if (!read_term(element, term, faults))
            continue;
        const auto same = [&](const Term& other) { return is_same_term(other, term); };
        const bool mixed = !terms.empty() && term.name.empty() && terms[0].name.empty() &&
                           (terms[0].spike == 0) != (term.spike == 0);
        if (mixed)
            faults.add(element.place, "a rule is for rates or for spikes, not for both");
        else if (std::any_of(terms.begin(), terms.end(), same))
            faults.add(element.place, "the term " + monomial(term) + " is there twice");
        else
            terms.push_back(term);
    }
    if (has_names(terms)) // in the order that their task gives them
        return terms;
    std::sort(terms.begin(), terms.end(), comes_before);
    const bool of_spikes = !terms.empty() && terms[0].spike;
    const std::string wrong = of_spikes ? time_constant_fault(terms) : "";
    if (!wrong.empty())
        faults.add(value.place, "the rule " + wrong);
    return terms;
}

ProjectionRule read_projection(const TomlMember& member, Faults& faults) {
    ProjectionRule rule;
    rule.projection = member.key;
    const std::string where = "[rule." + member.key + "]";
    const TomlValue* eta = member.value.find("eta");
    const TomlValue* terms = member.value.find("terms");
    if (!terms)
        faults.add(member.value.place, where + " needs terms");
    else
        rule.terms = read_terms(*terms, faults);
    if (eta) {
        const auto* real = std::get_if<double>(&eta->value);
        const auto* integer = std::get_if<std::int64_t>(&eta->value);
        rule.eta = real ? *real : integer ? static_cast<double>(*integer) : -1;
        if (!std::isfinite(rule.eta) || rule.eta < 0)
            faults.add(eta->place, "eta needs to be a number >= 0");
    }
    if (const TomlTable* table = member.value.table())
        for (const TomlMember& m : *table)
            if (m.key != "eta" && m.key != "terms")
                faults.add(m.key_place, "unknown key '" + m.key + "' in " + where,
                           did_you_mean(m.key, {"eta", "terms"}));
    return rule;
}

Rule rule_of_file(const std::string& path) { return parse_rule(read_text(path, Exit::data), path); }

} // namespace

Rule parse_rule(const std::string& text, const std::string& path) {
    const TomlValue root = parse_toml(text, path, Exit::data);
    Faults faults;
    Rule rule;
    const TomlValue* format = root.find("format");
    const auto* version = format ? std::get_if<std::int64_t>(&format->value) : nullptr;
    if (!version || *version < 1)
        faults.add(format ? format->place : root.place, "a rule file starts with format = 1");
    else if (*version > kFormat)
        throw Error(
            Exit::version,
            fmt::format("{} has format {}; this carve reads up to {}", path, *version, kFormat),
            "use a newer carve");
    for (const TomlMember& member : *root.table()) {
        if (member.key == "source") {
            if (const auto* source = std::get_if<std::string>(&member.value.value))
                rule.source = *source;
            else
                faults.add(member.value.place, "source needs a text");
        } else if (member.key == "rule" && member.value.table()) {
            for (const TomlMember& projection : *member.value.table())
                rule.projections.push_back(read_projection(projection, faults));
        } else if (member.key == "rule") {
            const bool list = member.value.list();
            faults.add(member.key_place,
                       list ? "[[rule]] is a list of tables, but each rule has a name"
                            : "rule needs to be tables, not " + member.value.describe(),
                       "for example [rule.feedforward]");
        } else if (member.key != "format")
            faults.add(member.key_place, "unknown key '" + member.key + "'",
                       did_you_mean(member.key, {"format", "source", "rule"}));
    }
    const TomlValue* const rules = root.find("rule");
    if (rule.projections.empty() && (!rules || rules->table()))
        faults.add(root.place, "there is no [rule.NAME]", "for example [rule.feedforward]");
    faults.raise(Exit::data);
    return rule;
}

Rule load_rule(const std::string& what) {
    if (const Preset* preset = find_preset(what)) {
        if (preset->terms.empty())
            throw Error(Exit::usage, "'" + what + "' cannot be simulated: " + preset->note);
        const char* const projection = preset->terms[0].spike ? "inhibitory" : "feedforward";
        Rule rule{"preset " + preset->name, {{projection, preset->eta, preset->terms}}};
        if (!preset->lateral.empty())
            rule.projections.push_back({"lateral", 0, preset->lateral});
        return rule;
    }
    std::error_code ignored;
    const std::filesystem::path path(what);
    if (std::filesystem::is_directory(path, ignored)) {
        if (!std::filesystem::exists(path / "rule.toml", ignored))
            throw Error(Exit::data, "there is no rule.toml in " + what,
                        "a run writes it when it ends");
        return rule_of_file((path / "rule.toml").string());
    }
    if (std::filesystem::exists(path, ignored))
        return rule_of_file(what);
    std::vector<std::string> names;
    for (const Preset& preset : presets())
        names.push_back(preset.name);
    throw Error(Exit::usage, "there is no preset, rule file or run directory '" + what + "'",
                did_you_mean(what, names, "carve rules lists the presets"));
}

std::string to_toml(const Rule& rule) {
    std::string out;
    for (const ProjectionRule& projection : rule.projections)
        out += "# " + projection.projection + ": " + equation(projection.terms) + "\n";
    out += fmt::format("format = {}\nsource = {}\n", kFormat, toml_text(rule.source));
    for (const ProjectionRule& projection : rule.projections) {
        out += "\n[rule." + projection.projection + "]\n";
        if (projection.eta > 0)
            out += "eta = " + toml_real(projection.eta) + "\n";
        out += "terms = [\n";
        for (const Term& term : projection.terms)
            out +=
                term.spike || !term.name.empty()
                    ? fmt::format("    {{ {} = {}, theta = {} }},\n", term.spike ? "name" : "term",
                                  toml_text(monomial(term)), toml_real(term.theta))
                    : fmt::format("    {{ x = {}, y = {}, w = {}, theta = {} }},\n", term.x, term.y,
                                  term.w, toml_real(term.theta));
        out += "]\n";
    }
    return out;
}

} // namespace carve::cli
