// read_model.cpp: from the caller's structs to descriptions.
#include "read_model.hpp"
#include "fields.hpp"
#include "members.hpp"
#include "neurons.hpp"
#include "plasticity.hpp"
#include "rule_model.hpp"
#include "spiking_model.hpp"

namespace carve {

namespace {

Fault read_receptor(const carve_receptor& r, Receptor& onto, const Place& here) noexcept {
    double reserved = 0;
    for (const double value : r.reserved_values)
        reserved = value == 0 && reserved == 0 ? 0 : 1;
    if (reserved != 0)
        return {CARVE_E_RANGE, here, "reserved_values", reserved, "must be 0: they are reserved"};
    onto = {r.kind, r.source, r.tau, r.reversal, r.share};
    return {};
}

Fault read_receptors(const NeuronKind& neuron, const void* parameters, Population& onto,
                     const Place& of) noexcept {
    const auto count = parameters ? get<std::uint32_t>(parameters, neuron.n_receptors_at) : 0;
    const auto given =
        parameters ? get<const carve_receptor*>(parameters, neuron.receptors_at) : nullptr;
    if (count > kMaxReceptors)
        return {CARVE_E_RANGE, of, "n_receptors", static_cast<double>(count),
                "must be 1 to 4, or 0 for the default ones"};
    if ((count == 0) != (given == nullptr))
        return {count ? CARVE_E_NULL : CARVE_E_RANGE, of, "receptors", 0,
                count ? "must not be null" : "must be null if n_receptors is 0"};
    onto.n_receptors = count ? count : neuron.n_default_receptors;
    const carve_receptor* const receptors = count ? given : neuron.default_receptors;
    Fault f{};
    for (std::uint32_t i = 0; i < onto.n_receptors && !f; ++i)
        f = read_receptor(receptors[i], onto.receptors[i],
                          {of.array, of.index, neuron.receptors, i});
    return f;
}

Fault read_population(const void* from, Population& onto, std::uint32_t index) noexcept {
    const Place here{"populations", index};
    Fault f = read_fields(population_struct, from, &onto, here);
    if (f)
        return f;
    if (onto.kind > CARVE_POPULATION_POISSON && !neuron_kind(onto.kind))
        return {}; // check_model names it
    const void* const parameters = MEMBER(from, carve_population, parameters);
    const Struct& kind = parameters_of(onto.kind);
    const Place there{"populations", index, kind.name};
    f = read_fields(kind, parameters, &onto, there);
    const NeuronKind* const neuron = neuron_kind(onto.kind);
    return !f && neuron ? read_receptors(*neuron, parameters, onto, there) : f;
}

Fault read_connections(const void* from, Projection& onto, std::uint32_t index) noexcept {
    const Place here{"projections", index};
    const void* const connections = MEMBER(from, carve_projection, connections);
    const Struct* const kind = connections_of(onto.connectivity);
    if ((kind == nullptr) != (connections == nullptr))
        return {kind ? CARVE_E_NULL : CARVE_E_RANGE, here, "connections", 0,
                kind ? "must not be null" : "must be null unless connectivity is sparse"};
    if (!kind)
        return {};
    const Place there{"projections", index, kind->name};
    const Fault f = read_fields(*kind, connections, &onto, there);
    if (f || kind != &csr_struct)
        return f;
    if (MEMBER(connections, carve_csr, row_start) == nullptr)
        return {CARVE_E_NULL, there, "row_start", 0, "must not be null"};
    if (MEMBER(connections, carve_csr, pre) == nullptr)
        return {CARVE_E_NULL, there, "pre", 0, "must not be null"};
    return {};
}

Fault read_projection(const void* from, Projection& onto, std::uint32_t index) noexcept {
    const Place here{"projections", index};
    Fault f = read_fields(projection_struct, from, &onto, here);
    if (!f)
        f = read_connections(from, onto, index);
    if (f)
        return f;
    const std::uint32_t n = MEMBER(from, carve_projection, n_plasticity);
    const carve_plasticity* const plasticity = MEMBER(from, carve_projection, plasticity);
    if (n > kMostUses)
        return {CARVE_E_RANGE, here, "n_plasticity", static_cast<double>(n), "must be 0 to 4"};
    if ((n == 0) != (plasticity == nullptr))
        return {n ? CARVE_E_NULL : CARVE_E_RANGE, here, "plasticity", 0,
                n ? "must not be null" : "must be null if n_plasticity is 0"};
    onto.n_uses = n;
    if (n > 0)
        f = read_use(plasticity, onto, index, 0);
    Projection further = onto;
    for (std::uint32_t use = 1; use < n && !f; ++use)
        f = read_use(plasticity, further, index, use);
    return f;
}

Fault read_probe(const void* from, Probe& onto, std::uint32_t index) noexcept {
    const Fault f = read_fields(probe_struct, from, &onto, {"probes", index});
    return f ? f : check_fields(probe_struct, &onto, reader::kAny, CARVE_F64, {"probes", index});
}
// The first probe of a kind and index before probe `end`, or null.
const void* find_probe(const carve_model* model, std::uint32_t end, const Probe& wanted) noexcept {
    const void* const probes = MEMBER(model, carve_model, probes);
    for (std::uint32_t k = 0; k < end; ++k) {
        const void* const at = element(probes, k);
        if (MEMBER(at, carve_probe, kind) == wanted.kind &&
            MEMBER(at, carve_probe, index) == wanted.index)
            return at;
    }
    return nullptr;
}
const void* find_probe(const void* owner, std::uint32_t kind, std::uint32_t index) noexcept {
    const carve_model* const model = static_cast<const carve_model*>(owner);
    return find_probe(model, MEMBER(model, carve_model, n_probes), {kind, index});
}
// Of a probe of rates or of their trajectory.
Fault read_parameters(const void* probe, std::uint32_t kind, Population& onto,
                      const Place& here) noexcept {
    const bool of_rate = kind == CARVE_PROBE_RATE;
    (of_rate ? onto.scored : onto.recorded) = 1;
    return read_fields(of_rate ? rate_probe_struct : trajectory_probe_struct,
                       MEMBER(probe, carve_probe, parameters), &onto, here);
}
// Of a probe of weights.
Fault read_parameters(const void* probe, Projection& onto, const Place& here) noexcept {
    onto.recorded = 1;
    return read_fields(weights_probe_struct, MEMBER(probe, carve_probe, parameters), &onto, here);
}

// Of elements that have been read without a fault, with what the model's probes add to them.
Population read_population_again(const void* first, std::uint32_t i, const void* model) noexcept {
    Population p;
    read_population(element(first, i), p, i);
    for (const std::uint32_t kind : {CARVE_PROBE_RATE, CARVE_PROBE_TRAJECTORY})
        if (const void* const probe = find_probe(model, kind, i))
            read_parameters(probe, kind, p, {});
    return p;
}
// Elements from n_projections on are further uses of rules.
Projection read_projection_again(const void* first, std::uint32_t i, const void* owner) noexcept {
    const carve_model* const model = static_cast<const carve_model*>(owner);
    const std::uint32_t n = MEMBER(model, carve_model, n_projections);
    std::uint32_t k = i;
    if (i >= n)
        for (k = 0; n + count_further_uses(model, k + 1) <= i;)
            ++k;
    Projection p;
    read_projection(element(first, k), p, k);
    if (p.n_uses > 1)
        p.further = n + count_further_uses(model, k);
    if (i >= n) {
        p.use = 1 + i - p.further;
        read_use(MEMBER(element(first, k), carve_projection, plasticity), p, k, p.use);
    }
    p.tuning = find_probe(model, CARVE_PROBE_TRANSMITTED, k) != nullptr;
    if (const void* const probe = find_probe(model, CARVE_PROBE_WEIGHTS, k))
        read_parameters(probe, p, {});
    return p;
}
Rule read_rule_again(const void* first, std::uint32_t i, const void*) noexcept {
    Rule r;
    read_rule(element(first, i), r, i);
    return r;
}

// Probes, after the elements that they measure.
Fault check_probe(const carve_model* from, const Model& model, std::uint32_t k) noexcept {
    const void* const at = element(MEMBER(from, carve_model, probes), k);
    Probe probe;
    const Fault f = read_probe(at, probe, k);
    if (f)
        return f;
    const Place here{"probes", k};
    const auto other_element = [&](const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, here, "index", static_cast<double>(probe.index), expected};
    };
    if (find_probe(from, k, probe))
        return other_element("must be of an element that has no probe of this kind before");
    if (probe.kind == CARVE_PROBE_TRANSMITTED) {
        if (MEMBER(at, carve_probe, parameters))
            return {CARVE_E_RANGE, here, "parameters", 0,
                    "must be null: CARVE_PROBE_TRANSMITTED (1) has none"};
        return probe.index < model.n_projections && is_spiking(model)
                   ? Fault{}
                   : other_element("must be of a projection from a poisson population");
    }
    if (probe.kind == CARVE_PROBE_WEIGHTS) {
        if (probe.index >= model.n_projections || is_spiking(model) ||
            !is_plastic(model.projections[probe.index]))
            return other_element("must be of a plastic projection between populations of rates");
        Projection p = model.projections[probe.index];
        const Place there{"probes", k, weights_probe_struct.name};
        const Fault g = read_parameters(at, p, there);
        return g ? g : check_weights_probe(model, probe.index, p, there);
    }
    const bool of_rate = probe.kind == CARVE_PROBE_RATE;
    if (probe.index >= model.n_populations ||
        (of_rate && !is_neuron(model.populations[probe.index])))
        return other_element(of_rate ? "must be of a population of neurons"
                                     : "must be of a rate population");
    Population p = model.populations[probe.index];
    const Place there{"probes", k, of_rate ? rate_probe_struct.name : trajectory_probe_struct.name};
    const Fault g = read_parameters(at, probe.kind, p, there);
    if (g)
        return g;
    return of_rate ? check_rate_probe(p, model.precision, there)
                   : check_trajectory_probe(model, probe.index, p, there);
}
Fault check_probes(const carve_model* from, const Model& model) noexcept {
    const void* const probes = MEMBER(from, carve_model, probes);
    if (model.n_probes > 0 && probes == nullptr)
        return {CARVE_E_NULL, {}, "probes", 0, "must not be null"};
    for (std::uint32_t k = 0; k < model.n_probes; ++k) {
        const std::uint32_t size = size_of(element(probes, k));
        if (size != size_of(probes))
            return {CARVE_E_VERSION,
                    {"probes", k},
                    "struct_size",
                    static_cast<double>(size),
                    "must be the size of this struct in every element; call its _init"};
        const Fault f = check_probe(from, model, k);
        if (f)
            return f;
    }
    return {};
}

// Walks an array with the size of the caller's elements as stride.
template <class T>
Fault read_elements(const void* array, std::uint32_t n, const char* name,
                    Fault (*read)(const void*, T&, std::uint32_t) noexcept,
                    T (*read_again)(const void*, std::uint32_t, const void*) noexcept,
                    const carve_model* model, Elements<T>& onto) noexcept {
    if (n == 0)
        return {};
    if (array == nullptr)
        return {CARVE_E_NULL, {}, name, 0, "must not be null"};
    const std::uint32_t stride = size_of(array);
    for (std::uint32_t i = 0; i < n; ++i) {
        const void* const at = element(array, i);
        if (i > 0 && size_of(at) != stride)
            return {CARVE_E_VERSION,
                    {name, i},
                    "struct_size",
                    static_cast<double>(size_of(at)),
                    "must be the size of this struct in every element; call its _init"};
        T ignored;
        const Fault f = read(at, ignored, i);
        if (f)
            return f;
    }
    onto = {array, read_again, model};
    return {};
}

// Whether memory that is about to be written holds some of the bytes at `part`.
struct Memory {
    std::uintptr_t first;
    std::uint64_t bytes;

