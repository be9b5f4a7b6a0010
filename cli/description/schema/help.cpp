#include "help.hpp"

#include "error.hpp"
#include "schema.hpp"
#include "suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace carve::cli::task {
namespace {

using Json = nlohmann::ordered_json;

std::string heading(const TableInfo& info) {
    return info.table.empty() ? "above all tables"
           : info.named       ? fmt::format("[{}.NAME]", info.table)
                              : fmt::format("[{}]", info.table);
}

// What a key can be: "number in [0, 1], Hz", "one of: a, b".
std::string values_of(const KeyInfo& info) {
    if (!info.choices.empty())
        return fmt::format("{}", fmt::join(info.choices, ", "));
    std::string out = info.type;
    const std::string range = in_range_words(info.key);
    if (!range.empty())
        out += " in " + range;
    return out + (info.key.unit.empty() ? "" : " " + info.key.unit);
}

std::string kinds_of(const KeyInfo& info) {
    return fmt::format("{}", fmt::join(info.key.kinds, ", "));
}

std::string escaped(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, "\\");
    return text;
}

std::string table_reference(const TableInfo& info) {
    std::string out = fmt::format("### {}\n\n{}\n\n", heading(info), info.help);
    const bool kinds = !info.kinds.empty();
    out += fmt::format("| key | {}value | default | meaning |\n| --- | {}--- | --- | --- |\n",
                       kinds ? "of kinds | " : "", kinds ? "--- | " : "");
    for (const KeyInfo& key : info.keys)
        out += fmt::format("| `{}`{} | {}{} | {} | {} |\n", key.key.name,
                           key.key.in_phases ? " ●" : "",
                           kinds ? (key.key.kinds.empty() ? "all" : kinds_of(key)) + " | " : "",
                           escaped(values_of(key)), escaped(key.otherwise), escaped(key.key.help));
    return out + "\n";
}

std::string key_text(const TableInfo& table, const KeyInfo& info) {
    const std::string path = table.table.empty() ? info.key.name
                             : table.named ? fmt::format("{}.NAME.{}", table.table, info.key.name)
                                           : fmt::format("{}.{}", table.table, info.key.name);
    std::string out = fmt::format("{}: {}\n  value    {}\n  default  {}\n", path, info.key.help,
                                  values_of(info), info.otherwise);
    if (!info.key.kinds.empty())
        out += fmt::format("  kinds    {}\n", kinds_of(info));
    if (info.key.in_phases)
        out += "  phases   a phase may set it\n";
    return out;
}

std::string table_text(const TableInfo& info) {
    std::size_t width = 0;
    for (const KeyInfo& key : info.keys)
        width = std::max(width, key.key.name.size());
    std::string out = fmt::format("{}: {}\n", heading(info), info.help);
    for (const KeyInfo& key : info.keys)
        out += fmt::format("  {:{}}  {}{}\n", key.key.name, width, key.key.help,
                           key.key.kinds.empty() ? "" : " (" + kinds_of(key) + ")");
    if (!info.kinds.empty())
        out += fmt::format("kinds: {}\n", fmt::join(info.kinds, ", "));
    return out;
}

// The keys of one kind: "lif" of population.
std::string kind_text(const TableInfo& info, const std::string& kind) {
    std::string out = fmt::format("kind = \"{}\" of {}: {}\n", kind, heading(info), info.help);
    for (const KeyInfo& key : info.keys)
        if (key.key.name != "kind" && key.key.is_of(kind))
            out += fmt::format("  {:13} {}\n", key.key.name, key.key.help);
    return out;
}

bool is_table(const TableInfo& info, const std::string& word) {
    return !info.table.empty() && (word == info.table || word == info.table + "s" ||
                                   word == info.table + "es" || word == "[" + info.table + "]");
}

// "samples", "data.samples", or with any name "data.x.samples".
bool is_key(const TableInfo& info, const std::string& key, const std::string& word) {
    const std::string head = info.table + ".", tail = "." + key;
    if (word == key || word == info.table + tail)
        return true;
    return info.named && word.size() > head.size() + tail.size() && word.rfind(head, 0) == 0 &&
           word.find('.', head.size()) == word.size() - tail.size() &&
           word.compare(word.size() - tail.size(), tail.size(), tail) == 0;
}

