#include "document.hpp"

#include "error.hpp"
#include "schema.hpp"
#include "shipped.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli::task {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 8;

TomlTable& members_of(TomlValue& table) { return std::get<TomlTable>(table.value); }

TomlMember* find_member(TomlValue& table, const std::string& key) {
    for (TomlMember& member : members_of(table))
        if (member.key == key)
            return &member;
    return nullptr;
}

const std::string* text_of(const TomlValue* value) {
    return value ? std::get_if<std::string>(&value->value) : nullptr;
}

// How many levels of tables above a key there are: [run] has one, [population.E] two,
// [search.stage.first] three.
std::size_t levels(const std::vector<std::string>& path) {
    const std::string table = path.empty() ? "" : path[0], name = path.size() > 1 ? path[1] : "";
    if (table == "search")
        return name == "stage" ? 3 : 1;
    if (table == "trials") // with further sets of trials, which have names
        return name.empty() || table_info(table).find(name) ? 1 : 2;
    return table == "simulation" || table == "run" || table.empty() ? 1 : 2;
}

bool has_other_kind(const TomlValue& base, const TomlValue& child, const std::string& group) {
    const std::string* now = text_of(child.find("kind"));
    const std::string* before = text_of(base.find("kind"));
    const std::string usual = group == "rule" ? "polynomial" : "";
    return now && *now != (before ? *before : usual);
}

// Key by key down to the keys of elements, whose values are replaced as a whole.
void merge(TomlValue& base, TomlValue child, std::vector<std::string>& path) {
    for (TomlMember& member : members_of(child)) {
        TomlMember* old = find_member(base, member.key);
        if (!old) {
            members_of(base).push_back(std::move(member));
            continue;
        }
        path.push_back(member.key);
        const bool tables = old->value.table() && member.value.table();
        if (!tables || path.size() > levels(path) ||
            (path.size() == 2 && has_other_kind(old->value, member.value, path[0])))
            *old = std::move(member);
        else
            merge(old->value, std::move(member.value), path);
        path.pop_back();
    }
}

void remove(TomlValue& table, const std::string& key) {
    TomlTable& members = members_of(table);
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [&](const TomlMember& m) { return m.key == key; }),
                  members.end());
}

// `part` of the path is not among what is there.
void refuse_drop(const TomlValue& at, const std::string& part, const TomlValue& entry,
                 Faults& faults) {
    std::vector<std::string> there;
    if (const TomlTable* table = at.table())
        for (const TomlMember& member : *table)
            there.push_back(member.key);
    faults.add(
        entry.place,
        fmt::format("there is no {} to drop in what this file extends",
                    toml_text(*text_of(&entry))),
        did_you_mean(part, there,
                     there.empty() ? "" : fmt::format("there are: {}", fmt::join(there, ", "))));
}

// Takes back "population.y.clamp". Parts of the path are plain names, without quotes.
void drop(TomlValue& base, const TomlValue& entry, Faults& faults) {
    const std::string* path = text_of(&entry);
    if (!path) {
        faults.add(entry.place, "drop needs a list of texts, like \"population.y.clamp\"");
        return;
    }
    TomlValue* at = &base;
    std::string rest = *path;
    for (std::size_t dot; (dot = rest.find('.')) != std::string::npos; rest.erase(0, dot + 1)) {
        TomlMember* next = at->table() ? find_member(*at, rest.substr(0, dot)) : nullptr;
        if (!next)
            return refuse_drop(*at, rest.substr(0, dot), entry, faults);
        at = &next->value;
    }
    if (!at->table() || !find_member(*at, rest))
        refuse_drop(*at, rest, entry, faults);
    else
        remove(*at, rest);
}

class Files {
  public:
    TomlValue read(const std::string& path) {
        return complete(parse_toml(read_text(path, Exit::usage), path, Exit::usage), path);
    }

    // A parsed file with what it extends.
    TomlValue complete(TomlValue child, const std::string& path) {
        const TomlValue* extends = child.find("extends");
        const TomlValue dropped =
            child.find("drop") ? *child.find("drop") : TomlValue{TomlList{}, {}, {}};
        Faults faults;
        if (!extends) {
            if (child.find("drop"))
                faults.add(child.find("drop")->place, "drop has no effect without extends");
            faults.raise(Exit::usage);
            return child;
        }
        TomlValue base = base_of(*extends, path);
        const TomlList* list = dropped.list();
        if (!list)
            faults.add(dropped.place, "drop needs a list of paths");
        else
            for (const TomlValue& entry : *list)
                drop(base, entry, faults);
        faults.raise(Exit::usage);
        for (const char* key : {"extends", "drop"})
            remove(child, key);
        for (const char* key : {"format", "name", "description"}) // a task's own
            remove(base, key);
        base.place = child.place;
        std::vector<std::string> at;
        merge(base, std::move(child), at);
        return base;
    }

