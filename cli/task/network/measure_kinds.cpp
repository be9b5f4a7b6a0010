#include "measure_kinds.hpp"

#include "read_value.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

using task::MeasureKind;
enum class Of { rates, spikes, activity, projection, projections, measures };

struct KindOfMeasure {
    MeasureKind kind;
    Of of;
    std::vector<std::string> as;   // what may become of it
    std::vector<std::string> keys; // that it reads beside kind, of, when, weight and as
    bool needs_to = false;
    bool differentiable = false;
};

const std::vector<KindOfMeasure>& table() {
    static const std::vector<std::string> numbers = {"squared", "relative", "ramp"};
    static const std::vector<KindOfMeasure> kinds = {
        {MeasureKind::rate, Of::activity, numbers, {"target", "window"}, false, true},
        {MeasureKind::value,
         Of::rates,
         {"squared", "cross_entropy", "r2", "accuracy"},
         {"to", "window"},
         true,
         true},
        {MeasureKind::likelihood,
         Of::rates,
         {"squared", "counts"},
         {"to", "window", "mask", "noise"},
         true,
         true},
        {MeasureKind::cv, Of::spikes, numbers, {"target", "window"}},
        {MeasureKind::fano, Of::spikes, numbers, {"target", "window", "bin", "over"}},
        {MeasureKind::autocovariance, Of::activity, numbers, {"target", "window", "lags"}},
        {MeasureKind::spectrum, Of::activity, numbers, {"target", "window"}},
        {MeasureKind::selectivity, Of::rates, numbers, {"to", "target", "window"}, true},
        {MeasureKind::decode, Of::rates, {"squared", "r2", "accuracy"}, {"to", "window"}, true},
        {MeasureKind::weights, Of::projection, numbers, {"to", "target"}, false, true},
        {MeasureKind::drift, Of::projections, numbers, {"target", "window"}},
        {MeasureKind::at_bounds, Of::projections, numbers, {"target"}},
        {MeasureKind::components, Of::projection, {"distance", "squared"}, {}, false, true},
        {MeasureKind::subspace, Of::projection, {"squared"}, {}, false, true},
        {MeasureKind::decorrelation, Of::projection, {"squared"}, {}, false, true},
        {MeasureKind::tuning, Of::projections, {"squared"}, {"window"}},
        {MeasureKind::contrast, Of::measures, numbers, {"target"}},
    };
    return kinds;
}

const KindOfMeasure* row_of(MeasureKind kind) {
    for (const KindOfMeasure& row : table())
        if (row.kind == kind)
            return &row;
    return nullptr;
}

const task::Projection* find_projection(const task::Task& task, const std::string& name) {
    for (const task::Projection& p : task.projections)
        if (p.name == name)
            return &p;
    return nullptr;
}

std::string wrong_element(const task::Task& task, const task::Measure& m,
                          const KindOfMeasure& row) {
    const std::string word = task::word_of(m.kind);
    const bool one = row.of != Of::projections && row.of != Of::measures;
    if (m.of.of.empty() || (one && m.of.of.size() != 1))
        return fmt::format("kind = \"{}\" measures one {}", word,
                           row.of == Of::projection ? "projection" : "population");
    if ((row.kind == MeasureKind::tuning || row.kind == MeasureKind::contrast) &&
        m.of.of.size() != 2)
        return fmt::format("kind = \"{}\" compares two", word);
    if (row.of == Of::measures)
        return "";
    for (const std::string& name : m.of.of) {
        if (row.of == Of::projection || row.of == Of::projections) {
            if (!find_projection(task, name))
                return fmt::format("kind = \"{}\" measures a projection, and {} is none", word,
                                   name);
            continue;
        }
        const task::Population* const p = find_population(task, population_of(task, name));
        if (p && name != p->name && name != "population." + p->name &&
            std::none_of(p->groups.named.begin(), p->groups.named.end(), [&](const auto& g) {
                return name == p->name + "." + g.name ||
                       name == "population." + p->name + "." + g.name;
            }))
            return fmt::format("population {} has no group \"{}\"", p->name, name);
        const bool choice = p && p->kind == task::PopulationKind::choice;
        if (choice && m.kind != MeasureKind::likelihood)
            return fmt::format("kind = \"{}\" of the choices of {} cannot be simulated yet: "
                               "kind = \"likelihood\"",
                               word, name);
        const bool rate = choice || (p && p->kind == task::PopulationKind::rate);
        const bool neurons = p && p->kind == task::PopulationKind::lif;
        if ((row.of == Of::rates && !rate) || (row.of == Of::spikes && !neurons) ||
            (!rate && !neurons))
            return fmt::format("kind = \"{}\" of population {} cannot be simulated yet", word,
                               name);
    }
    return "";
}

} // namespace

