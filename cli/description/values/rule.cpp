// Parts of rules: terms and factors.
#include "parts.hpp"

#include <fmt/format.h>

namespace carve::cli::task {

bool read_value(const Slot& slot, Terms& out) {
    Terms terms;
    if (slot.value.table()) {
        for (const TomlMember& member : *slot.value.table()) {
            Power power{member.key, 0};
            const Key key{"", "", {}, 0, 3};
            if (!read_value(Slot{key, slot.path + "." + member.key, member.value, slot.faults},
                            power.highest))
                return false;
            terms.powers.push_back(power);
        }
        if (terms.powers.empty())
            return slot.refuse(" needs at least one factor", "for example { x = 2, y = 2, w = 2 }");
    } else if (slot.value.list()) {
        if (!read_value(slot, terms.products))
            return false;
        if (terms.products.empty())
            return slot.refuse(" needs at least one term");
        for (std::size_t i = 0; i < terms.products.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                if (terms.products[i] == terms.products[j])
                    return slot.refuse(
                        fmt::format(" lists {} twice", toml_text(terms.products[i])));
    } else if (std::holds_alternative<std::string>(slot.value.value)) {
        if (!read_value(slot, terms.preset))
            return false;
    } else
        return slot.refuse_type("highest powers like { x = 2, y = 2, w = 2 }, a list of products "
                                "like [\"x y\"], or the name of a preset");
    out = terms;
    return true;
}

Written write_value(const Terms& value) {
    if (!value.preset.empty())
        return write_value(value.preset);
    if (!value.products.empty())
        return write_value(value.products);
    if (value.powers.empty())
        return std::nullopt;
    WrittenParts parts;
    for (const Power& power : value.powers)
        parts.add(power.factor, power.highest);
    return parts.table();
}

namespace {

// "y^2": the source y, squared.
bool read_source(const Slot& slot, const std::string& text, Factor& out) {
    const std::size_t hat = text.find('^');
    out.of = text.substr(0, hat);
    if (hat == std::string::npos)
        return true;
    const std::string power = text.substr(hat + 1);
    if (power.size() != 1 || power[0] < '1' || power[0] > '3')
        return slot.refuse(fmt::format(" = {}: a power is 1, 2 or 3", toml_text(text)));
    out.power = static_cast<std::uint64_t>(power[0] - '0');
    return true;
}

bool read_minus(const Slot& slot, Factor& out) {
    const TomlValue* part = slot.value.find("minus");
    if (!part)
        return true;
    const Slot minus = slot.at("minus", *part);
    if (!part->table())
        return minus.refuse_type("{ tau } or { last }");
    Parts parts(minus);
    Minus value;
    parts.read("tau", value.tau, 0, 1e9, true);
    parts.read("last", value.last, 1, 1e9);
    if (!parts.done())
        return false;
    if (value.tau.has_value() == value.last.has_value())
        return minus.refuse(" needs either tau or last");
    out.minus = value;
    return true;
}

} // namespace

bool read_value(const Slot& slot, Factor& out) {
    Factor factor;
    factor.name = out.name;
    if (const auto* text = std::get_if<std::string>(&slot.value.value)) {
        if (!read_source(slot, *text, factor))
            return false;
    } else if (slot.value.table()) {
        Parts parts(slot);
        std::string of;
        parts.read("of", of);
        parts.read("tau", factor.tau, 0, 1e9, true);
        parts.read("sum", factor.sum);
        parts.read("mean", factor.mean);
        parts.read("scale", factor.scale);
        parts.read("at", factor.at);
        parts.note("minus");
        if (!parts.done() || !read_minus(slot, factor))
            return false;
        if (of.empty())
            return slot.refuse(" does not name its source",
                               "of = a population, a data column, \"y\", \"w\" or \"residual\"");
        if (!read_source(slot, of, factor))
            return false;
    } else
        return slot.refuse_type("a name, or { of, tau, sum, mean, minus, scale, at }");
    out = factor;
    return true;
}

Written write_value(const Factor& value) {
    const std::string of =
        value.power == 1 ? value.of : fmt::format("{}^{}", value.of, value.power);
    if (!value.tau && value.sum.empty() && value.mean.empty() && !value.minus && value.scale == 1 &&
        value.at.empty())
        return write_value(of);
    WrittenParts parts;
    parts.add("of", of).add("tau", value.tau).add("sum", value.sum).add("mean", value.mean);
    if (value.minus) {
        WrittenParts minus;
        parts.add_value("minus",
                        minus.add("tau", value.minus->tau).add("last", value.minus->last).table());
    }
    if (value.scale != 1)
        parts.add("scale", value.scale);
    return parts.add("at", value.at).table();
}

bool read_value(const Slot& slot, Factors& out) {
    if (!slot.value.table())
        return slot.refuse_type("{ NAME = factor }");
    Factors factors;
    bool good = true;
    for (const TomlMember& member : *slot.value.table()) {
        Factor factor;
        factor.name = member.key;
        good = read_value(slot.at(member.key, member.value), factor) && good;
        factors.of.push_back(factor);
    }
    if (good)
        out = factors;
    return good;
}

Written write_value(const Factors& value) {
    if (value.of.empty())
        return std::nullopt;
    WrittenParts parts;
    for (const Factor& factor : value.of)
        parts.add(factor.name, factor);
    return parts.table();
}

} // namespace carve::cli::task
