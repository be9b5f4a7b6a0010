// Parts of populations and projections.
#include "parts.hpp"

#include "suggest.hpp"

#include <fmt/format.h>

namespace carve::cli::task {

bool read_value(const Slot& slot, Groups& out) {
    Groups groups;
    if (!slot.value.table()) {
        if (!read_value(slot, groups.equal))
            return false;
        out = groups;
        return true;
    }
    groups.equal = slot.value.table()->empty() ? 1 : 0;
    for (const TomlMember& member : *slot.value.table()) {
        std::vector<std::uint64_t> ends;
        const Key key{"", "", {}, 0, 65536, false, "units"}; // of a unit, not of a number of groups
        const Slot part{key, slot.path + "." + member.key, member.value, slot.faults};
        if (!member.value.list() || member.value.list()->size() != 2)
            return part.refuse_type("[first, end]");
        if (!read_value(part, ends))
            return false;
        if (ends[0] >= ends[1])
            return part.refuse(
                fmt::format(" = [{}, {}] has no units: first to end - 1", ends[0], ends[1]));
        groups.named.push_back({member.key, ends[0], ends[1]});
    }
    out = groups;
    return true;
}

Written write_value(const Groups& value) {
    if (value.named.empty())
        return write_value(value.equal);
    WrittenParts parts;
    for (const Group& group : value.named)
        parts.add(group.name, std::vector<std::uint64_t>{group.first, group.end});
    return parts.table();
}

bool read_value(const Slot& slot, Signal& out) {
    if (!slot.value.table())
        return slot.refuse_type("{ gain, tau } or { of = \"POPULATION\" }");
    Signal signal;
    Parts parts(slot);
    parts.read("gain", signal.gain, 0, 1e6);
    parts.read("tau", signal.tau, 0, 1e3, true);
    parts.read("of", signal.of);
    if (!parts.done())
        return false;
    out = signal;
    return true;
}

Written write_value(const Signal& value) {
    WrittenParts parts;
    return parts.add("gain", value.gain).add("tau", value.tau).add("of", value.of).table();
}

bool read_value(const Slot& slot, Receptors& out) {
    if (!slot.value.table())
        return slot.refuse_type("{ NAME = { tau, rise, reversal, kind } }");
    Receptors receptors;
    bool good = true;
    for (const TomlMember& member : *slot.value.table()) {
        Receptor receptor;
        receptor.name = member.key;
        const Slot part = slot.at(member.key, member.value);
        if (!member.value.table()) {
            good = part.refuse_type("{ tau, rise, reversal, kind }");
            continue;
        }
        Parts parts(part);
        parts.read("tau", receptor.tau, 0, 1e3, true);
        parts.read("rise", receptor.rise, 0, 1e3, true);
        parts.read("reversal", receptor.reversal);
        parts.read("kind", receptor.kind);
        good = parts.done() && good;
        receptors.of.push_back(receptor);
    }
    if (good)
        out = receptors;
    return good;
}

Written write_value(const Receptors& value) {
    if (value.of.empty())
        return std::nullopt;
    WrittenParts receptors;
    for (const Receptor& receptor : value.of) {
        WrittenParts parts;
        parts.add("tau", receptor.tau)
            .add("rise", receptor.rise)
            .add("reversal", receptor.reversal);
        receptors.add_value(receptor.name, parts.add("kind", receptor.kind).table());
    }
    return receptors.table();
}

namespace {
const std::vector<std::string>& patterns() {
    static const std::vector<std::string> words = {
        "all", "lower", "one_to_one", "probability", "in_degree", "field", "data"};
    return words;
}
} // namespace

bool read_value(const Slot& slot, Connect& out) {
    Connect connect;
    if (!slot.value.table()) {
        const int index = read_word(slot, {"all", "lower", "one_to_one"});
        if (index < 0)
            return false;
        connect.pattern = static_cast<Pattern>(index);
        out = connect;
        return true;
    }
    Parts parts(slot);
    std::string pattern;
    std::uint64_t count = 0;
    parts.read("pattern", pattern);
    parts.read("probability", connect.number, 0, 1, true);
    parts.read("in_degree", count, 1, 65536);
    parts.read("field", count, 1, 65536);
    parts.read("data", connect.data);
    parts.read("self", connect.self);
    if (!parts.done())
        return false;
    int given = 0;
    for (std::size_t i = static_cast<std::size_t>(Pattern::probability); i < patterns().size(); ++i)
        if (parts.has(patterns()[i].c_str())) {
            connect.pattern = static_cast<Pattern>(i);
            ++given;
        }
    if (given > 1 || (given == 1 && !pattern.empty()))
        return slot.refuse(" says twice who is connected to whom");
    if (!pattern.empty()) {
        const auto at = std::find(patterns().begin(), patterns().begin() + 3, pattern);
        if (at == patterns().begin() + 3)
            return slot.refuse(
                fmt::format(".pattern = {} is none of: all, lower, one_to_one", toml_text(pattern)),
                did_you_mean(pattern, {"all", "lower", "one_to_one"}));
        connect.pattern = static_cast<Pattern>(at - patterns().begin());
    }
    if (count > 0)
        connect.number = static_cast<double>(count);
    out = connect;
    return true;
}

Written write_value(const Connect& value) {
    const std::string& word = patterns()[static_cast<std::size_t>(value.pattern)];
    const bool plain = value.pattern <= Pattern::one_to_one;
    if (plain && value.self)
        return write_value(word);
    WrittenParts parts;
    if (plain)
        parts.add("pattern", word);
    else if (value.pattern == Pattern::data)
        parts.add("data", value.data);
    else if (value.pattern == Pattern::probability)
        parts.add("probability", value.number);
    else
        parts.add(word, static_cast<std::uint64_t>(value.number));
    if (!value.self)
        parts.add("self", false);
    return parts.table();
}

bool read_value(const Slot& slot, Inference& out) {
    Inference inference;
    if (!slot.value.table()) {
        const int index = read_word(slot, {"sequential", "sweeps", "solve"});
        if (index < 0)
            return false;
        inference.kind = static_cast<InferenceKind>(index);
    } else {
        Parts parts(slot);
        inference.kind = InferenceKind::sweeps;
        parts.read("sweeps", inference.sweeps, 1, 1000);
        parts.read("damping", inference.damping, 0, 1);
        if (!parts.done())
            return false;
    }
    out = inference;
    return true;
}

Written write_value(const Inference& value) {
    if (value.kind != InferenceKind::sweeps)
        return write_value(
            std::string(value.kind == InferenceKind::solve ? "solve" : "sequential"));
    WrittenParts parts;
    parts.add("sweeps", value.sweeps);
    if (value.damping > 0)
        parts.add("damping", value.damping);
    return parts.table();
}

bool read_value(const Slot& slot, Normalize& out) {
    if (!slot.value.table())
        return slot.refuse_type("{ norm, over, target, every, at, how }");
    Normalize normalize;
    Parts parts(slot);
    parts.read("norm", normalize.norm, 1, 2);
    parts.read("over", normalize.over);
    parts.read("target", normalize.target, 0, 1e9, true);
    parts.read("every", normalize.every, 1, 1e9);
    parts.read("at", normalize.at);
    parts.read("how", normalize.how);
    if (!parts.done())
        return false;
    out = normalize;
    return true;
}

Written write_value(const Normalize& value) {
    WrittenParts parts;
    return parts.add("norm", value.norm)
        .add("over", value.over)
        .add("target", value.target)
        .add("every", value.every)
        .add("at", value.at)
        .add("how", value.how)
        .table();
}

} // namespace carve::cli::task