    bool holds(const void* part, std::uint64_t size) const noexcept {
        const auto at = reinterpret_cast<std::uintptr_t>(part);
        return size > 0 && (first < at ? at - first < bytes : first - at < size);
    }
    bool holds(const void* with_size) const noexcept {
        return with_size && holds(with_size, size_of(with_size));
    }
};

} // namespace

ListedGraph listed_graph(const carve_model* from, std::uint32_t projection) noexcept {
    const void* const p = element(MEMBER(from, carve_model, projections), projection);
    const void* const csr = MEMBER(p, carve_projection, connections);
    return {MEMBER(csr, carve_csr, row_start), MEMBER(csr, carve_csr, pre)};
}

bool holds_model(const void* memory, std::uint64_t bytes, const carve_model* from) noexcept {
    const Memory m{reinterpret_cast<std::uintptr_t>(memory), bytes};
    bool any = m.holds(from);
    const void* const populations = MEMBER(from, carve_model, populations);
    for (std::uint32_t i = 0; i < MEMBER(from, carve_model, n_populations); ++i) {
        const void* const p = element(populations, i);
        const void* const own = MEMBER(p, carve_population, parameters);
        any = any || m.holds(p) || m.holds(own);
        const NeuronKind* const neuron = neuron_kind(MEMBER(p, carve_population, kind));
        if (own && neuron)
            any = any ||
                  m.holds(get<const carve_receptor*>(own, neuron->receptors_at),
                          sizeof(carve_receptor) * get<std::uint32_t>(own, neuron->n_receptors_at));
    }
    const void* const projections = MEMBER(from, carve_model, projections);
    for (std::uint32_t i = 0; i < MEMBER(from, carve_model, n_projections); ++i) {
        const void* const p = element(projections, i);
        const void* const connections = MEMBER(p, carve_projection, connections);
        any = any || m.holds(p) || m.holds(connections);
        const carve_plasticity* const uses = MEMBER(p, carve_projection, plasticity);
        for (std::uint32_t use = 0; use < MEMBER(p, carve_projection, n_plasticity); ++use)
            any = any || m.holds(element(uses, use));
        if (MEMBER(p, carve_projection, connectivity) == CARVE_CONNECT_LIST) {
            const ListedGraph graph = listed_graph(from, i);
            const std::uint32_t n_rows = MEMBER(
                element(populations, MEMBER(p, carve_projection, post)), carve_population, n_units);
            any = any ||
                  m.holds(graph.row_start, sizeof(std::uint32_t) * (std::uint64_t{n_rows} + 1)) ||
                  m.holds(graph.pre, sizeof(std::uint32_t) *
                                         std::uint64_t{MEMBER(connections, carve_csr, n_synapses)});
        }
    }
    const void* const rules = MEMBER(from, carve_model, rules);
    for (std::uint32_t i = 0; i < MEMBER(from, carve_model, n_rules); ++i) {
        const void* const own = MEMBER(element(rules, i), carve_rule, parameters);
        const bool polynomial =
            MEMBER(element(rules, i), carve_rule, kind) == CARVE_RULE_POLYNOMIAL;
        any = any || m.holds(element(rules, i)) || m.holds(own) ||
              (own && polynomial &&
               m.holds(MEMBER(own, carve_polynomial, terms),
                       sizeof(carve_term) * MEMBER(own, carve_polynomial, n_terms)));
    }
    const void* const probes = MEMBER(from, carve_model, probes);
    for (std::uint32_t k = 0; k < MEMBER(from, carve_model, n_probes); ++k)
        any = any || m.holds(element(probes, k)) ||
              m.holds(MEMBER(element(probes, k), carve_probe, parameters));
    return any;
}

