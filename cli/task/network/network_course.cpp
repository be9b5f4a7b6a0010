// The reading of a task: its phases, losses and probes, trials, and which methods of
// search they allow.
#include "reading.hpp"

#include "measure_kinds.hpp"
#include "paths.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

bool ends_in(const std::string& path, const std::string& tail) {
    return path.size() > tail.size() &&
           path.compare(path.size() - tail.size(), tail.size(), tail) == 0;
}

// Who sets values of trials.
constexpr const char *kStage = "a stage's set", *kSet = "a vary of a further set";

class Course : private Reading {
  public:
    Course(const task::Task& described, Task& to, Faults& faults)
        : Reading(described, faults), to_(to) {}

    void read() {
        for (const task::Phase& phase : from_.phases) {
            held_traces(phase);
            for (const task::Setting& s : phase.set.of)
                unless(
                    may_set(s), s.value.place,
                    fmt::format("[phase.{}] that sets {}", phase.name, s.path),
                    "data or value of an input; rate or factor of a poisson population with a "
                    "rate; weights (a number or { scale }), gain, bounds that the projection has; "
                    "eta of a rule");
        }
        measures();
        trials();
    }

  private:
    const task::Projection* projection(const std::string& name) const {
        for (const task::Projection& p : from_.projections)
            if (p.name == name)
                return &p;
        return nullptr;
    }

    // The kernel holds the traces of all projections, or none.
    void held_traces(const task::Phase& phase) {
        if (!phase.plastic.projections)
            return;
        const std::vector<std::string>& list = *phase.plastic.projections;
        for (const task::Projection& p : from_.projections)
            for (const task::Rule* const rule : rules_of(from_, p))
                if (rule->eligibility && std::find(list.begin(), list.end(), p.name) == list.end())
                    faults_.add(place_of("phase." + phase.name + ".plastic", phase.place),
                                fmt::format("phase.{}.plastic leaves out projection {}, whose "
                                            "eligibility trace (of [rule.{}]) cannot be held alone "
                                            "yet",
                                            phase.name, p.name, rule->name),
                                "plastic = false holds all traces; or name the projection, too");
    }

    bool may_set(const task::Setting& s) const {
        const std::size_t dot = s.path.find('.');
        const std::string table = s.path.substr(0, dot), rest = s.path.substr(dot + 1);
        const std::size_t second = rest.find('.');
        const std::string name = rest.substr(0, second),
                          key = second == std::string::npos ? "" : rest.substr(second + 1);
        if (table == "rule")
            return key == "eta";
        if (table == "population") {
            const task::Population* const p = find_population(from_, name);
            const auto* const text = std::get_if<std::string>(&s.value.value);
            if (p && p->kind == task::PopulationKind::input)
                return (key == "data" || key == "value") && !is_of_spikes(from_, *p) &&
                       !(text && gives_spikes(from_, *text));
            return p && p->kind == task::PopulationKind::poisson && p->rate &&
                   ((key == "rate" && !s.value.table()) || key == "factor");
        }
        const task::Projection* const p = table == "projection" ? projection(name) : nullptr;
        if (!p)
            return false;
        const task::Population* const to = find_population(from_, p->to);
        if (key == "gain")
            return to && to->kind == task::PopulationKind::lif;
        if (key == "w_min" || key == "w_max")
            return !rules_of(from_, *p).empty() && (p->w_min || p->w_max);
        const bool scaled = s.value.find("scale") && !s.value.find("from") && !s.value.find("to");
        using C = task::Pattern;
        const C pattern = p->connect.pattern;
        const bool all = pattern == C::all || pattern == C::probability || pattern == C::in_degree;
        return key == "weights" && (scaled || (all && !s.value.table()));
    }

    void measure(const task::Schema<task::Measure>& schema, const task::Measure& m) {
        const std::string path = schema.table + "." + m.name;
        const std::string missing = cannot_measure(from_, m);
        if (!missing.empty())
            return faults_.add(place_of(path + ".kind", m.place),
                               fmt::format("[{}]: {}", path, missing));
        reads(schema, path, m, keys_of_measure(from_, m));
        if (m.window)
            whole_steps(from_, *m.window, place_of(path + ".window", m.place), path + ".window",
                        faults_);
    }

