#include "rule.hpp"

#include "error.hpp"
#include "figures.hpp"
#include "spike_terms.hpp"
#include "suggest.hpp"
#include "toml.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

constexpr std::int64_t kFormat = 1; // of rule.toml; raised when an older carve would misread it

// Below 64: the bit of a term among those of its kind, in the order of a rule.
unsigned order_index(const Term& term) {
    if (!term.spike)
        return 16 * term.x + 4 * term.y + term.w;
    unsigned bit = 0;
    for (std::uint64_t above = term.spike >> 1; above != 0; above >>= 1)
        ++bit;
    return bit;
}

std::string power(const char* base, unsigned exponent) {
    return exponent == 0 ? "" : exponent == 1 ? base : fmt::format("{}^{}", base, exponent);
}

// The term that name = "..." says; false with a fault.
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

// Reads { x = a, y = b, w = c, theta = v } or { name = "alpha", theta = v }; false with a fault.
bool read_term(const TomlValue& value, Term& term, Faults& faults) {
    if (!value.table()) {
        faults.add(value.place, "a term needs to be { x = 1, y = 1, w = 0, theta = 0.5 }, not " +
                                    value.describe());
        return false;
    }
    const TomlValue* name = value.find("name");
    for (const TomlMember& member : *value.table())
        if (name && member.key != "name" && member.key != "theta") {
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
    if (name && !read_name(*name, term, faults))
        return false;
    if (!name && (!exponent("x", term.x) || !exponent("y", term.y) || !exponent("w", term.w)))
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
        if (!terms.empty() && (terms[0].spike == 0) != (term.spike == 0))
            faults.add(element.place, "a rule is for rates or for spikes, not for both");
        else if (term_mask(terms) & term_mask({term}))
            faults.add(element.place, "the term " + monomial(term) + " is there twice");
        else
            terms.push_back(term);
    }
    std::sort(terms.begin(), terms.end(),
              [](const Term& a, const Term& b) { return order_index(a) < order_index(b); });
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
        } else if (member.key != "format")
            faults.add(member.key_place, "unknown key '" + member.key + "'",
                       did_you_mean(member.key, {"format", "source", "rule"}));
    }
    if (rule.projections.empty())
        faults.add(root.place, "there is no [rule.NAME]", "for example [rule.feedforward]");
    faults.raise(Exit::data);
    return rule;
}

std::uint64_t term_mask(const std::vector<Term>& terms) {
    std::uint64_t mask = 0;
    for (const Term& term : terms)
        mask |= term.spike ? term.spike : std::uint64_t{1} << order_index(term);
    return mask;
}

std::vector<carve_term> kernel_terms(const std::vector<Term>& terms) {
    const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value); };
    std::vector<carve_term> out;
    for (const Term& term : terms) {
        const unsigned bit = order_index(term);
        carve_term t{};
        if (is_time_constant(term))
            continue;
        if (!term.spike) {
            t.event = CARVE_EVENT_STEP;
            t.pre = byte(term.x);
            t.post = byte(term.y);
            t.weight = byte(term.w);
        } else {
            const bool at_pre = bit < kFirstAtPost;
            const unsigned k = bit - (at_pre ? kFirstAtPre : kFirstAtPost);
            t.event = at_pre ? CARVE_EVENT_PRE : CARVE_EVENT_POST;
            (at_pre ? t.post : t.pre) = byte(k / 6);
            (at_pre ? t.pre2 : t.post2) = byte(k / 3 % 2);
            t.weight = byte(k % 3);
        }
        out.push_back(t);
    }
    return out;
}

std::vector<Term> terms_up_to(unsigned order) {
    std::vector<Term> terms;
    for (unsigned x = 0; x <= order; ++x)
        for (unsigned y = 0; y <= order; ++y)
            for (unsigned w = 0; w <= order; ++w)
                terms.push_back({x, y, w, 0});
    return terms;
}

bool is_same_term(const Term& a, const Term& b) {
    return a.spike == b.spike && a.x == b.x && a.y == b.y && a.w == b.w;
}