Fault read_model(const carve_model* from, Model& model) noexcept {
    if (from == nullptr)
        return {CARVE_E_NULL, {}, "model", 0, "must not be null"};
    Settings& settings = model;
    Fault f = read_fields(model_struct, from, &settings, {});
    if (f)
        return f;
    // No more than there may be is walked.
    if (model.n_populations > 64 || model.n_projections > 64 || model.n_rules > 16 ||
        model.n_probes > 128)
        return check_fields(model_struct, &settings, reader::kAny, CARVE_F64, {});
    f = read_elements<Population>(MEMBER(from, carve_model, populations), model.n_populations,
                                  "populations", read_population, read_population_again, from,
                                  model.populations);
    for (std::uint32_t i = 0; i < model.n_populations && !f; ++i)
        if (MEMBER(element(MEMBER(from, carve_model, populations), i), carve_population, kind) >=
            CARVE_POPULATION_POISSON)
            model.spiking = 1;
    if (!f)
        f = read_elements<Projection>(MEMBER(from, carve_model, projections), model.n_projections,
                                      "projections", read_projection, read_projection_again, from,
                                      model.projections);
    if (!f) {
        model.n_further_uses = count_further_uses(from, model.n_projections);
        f = read_elements<Rule>(MEMBER(from, carve_model, rules), model.n_rules, "rules", read_rule,
                                read_rule_again, from, model.rules);
    }
    if (!f)
        f = check_probes(from, model);
    if (!f)
        f = check_model(model);
    for (std::uint32_t k = 0; k < model.n_projections && !f; ++k)
        if (model.projections[k].connectivity == CARVE_CONNECT_LIST)
            f = check_graph(model, listed_graph(from, k), k);
    return f;
}

} // namespace carve