bool is_set_by_a_phase(const task::Task& task, const std::string& prefix) {
    for (const task::Phase& phase : task.phases)
        for (const task::Setting& s : phase.set.of)
            if (s.path.rfind(prefix, 0) == 0)
                return true;
    return false;
}

bool has_differentiable_kind(const task::Measure& m) {
    const KindOfMeasure* const row = row_of(m.kind);
    return row && row->differentiable;
}

const task::Projection* measured_projection(const task::Task& task, const task::Measure& m) {
    const KindOfMeasure* const row = row_of(m.kind);
    return row && row->of == Of::projection ? find_projection(task, m.of.of[0]) : nullptr;
}

std::vector<std::string> keys_of_measure(const task::Task& task, const task::Measure& m) {
    std::vector<std::string> keys = {"kind", "of", "when", "weight", "as", "accept"};
    const KindOfMeasure& row = *row_of(m.kind);
    keys.insert(keys.end(), row.keys.begin(), row.keys.end());
    const task::Population* const p =
        row.of == Of::projection || row.of == Of::projections || row.of == Of::measures
            ? nullptr
            : find_population(task, population_of(task, m.of.of[0]));
    const bool spikes = p && is_of_spikes(task, *p);
    if ((m.kind == MeasureKind::autocovariance || m.kind == MeasureKind::spectrum) && spikes)
        keys.push_back("bin");
    if (m.kind == MeasureKind::rate && spikes)
        keys.insert(keys.end(), {"tau", "start", "stop"});
    if ((m.kind == MeasureKind::rate && !spikes) ||
        (m.kind == MeasureKind::value && m.as.as != "accuracy"))
        keys.push_back("mask");
    if (m.kind == MeasureKind::weights && !m.to.empty())
        keys.erase(std::find(keys.begin(), keys.end(), "target"));
    return keys;
}