    void measures() {
        if (from_.losses.empty())
            faults_.add(place_of(""), "there is no [loss.NAME]: a search needs one",
                        "for example kind = \"rate\"");
        std::string without;
        for (const task::Measure& m : from_.losses) {
            measure(task::loss_schema(), m);
            if (!can_differentiate(from_, m))
                without = m.name;
        }
        for (const task::Measure& m : from_.probes)
            measure(task::probe_schema(), m);
        to_.slopes = !without.empty()   ? Slopes::none
                     : spikes_in(from_) ? Slopes::surrogate
                                        : Slopes::exact;
        if (from_.stages.empty()) // else each has its own
            check_method("search", from_.search.method, without);
        for (const task::Stage& stage : from_.stages)
            check_method("search.stage." + stage.name, stage.search.method, without);
        // A refit that nobody asked for is left out where there is nothing to refit by.
        const bool asked = from_.places.count("search.refit") > 0;
        to_.described.search.refit = from_.search.refit && (asked || to_.slopes == Slopes::exact);
        needs_derivatives("search.refit", to_.described.search.refit, without);
        needs_derivatives("search.eliminate", from_.search.eliminate != task::Eliminate::none,
                          without);
    }

    void check_method(const std::string& path, task::Method method, const std::string& without) {
        if (method != task::Method::cma_es && !without.empty())
            faults_.add(
                place_of(path + ".method"),
                fmt::format("{}.method = \"{}\" needs derivatives, which [loss.{}] does not "
                            "have: {}",
                            path, task::word_of(method), without, why(without)),
                "search.method = \"cma_es\"");
        else if (method == task::Method::gauss_newton && to_.slopes == Slopes::surrogate)
            faults_.add(place_of(path + ".method"),
                        fmt::format("{}.method = \"gauss_newton\" needs exact derivatives; those "
                                    "through spikes are a surrogate's",
                                    path),
                        "search.method = \"cma_es\", or \"adam\"");
    }
    void needs_derivatives(const std::string& path, bool asked, const std::string& without) {
        if (asked && !without.empty())
            faults_.add(place_of(path),
                        fmt::format("{} needs derivatives, which [loss.{}] does not have: {}", path,
                                    without, why(without)),
                        path + " = false");
        else if (asked && to_.slopes == Slopes::surrogate)
            faults_.add(place_of(path),
                        fmt::format("{} needs exact derivatives; those through spikes are a "
                                    "surrogate's",
                                    path),
                        path + " = false");
    }
    std::string why(const std::string& loss) const {
        for (const task::Measure& m : from_.losses)
            if (m.name == loss)
                return why_no_derivatives(from_, m);
        return "";
    }

    // What trials may differ in, and what a stage may set: not what is read once for all of them.
    void vary(const task::Setting& s, const std::string& who) {
        unless(!s.value.find("data"), s.value.place, fmt::format("{} of {} from data", who, s.path),
               "a list, or a draw by numbers");
        const bool of_file = std::any_of(from_.data.begin(), from_.data.end(), [&](const auto& d) {
            return d.kind == task::DataKind::file && s.path.rfind("data." + d.name + ".", 0) == 0 &&
                   !ends_in(s.path, ".samples") && !(who == kStage && ends_in(s.path, ".units"));
        });
        const bool stage = who == kStage; // whose rules simulated.cpp refuses
        const bool of_rule = !stage && s.path.rfind("rule.", 0) == 0 && !ends_in(s.path, ".eta");
        unless(!of_file && !of_rule && s.path.rfind("phase.", 0) != 0, s.value.place,
               fmt::format("{} of {}", who, s.path));
        unless(stage || (!ends_in(s.path, ".units") && !ends_in(s.path, ".groups") &&
                         !ends_in(s.path, ".connect")),
               s.value.place, fmt::format("{} of {}", who, s.path), "a task of its own");
        unless(s.path.rfind("trials.", 0) != 0 &&
                   (who == kSet || s.path.rfind("simulation.duration", 0) != 0),
               s.value.place, fmt::format("{} of {}", who, s.path));
    }

    // A preferred group that there is.
    void peak(const task::Setting& s) {
        if (s.path.rfind("projection.", 0) != 0 || !ends_in(s.path, ".weights.peak"))
            return;
        const std::string name = s.path.substr(11, s.path.size() - 11 - 13);
        const task::Projection* const p = projection(name);
        const task::Population* const from = p ? find_population(from_, p->from) : nullptr;
        for (const TomlValue& value : s.value.list() ? *s.value.list() : TomlList{}) {
            const auto* const integer = std::get_if<std::int64_t>(&value.value);
            const auto* const real = std::get_if<double>(&value.value);
            const double group = integer ? static_cast<double>(*integer) : real ? *real : 1;
            if (from && group > static_cast<double>(std::max<std::uint64_t>(from->groups.equal, 1)))
                faults_.add(s.value.place,
                            fmt::format("a peak at group {} lies beyond the {} groups of "
                                        "[population.{}]",
                                        group, from->groups.equal, from->name));
        }
    }

