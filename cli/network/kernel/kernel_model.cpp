#include "kernel_model.hpp"

#include "columns_used.hpp"
#include "connections.hpp"
#include "error.hpp"
#include "order.hpp"
#include "populations.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

bool is_fed_by_a_phase(const task::Task& task, const std::string& population) {
    for (const task::Phase& phase : task.phases)
        for (const task::Setting& s : phase.set.of)
            if (s.path == "population." + population + ".data")
                return true;
    return false;
}

// Whether a projection or a rule reads an input, which measures may read, too.
bool is_read_in_steps(const task::Task& task, const task::Population& input) {
    const auto is_it = [&](const std::string& source) {
        return source_population(task, source) == input.name ||
               (!input.data.empty() && source == input.data);
    };
    const auto has_it = [&](const task::Factors& factors) {
        return std::any_of(factors.of.begin(), factors.of.end(),
                           [&](const task::Factor& f) { return is_it(f.of); });
    };
    return std::any_of(task.projections.begin(), task.projections.end(),
                       [&](const task::Projection& p) {
                           return p.from == input.name || has_it(p.factors);
                       }) ||
           std::any_of(task.rules.begin(), task.rules.end(), [&](const task::Rule& r) {
               return has_it(r.factors) || (r.modulator && is_it(r.modulator->of)) || is_it(r.when);
           });
}

} // namespace

KernelModel::KernelModel(const Task& task, const Trial& example, const Lanes& lanes,
                         Derivatives derivatives, const Needs& needs)
    : task_(task), described_(*example.described), lanes_(lanes) {
    spikes_ = std::any_of(described_.populations.begin(), described_.populations.end(),
                          [&](const task::Population& p) { return is_of_spikes(described_, p); });
    add_populations(example);
    add_rules();
    add_projections(example);
    add_probes(needs, example);
    describe(derivatives, example);
}

std::size_t KernelModel::units(const std::string& name) const {
    const auto left_out = inputs_of_measures_.find(name);
    return left_out != inputs_of_measures_.end() ? left_out->second
                                                 : kernel_populations_[population(name)].n_units;
}

// ---- Populations ---------------------------------------------------------------------------------

void KernelModel::add_populations(const Trial& example) {
    // Columns that only rules and measures read come first: what reads them is evaluated later.
    for (const std::string& name : columns_used(described_)) {
        const bool fed = std::any_of(described_.populations.begin(), described_.populations.end(),
                                     [&](const task::Population& p) { return p.data == name; });
        const bool read = std::any_of(described_.rules.begin(), described_.rules.end(),
                                      [&](const task::Rule& r) { return r.when == name; });
        if (read && !fed)
            add_input("", name, 0, static_cast<std::size_t>(example.column(name).cols()));
    }
    for (const std::size_t i : evaluation_order(described_))
        add_population(described_.populations[i], example);
}

std::uint32_t KernelModel::add_input(const std::string& population, const std::string& column,
                                     double value, std::size_t units) {
    const auto index = static_cast<std::uint32_t>(kernel_populations_.size());
    carve_population p;
    check_status(carve_population_init(&p, sizeof p), "carve_population_init");
    carve_input& input = parameters_.add(carve_input_init);
    input.shared = lanes_.are == LanesAre::candidates;
    const bool fixed = described_.simulation.batch.samples == 0 ||
                       (column.empty() && !is_fed_by_a_phase(described_, population));
    input.fixed = fixed;
    p.kind = CARVE_POPULATION_INPUT;
    p.n_units = static_cast<std::uint32_t>(units);
    p.parameters = &input;
    kernel_populations_.push_back(p);
    inputs_.push_back({index, population, column, value, units, fixed});
    return index;
}

// A population by name, a column, which is added where no population has it, or the constant 0.
std::uint32_t KernelModel::source(const std::string& name, const Trial& example) {
    if (const std::string population = source_population(described_, name); !population.empty()) {
        if (const auto left_out = inputs_of_measures_.extract(population)) {
            const task::Population& p = *find_population(described_, population);
            populations_[p.name] =
                add_input(p.name, p.data, p.value.value_or(0), left_out.mapped());
        }
        return populations_.at(population);
    }
    for (const Fed& fed : inputs_)
        if (fed.column == name)
            return fed.index;
    return add_input("", name, 0, static_cast<std::size_t>(example.column(name).cols()));
}

void KernelModel::add_population(const task::Population& p, const Trial& example) {
    const std::size_t units = units_of(described_, p.name, example);
    if (p.kind == task::PopulationKind::input && is_of_spikes(described_, p))
        return add_recorded(p, units);
    if (p.kind == task::PopulationKind::input) {
        if (is_read_in_steps(described_, p))
            populations_[p.name] = add_input(p.name, p.data, p.value.value_or(0), units);
        else
            inputs_of_measures_[p.name] = units;
        return;
    }
    carve_population out;
    check_status(carve_population_init(&out, sizeof out), "carve_population_init");
    out.n_units = static_cast<std::uint32_t>(units);
    describe_population({described_, p, parameters_}, out);
    populations_[p.name] = static_cast<std::uint32_t>(kernel_populations_.size());
    kernel_populations_.push_back(out);
}

