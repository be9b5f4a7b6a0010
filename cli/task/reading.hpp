// reading.hpp: what the readings of a task file share.
#pragma once
#include "description.hpp"
#include "schema.hpp"
#include "task.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace carve::cli {

// A task file on its way to the settings of simulations. Whatever cannot be simulated yet is a fault
// with its place.
class Reading {
  public:
    Reading(const task::Task& described, Faults& faults) : from_(described), faults_(faults) {}

  protected:
    void unsupported(const Place& place, const std::string& what, const std::string& help = {});
    void unless(bool supported, const Place& place, const std::string& what,
                const std::string& help = {});
    // Of the key, where the text has it, else of its table or file.
    Place place_of(const std::string& path, const Place& table = {}) const;

    // Refuses the element's keys that are neither among those that are read nor at their defaults.
    template <class T>
    void reads(const task::Schema<T>& schema, const std::string& path, const T& element,
               const std::vector<std::string>& keys) {
        static const T usual{};
        for (const task::Field<T>& field : schema.fields) {
            const std::string& key = field.key.name;
            if (!field.key.is_of(kind_of(element)) ||
                std::find(keys.begin(), keys.end(), key) != keys.end())
                continue;
            const task::Written given = field.write(element), standard = field.write(usual);
            const bool same = given.has_value() == standard.has_value() &&
                              (!given || task::inline_toml(*given) == task::inline_toml(*standard));
            unless(same, place_of(path + "." + key), path + "." + key);
        }
    }

    static bool is_number(const task::Draw& draw) {
        return std::holds_alternative<double>(draw.from);
    }

    // The preset that it names, or ""; a fault if there is none of that name.
    std::string reference(const task::Rule& r, bool spikes);

    const task::Task& from_;
    Faults& faults_;
};

// Populations, projections, rules and data.
void read_network(const task::Task& described, Task& to, Faults& faults);
// Phases, losses, probes and trials.
void read_course(const task::Task& described, Task& to, Faults& faults);

} // namespace carve::cli
