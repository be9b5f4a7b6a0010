// reading.hpp: what the readings of the networks that can be simulated share.
#pragma once
#include "description.hpp"
#include "schema.hpp"
#include "task.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace carve::cli {

// A task file on its way to what the simulations are told. Whatever cannot be simulated yet is a fault
// with its place.
class Reading {
  public:
    Reading(const task::Task& described, Faults& faults) : from_(described), faults_(faults) {}
    // Whether the task has said something that this reading does not know.
    bool met_unknown() const { return met_unknown_; }

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

    // Null without one.
    const task::Rule* rule_of(const task::Projection& p) const;
    // Reads the rule of a projection, which is called `name` from here on.
    void rule(const task::Projection& p, const std::string& name, Task& to);
    // Of a whole number of steps.
    std::uint64_t steps(double duration, double dt);

    static bool is_number(const task::Draw& draw) {
        return std::holds_alternative<double>(draw.from);
    }
    static double number(const task::Draw& draw) { return std::get<double>(draw.from); }
    // Drawn for each trial and each iteration, without bounds.
    static bool is_plain(const task::Draw& draw) {
        return !draw.shared && draw.range.low == -task::kInfinity &&
               draw.range.high == task::kInfinity &&
               draw.redraw.value_or(task::Redraw::iteration) == task::Redraw::iteration;
    }

    // The preset that it names, or ""; a fault if there is none of that name.
    std::string reference(const task::Rule& r, bool spikes);

    const task::Task& from_;
    Faults& faults_;

  private:
    void start(const task::Rule& r, bool spikes, RuleSettings& out);
    bool met_unknown_ = false;
};

// An input and rate units, with or without synapses among them.
bool has_shape_of_layer(const task::Task& described);
// Both return whether they know all that the task says.
bool read_layer(const task::Task& described, Task& to, Faults& faults);
// A neuron that spikes, and its excitatory and inhibitory afferents.
bool has_shape_of_cell(const task::Task& described);
bool read_cell(const task::Task& described, Task& to, Faults& faults);
// Every other network; its phases, losses, probes and trials.
void read_network(const task::Task& described, Task& to, Faults& faults);
void read_course(const task::Task& described, Task& to, Faults& faults);

} // namespace carve::cli