// Units that spike as the trial's data say.
void KernelModel::add_recorded(const task::Population& p, std::size_t units) {
    carve_population out;
    check_status(carve_population_init(&out, sizeof out), "carve_population_init");
    carve_poisson& streamed = parameters_.add(carve_poisson_init);
    streamed.source = CARVE_SOURCE_STREAMED;
    streamed.n_groups = 1;
    out.kind = CARVE_POPULATION_POISSON;
    out.n_units = static_cast<std::uint32_t>(units);
    out.parameters = &streamed;
    const auto index = static_cast<std::uint32_t>(kernel_populations_.size());
    populations_[p.name] = index;
    kernel_populations_.push_back(out);
    inputs_.push_back({index, p.name, p.data, 0, units, false, true});
}

// ---- Projections ---------------------------------------------------------------------------------

void KernelModel::add_projections(const Trial& example) {
    for (const task::Projection& p : described_.projections) {
        carve_projection out;
        check_status(carve_projection_init(&out, sizeof out), "carve_projection_init");
        out.pre = populations_.at(p.from);
        out.post = populations_.at(p.to);
        out.random_id = random_id_of("projection." + p.name);
        out.gain = kernel_populations_[out.post].kind >= CARVE_POPULATION_LIF ? p.gain : 1;
        const bool neurons = kernel_populations_[out.post].kind >= CARVE_POPULATION_LIF;
        const bool from_neurons = kernel_populations_[out.pre].kind >= CARVE_POPULATION_LIF;
        const double dt = step_of(described_);
        out.delay = static_cast<std::uint32_t>(p.delay ? std::floor(*p.delay / dt + 0.5)
                                                       : (from_neurons ? 1 : 0));
        if (neurons)
            out.receptor = p.receptor == "inhibitory" ? CARVE_INHIBITORY : CARVE_EXCITATORY;
        connect(p, out, example);
        weights(p, out, example);
        std::vector<carve_plasticity>& uses = parameters_.add(std::vector<carve_plasticity>{});
        add_plasticity(p, example, uses);
        if (!uses.empty()) {
            out.n_plasticity = static_cast<std::uint32_t>(uses.size());
            out.plasticity = uses.data();
            out.w_min = p.w_min.value_or(out.w_min);
            out.w_max = p.w_max.value_or(out.w_max);
        }
        projections_[p.name] = static_cast<std::uint32_t>(kernel_projections_.size());
        kernel_projections_.push_back(out);
    }
}

void KernelModel::connect(const task::Projection& p, carve_projection& out, const Trial& example) {
    const Ends ends{p, kernel_populations_[out.pre].n_units, kernel_populations_[out.post].n_units,
                    example};
    const ConnectionKind& kind = connections(p.connect.pattern);
    if (kind.check)
        kind.check(ends);
    if (kind.tell)
        kind.tell(ends, parameters_, out);
    const bool lateral = p.from == p.to && !spikes_ && out.delay == 0;
    if (!lateral)
        return;
    using I = task::InferenceKind;
    out.inference = p.inference.kind == I::solve    ? CARVE_INFERENCE_SOLVE
                    : p.inference.kind == I::sweeps ? CARVE_INFERENCE_SWEEPS
                                                    : CARVE_INFERENCE_SEQUENTIAL;
    if (out.inference == CARVE_INFERENCE_SWEEPS)
        out.n_sweeps = static_cast<std::uint32_t>(p.inference.sweeps);
}

void KernelModel::weights(const task::Projection& p, carve_projection& out, const Trial& example) {
    const auto* const draw = std::get_if<task::Draw>(&p.weights.of);
    if (!draw)
        return; // the command writes them
    if (const auto* value = std::get_if<double>(&draw->from))
        out.weights.a = *value;
    else if (const auto* normal = std::get_if<task::Normal>(&draw->from)) {
        const double inputs = static_cast<double>(units_of(described_, p.from, example));
        out.weights.a = normal->mean;
        out.weights.b = p.weights.scaled ? normal->sd / std::sqrt(inputs) : normal->sd;
    } else if (const auto* range = std::get_if<task::Uniform>(&draw->from)) {
        out.weights.distribution =
            range->logarithmic ? CARVE_WEIGHTS_LOG_UNIFORM : CARVE_WEIGHTS_UNIFORM;
        out.weights.a = range->low;
        out.weights.b = range->high;
    }
}

} // namespace carve::cli
