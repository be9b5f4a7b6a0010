// toml.hpp: TOML text as values with their places, and faults that name these places.
#pragma once
#include "error.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace carve::cli {

struct Place {
    std::string file;              // or what stands for one, "--set data.x.samples=0"
    unsigned line = 0, column = 0; // from 1; 0: not in a file
};

// Gathers the faults of a file, so that all are reported at once, in the order of its lines.
class Faults {
  public:
    void add(const Place& place, const std::string& message, const std::string& help = {});
    void take(const Faults& others) { // adds them behind those that are there
        faults_.insert(faults_.end(), others.faults_.begin(), others.faults_.end());
    }
    // The first of them, as one of `what` at the place.
    void take_first(const Faults& others, const Place& place, const std::string& what) {
        faults_.emplace_back(place, what + ": " + others.faults_.at(0).second);
    }
    bool empty() const { return faults_.empty(); }
    void raise(Exit code) const; // throws FileErrors if there are any

  private:
    std::vector<std::pair<Place, std::string>> faults_; // text with its help
};

// Throws FileErrors with this one fault.
[[noreturn]] void refuse_at(const Place& place, Exit code, const std::string& message,
                            const std::string& help = {});

struct TomlValue;
struct TomlMember;
using TomlList = std::vector<TomlValue>;
using TomlTable = std::vector<TomlMember>; // in the order of the text

struct TomlOther {}; // dates and times: nothing of ours is one

struct TomlValue {
    std::variant<bool, std::int64_t, double, std::string, TomlList, TomlTable, TomlOther> value;
    Place place;
    std::string raw; // of an override: the text as typed

    const TomlTable* table() const;
    const TomlList* list() const;
    const TomlValue* find(const std::string& key) const; // of a table; null if there is none
    const TomlValue* find(const std::string& section, const std::string& key) const;
    std::string describe() const; // "the text 'abc'", "a list"
};

struct TomlMember {
    std::string key;
    Place key_place;
    TomlValue value;
};

// A file's text; Error(code) if it cannot be read or has more than 1 MiB.
std::string read_text(const std::string& path, Exit code);
// The text as a table. Refused with a fault: more than 1 MiB, what is not UTF-8, nesting deeper
// than 16.
TomlValue parse_toml(const std::string& text, const std::string& name, Exit code);

// "a.b.c=VALUE", and what was typed for it, which faults quote.
struct Override {
    std::string assignment, typed;
    Override(std::string a) : assignment(std::move(a)), typed("--set " + assignment) {}
    Override(const char* a) : Override(std::string(a)) {}
    Override(std::string a, std::string t) : assignment(std::move(a)), typed(std::move(t)) {}
};
using Overrides = std::vector<Override>;

// Sets a.b.c in root to the VALUE, tables being made on the way. VALUE is TOML, and anything else a
// string. Returns false, with a fault, for a malformed override.
bool apply_override(TomlValue& root, const Override& given, Faults& faults);

std::string toml_text(const std::string& text); // a basic string with quotes, escaped to pure ASCII
std::string toml_real(double value); // shortest form that reads back identically, as a float

} // namespace carve::cli