namespace {

// Of what is compared with a column of data.
std::string wrong_comparison(const task::Task& task, const task::Measure& m) {
    const std::string other = source_population(task, m.to), name = population_of(task, m.of.of[0]);
    const bool column = other.empty();
    const bool only_columns = m.kind == MeasureKind::decode || m.kind == MeasureKind::selectivity ||
                              m.kind == MeasureKind::weights || m.as.as == "accuracy";
    if (m.as.as == "counts" &&
        !(column && (m.mask.empty() || source_population(task, m.mask).empty())))
        return "counts and their mask are data columns";
    const bool summed = m.as.as == "counts" || m.as.as == "cross_entropy"; // over all units (M44)
    if (summed && m.of.of[0] != name && m.of.of[0] != "population." + name)
        return fmt::format("as = \"{}\" needs a population, not a group", m.as.as);
    if (!m.to.empty() && only_columns && !column)
        return fmt::format("kind = \"{}\" with `to` a population cannot be simulated yet: a data "
                           "column",
                           task::word_of(m.kind));
    if (!m.to.empty() && !column && other == population_of(task, m.of.of[0]))
        return "a population is compared with itself";
    return "";
}

std::string wrong_rate(const task::Task& task, const task::Measure& m) {
    const task::Population* const p = find_population(task, population_of(task, m.of.of[0]));
    if (m.kind != MeasureKind::rate || !p || !is_of_spikes(task, *p))
        return "";
    const bool filtered = m.tau && m.as.as == "relative";
    if (m.of.of[0] != p->name && (m.stop || filtered))
        return "a filtered rate, or one with stop, needs a population, not a group";
    if (!filtered && !m.stop && (m.tau || m.start))
        return "tau and start belong to a rate with stop, or with as = \"relative\"";
    return "";
}

// Of what is measured along the steps.
std::string wrong_series(const task::Task& task, const task::Measure& m) {
    if (task.simulation.batch.samples == 0)
        return fmt::format("kind = \"{}\" needs steps of one sample: batch = 1",
                           task::word_of(m.kind));
    const task::Population& p = *find_population(task, population_of(task, m.of.of[0]));
    const bool spikes = is_of_spikes(task, p);
    if (m.kind == MeasureKind::autocovariance && !spikes && m.lags.value_or(0) < step_of(task))
        return "an autocovariance of rates needs lags, a step or more";
    if (m.kind == MeasureKind::autocovariance && spikes &&
        m.lags.value_or(0.5) < m.bin.value_or(0.01))
        return "an autocovariance needs lags of a bin or more";
    return "";
}

bool is_of_choices(const task::Task& task, const task::Measure& m) {
    const task::Population* const p = m.kind == MeasureKind::likelihood
                                          ? find_population(task, population_of(task, m.of.of[0]))
                                          : nullptr;
    return p && p->kind == task::PopulationKind::choice;
}

// Their population says which they are compared with.
std::string wrong_choice(const task::Task& task, const task::Measure& m) {
    if (!is_of_choices(task, m))
        return "";
    if (!m.to.empty())
        return "choices are compared with the `clamp` of their population: leave `to` out";
    if (m.as.as != "squared")
        return "the likelihood of choices is that of their kind: leave `as` out";
    if (m.of.of[0] != population_of(task, m.of.of[0]))
        return "the likelihood of choices needs a population, not a group";
    const auto* const sd = std::get_if<double>(&m.noise.of);
    if (!sd || *sd != 1)
        return "choices have no noise: leave it out";
    return "";
}

// Only the likelihood of values has one, of all observations.
std::string wrong_noise(const task::Measure& m) {
    const auto* const sd = std::get_if<double>(&m.noise.of);
    if (sd && *sd == 1)
        return "";
    if (m.kind != MeasureKind::likelihood)
        return "a noise cannot be simulated yet";
    if (m.as.as == "counts")
        return "a count has the noise of its mean: leave noise out";
    if (!sd && std::get<std::string>(m.noise.of) != "estimated")
        return "a noise from data cannot be simulated yet: a number, or \"estimated\"";
    return "";
}

// The population that is counted in a window of the kernel's; "" if none is.
std::string counted_in_window(const task::Task& task, const task::Measure& m) {
    if (m.kind == MeasureKind::tuning && !m.of.of.empty()) {
        const task::Projection* const p = find_projection(task, m.of.of[0]);
        return p ? p->to : "";
    }
    const bool filtered =
        m.kind == MeasureKind::rate && m.tau && m.as.as == "relative" && !m.of.of.empty();
    return filtered ? population_of(task, m.of.of[0]) : "";
}

// There is one window for each population.
std::string wrong_window(const task::Task& task, const task::Measure& m) {
    const std::string neurons = counted_in_window(task, m);
    if (neurons.empty())
        return "";
    const task::Measure* const rate = scored_rate(task, neurons);
    if (!rate || rate == &m || (m.kind == MeasureKind::tuning && !m.window) ||
        m.window == rate->window)
        return "";
    return fmt::format("its window differs from that of the rate of {}, with which it is counted",
                       neurons);
}

std::string wrong_tuning(const task::Task& task, const task::Measure& m) {
    std::uint64_t groups[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
        const task::Population* const from =
            find_population(task, find_projection(task, m.of.of[i])->from);
        if (!from || from->kind != task::PopulationKind::poisson)
            return "kind = \"tuning\" measures projections from poisson populations";
        groups[i] = from->groups.equal;
    }
    return groups[0] == groups[1] && groups[0] >= 2
               ? ""
               : "kind = \"tuning\" needs two populations with the same groups, two or more";
}

std::string wrong_aim(const task::Task& task, const task::Measure& m) {
    const task::Projection& projection = *find_projection(task, m.of.of[0]);
    const task::Population* const pre = find_population(task, projection.from);
    const task::Population* const post = find_population(task, projection.to);
    if (!pre || pre->kind != task::PopulationKind::input || pre->data.empty())
        return fmt::format("kind = \"{}\" measures a projection from an input with data",
                           task::word_of(m.kind));
    if (is_set_by_a_phase(task, "population." + pre->name + "."))
        return fmt::format("kind = \"{}\" of an input that a phase sets cannot be simulated yet",
                           task::word_of(m.kind));
    if (m.kind == MeasureKind::decorrelation && post && post->units.value_or(1) < 2)
        return "kind = \"decorrelation\" needs two units or more";
    return "";
}

} // namespace

