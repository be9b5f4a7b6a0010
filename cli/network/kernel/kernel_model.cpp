#include "kernel_model.hpp"

#include "atomic_file.hpp"
#include "columns_used.hpp"
#include "error.hpp"
#include "order.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// Of a name, so that what it draws does not depend on what else there is. Not CARVE_ID_OF_INDEX.
std::uint32_t id_of(const std::string& name) {
    return static_cast<std::uint32_t>(checksum(name)) & 0x7fffffffu;
}

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

template <class T> T* added(std::deque<T>& to, carve_status (*init)(T*, std::size_t)) {
    to.emplace_back();
    check_status(init(&to.back(), sizeof(T)), "an _init function");
    return &to.back();
}

std::uint32_t activation_of(task::Activation activation) {
    switch (activation) {
    case task::Activation::relu:
        return CARVE_ACTIVATION_RELU;
    case task::Activation::tanh:
        return CARVE_ACTIVATION_TANH;
    case task::Activation::sigmoid:
        return CARVE_ACTIVATION_SIGMOID;
    default:
        return CARVE_ACTIVATION_LINEAR;
    }
}

template <class N> void set_neurons(const task::Population& p, N& out) {
    out.tau_m = p.tau.value_or(out.tau_m);
    out.v_rest = p.rest.value_or(out.v_rest);
    out.v_reset = p.reset.value_or(out.v_reset);
    out.v_threshold = p.threshold.value_or(out.v_threshold);
    out.t_ref = p.refractory.value_or(out.t_ref);
    out.drive = p.drive.value_or(out.drive);
}

} // namespace

KernelModel::KernelModel(const Task& task, const Trial& example, const Lanes& lanes,
                         Derivatives derivatives, const Needs& needs)
    : task_(task), described_(*example.described), lanes_(lanes) {
    spikes_ = std::any_of(described_.populations.begin(), described_.populations.end(),
                          [](const task::Population& p) { return is_of_spikes(p); });
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
    carve_input* const input = added(fed_, carve_input_init);
    input->shared = lanes_.are == LanesAre::candidates;
    const bool fixed = described_.simulation.batch.samples == 0 ||
                       (column.empty() && !is_fed_by_a_phase(described_, population));
    input->fixed = fixed;
    p.kind = CARVE_POPULATION_INPUT;
    p.n_units = static_cast<std::uint32_t>(units);
    p.parameters = input;
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
    if (p.kind == task::PopulationKind::poisson)
        add_poisson(p, out);
    else if (p.kind == task::PopulationKind::lif)
        add_neurons(p, out);
    else {
        carve_rate* const rate = added(rates_, carve_rate_init);
        rate->activation = activation_of(p.activation);
        rate->tau = p.tau ? std::max(1.0, *p.tau / step_of(described_)) : 1;
        out.kind = CARVE_POPULATION_RATE;
        out.parameters = rate;
    }
    populations_[p.name] = static_cast<std::uint32_t>(kernel_populations_.size());
    kernel_populations_.push_back(out);
}

void KernelModel::add_poisson(const task::Population& p, carve_population& out) {
    carve_poisson* const poisson = added(poissons_, carve_poisson_init);
    poisson->n_groups = static_cast<std::uint32_t>(std::max<std::uint64_t>(p.groups.equal, 1));
    poisson->t_ref = p.refractory.value_or(spikes_ ? 5e-3 : 0);
    const auto* const rate = p.rate ? std::get_if<double>(&p.rate->from) : nullptr;
    poisson->rate = p.factor * (rate ? *rate : poisson->rate);
    if (p.signal) {
        poisson->source = CARVE_SOURCE_SIGNAL;
        poisson->signal_gain = p.factor * p.signal->gain;
        poisson->signal_tau = p.signal->tau;
        // Populations of one signal have one number.
        poisson->signal = id_of(p.signal->of.empty() ? p.name : p.signal->of);
        for (const task::Population& other : described_.populations)
            if (other.name == p.signal->of && other.signal) {
                poisson->signal_gain = p.factor * other.signal->gain;
                poisson->signal_tau = other.signal->tau;
            }
    }
    out.kind = CARVE_POPULATION_POISSON;
    out.random_id = id_of("population." + p.name);
    out.parameters = poisson;
}

