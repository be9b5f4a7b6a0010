// key.hpp: a key of a task file, as its reader, the help and the documentation see it.
#pragma once
#include "values.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace carve::cli::task {

struct Key {
    std::string name;
    std::string help;                          // what it means, one sentence without a full stop
    std::vector<std::string> kinds{};          // of its table that have it; empty: all
    double low = -kInfinity, high = kInfinity; // of its numbers
    bool above = false;                        // low itself is not allowed
    std::string unit{};
    std::string otherwise{};          // what holds without it, where that is not a value
    bool in_phases = false;           // a phase may set it
    std::vector<std::string> words{}; // what a text may be, where that is a list
    bool digits = false;              // a whole number is a text, too: its digits

    bool is_of(const std::string& kind) const {
        return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    }
};

// Where a value stands and what it is for; faults go where the caller gathers them.
struct Slot {
    const Key& key;
    std::string path; // "population.E.units"
    const TomlValue& value;
    Faults& faults;

    // Adds a fault at the value and returns false.
    bool refuse(const std::string& message, const std::string& help = {}) const;
    // "population.E.units needs a whole number, not the text 'abc'".
    bool refuse_type(const std::string& needed) const;
    Slot at(const std::string& name, const TomlValue& part) const {
        return {key, path + "." + name, part, faults};
    }
};

std::string in_range_words(const Key& key); // "[1, 65536]", "(0, inf)"; "" if all are allowed
bool is_in_range(const Key& key, double value);

} // namespace carve::cli::task
