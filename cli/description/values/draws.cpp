// What is drawn: numbers, weights, coefficients, durations, spectra.
#include "parts.hpp"

#include <fmt/format.h>

namespace carve::cli::task {
namespace {

bool is_number(const TomlValue& value) {
    return std::holds_alternative<std::int64_t>(value.value) ||
           std::holds_alternative<double>(value.value);
}

// The parts of a draw; those of a kind exclude the other kinds.
bool read_draw_parts(const Slot& slot, Parts& parts, Draw& out) {
    Normal normal;
    Range ends, log_ends;
    OneOf choice;
    Column column;
    parts.read("mean", normal.mean, slot.key.low, slot.key.high, slot.key.above);
    parts.read("sd", normal.sd, 0);
    parts.read("uniform", ends, slot.key.low, slot.key.high, slot.key.above);
    parts.read("log_uniform", log_ends, std::max(0.0, slot.key.low), slot.key.high, true);
    parts.read("choice", choice.values, slot.key.low, slot.key.high, slot.key.above);
    parts.read("data", column.name);
    parts.read("range", out.range);
    parts.read("redraw", out.redraw);
    parts.read("shared", out.shared);
    const bool is_normal = parts.has("mean") || parts.has("sd");
    const int kinds = is_normal + parts.has("uniform") + parts.has("log_uniform") +
                      parts.has("choice") + parts.has("data");
    if (kinds != 1)
        return slot.refuse(kinds == 0 ? " does not say what it is drawn from"
                                      : " says twice what it is drawn from",
                           "{ mean, sd }, { uniform = [a, b] }, { log_uniform = [a, b] }, { choice "
                           "= [...] } or { data = \"file.column\" }");
    if (parts.has("choice") && choice.values.empty())
        return slot.refuse(".choice needs at least one number");
    if (is_normal)
        out.from = normal;
    else if (parts.has("choice"))
        out.from = choice;
    else if (parts.has("data"))
        out.from = column;
    else if (parts.has("uniform"))
        out.from = Uniform{ends.low, ends.high, false};
    else
        out.from = Uniform{log_ends.low, log_ends.high, true};
    return true;
}

void write_draw_parts(const Draw& value, WrittenParts& parts) {
    if (const auto* number = std::get_if<double>(&value.from))
        parts.add("mean", *number);
    else if (const auto* normal = std::get_if<Normal>(&value.from)) {
        if (normal->mean != 0)
            parts.add("mean", normal->mean);
        parts.add("sd", normal->sd);
    } else if (const auto* uniform = std::get_if<Uniform>(&value.from))
        parts.add(uniform->logarithmic ? "log_uniform" : "uniform",
                  Range{uniform->low, uniform->high});
    else if (const auto* choice = std::get_if<OneOf>(&value.from))
        parts.add("choice", choice->values);
    else
        parts.add("data", std::get<Column>(value.from).name);
    if (value.range.low != -kInfinity || value.range.high != kInfinity)
        parts.add("range", value.range);
    parts.add("redraw", value.redraw);
    if (value.shared)
        parts.add("shared", true);
}

bool is_plain(const Draw& value) {
    return std::holds_alternative<double>(value.from) && !value.redraw && !value.shared &&
           value.range.low == -kInfinity && value.range.high == kInfinity;
}

} // namespace

bool read_value(const Slot& slot, Draw& out) {
    if (is_number(slot.value)) {
        double number = 0;
        if (!read_value(slot, number))
            return false;
        out = Draw{number};
        return true;
    }
    if (const auto* column = std::get_if<std::string>(&slot.value.value)) {
        out = Draw{Column{*column}};
        return true;
    }
    if (!slot.value.table())
        return slot.refuse_type("a number or what it is drawn from, like { mean = 0, sd = 0.1 }");
    Draw draw;
    Parts parts(slot);
    if (!read_draw_parts(slot, parts, draw) || !parts.done())
        return false;
    out = draw;
    return true;
}

Written write_value(const Draw& value) {
    if (is_plain(value))
        return write_value(std::get<double>(value.from));
    WrittenParts parts;
    write_draw_parts(value, parts);
    return parts.table();
}

bool read_value(const Slot& slot, Weights& out) {
    Weights weights;
    if (!slot.value.table()) {
        Draw draw;
        if (!read_value(slot, draw))
            return false;
        out = {draw};
        return true;
    }
    Parts parts(slot);
    if (parts.has("base") || parts.has("tuned")) {
        TunedProfile tuned;
        parts.read("base", tuned.base);
        parts.read("tuned", tuned.tuned);
        parts.read("noise", tuned.noise, 0);
        parts.read("peak", tuned.peak, 0);
        weights.of = tuned;
    } else if (parts.has("scale")) {
        Scaled scaled;
        parts.read("scale", scaled.factor);
        parts.read("from", scaled.from);
        parts.read("to", scaled.to);
        weights.of = scaled;
    } else {
        Draw draw;
        if (!read_draw_parts(slot, parts, draw))
            return false;
        weights.of = draw;
        parts.read("antithetic", weights.antithetic);
        parts.read("free", weights.free);
        parts.read("scaled", weights.scaled);
    }
    if (!parts.done())
        return false;
    out = weights;
    return true;
}

Written write_value(const Weights& value) {
    WrittenParts parts;
    if (const auto* tuned = std::get_if<TunedProfile>(&value.of))
        return parts.add("base", tuned->base)
            .add("tuned", tuned->tuned)
            .add("noise", tuned->noise)
            .add("peak", tuned->peak)
            .table();
    if (const auto* scaled = std::get_if<Scaled>(&value.of))
        return parts.add("scale", scaled->factor)
            .add("from", scaled->from)
            .add("to", scaled->to)
            .table();
    const Draw& draw = std::get<Draw>(value.of);
    if (!value.antithetic && !value.free && !value.scaled)
        return write_value(draw);
    write_draw_parts(draw, parts);
    if (value.antithetic)
        parts.add("antithetic", true);
    if (value.free)
        parts.add("free", true);
    if (value.scaled)
        parts.add("scaled", true);
    return parts.table();
}

bool read_value(const Slot& slot, Start& out) {
    static const char* const of_draw[] = {"mean", "sd",    "uniform", "log_uniform", "choice",
                                          "data", "range", "redraw",  "shared"};
    Start start;
    bool named = slot.value.table() != nullptr;
    for (const char* part : of_draw)
        named = named && !slot.value.find(part);
    if (!named) {
        Draw draw;
        if (!read_value(slot, draw))
            return false;
        start.all = draw;
    } else
        for (const TomlMember& member : *slot.value.table()) {
            Coefficient coefficient{member.key, {}};
            if (!read_value(slot.at("\"" + member.key + "\"", member.value), coefficient.start))
                return false;
            start.named.push_back(coefficient);
        }
    out = start;
    return true;
}

Written write_value(const Start& value) {
    if (value.all)
        return write_value(*value.all);
    if (value.named.empty())
        return std::nullopt;
    WrittenParts parts;
    for (const Coefficient& coefficient : value.named)
        parts.add(coefficient.name, coefficient.start);
    return parts.table();
}

bool read_value(const Slot& slot, Durations& out) {
    Durations durations;
    if (slot.value.list()) {
        if (!read_value(slot, durations.of))
            return false;
        if (durations.of.empty())
            return slot.refuse(" needs at least one duration");
    } else {
        durations.of.resize(1);
        if (!read_value(slot, durations.of[0]))
            return false;
    }
    out = durations;
    return true;
}

Written write_value(const Durations& value) {
    return value.of.size() == 1 ? write_value(value.of[0]) : write_value(value.of);
}

bool read_value(const Slot& slot, Spectrum& out) {
    Spectrum spectrum;
    if (slot.value.table()) {
        Parts parts(slot);
        Range ends;
        parts.read("uniform", ends, 0, 1e6);
        parts.read("units", spectrum.units, 1, 65536);
        parts.read("gap", spectrum.gap, 0, 1, true);
        if (!parts.has("uniform") || !parts.has("units"))
            return slot.refuse(" needs { uniform = [low, high], units = N }");
        if (!parts.done())
            return false;
        spectrum.drawn = Uniform{ends.low, ends.high, false};
    } else if (!slot.value.list())
        return slot.refuse_type("a list of eigenvalues like [1, 0.5, 0]");
    else if (!read_value(slot, spectrum.eigenvalues))
        return false;
    for (std::size_t i = 1; i < spectrum.eigenvalues.size(); ++i)
        if (spectrum.eigenvalues[i] > spectrum.eigenvalues[i - 1])
            return slot.refuse(fmt::format(" needs to be descending: {} follows {}",
                                           spectrum.eigenvalues[i], spectrum.eigenvalues[i - 1]));
    if (!spectrum.drawn && (spectrum.eigenvalues.empty() || !(spectrum.eigenvalues[0] > 0)))
        return slot.refuse(" needs a first eigenvalue above 0");
    out = spectrum;
    return true;
}

Written write_value(const Spectrum& value) {
    if (!value.drawn)
        return write_value(value.eigenvalues);
    WrittenParts parts;
    parts.add("uniform", Range{value.drawn->low, value.drawn->high}).add("units", value.units);
    if (value.gap < 1)
        parts.add("gap", value.gap);
    return parts.table();
}

bool read_value(const Slot& slot, Active& out) {
    Active active;
    if (slot.value.table() && slot.value.find("units")) {
        Parts parts(slot);
        Draw draw{1.0};
        parts.read("units", active.units, 1, 65536);
        parts.read("contiguous", active.contiguous);
        if (parts.has("value"))
            parts.read("value", draw);
        else if (parts.has("uniform") || parts.has("mean") || parts.has("sd"))
            if (!read_draw_parts(slot, parts, draw))
                return false;
        if (!parts.done())
            return false;
        active.value = draw;
    } else if (!read_value(slot, active.value))
        return false;
    out = active;
    return true;
}

Written write_value(const Active& value) {
    if (value.units == 0)
        return write_value(value.value);
    WrittenParts parts;
    parts.add("units", value.units);
    if (value.contiguous)
        parts.add("contiguous", true);
    return parts.add("value", value.value).table();
}

} // namespace carve::cli::task
