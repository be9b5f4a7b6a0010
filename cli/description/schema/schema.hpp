// schema.hpp: which keys each table of a task file has. schema/ has one list for each table; reading,
// writing, help, docs/task.md and the JSON schema are made from these lists.
#pragma once
#include "read_value.hpp"

#include <functional>

namespace carve::cli::task {

// A key and the member of T that it fills.
template <class T> struct Field {
    Key key;
    std::string type;                 // "whole number"
    std::vector<std::string> choices; // of an enum
    std::function<bool(const Slot&, T&)> read;
    std::function<Written(const T&)> write;
};

template <class T, class Member> Field<T> field(Member T::*member, Key key) {
    const Member* const type = nullptr;
    return {std::move(key), type_words(type), choices_of(type),
            [member](const Slot& slot, T& out) { return read_value(slot, out.*member); },
            [member](const T& value) { return write_value(value.*member); }};
}

template <class T> struct Schema {
    std::string table; // "population": its tables are [population.NAME]
    bool named;
    std::string help;
    std::vector<Field<T>> fields; // of `kind`, where the table has kinds, first

    const Field<T>* find(const std::string& name) const {
        for (const Field<T>& f : fields)
            if (f.key.name == name)
                return &f;
        return nullptr;
    }
};

const Schema<Simulation>& schema_of(const Simulation*);
const Schema<Population>& schema_of(const Population*);
const Schema<Projection>& schema_of(const Projection*);
const Schema<Rule>& schema_of(const Rule*);
const Schema<Data>& schema_of(const Data*);
const Schema<Phase>& schema_of(const Phase*);
const Schema<Measure>& loss_schema();
const Schema<Measure>& probe_schema();
const Schema<Trials>& schema_of(const Trials*);
const Schema<TrialSet>& schema_of(const TrialSet*);
const Schema<Search>& schema_of(const Search*);
const Schema<Stage>& schema_of(const Stage*); // what a stage has beside a search's keys
const Schema<Run>& schema_of(const Run*);
const Schema<Task>& schema_of(const Task*); // the keys above all tables
template <class T> const Schema<T>& schema() { return schema_of(static_cast<const T*>(nullptr)); }

// The kind of an element, "" where its table has none.
inline std::string kind_of(const Population& p) { return word_of(p.kind); }
inline std::string kind_of(const Rule& r) { return word_of(r.kind); }
inline std::string kind_of(const Data& d) { return word_of(d.kind); }
inline std::string kind_of(const Measure& m) { return word_of(m.kind); }
template <class T> std::string kind_of(const T&) { return {}; }

// A key without the type of what it fills.
struct KeyInfo {
    Key key;
    std::string type;
    std::vector<std::string> choices;
    std::string otherwise; // its default, in words
};
struct TableInfo {
    std::string table, help;
    bool named;
    std::vector<KeyInfo> keys;
    std::vector<std::string> kinds;
    std::string default_kind; // "" if one has to be given

    const KeyInfo* find(const std::string& key) const;
    std::vector<std::string> names(const std::string& kind) const; // of the keys of a kind
};
// Of all tables, in the order of the documentation; "loss" and "probe" apart, "stage", "trials.NAME".
const std::vector<TableInfo>& tables();
const TableInfo& table_info(const std::string& table);

// A value on one line, and a key, with quotes where it needs them.
std::string inline_toml(const TomlValue& value);
std::string toml_key(const std::string& key);

} // namespace carve::cli::task