Json schema_of_key(const KeyInfo& info) {
    Json json;
    json["description"] =
        fmt::format("{} ({}; default: {})", info.key.help, values_of(info), info.otherwise);
    if (!info.choices.empty())
        json["enum"] = info.choices;
    else if (info.type == "number" || info.type == "whole number") {
        json["type"] = info.type == "number" ? "number" : "integer";
        if (info.key.low > -kInfinity)
            json[info.key.above ? "exclusiveMinimum" : "minimum"] = info.key.low;
        if (info.key.high < kInfinity)
            json["maximum"] = info.key.high;
    } else if (info.type == "true or false")
        json["type"] = "boolean";
    else if (info.type == "text")
        json["type"] = "string";
    return json;
}

Json schema_of_table(const TableInfo& info) {
    Json properties;
    for (const KeyInfo& key : info.keys)
        properties[key.key.name] = schema_of_key(key);
    if (info.named)
        properties["like"] = {{"type", "string"},
                              {"description", "another of these tables, whose "
                                              "keys it takes"}};
    return {{"type", "object"},
            {"description", info.help},
            {"properties", properties},
            {"additionalProperties", false}};
}

} // namespace

std::string reference() {
    std::string out;
    for (const TableInfo& info : tables())
        out += table_reference(info);
    out.pop_back();
    return out;
}

namespace {

// What stands beside the tables, or in all of them.
const std::vector<std::pair<std::string, std::string>>& other_words() {
    static const std::vector<std::pair<std::string, std::string>> words = {
        {"format", "format = 2: the first line of a task file"},
        {"extends",
         "extends = \"NAME\": a shipped task or a file whose keys this one takes and changes"},
        {"drop", "drop = [\"population.y.clamp\"]: keys of the base that are taken back"},
        {"like", "like = \"NAME\": another table of the same sort, whose keys this one takes"},
        {"defaults", "[defaults.population]: keys of all populations that have them, where they do "
                     "not say otherwise"}};
    return words;
}

} // namespace

std::string explain(const std::string& word) {
    for (const auto& [name, text] : other_words())
        if (word == name)
            return text + "\n";
    std::string of_tables, of_keys, of_kinds;
    std::vector<std::string> known;
    for (const TableInfo& info : tables()) {
        if (!info.table.empty())
            known.push_back(info.table);
        if (is_table(info, word))
            of_tables += table_text(info);
        known.insert(known.end(), info.kinds.begin(), info.kinds.end());
        for (const KeyInfo& key : info.keys) {
            known.insert(known.end(), {key.key.name, info.table + "." + key.key.name});
            if (is_key(info, key.key.name, word))
                of_keys += key_text(info, key);
        }
        if (std::find(info.kinds.begin(), info.kinds.end(), word) != info.kinds.end() &&
            info.table != "probe") // has the kinds of losses
            of_kinds += kind_text(info, word);
    }
    const std::string out = of_tables + of_keys + of_kinds;
    if (out.empty())
        throw Error(Exit::usage, "there is no help on '" + word + "'",
                    did_you_mean(word, known, "carve help settings explains all keys of a task"));
    return out;
}

std::string json_schema() {
    Json properties = schema_of_table(table_info(""))["properties"];
    properties["format"] = {{"const", 2}};
    properties["extends"] = {{"type", "string"}};
    properties["drop"] = {{"type", "array"}, {"items", {{"type", "string"}}}};
    Json defaults = Json::object();
    for (const TableInfo& info : tables()) {
        if (info.table.empty() || info.table == "search.stage" || info.table == "trials.NAME")
            continue;
        const Json table = schema_of_table(info);
        properties[info.table] =
            info.named ? Json{{"type", "object"}, {"additionalProperties", table}} : table;
        if (info.named)
            defaults[info.table] = table;
    }
    properties["trials"]["additionalProperties"] = schema_of_table(table_info("trials.NAME"));
    Json stage = schema_of_table(table_info("search.stage"));
    for (const auto& [key, value] : properties["search"]["properties"].items())
        stage["properties"][key] = value;
    properties["search"]["properties"]["stage"] = {{"type", "object"},
                                                   {"additionalProperties", stage}};
    properties["defaults"] = {{"type", "object"}, {"properties", defaults}};
    const Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "a task of carve"},
                         {"type", "object"},
                         {"required", {"format"}},
                         {"properties", properties},
                         {"additionalProperties", false}};
    return schema.dump(2) + "\n";
}

} // namespace carve::cli::task
