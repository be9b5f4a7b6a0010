#include "element.hpp"

#include "error.hpp"

namespace carve::cli::task {
namespace {

// A value in one line of TOML.
std::string words_of(const Written& written);

template <class T>
TableInfo info_of(const Schema<T>& schema, const std::string& default_kind = {}) {
    TableInfo info{schema.table, schema.help, schema.named, {}, {}, default_kind};
    const T usual{};
    for (const Field<T>& field : schema.fields) {
        const bool is_kind = field.key.name == "kind";
        if (is_kind)
            info.kinds = field.choices;
        const std::string otherwise = !field.key.otherwise.empty() ? field.key.otherwise
                                      : is_kind ? (default_kind.empty() ? "required" : default_kind)
                                                : words_of(field.write(usual));
        info.keys.push_back({field.key, field.type,
                             field.choices.empty() ? field.key.words : field.choices, otherwise});
    }
    return info;
}

std::string words_of(const Written& written) { return written ? inline_toml(*written) : "none"; }

} // namespace

std::string inline_toml(const TomlValue& value) {
    if (const TomlList* list = value.list()) {
        std::string out;
        for (const TomlValue& element : *list)
            out += (out.empty() ? "" : ", ") + inline_toml(element);
        return "[" + out + "]";
    }
    if (const TomlTable* table = value.table()) {
        std::string out;
        for (const TomlMember& member : *table)
            out += (out.empty() ? "" : ", ") + toml_key(member.key) + " = " +
                   inline_toml(member.value);
        return out.empty() ? "{}" : "{ " + out + " }";
    }
    if (const auto* text = std::get_if<std::string>(&value.value))
        return toml_text(*text);
    if (const auto* real = std::get_if<double>(&value.value))
        return *real == kInfinity ? "inf" : *real == -kInfinity ? "-inf" : fmt::format("{}", *real);
    return value.describe();
}

std::string toml_key(const std::string& key) {
    const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    return bare ? key : toml_text(key);
}

const KeyInfo* TableInfo::find(const std::string& key) const {
    for (const KeyInfo& info : keys)
        if (info.key.name == key)
            return &info;
    return nullptr;
}

std::vector<std::string> TableInfo::names(const std::string& kind) const {
    std::vector<std::string> result;
    for (const KeyInfo& info : keys)
        if (kind.empty() || info.key.is_of(kind))
            result.push_back(info.key.name);
    if (named)
        result.push_back("like");
    return result;
}

const std::vector<TableInfo>& tables() {
    static const std::vector<TableInfo> all = {info_of(schema<Task>()),
                                               info_of(schema<Simulation>()),
                                               info_of(schema<Population>()),
                                               info_of(schema<Projection>()),
                                               info_of(schema<Rule>(), "polynomial"),
                                               info_of(loss_schema()),
                                               info_of(probe_schema()),
                                               info_of(schema<Data>()),
                                               info_of(schema<Phase>()),
                                               info_of(schema<Trials>()),
                                               info_of(schema<TrialSet>()),
                                               info_of(schema<Search>()),
                                               info_of(schema<Stage>()),
                                               info_of(schema<Run>())};
    return all;
}

const TableInfo& table_info(const std::string& table) {
    for (const TableInfo& info : tables())
        if (info.table == table)
            return info;
    throw Error(Exit::internal, "there is no table '" + table + "'");
}

bool is_list_of_tables(const TomlValue& value) {
    const TomlList* const list = value.list();
    return list && !list->empty() &&
           std::all_of(list->begin(), list->end(), [](const TomlValue& v) { return v.table(); });
}

void refuse_no_table(const TomlValue& value, const std::string& path, Faults& faults) {
    if (is_list_of_tables(value))
        faults.add(value.place, fmt::format("[[{}]] is a list of tables, and one is read", path),
                   fmt::format("[{}]", path));
    else
        faults.add(value.place,
                   fmt::format("{} needs to be a table, not {}", path, value.describe()));
}

void refuse_no_tables(const TomlValue& value, const std::string& path, Faults& faults) {
    if (is_list_of_tables(value))
        faults.add(value.place, fmt::format("[[{}]] is a list of tables without names", path),
                   fmt::format("each has a name of its own: [{}.NAME]", path));
    else
        faults.add(value.place,
                   fmt::format("{} needs tables, not {}: [{}.NAME]", path, value.describe(), path));
}

void check_name(const TomlMember& member, const std::string& table, Faults& faults) {
    if (toml_key(member.key) != member.key)
        faults.add(member.key_place,
                   fmt::format("[{}.{}]: a name has only letters, digits, _ and -", table,
                               toml_text(member.key)));
}

namespace {

// "a, b or c".
std::string either(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return out;
}

// The single table that has a key of this name, "" if none has.
std::string table_of(const std::string& key) {
    for (const TableInfo& info : tables())
        if (!info.named && !info.table.empty() && info.table != "trials.NAME" && info.find(key))
            return info.table;
    return "";
}

} // namespace

void refuse_key(const TomlMember& member, const std::string& path, const TableInfo& info,
                const std::string& kind, Faults& faults) {
    const std::string where = path.empty() ? "above the tables" : "in [" + path + "]";
    const KeyInfo* known = info.find(member.key);
    if (!known) {
        const bool near = !nearest(member.key, info.names(kind)).empty();
        const std::string elsewhere = near && !path.empty() ? "" : table_of(member.key);
        const bool of_probes = path.rfind("loss.", 0) == 0 && table_info("probe").find(member.key);
        faults.add(
            member.key_place, fmt::format("unknown key '{}' {}", member.key, where),
            of_probes ? fmt::format("a [probe.NAME] of the same may have {}", member.key)
            : !elsewhere.empty()
                ? fmt::format("did you mean '{}.{}'?", elsewhere, member.key)
                : did_you_mean(member.key, info.names(kind),
                               fmt::format("its keys: {}", fmt::join(info.names(kind), ", "))));
        return;
    }
    faults.add(member.key_place,
               fmt::format("{} has no effect {}: it belongs to kind = {}, and this is {}",
                           member.key, where, either(known->key.kinds), kind));
}

} // namespace carve::cli::task
