// like and [defaults.X].
#include "document.hpp"

#include "schema.hpp"
#include "suggest.hpp"

#include <fmt/format.h>

namespace carve::cli::task {
namespace {

TomlTable* members_of(TomlValue* table) {
    return table ? std::get_if<TomlTable>(&table->value) : nullptr;
}

TomlValue* find(TomlTable& table, const std::string& key) {
    for (TomlMember& member : table)
        if (member.key == key)
            return &member.value;
    return nullptr;
}

std::vector<std::string> keys_of(const TomlTable& table) {
    std::vector<std::string> keys;
    for (const TomlMember& member : table)
        keys.push_back(member.key);
    return keys;
}

std::string kind_of_table(const TomlTable& element, const TableInfo& info) {
    for (const TomlMember& member : element)
        if (member.key == "kind")
            if (const auto* text = std::get_if<std::string>(&member.value.value))
                return *text;
    return info.default_kind;
}

// The elements of one kind of table, which may be like one another.
class Elements {
    static constexpr std::size_t kDeepest = 32; // tables that are like one another in a row

  public:
    Elements(TomlTable& elements, const TableInfo& info, Faults& faults)
        : elements_(elements), info_(info), faults_(faults) {}

    void copy() {
        for (TomlMember& element : elements_)
            resolve(element, 0);
    }

    // Of [defaults.X]: whether any element has taken each key.
    void complete(const TomlMember& defaults) {
        const TomlTable* keys = defaults.value.table();
        if (!keys) {
            faults_.add(defaults.value.place,
                        fmt::format("[defaults.{}] needs to be a table", defaults.key));
            return;
        }
        for (const TomlMember& key : *keys)
            if (!info_.find(key.key))
                faults_.add(key.key_place,
                            fmt::format("unknown key '{}' in [defaults.{}]", key.key, defaults.key),
                            did_you_mean(key.key, info_.names("")));
            else if (!give(key))
                faults_.add(key.key_place,
                            fmt::format("{} in [defaults.{}] has no effect: no [{}.NAME] takes it",
                                        key.key, defaults.key, defaults.key));
    }

  private:
    bool give(const TomlMember& key) {
        bool taken = false;
        for (TomlMember& element : elements_) {
            TomlTable* members = members_of(&element.value);
            if (!members)
                continue;
            // A default kind decides which other defaults an element takes.
            const std::string kind = kind_of_table(*members, info_);
            if (find(*members, key.key) || !info_.find(key.key)->key.is_of(kind))
                continue;
            members->push_back(key);
            taken = true;
        }
        return taken;
    }

    void resolve(TomlMember& element, std::size_t depth) {
        TomlTable* members = members_of(&element.value);
        TomlValue* like = members ? find(*members, "like") : nullptr;
        if (!like)
            return;
        const auto* name = std::get_if<std::string>(&like->value);
        TomlValue* model = name ? find(elements_, *name) : nullptr;
        if (!members_of(model) || depth > kDeepest) {
            const std::string what = info_.table + "." + element.key + ".like";
            faults_.add(
                like->place,
                depth > kDeepest ? what + " leads back to itself, or through too many tables"
                : name ? fmt::format("{} = {}: there is no such table", what, toml_text(*name))
                       : what + " needs the name of another table",
                name && depth == 0 ? did_you_mean(*name, keys_of(elements_)) : "");
            members->erase(members->begin() + (like_member(*members)));
            return;
        }
        for (TomlMember& other : elements_)
            if (other.key == *name)
                resolve(other, depth + 1);
        const TomlTable copied = *members_of(find(elements_, *name));
        members = members_of(&element.value);
        if (TomlValue* still = find(*members, "like"); still)
            members->erase(members->begin() + like_member(*members));
        const std::string kind = kind_of_table(*members, info_);
        const bool other_kind = find(*members, "kind") && kind != kind_of_table(copied, info_);
        for (const TomlMember& member : copied)
            if (!find(*members, member.key) && !other_kind)
                members->push_back(member);
    }

    static std::ptrdiff_t like_member(const TomlTable& members) {
        for (std::size_t i = 0; i < members.size(); ++i)
            if (members[i].key == "like")
                return static_cast<std::ptrdiff_t>(i);
        return 0;
    }

    TomlTable& elements_;
    const TableInfo& info_;
    Faults& faults_;
};

// `--set loss.rate.kind=cv`: what the file says for another kind goes.
void drop_keys_of_other_kinds(TomlTable& elements, const TableInfo& info) {
    for (TomlMember& element : elements) {
        TomlTable* members = members_of(&element.value);
        const TomlValue* kind = members ? find(*members, "kind") : nullptr;
        if (!kind || kind->place.line > 0)
            continue;
        const std::string name = kind_of_table(*members, info);
        members->erase(std::remove_if(members->begin(), members->end(),
                                      [&](const TomlMember& m) {
                                          const KeyInfo* key = info.find(m.key);
                                          return m.value.place.line > 0 && key &&
                                                 !key->key.is_of(name);
                                      }),
                       members->end());
    }
}

} // namespace

void inherit(TomlValue& root, Faults& faults) {
    TomlTable& tables = std::get<TomlTable>(root.value);
    for (const TableInfo& info : task::tables())
        if (TomlTable* elements = info.named ? members_of(find(tables, info.table)) : nullptr)
            drop_keys_of_other_kinds(*elements, info);
    TomlTable defaults;
    TomlValue* const given = find(tables, "defaults");
    if (given && members_of(given))
        defaults = *members_of(given);
    else if (given)
        faults.add(given->place, "defaults needs tables: [defaults.population]");
    for (const TomlMember& entry : defaults) {
        const bool known = std::any_of(task::tables().begin(), task::tables().end(),
                                       [&](const TableInfo& t) { return t.table == entry.key; });
        if (!known || !table_info(entry.key).named)
            faults.add(entry.key_place, fmt::format("[defaults.{}]: there are no [{}.NAME] tables",
                                                    entry.key, entry.key));
    }
    for (const TableInfo& info : task::tables()) {
        TomlTable* elements = info.named ? members_of(find(tables, info.table)) : nullptr;
        TomlTable none;
        Elements all(elements ? *elements : none, info, faults);
        all.copy();
        for (const TomlMember& entry : defaults)
            if (entry.key == info.table && info.named)
                all.complete(entry);
    }
    tables.erase(std::remove_if(tables.begin(), tables.end(),
                                [](const TomlMember& m) { return m.key == "defaults"; }),
                 tables.end());
}

} // namespace carve::cli::task
