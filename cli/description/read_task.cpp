#include "read_task.hpp"

#include "document.hpp"
#include "element.hpp"
#include "names.hpp"
#include "shipped.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli::task {
namespace {

constexpr std::int64_t kFormat = 2;

// A key that belongs into one of the tables [table.NAME].
void refuse_outside(const TomlMember& key, const std::string& table, Faults& faults) {
    faults.add(key.key_place, fmt::format("{} stands outside of the tables with names", key.key),
               fmt::format("it is a key of [{}.NAME]", table));
}

template <class T>
void read_named(const TomlValue& root, const Schema<T>& schema, std::vector<T>& out, Places& places,
                Faults& faults) {
    const TomlValue* group = root.find(schema.table);
    if (!group)
        return;
    if (!group->table()) {
        refuse_no_tables(*group, schema.table, faults);
        return;
    }
    for (const TomlMember& member : *group->table()) {
        if (!member.value.table() && schema.find(member.key)) {
            refuse_outside(member, schema.table, faults);
            continue;
        }
        T element;
        element.name = member.key;
        element.place = member.value.place.line > 0 ? member.value.place : member.key_place;
        check_name(member, schema.table, faults);
        read_element(schema, {member.value, schema.table + "." + member.key}, element, places,
                     faults);
        out.push_back(std::move(element));
    }
}

template <class T> void read_single(const TomlValue& root, T& out, Places& places, Faults& faults) {
    if (const TomlValue* table = root.find(schema<T>().table))
        read_element(schema<T>(), {*table, schema<T>().table}, out, places, faults);
}

void read_trials(const TomlValue& root, Trials& trials, Places& places, Faults& faults) {
    const TomlValue* table = root.find("trials");
    if (!table)
        return;
    TomlValue own = *table;
    if (auto* members = std::get_if<TomlTable>(&own.value)) {
        for (const TomlMember& member : *members) {
            if (schema<Trials>().find(member.key) || !member.value.table()) {
                if (is_list_of_tables(member.value))
                    refuse_no_table(member.value, "trials." + member.key, faults);
                continue;
            }
            TrialSet set;
            set.name = member.key;
            set.place = member.value.place;
            read_element(schema<TrialSet>(), {member.value, "trials." + member.key}, set, places,
                         faults);
            trials.sets.push_back(set);
        }
        members->erase(std::remove_if(members->begin(), members->end(),
                                      [](const TomlMember& m) {
                                          return !schema<Trials>().find(m.key) &&
                                                 (m.value.table() || is_list_of_tables(m.value));
                                      }),
                       members->end());
    }
    read_element(schema<Trials>(), {own, "trials"}, trials, places, faults);
}

// A stage starts from the keys of [search].
void read_stage(const TomlMember& member, Task& task, Faults& faults) {
    const std::string path = "search.stage." + member.key;
    Stage stage;
    stage.name = member.key;
    stage.place = member.value.place.line > 0 ? member.value.place : member.key_place;
    stage.search = task.search;
    check_name(member, "search.stage", faults);
    if (!member.value.table()) {
        if (schema<Stage>().find(member.key) || schema<Search>().find(member.key))
            refuse_outside(member, "search.stage", faults);
        else
            refuse_no_table(member.value, path, faults);
        return;
    }
    TomlValue own = member.value, of_search = member.value;
    const auto is_own = [](const TomlMember& m) { return schema<Stage>().find(m.key) != nullptr; };
    auto& mine = std::get<TomlTable>(own.value);
    auto& others = std::get<TomlTable>(of_search.value);
    mine.erase(std::remove_if(mine.begin(), mine.end(), [&](const auto& m) { return !is_own(m); }),
               mine.end());
    others.erase(std::remove_if(others.begin(), others.end(), is_own), others.end());
    read_element(schema<Stage>(), {own, path}, stage, task.places, faults);
    stage.search.accept = {};
    read_element(schema<Search>(), {of_search, path}, stage.search, task.places, faults);
    task.stages.push_back(std::move(stage));
}

void read_search(const TomlValue& root, Task& task, Faults& faults) {
    const TomlValue* table = root.find("search");
    if (!table)
        return;
    TomlValue own = *table;
    TomlTable stages;
    if (auto* members = std::get_if<TomlTable>(&own.value)) {
        for (const TomlMember& member : *members) {
            if (member.key != "stage")
                continue;
            if (const TomlTable* named = member.value.table())
                stages = *named;
            else
                refuse_no_tables(member.value, "search.stage", faults);
        }
        members->erase(std::remove_if(members->begin(), members->end(),
                                      [](const TomlMember& m) { return m.key == "stage"; }),
                       members->end());
    }
    read_element(schema<Search>(), {own, "search"}, task.search, task.places, faults);
    for (const TomlMember& member : stages)
        read_stage(member, task, faults);
}

void check_format(const TomlValue& root) {
    Faults faults;
    const TomlValue* format = root.find("format");
    const auto* number = format ? std::get_if<std::int64_t>(&format->value) : nullptr;
    if (number && *number == kFormat)
        return;
    if (number && *number > kFormat) {
        faults.add(
            format->place,
            fmt::format("format = {} is of a later version of carve; this one reads format = {}",
                        *number, kFormat),
            "use a newer carve");
        faults.raise(Exit::version);
    }
    faults.add(format ? format->place : root.place, "this is no task file of format 2",
               "the first line of a task is format = 2; `carve convert OLD` rewrites one of "
               "carve 0.1");
    faults.raise(Exit::usage);
}

// The keys above all tables, and tables that there are not.
void read_top(const TomlValue& root, Task& task, Faults& faults) {
    std::vector<std::string> known = {"format", "trials", "search", "defaults"};
    for (const TableInfo& info : tables())
        known.push_back(info.table.substr(0, info.table.find('.')));
    TomlValue top = root;
    auto& members = std::get<TomlTable>(top.value);
    const auto is_other = [&](const TomlMember& m) {
        return std::find(known.begin(), known.end(), m.key) != known.end() &&
               !schema<Task>().find(m.key);
    };
    const auto is_unknown = [&](const TomlMember& m) {
        return !is_other(m) && !schema<Task>().find(m.key) &&
               (m.value.table() || is_list_of_tables(m.value));
    };
    for (const TomlMember& member : members)
        if (is_unknown(member))
            faults.add(
                member.key_place, fmt::format("there are no [{}] tables", member.key),
                did_you_mean(member.key, known, "`carve help settings` lists all tables and keys"));
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [&](const TomlMember& m) { return is_other(m) || is_unknown(m); }),
                  members.end());
    read_element(schema<Task>(), {top, ""}, task, task.places, faults);
    if (const std::string fault = name_fault(task.name); !fault.empty())
        faults.add(task.places.count("name") ? task.place_of("name") : Place{task.file, 0, 0},
                   fmt::format("a task cannot be called '{}': {}", task.name, fault),
                   "name = \"...\" gives it a name that a directory may have");
}