std::string monomial(const Term& term) {
    if (term.spike)
        return spike_term_name(term);
    std::string out;
    for (const std::string& factor : {power("x", term.x), power("y", term.y), power("w", term.w)})
        if (!factor.empty())
            out += (out.empty() ? "" : " ") + factor;
    return out.empty() ? "1" : out;
}

std::optional<Term> parse_monomial(const std::string& text) {
    std::string letters;
    for (const char c : text)
        if (c != ' ' && c != '*')
            letters += c;
    Term term;
    if (letters == "1")
        return term;
    bool seen[3] = {};
    for (std::size_t i = 0; i < letters.size();) {
        const std::size_t which = std::string("xyw").find(letters[i++]);
        if (which == std::string::npos || seen[which])
            return std::nullopt;
        seen[which] = true;
        unsigned exponent = 1;
        if (i < letters.size() && letters[i] == '^') {
            if (i + 1 >= letters.size() || letters[i + 1] < '0' || letters[i + 1] > '3')
                return std::nullopt;
            exponent = static_cast<unsigned>(letters[i + 1] - '0');
            i += 2;
        }
        (which == 0 ? term.x : which == 1 ? term.y : term.w) = exponent;
    }
    return letters.empty() ? std::nullopt : std::optional<Term>(term);
}

std::vector<Term> without_rounding(std::vector<Term> terms) {
    double largest = 0;
    for (const Term& term : terms)
        largest = std::max(largest, std::abs(term.theta));
    terms.erase(std::remove_if(terms.begin(), terms.end(),
                               [&](const Term& term) {
                                   return term.theta == 0 || is_rounding(term.theta, largest);
                               }),
                terms.end());
    return terms;
}

std::string equation(const std::vector<Term>& terms, int digits) {
    if (!terms.empty() && terms[0].spike)
        return spike_equation(terms, digits);
    std::vector<Term> sorted = without_rounding(terms);
    std::sort(sorted.begin(), sorted.end(), [](const Term& a, const Term& b) {
        const double x = std::abs(a.theta), y = std::abs(b.theta);
        return x != y ? x > y : order_index(a) > order_index(b);
    });
    std::string sum;
    for (const Term& term : sorted) {
        const bool negative = term.theta < 0;
        sum += sum.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
        const std::string factor = fmt::format("{:.{}g}", std::abs(term.theta), digits);
        const std::string powers = monomial(term);
        sum += powers == "1" ? factor : factor == "1" ? powers : factor + " " + powers;
    }
    return sum.empty() ? "dw = 0" : "dw = eta (" + sum + ")";
}

double angle_degrees(const std::vector<Term>& a, const std::vector<Term>& b) {
    double u[64] = {}, v[64] = {}, uu = 0, vv = 0;
    for (const Term& term : a)
        u[order_index(term)] = is_time_constant(term) ? 0 : term.theta;
    for (const Term& term : b)
        v[order_index(term)] = is_time_constant(term) ? 0 : term.theta;
    for (int i = 0; i < 64; ++i) {
        uu += u[i] * u[i];
        vv += v[i] * v[i];
    }
    if (uu == 0 || vv == 0)
        return std::numeric_limits<double>::quiet_NaN();
    // Kahan's form: exact also for small angles, where acos is not.
    double difference = 0, sum = 0;
    for (int i = 0; i < 64; ++i) {
        const double p = u[i] / std::sqrt(uu), q = v[i] / std::sqrt(vv);
        difference += (p - q) * (p - q);
        sum += (p + q) * (p + q);
    }
    constexpr double kDegrees = 57.295779513082320877;
    return 2 * std::atan2(std::sqrt(difference), std::sqrt(sum)) * kDegrees;
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
            out += term.spike ? fmt::format("    {{ name = \"{}\", theta = {} }},\n",
                                            monomial(term), toml_real(term.theta))
                              : fmt::format("    {{ x = {}, y = {}, w = {}, theta = {} }},\n",
                                            term.x, term.y, term.w, toml_real(term.theta));
        out += "]\n";
    }
    return out;
}

} // namespace carve::cli
