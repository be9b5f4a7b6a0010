// spiking_model.cpp: see spiking_model.hpp.
#include "spiking_model.hpp"
#include "fields.hpp"
#include "neurons.hpp"
#include "real.hpp"

namespace carve {

namespace {

Fault fault(const Place& place, const char* field, double value, const char* expected) noexcept {
    return {CARVE_E_RANGE, place, field, value, expected};
}

// A receptor that is no other's, or follows one.
Fault check_source(const Population& p, std::uint32_t i, const Place& here) noexcept {
    const Receptor& r = p.receptors[i];
    if (r.kind > CARVE_RECEPTOR_FILTERED)
        return fault(here, "kind", r.kind,
                     "must be CARVE_RECEPTOR_CONDUCTANCE (0) to CARVE_RECEPTOR_FILTERED (2)");
    if (r.kind != CARVE_RECEPTOR_FILTERED)
        return r.source != 0     ? fault(here, "source", r.source,
                                         "must be 0: only CARVE_RECEPTOR_FILTERED (2) has a source")
               : !(r.share == 0) ? fault(here, "share", r.share,
                                         "must be 0: only CARVE_RECEPTOR_FILTERED (2) has one")
                                 : Fault{};
    if (r.source >= p.n_receptors || p.receptors[r.source].kind >= CARVE_RECEPTOR_FILTERED)
        return fault(here, "source", r.source,
                     "must be the index of a receptor that is not CARVE_RECEPTOR_FILTERED (2)");
    if (!(r.share >= 0 && r.share <= 1))
        return fault(here, "share", r.share, "must be 0 to 1");
    return share_of(p, r.source) >= 0
               ? Fault{}
               : fault(here, "share", r.share,
                       "must leave the shares of one source together at most 1");
}
Fault check_receptor(const Model& m, const Population& p, std::uint32_t i,
                     const Place& here) noexcept {
    const Receptor& r = p.receptors[i];
    const double most = m.precision == CARVE_F32 ? kLargestFloat : __DBL_MAX__;
    const Fault f = check_source(p, i, here);
    if (f)
        return f;
    if (!(r.tau > 0 && r.tau <= most))
        return fault(here, "tau", r.tau,
                     "must be above 0 and finite, and in CARVE_F32 hold in a float");
    if (effective_kind(p, i) == CARVE_RECEPTOR_CURRENT && r.reversal != 0)
        return fault(here, "reversal", r.reversal, "must be 0: only a conductance has one");
    if (!(r.reversal >= -most && r.reversal <= most))
        return fault(here, "reversal", r.reversal,
                     "must be finite, and in CARVE_F32 hold in a float");
    return {};
}
// What derivatives can follow.
Fault check_differentiable(const Population& p, const NeuronKind& neuron,
                           const Place& here) noexcept {
    if (!neuron.differentiable)
        return fault({here.array, here.index}, "kind", p.kind,
                     "must be CARVE_POPULATION_LIF (4) in a model with a gradient: no other "
                     "neurons have sensitivities");
    if (p.n_receptors != 2)
        return fault(here, "n_receptors", p.n_receptors,
                     "must be 2 in a model with a gradient, or 0 for the default ones");
    for (std::uint32_t i = 0; i < 2; ++i)
        if (p.receptors[i].kind == CARVE_RECEPTOR_FILTERED ||
            p.receptors[i].kind != p.receptors[0].kind)
            return fault({here.array, here.index, neuron.receptors, i}, "kind", p.receptors[i].kind,
                         "must be CARVE_RECEPTOR_CONDUCTANCE (0) or CARVE_RECEPTOR_CURRENT (1), "
                         "and that of the other receptor, in a model with a gradient");
    return {};
}

Fault check_neurons(const Model& m, const Population& p, const Place& here) noexcept {
    const NeuronKind& neuron = *neuron_kind(p.kind);
    if (p.n_units > 4096)
        return fault({here.array, here.index}, "n_units", p.n_units,
                     "must be 1 to 4096 in a population of neurons");
    if (p.n_receptors < 1 || p.n_receptors > kMaxReceptors)
        return fault(here, "n_receptors", p.n_receptors, "must be 1 to 4");
    Fault f{};
    for (std::uint32_t i = 0; i < p.n_receptors && !f; ++i)
        f = check_receptor(m, p, i, {here.array, here.index, neuron.receptors, i});
    if (!f && m.gradient != CARVE_GRADIENT_NONE)
        f = check_differentiable(p, neuron, here);
    if (f)
        return f;
    if (!(p.v_threshold > p.v_reset))
        return fault(here, "v_threshold", p.v_threshold, "must be above v_reset");
    if (neuron.n_state > 0 && !(p.v_max > p.v_min)) // with a range
        return fault(here, "v_max", p.v_max, "must be above v_min");
    if (p.scored > 1)
        return fault(here, "scored", p.scored, "must be 0 or 1");
    return p.scored ? check_rate_probe(p, m.precision, {"probes", 0, "rate"}) : Fault{};
}

} // namespace

Fault check_spiking_population(const Model& m, const Population& p, const Place& here) noexcept {
    if (p.kind != CARVE_POPULATION_POISSON)
        return check_neurons(m, p, here);
    return p.n_groups <= p.n_units && p.n_units % p.n_groups == 0
               ? Fault{}
               : fault(here, "n_groups", p.n_groups, "must divide n_units");
}

Fault check_rate_probe(const Population& p, std::uint32_t precision, const Place& here) noexcept {
    const Fault f = check_fields(rate_probe_struct, &p, reader::kAny, precision, here);
    return f || p.rate_high > p.rate_low ? f
                                         : fault(here, "high", p.rate_high, "must be above low");
}

namespace {

Fault check_sparse(const Model& m, const Projection& p, const Place& here) noexcept {
    if (m.gradient != CARVE_GRADIENT_NONE)
        return fault(here, "connectivity", p.connectivity,
                     "must be CARVE_CONNECT_ALL (0) in a model with a gradient: sparse projections "
                     "have no sensitivities");
    if (p.tuning)
        return fault(here, "connectivity", p.connectivity,
                     "must be CARVE_CONNECT_ALL (0) for CARVE_PROBE_TRANSMITTED (1)");
    const std::uint32_t most = m.populations[p.pre].n_units - (is_within(p) ? 1 : 0);
    if (p.connectivity == CARVE_CONNECT_IN_DEGREE && p.in_degree > most)
        return fault({here.array, here.index, "in_degree"}, "in_degree", p.in_degree,
                     "must be at most the number of units of pre, one less within a population");
    if (count_synapses(p, m.populations[p.post].n_units) >
        std::uint64_t{most} * m.populations[p.post].n_units)
        return fault({here.array, here.index, "csr"}, "n_synapses", p.n_synapses,
                     "must be at most the number of pairs of units that may be connected");
    return {};
}

} // namespace

Fault check_spiking_projection(const Model& m, const Projection& p, const Place& here) noexcept {
    const Population post = m.populations[p.post];
    if (!is_spiking(m.populations[p.pre]))
        return fault(here, "pre", p.pre,
                     "must be a poisson population or one of neurons in a spiking model, in which "
                     "an input is a modulator or a gate");
    if (p.receptor >= post.n_receptors ||
        post.receptors[p.receptor].kind == CARVE_RECEPTOR_FILTERED)
        return fault(here, "receptor", p.receptor,
                     "must be the index of a receptor of the postsynaptic population, and of one "
                     "that is not CARVE_RECEPTOR_FILTERED (2)");
    if (p.connectivity == CARVE_CONNECT_LOWER)
        return fault(here, "connectivity", p.connectivity,
                     "may be CARVE_CONNECT_LOWER (1) only in a model of rates");
    if (is_sparse(p)) {
        const Fault f = check_sparse(m, p, here);
        if (f)
            return f;
    }
    if (m.populations[p.pre].kind == CARVE_POPULATION_POISSON)
        return p.tuning <= 1 ? Fault{} : fault(here, "tuning", p.tuning, "must be 0 or 1");
    if (p.tuning)
        return fault(here, "pre", p.pre,
                     "must be a poisson population, which has groups, for CARVE_PROBE_TRANSMITTED");
    if (p.delay < 1)
        return fault(here, "delay", p.delay, "must be 1 to 1024 steps from neurons");
    if (m.gradient != CARVE_GRADIENT_NONE)
        return fault(
            here, "pre", p.pre,
            "must be a poisson population in a model with a gradient: sensitivities do not "
            "pass through spikes between neurons");
    return {};
}

// Rows that hold all synapses and nothing else, and in each presynaptic units that there are, each
// once.
Fault check_graph(const Model& m, const ListedGraph& graph, std::uint32_t index) noexcept {
    const Projection p = m.projections[index];
    const std::uint32_t n_pre = m.populations[p.pre].n_units,
                        n_post = m.populations[p.post].n_units;
    const auto bad = [&](const char* part, std::uint32_t i, std::uint32_t value,
                         const char* expected) noexcept {
        return Fault{CARVE_E_RANGE,
                     {"projections", index, part, i},
                     nullptr,
                     static_cast<double>(value),
                     expected};
    };
    const auto bad_row = [&](std::uint32_t i, const char* expected) noexcept {
        return bad("csr.row_start", i, graph.row_start[i], expected);
    };
    if (graph.row_start[0] != 0)
        return bad_row(0, "must be 0");
    for (std::uint32_t i = 0; i < n_post; ++i)
        if (graph.row_start[i + 1] < graph.row_start[i])
            return bad_row(i + 1, "must not be below the one before it");
    if (graph.row_start[n_post] != p.n_synapses)
        return bad_row(n_post, "must be n_synapses");
    for (std::uint32_t i = 0; i < n_post; ++i)
        for (std::uint32_t s = graph.row_start[i]; s < graph.row_start[i + 1]; ++s) {
            const std::uint32_t j = graph.pre[s];
            if (j >= n_pre)
                return bad("csr.pre", s, j, "must be a unit of the presynaptic population");
            if (s > graph.row_start[i] && j <= graph.pre[s - 1])
                return bad("csr.pre", s, j, "must be above the one before it in its row");
            if (is_within(p) && j == i)
                return bad("csr.pre", s, j, "must not be the unit of the row itself");
        }
    return {};
}

} // namespace carve