// Relative to the folder of the file that says it; of an override, to the working directory.
void resolve_paths(Task& task, Faults& faults) {
    namespace fs = std::filesystem;
    for (Data& data : task.data) {
        if (data.path.empty())
            continue;
        const Place place = task.place_of("data." + data.name + ".path");
        if (shipped_text(place.file) && place.file != task.file)
            faults.add({task.file, 0, 0},
                       fmt::format("data.{}.path is a file beside the task '{}', which comes with "
                                   "carve without it",
                                   data.name, place.file),
                       fmt::format("say path in [data.{}]", data.name));
        const fs::path base =
            place.line > 0 ? fs::absolute(place.file).parent_path() : fs::current_path();
        data.path = (base / data.path).lexically_normal().string();
    }
}

Task read_tree(TomlValue root, const std::string& path) {
    check_format(root);
    Faults faults;
    inherit(root, faults);
    faults.raise(Exit::usage);
    Task task;
    task.name = name_of_file(path);
    task.file = path;
    read_top(root, task, faults);
    read_single(root, task.simulation, task.places, faults);
    read_named(root, schema<Population>(), task.populations, task.places, faults);
    read_named(root, schema<Projection>(), task.projections, task.places, faults);
    read_named(root, schema<Rule>(), task.rules, task.places, faults);
    read_named(root, schema<Data>(), task.data, task.places, faults);
    read_named(root, schema<Phase>(), task.phases, task.places, faults);
    read_named(root, loss_schema(), task.losses, task.places, faults);
    read_named(root, probe_schema(), task.probes, task.places, faults);
    read_trials(root, task.trials, task.places, faults);
    resolve_paths(task, faults);
    read_search(root, task, faults);
    read_single(root, task.run, task.places, faults);
    faults.raise(Exit::usage);
    check_names(task, faults);
    faults.raise(Exit::usage);
    return task;
}

} // namespace

std::string name_fault(const std::string& name) {
    constexpr std::size_t kLongest = 100; // bytes: a directory's name has a prefix
    if (name.empty())
        return "it is empty";
    if (name.size() > kLongest)
        return fmt::format("it is longer than {} bytes", kLongest);
    if (name[0] == '.' || name[0] == '-')
        return "it begins with a dot or a dash";
    for (const char c : name)
        if (c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return "it holds a slash or a control character";
    return "";
}

std::string name_of_file(const std::string& path) {
    return std::filesystem::path(path).stem().string();
}

Task load(const std::string& path, const Overrides& overrides) {
    return read_tree(read_document(path, overrides), path);
}

Task parse(const std::string& text, const std::string& path, const Overrides& overrides) {
    return read_tree(parse_document(text, path, overrides), path);
}

} // namespace carve::cli::task