    void turns(const std::string& path, std::uint64_t count, const task::Settings& vary) {
        std::uint64_t product = 1;
        for (const task::Setting& s : vary.of)
            if (const TomlList* list = s.value.list())
                product *= std::max<std::size_t>(1, list->size());
        if (count % product != 0 && from_.places.count(path) > 0)
            faults_.add(place_of(path),
                        fmt::format("{} = {} is no multiple of the {} combinations of what varies",
                                    path, count, product),
                        "so that each comes equally often");
    }

    void counts(const task::Trials& trials, const Place& place) {
        if (!is_antithetic(from_))
            return;
        const std::pair<const char*, std::uint64_t> all[] = {
            {"trials.search", trials.search},
            {"trials.validation", trials.validation},
            {"trials.held_out", trials.held_out}};
        for (const auto& [path, count] : all)
            even(path, count, place_of(path, place));
    }
    void even(const std::string& path, std::uint64_t count, const Place& place) {
        if (count % 2 != 0)
            faults_.add(place, fmt::format("{} = {} needs to be even with antithetic weights", path,
                                           count));
    }

    void further(const task::TrialSet& set) {
        for (const task::Setting& s : set.vary.of) {
            vary(s, kSet);
            peak(s);
            unless(s.path != "simulation.duration" || s.value.list(), s.value.place,
                   "a duration that is drawn", "a list of durations");
        }
        if (!set.count) // as many as make it even
            return;
        const std::string path = "trials." + set.name + ".count";
        task::Settings vary =
            set.vary; // with the search's that stay; each target is a set of its own
        for (const task::Setting& s : from_.trials.vary.of)
            if (std::none_of(vary.of.begin(), vary.of.end(),
                             [&](const task::Setting& other) { return other.path == s.path; }))
                vary.of.push_back(s);
        vary.of.erase(std::remove_if(vary.of.begin(), vary.of.end(),
                                     [](const task::Setting& s) {
                                         return s.path.rfind("loss.", 0) == 0 &&
                                                ends_in(s.path, ".target");
                                     }),
                      vary.of.end());
        turns(path, *set.count, vary);
        if (is_antithetic(from_))
            even(path, *set.count, place_of(path, set.place));
    }

    void trials() {
        counts(from_.trials, place_of("trials.search"));
        for (const task::Setting& s : from_.trials.vary.of) {
            vary(s, "a vary");
            peak(s);
        }
        for (const task::TrialSet& set : from_.trials.sets)
            further(set);
        turns("trials.search", from_.trials.search, from_.trials.vary);
        turns("trials.validation", from_.trials.validation, from_.trials.vary);
        turns("trials.held_out", from_.trials.held_out, from_.trials.vary);
        for (const task::Stage& stage : from_.stages)
            of_stage(stage);
        unless(from_.trials.from.empty() || has_files(from_.trials.from), place_of("trials.from"),
               fmt::format("trials.from = \"{}\"", from_.trials.from),
               "a [data.NAME] of kind = \"file\" or \"spikes\" with an axis of trials");
    }

    void of_stage(const task::Stage& stage) {
        task::Task there = from_;
        for (const task::Setting& s : stage.set.of) {
            assign(there, s, faults_);
            const bool may = s.path == "trials.search" || s.path == "simulation.duration" ||
                             s.path.rfind("phase.", 0) == 0;
            if (!may)
                vary(s, kStage);
            for (const task::Setting& varied : from_.trials.vary.of)
                if (varied.path == s.path)
                    faults_.add(s.value.place,
                                fmt::format("[search.stage.{}] sets {}, which trials.vary varies",
                                            stage.name, s.path));
        }
        counts(there.trials, stage.place);
    }

    bool has_files(const std::string& name) const {
        return std::any_of(from_.data.begin(), from_.data.end(), [&](const task::Data& d) {
            return d.name == name &&
                   (d.kind == task::DataKind::file || d.kind == task::DataKind::spikes);
        });
    }

    Task& to_;
};

} // namespace

void read_course(const task::Task& described, Task& to, Faults& faults) {
    Course(described, to, faults).read();
}

} // namespace carve::cli