const task::Measure* scored_rate(const task::Task& task, const std::string& neurons) {
    for (const auto* list : {&task.losses, &task.probes})
        for (const task::Measure& m : *list)
            if (m.kind == MeasureKind::rate && counted_in_window(task, m) == neurons)
                return &m;
    return nullptr;
}

std::string cannot_measure(const task::Task& task, const task::Measure& m) {
    const KindOfMeasure* const row = row_of(m.kind);
    if (!row)
        return fmt::format("kind = \"{}\" cannot be simulated yet", task::word_of(m.kind));
    if (const std::string wrong = wrong_element(task, m, *row); !wrong.empty())
        return wrong;
    if (m.kind == MeasureKind::likelihood && m.as.as == "cross_entropy")
        return "the likelihood of events and choices is kind = \"value\" with as = "
               "\"cross_entropy\"";
    if (std::find(row->as.begin(), row->as.end(), m.as.as) == row->as.end())
        return fmt::format("kind = \"{}\" with as = \"{}\" cannot be simulated yet: {}",
                           task::word_of(m.kind), m.as.as, fmt::join(row->as, ", "));
    if (const std::string wrong = wrong_choice(task, m); !wrong.empty())
        return wrong;
    if (row->needs_to && m.to.empty() && !is_of_choices(task, m))
        return fmt::format("kind = \"{}\" needs `to`: what it is compared with",
                           task::word_of(m.kind));
    if (m.kind == MeasureKind::subspace || m.kind == MeasureKind::components ||
        m.kind == MeasureKind::decorrelation)
        if (const std::string wrong = wrong_aim(task, m); !wrong.empty())
            return wrong;
    if (m.kind == MeasureKind::tuning)
        if (const std::string wrong = wrong_tuning(task, m); !wrong.empty())
            return wrong;
    if (const std::string wrong = wrong_comparison(task, m); !wrong.empty())
        return wrong;
    if (row->of != Of::measures && row->of != Of::projections && row->of != Of::projection)
        if (const std::string wrong = wrong_rate(task, m); !wrong.empty())
            return wrong;
    if (const std::string wrong = wrong_window(task, m); !wrong.empty())
        return wrong;
    if (m.kind == MeasureKind::autocovariance || m.kind == MeasureKind::spectrum)
        if (const std::string wrong = wrong_series(task, m); !wrong.empty())
            return wrong;
    return wrong_noise(m);
}

} // namespace carve::cli