  private:
    TomlValue base_of(const TomlValue& extends, const std::string& path) {
        Faults faults;
        const std::string* name = text_of(&extends);
        if (!name || name->empty())
            faults.add(extends.place, "extends needs the name of a task or of a file");
        else if (++count_ > kMostFiles)
            faults.add(extends.place, fmt::format("more than {} files extend one another; does one "
                                                  "extend itself?",
                                                  kMostFiles));
        faults.raise(Exit::usage);
        if (const char* text = shipped_text(*name))
            return complete(parse_toml(text, *name, Exit::internal), *name);
        const fs::path folder = fs::path(path).parent_path();
        const std::string file = (folder / *name).string();
        std::error_code unusable; // a name that is too long
        if (!fs::exists(file, unusable)) {
            faults.add(extends.place, fmt::format("there is no file '{}' to extend", file),
                       did_you_mean(*name, shipped_names(),
                                    fmt::format("tasks that come with carve: {}",
                                                fmt::join(shipped_names(), ", "))));
            faults.raise(Exit::usage);
        }
        return read(file);
    }

    std::size_t count_ = 0;
};

// What one expects of `--set data.x.path=FILE`: the same data from that file, whatever it was.
void switch_to_file(TomlValue& data) {
    const TomlValue* path = data.find("path");
    const std::string* kind = text_of(data.find("kind"));
    if (!path || path->place.line > 0 || (kind && *kind != "gaussian"))
        return;
    for (const char* key : {"kind", "spectrum", "scale"})
        remove(data, key);
    members_of(data).push_back(
        {"kind", path->place, TomlValue{std::string("file"), path->place, {}}});
}

// An override changes a table that there is: one of another name is a slip, unless the file is no task of
// this format, which is then said.
bool has_table(const TomlValue& root, const Override& given, Faults& faults) {
    static const std::vector<std::string> groups = {"search.stage.", "population.", "projection.",
                                                    "rule.",         "data.",       "phase.",
                                                    "loss.",         "probe.",      "trials."};
    const std::string path = given.assignment.substr(0, given.assignment.find('='));
    const auto starts = [&](const std::string& group) { return path.rfind(group, 0) == 0; };
    const auto found = std::find_if(groups.begin(), groups.end(), starts);
    const std::size_t begin = found == groups.end() ? 0 : found->size(),
                      end = path.find('.', begin);
    const std::string name = end > path.size() ? "" : path.substr(begin, end - begin);
    const bool of_trials = begin > 0 && *found == "trials.";
    // A further set begins with what varies in it.
    const bool is_key = of_trials && (table_info("trials").find(name) ||
                                      (end < path.size() && path.compare(end, 5, ".vary") == 0));
    if (!root.find("format") || begin == 0 || name.empty() || is_key)
        return true;
    const std::string group = found->substr(0, begin - 1);
    const TomlValue* const tables =
        group == "search.stage" ? root.find("search", "stage") : root.find(group);
    std::vector<std::string> names;
    if (tables && tables->table())
        for (const TomlMember& member : *tables->table())
            if (member.value.table()) // beside the keys of [trials]
                names.push_back(member.key);
    if (std::find(names.begin(), names.end(), name) != names.end())
        return true;
    faults.add({given.typed, 0, 0}, fmt::format("there is no [{}.{}]", group, name),
               did_you_mean(name, names, "an override changes a table of the task"));
    return false;
}

TomlValue with_overrides(TomlValue root, const Overrides& overrides) {
    Faults faults;
    for (const Override& given : overrides)
        if (has_table(root, given, faults))
            apply_override(root, given, faults);
    faults.raise(Exit::usage);
    if (TomlMember* data = find_member(root, "data"); data && data->value.table())
        for (TomlMember& element : members_of(data->value))
            if (element.value.table())
                switch_to_file(element.value);
    return root;
}

} // namespace

const char* shipped_text(const std::string& name) {
    for (const ShippedTask& task : shipped_tasks())
        if (name == task.name)
            return task.text;
    return nullptr;
}

std::vector<std::string> shipped_names() {
    std::vector<std::string> names;
    for (const ShippedTask& task : shipped_tasks())
        if (std::string(task.name).rfind("new-", 0) != 0) // what `carve new` writes
            names.emplace_back(task.name);
    return names;
}

TomlValue read_document(const std::string& path, const Overrides& overrides) {
    return with_overrides(Files().read(path), overrides);
}

TomlValue parse_document(const std::string& text, const std::string& path,
                         const Overrides& overrides) {
    return with_overrides(Files().complete(parse_toml(text, path, Exit::usage), path), overrides);
}

} // namespace carve::cli::task
