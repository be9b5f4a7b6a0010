// Parts of phases, measures and searches.
#include "parts.hpp"

#include <fmt/format.h>
#include <set>

namespace carve::cli::task {

bool read_value(const Slot& slot, Plastic& out) {
    if (const auto* flag = std::get_if<bool>(&slot.value.value)) {
        out = {*flag, std::nullopt};
        return true;
    }
    if (!slot.value.list())
        return slot.refuse_type("true, false or a list of projections");
    std::vector<std::string> names;
    if (!read_value(slot, names))
        return false;
    out = {false, names};
    return true;
}

Written write_value(const Plastic& value) {
    return value.projections ? write_value(*value.projections) : write_value(value.all);
}

bool read_value(const Slot& slot, Settings& out) {
    if (!slot.value.table())
        return slot.refuse_type("{ \"path\" = value }");
    Settings settings;
    for (const TomlMember& member : *slot.value.table())
        settings.of.push_back({member.key, member.value});
    out = settings;
    return true;
}

Written write_value(const Settings& value) {
    if (value.of.empty())
        return std::nullopt;
    WrittenParts parts;
    for (const Setting& setting : value.of)
        parts.add_value(setting.path, setting.value);
    return parts.table();
}

bool read_value(const Slot& slot, Compared& out) {
    Compared compared;
    if (slot.value.table()) {
        Parts parts(slot);
        std::vector<double> ends;
        parts.read("ramp", ends);
        parts.read("quantiles", compared.quantiles, 2, 65536);
        if (!parts.done())
            return false;
        if (parts.has("ramp") == parts.has("quantiles"))
            return slot.refuse(" needs either ramp or quantiles");
        if (parts.has("ramp")) {
            if (ends.size() != 2 || ends[0] == ends[1])
                return slot.refuse(".ramp needs two different numbers, [from, to]");
            compared.ramp = Range{ends[0], ends[1]}; // from may be above to
        }
        compared.as = parts.has("ramp") ? "ramp" : "quantiles";
    } else {
        const std::vector<std::string> words = {"squared",  "distance",      "relative",
                                                "contrast", "cross_entropy", "counts",
                                                "r2",       "accuracy"};
        const int index = read_word(slot, words);
        if (index < 0)
            return false;
        compared.as = words[static_cast<std::size_t>(index)];
    }
    out = compared;
    return true;
}

Written write_value(const Compared& value) {
    WrittenParts parts;
    if (value.ramp)
        return parts.add("ramp", *value.ramp).table();
    if (value.quantiles > 0)
        return parts.add("quantiles", value.quantiles).table();
    return write_value(value.as);
}

bool read_value(const Slot& slot, Noise& out) {
    if (const auto* name = std::get_if<std::string>(&slot.value.value)) {
        out.of = *name;
        return true;
    }
    double sd = 0;
    if (!read_value(slot, sd))
        return false;
    out.of = sd;
    return true;
}

Written write_value(const Noise& value) {
    if (const auto* name = std::get_if<std::string>(&value.of))
        return write_value(*name);
    return write_value(std::get<double>(value.of));
}

bool read_value(const Slot& slot, Diverged& out) {
    Diverged diverged;
    if (slot.value.table()) {
        Parts parts(slot);
        diverged.candidate = false;
        parts.read("base", diverged.base, 0);
        parts.read("early", diverged.early, 0);
        parts.read("candidate", diverged.candidate);
        if (!parts.done())
            return false;
    } else if (std::holds_alternative<std::string>(slot.value.value)) {
        const int index = read_word(slot, {"trial", "candidate"});
        if (index < 0)
            return false;
        diverged.candidate = index == 1;
    } else {
        double base = 0;
        if (!read_value(slot, base))
            return false;
        diverged = {false, base, base};
    }
    out = diverged;
    return true;
}

Written write_value(const Diverged& value) {
    if (!value.base && !value.early)
        return write_value(std::string(value.candidate ? "candidate" : "trial"));
    if (value.base == value.early && !value.candidate)
        return write_value(*value.base);
    WrittenParts parts;
    parts.add("base", value.base).add("early", value.early);
    if (value.candidate)
        parts.add("candidate", true);
    return parts.table();
}

bool read_value(const Slot& slot, Accept& out) {
    Accept accept;
    if (slot.value.list()) {
        if (!read_value(slot, accept.probes))
            return false;
        if (accept.probes.empty())
            return slot.refuse(" = [] names no probe");
        const std::set<std::string> names(accept.probes.begin(), accept.probes.end());
        if (names.size() < accept.probes.size())
            return slot.refuse(" names a probe twice");
    } else if (const auto* text = std::get_if<std::string>(&slot.value.value)) {
        if (*text != "all")
            return slot.refuse(fmt::format(
                " = {} is neither a number, a list of probes nor \"all\"", toml_text(*text)));
        accept.all = true;
    } else {
        double loss = 0;
        if (std::holds_alternative<bool>(slot.value.value) || slot.value.table())
            return slot.refuse_type("a number, a list of probes or \"all\"");
        if (!read_value(slot, loss))
            return false;
        accept.loss = loss;
    }
    out = accept;
    return true;
}

Written write_value(const Accept& value) {
    if (value.all)
        return write_value(std::string("all"));
    if (!value.probes.empty())
        return write_value(value.probes);
    return write_value(value.loss);
}

bool read_value(const Slot& slot, EarlyStop& out) {
    if (const auto* flag = std::get_if<bool>(&slot.value.value)) {
        out.iterations = *flag ? EarlyStop::kUsual : 0;
        return true;
    }
    if (!std::holds_alternative<std::int64_t>(slot.value.value))
        return slot.refuse_type("true, false or a whole number");
    return read_value(slot, out.iterations);
}

Written write_value(const EarlyStop& value) {
    if (value.iterations == 0 || value.iterations == EarlyStop::kUsual)
        return write_value(value.iterations > 0);
    return write_value(value.iterations);
}

bool read_value(const Slot& slot, Eliminate& out) {
    if (const auto* flag = std::get_if<bool>(&slot.value.value)) {
        out = *flag ? Eliminate::loss : Eliminate::none;
        return true;
    }
    const auto* text = std::get_if<std::string>(&slot.value.value);
    if (!text || *text != "bic")
        return slot.refuse_type("true, false or \"bic\"");
    out = Eliminate::bic;
    return true;
}

Written write_value(Eliminate value) {
    return value == Eliminate::bic ? write_value(std::string("bic"))
                                   : write_value(value == Eliminate::loss);
}

} // namespace carve::cli::task
