// spiking_model.cpp: see spiking_model.hpp.
#include "spiking_model.hpp"
#include "fields.hpp"
#include "real.hpp"

namespace carve {

namespace {

Fault fault(const Place& place, const char* field, double value, const char* expected) noexcept {
    return {CARVE_E_RANGE, place, field, value, expected};
}

Fault check_receptor(const Model& m, const Population& p, double tau, double reversal,
                     const Place& here) noexcept {
    const double most = m.precision == CARVE_F32 ? kLargestFloat : __DBL_MAX__;
    if (!(tau > 0 && tau <= most))
        return fault(here, "tau", tau,
                     "must be above 0 and finite, and in CARVE_F32 hold in a float");
    if (p.receptors == CARVE_RECEPTOR_CURRENT && reversal != 0)
        return fault(here, "reversal", reversal,
                     "must be 0: only a receptor of kind CARVE_RECEPTOR_CONDUCTANCE (0) has one");
    if (!(reversal >= -most && reversal <= most))
        return fault(here, "reversal", reversal,
                     "must be finite, and in CARVE_F32 hold in a float");
    return {};
}

} // namespace

Fault check_spiking_population(const Model& m, const Population& p, const Place& here) noexcept {
    if (p.kind == CARVE_POPULATION_POISSON)
        return p.n_groups <= p.n_units && p.n_units % p.n_groups == 0
                   ? Fault{}
                   : fault(here, "n_groups", p.n_groups, "must divide n_units");
    if (p.n_units > 4096)
        return fault({here.array, here.index}, "n_units", p.n_units,
                     "must be 1 to 4096 in a lif population");
    if (p.receptors > CARVE_RECEPTOR_CURRENT)
        return fault(here, "receptors", p.receptors, "must be of a kind that there is");
    Fault f =
        check_receptor(m, p, p.tau_exc, p.v_exc, {here.array, here.index, "lif.receptors", 0});
    if (!f)
        f = check_receptor(m, p, p.tau_inh, p.v_inh, {here.array, here.index, "lif.receptors", 1});
    if (f)
        return f;
    if (!(p.v_threshold > p.v_reset))
        return fault(here, "v_threshold", p.v_threshold, "must be above v_reset");
    if (p.scored > 1)
        return fault(here, "scored", p.scored, "must be 0 or 1");
    return p.scored ? check_rate_probe(p, m.precision, {"probes", 0, "rate"}) : Fault{};
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
    const std::uint32_t most = m.populations[p.pre].n_units - (is_lateral(p) ? 1 : 0);
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
        return fault(here, "delay", p.delay, "must be 1 to 1024 steps from a lif population");
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
            if (is_lateral(p) && j == i)
                return bad("csr.pre", s, j, "must not be the unit of the row itself");
        }
    return {};
}

} // namespace carve
