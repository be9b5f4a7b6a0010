// element.hpp: reads one table of a task file by its schema.
#pragma once
#include "schema.hpp"
#include "suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli::task {

struct ElementText {
    const TomlValue& table;
    std::string path; // "population.E"; "" above all tables
};

// A list of tables, [[rule]].
bool is_list_of_tables(const TomlValue& value);
// Says what stands in the place of a table, or of tables with names: [[rule]], rule = 3.
void refuse_no_table(const TomlValue& value, const std::string& path, Faults& faults);
void refuse_no_tables(const TomlValue& value, const std::string& path, Faults& faults);

// Letters, digits, _ and -: what can stand in a path without quotes.
void check_name(const TomlMember& member, const std::string& table, Faults& faults);

// Says that a key is not one of the table's, or not one of its kind's.
void refuse_key(const TomlMember& member, const std::string& path, const TableInfo& info,
                const std::string& kind, Faults& faults);

using Places = std::map<std::string, Place>; // of the keys that a text sets, by path

template <class T>
void read_element(const Schema<T>& schema, const ElementText& text, T& out, Places& places,
                  Faults& faults) {
    if (!text.table.table()) {
        refuse_no_table(text.table, text.path, faults);
        return;
    }
    const TableInfo& info = table_info(schema.table);
    const std::string prefix = text.path.empty() ? "" : text.path + ".";
    const auto read = [&](const Field<T>& field, const TomlValue& value) {
        places[prefix + field.key.name] = value.place;
        return field.read(Slot{field.key, prefix + field.key.name, value, faults}, out);
    };
    if (!info.kinds.empty()) { // first, as it decides which keys there are
        const TomlValue* kind = text.table.find("kind");
        if (!kind && info.default_kind.empty()) {
            faults.add(text.table.place, fmt::format("[{}] needs a kind", text.path),
                       fmt::format("kind = one of {}", fmt::join(info.kinds, ", ")));
            return;
        }
        if (kind && !read(*schema.find("kind"), *kind))
            return;
    }
    const std::string kind = kind_of(out);
    for (const TomlMember& member : *text.table.table()) {
        const Field<T>* field = schema.find(member.key);
        if (!field || !field->key.is_of(kind))
            refuse_key(member, text.path, info, kind, faults);
        else if (member.key != "kind" || info.kinds.empty())
            read(*field, member.value);
    }
}

} // namespace carve::cli::task