void KernelModel::add_neurons(const task::Population& p, carve_population& out) {
    switch (p.model) {
    case task::NeuronModel::auryn_tif:
        out.kind = CARVE_POPULATION_TIF;
        set_neurons(p, *added(tifs_, carve_tif_init));
        out.parameters = &tifs_.back();
        return;
    case task::NeuronModel::auryn_if:
        out.kind = CARVE_POPULATION_IF;
        set_neurons(p, *added(ifs_, carve_if_init));
        out.parameters = &ifs_.back();
        return;
    case task::NeuronModel::cvaif:
        out.kind = CARVE_POPULATION_CVAIF;
        set_neurons(p, *added(cvaifs_, carve_cvaif_init));
        out.parameters = &cvaifs_.back();
        return;
    default:
        out.kind = CARVE_POPULATION_LIF;
        set_neurons(p, *added(lifs_, carve_lif_init));
        out.parameters = &lifs_.back();
    }
}

// ---- Projections ---------------------------------------------------------------------------------

void KernelModel::add_projections(const Trial& example) {
    for (const task::Projection& p : described_.projections) {
        carve_projection out;
        check_status(carve_projection_init(&out, sizeof out), "carve_projection_init");
        out.pre = populations_.at(p.from);
        out.post = populations_.at(p.to);
        out.random_id = id_of("projection." + p.name);
        out.gain = kernel_populations_[out.post].kind >= CARVE_POPULATION_LIF ? p.gain : 1;
        const bool neurons = kernel_populations_[out.post].kind >= CARVE_POPULATION_LIF;
        const bool from_neurons = kernel_populations_[out.pre].kind >= CARVE_POPULATION_LIF;
        const double dt = step_of(described_);
        out.delay = static_cast<std::uint32_t>(p.delay ? std::floor(*p.delay / dt + 0.5)
                                                       : (from_neurons ? 1 : 0));
        if (neurons)
            out.receptor = p.receptor == "inhibitory" ? CARVE_INHIBITORY : CARVE_EXCITATORY;
        if (p.connect.pattern == task::Pattern::one_to_one &&
            kernel_populations_[out.pre].n_units != kernel_populations_[out.post].n_units)
            throw Error(Exit::usage,
                        fmt::format("[projection.{}] is one to one, between {} and {} units",
                                    p.name, kernel_populations_[out.pre].n_units,
                                    kernel_populations_[out.post].n_units),
                        "as many on both sides, or connect = \"all\"");
        connect(p, out, example);
        weights(p, out, example);
        plasticity_.emplace_back();
        add_plasticity(p, example, plasticity_.back());
        if (!plasticity_.back().empty()) {
            out.n_plasticity = static_cast<std::uint32_t>(plasticity_.back().size());
            out.plasticity = plasticity_.back().data();
            out.w_min = p.w_min.value_or(out.w_min);
            out.w_max = p.w_max.value_or(out.w_max);
        }
        projections_[p.name] = static_cast<std::uint32_t>(kernel_projections_.size());
        kernel_projections_.push_back(out);
    }
}

void KernelModel::connect(const task::Projection& p, carve_projection& out, const Trial& example) {
    using C = task::Pattern;
    const auto pre = static_cast<double>(units_of(described_, p.from, example));
    if (p.connect.pattern == C::lower) {
        out.connectivity = CARVE_CONNECT_LOWER;
        out.mask_from = p.mask_from == task::MaskFrom::start ? CARVE_MASK_FROM_START
                                                             : CARVE_MASK_FROM_FIRST_UPDATE;
    } else if (p.connect.pattern == C::probability || p.connect.pattern == C::in_degree) {
        const double most = p.from == p.to ? pre - 1 : pre;
        const double degree = p.connect.pattern == C::in_degree
                                  ? p.connect.number
                                  : std::floor(p.connect.number * most + 0.5);
        carve_in_degree* const sparse = added(degrees_, carve_in_degree_init);
        sparse->in_degree = static_cast<std::uint32_t>(std::min(std::max(degree, 1.0), most));
        out.connectivity = CARVE_CONNECT_IN_DEGREE;
        out.connections = sparse;
    }
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
