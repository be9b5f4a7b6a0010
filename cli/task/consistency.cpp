// What the values of a task say of one another, where each is in its range.
#include "checks.hpp"

#include "rule_factors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace carve::cli {
namespace {

class Consistency {
  public:
    Consistency(const task::Task& described, const Task& simulated, Faults& faults)
        : from_(described), task_(simulated), faults_(faults) {}

    void check() {
        for (const task::Projection& p : from_.projections)
            lateral(p);
        for (const task::Population& p : from_.populations) {
            groups(p);
            units(p);
        }
        for (const task::Data& d : from_.data)
            samples(d);
        for (const task::Measure& m : from_.losses)
            measure(m, "loss");
        for (const task::Measure& m : from_.probes)
            measure(m, "probe");
        for (const RuleSettings& rule : task_.rules)
            starts(rule);
        lane_block();
    }

  private:
    void add(const std::string& path, const std::string& message, const std::string& help = {}) {
        const auto at = from_.places.find(path);
        faults_.add(at == from_.places.end() ? Place{from_.file, 0, 0} : at->second, message, help);
    }

    const task::Projection* projection(const std::string& name) const {
        for (const task::Projection& p : from_.projections)
            if (p.name == name)
                return &p;
        return nullptr;
    }

    // Within a population of rates, of the same step.
    bool is_lateral(const task::Projection& p) const {
        const task::Population* const y = find_population(from_, p.to);
        return p.from == p.to && p.delay.value_or(0) == 0 && y &&
               y->kind == task::PopulationKind::rate;
    }

    void lateral(const task::Projection& p) {
        if (!is_lateral(p))
            return;
        using I = task::InferenceKind;
        const std::string path = "projection." + p.name;
        const bool linear = find_population(from_, p.to)->activation == task::Activation::linear;
        if (p.inference.kind == I::solve && !linear)
            add(path + ".inference", "inference = \"solve\" needs activation = \"linear\"");
        if (p.mask_from == task::MaskFrom::first_update && p.inference.kind != I::sweeps)
            add(path + ".mask_from",
                "mask_from = \"first_update\" needs inference = { sweeps = 1 }: in sequence, later "
                "outputs are not known yet");
        for (const task::Projection& other : from_.projections)
            if (other.to == p.to)
                residuals(other);
    }

    void residuals(const task::Projection& p) {
        for (const task::Rule* const rule : rules_of(from_, p))
            for (const task::Factor& factor : factors_of(*rule, p))
                if (kind_of_factor(factor) == FactorKind::presynaptic)
                    add("rule." + rule->name + ".factors",
                        "a residual as presynaptic variable cannot be combined with synapses "
                        "within the population");
    }

    void groups(const task::Population& p) {
        const std::uint64_t units = p.units.value_or(1);
        if (p.kind == task::PopulationKind::poisson && p.groups.equal > 0 &&
            units % p.groups.equal != 0)
            add("population." + p.name + ".groups",
                fmt::format("{} groups do not divide the {} units of [population.{}]",
                            p.groups.equal, units, p.name));
    }

    void units(const task::Population& p) {
        for (const task::Data& d : from_.data)
            if (p.units && p.kind == task::PopulationKind::input && p.data == d.name &&
                d.kind == task::DataKind::gaussian && *p.units != inputs_of(d))
                add("population." + p.name + ".units",
                    fmt::format("population.{}.units = {}, but the spectrum of [data.{}] has {} "
                                "units",
                                p.name, *p.units, d.name, inputs_of(d)),
                    "leave it out: units follow from the data");
    }

    static std::size_t inputs_of(const task::Data& d) {
        return d.spectrum.drawn ? d.spectrum.units : d.spectrum.eigenvalues.size();
    }

    // Antithetic samples double the batch.
    void samples(const task::Data& d) {
        constexpr std::uint64_t kMost = 32768;
        if (d.antithetic && from_.simulation.batch.samples == 0 && d.samples > kMost)
            add("data." + d.name + ".samples",
                fmt::format("at most {} samples with antithetic = true, which doubles them",
                            kMost));
    }

    void measure(const task::Measure& m, const char* table) {
        using K = task::MeasureKind;
        const task::Projection* const p = m.of.of.empty() ? nullptr : projection(m.of.of[0]);
        if (!p || (m.kind != K::decorrelation && m.kind != K::components && m.kind != K::subspace))
            return;
        const task::Population* const y = find_population(from_, p->to);
        if (m.kind == K::decorrelation && y && y->activation != task::Activation::linear)
            add("population." + y->name + ".activation",
                fmt::format("[{}.{}] of kind = \"decorrelation\" needs activation = \"linear\"",
                            table, m.name));
        components(*p, from_);
        for (const StageSettings& stage : task_.search.stages)
            components(*p, *stage.described);
    }

    // There are as many of drawn data as it has units.
    void components(const task::Projection& p, const task::Task& stage) {
        const task::Population *const x = find_population(stage, p.from), *const y =
                                                                              find_population(stage,
                                                                                              p.to);
        for (const task::Data& d : stage.data) {
            if (!x || !y || x->data != d.name || d.kind != task::DataKind::gaussian)
                continue;
            const std::size_t inputs = inputs_of(d);
            const std::string path = "population." + y->name + ".units";
            if (y->units.value_or(1) > inputs && !said(path))
                add(path,
                    fmt::format("{} units of [population.{}] are more than the {} inputs that "
                                "spectrum gives",
                                *y->units, y->name, inputs));
        }
    }

    // Losses of one projection say the same.
    bool said(const std::string& path) { return !said_.insert(path).second; }

    void starts(const RuleSettings& rule) {
        for (std::size_t k = 0; k < rule.starts.size(); ++k) {
            const task::Draw& start = rule.starts[k];
            const auto* const normal = std::get_if<task::Normal>(&start.from);
            const auto* const number = std::get_if<double>(&start.from);
            const double at = number ? *number : normal ? normal->mean : start.range.low;
            const char* const key = is_time_constant(rule.terms[k]) ? "tau" : "theta";
            const std::string path = "rule." + rule.name + "." + key;
            if (!(start.range.low <= at && at <= start.range.high) && !said(path))
                add(path, fmt::format("{} starts at {}, outside of its range [{}, {}]", path, at,
                                      start.range.low, start.range.high));
        }
    }

    void lane_block() {
        const std::uint64_t element = task_.run.single_precision ? 4 : 8;
        const std::uint64_t bytes = task_.run.lane_bytes;
        if (bytes != 0 && bytes != 32 && bytes != 64 && bytes != element)
            add("run.lane_bytes",
                fmt::format("run.lane_bytes = {} is none of 0, 32, 64 and {}, one element of "
                            "run.precision = \"{}\"",
                            bytes, element, task_.run.single_precision ? "single" : "double"));
    }

    const task::Task& from_;
    const Task& task_;
    Faults& faults_;
    std::set<std::string> said_;
};

} // namespace

void check_consistency(const task::Task& described, const Task& simulated, Faults& faults) {
    Consistency(described, simulated, faults).check();
}

} // namespace carve::cli
