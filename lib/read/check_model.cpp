// check_model.cpp: whether a description is one that can be simulated.
#include "fields.hpp"
#include "free_weights.hpp"
#include "plasticity.hpp"
#include "read_model.hpp"
#include "rule_model.hpp"
#include "spiking_model.hpp"

namespace carve {

namespace {

using namespace reader;

Fault fault(const Place& place, const char* field, double value, const char* expected) noexcept {
    return {CARVE_E_RANGE, place, field, value, expected};
}

std::uint32_t readers_of(const Population& p) noexcept {
    switch (p.kind) {
    case CARVE_POPULATION_GAUSSIAN:
        return kDrawing;
    case CARVE_POPULATION_POISSON:
        return (p.source != CARVE_SOURCE_STREAMED ? kDrawing | kNotStreamed : kNothing) |
               (p.source == CARVE_SOURCE_SIGNAL ? kSignal : kNothing);
    default:
        return kNothing;
    }
}
std::uint32_t readers_of(const Model& m) noexcept {
    if (!is_spiking(m))
        return kRateModel;
    return kSpikingModel | (m.gradient != CARVE_GRADIENT_NONE ? kSpikingGradient : kNothing);
}

// What does not belong to the element's kind is as in an empty description.
template <class T> bool is_blank_beside(const T& all, T own) noexcept {
    return __builtin_memcmp(&all, &own, sizeof all) == 0;
}

Fault check_population(const Model& m, std::uint32_t i) noexcept {
    const Population p = m.populations[i];
    const Place here{"populations", i};
    Fault f = check_fields(population_struct, &p, readers_of(p), m.precision, here);
    if (f)
        return f;
    const Struct& kind = parameters_of(p.kind);
    const Place there{"populations", i, kind.name};
    f = check_fields(kind, &p, readers_of(p), m.precision, there);
    if (!f && is_spiking(p))
        f = check_spiking_population(m, p, there);
    if (f)
        return f;
    if (p.recorded)
        f = check_trajectory_probe(m, i, p, {"probes", 0, trajectory_probe_struct.name});
    if (f)
        return f;
    Population own;
    copy_fields(population_struct, &p, &own);
    copy_fields(kind, &p, &own);
    if (p.recorded == 1) {
        own.recorded = 1;
        copy_fields(trajectory_probe_struct, &p, &own);
    }
    if (is_neuron(p)) {
        own.scored = p.scored;
        if (p.scored)
            copy_fields(rate_probe_struct, &p, &own);
        own.n_receptors = p.n_receptors;
        for (std::uint32_t k = 0; k < p.n_receptors; ++k)
            own.receptors[k] = p.receptors[k];
    }
    return is_blank_beside(p, own) ? Fault{} : fault(there, "reserved", 1, "must be 0");
}

Fault check_inference(const Model& m, const Projection& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return fault({"projections", i}, field, value, expected);
    };
    if (!is_lateral(p))
        return {};
    if (is_sparse(p))
        return bad("connectivity", p.connectivity,
                   "must be CARVE_CONNECT_ALL (0) or CARVE_CONNECT_LOWER (1) in a model of rates");
    if (p.inference == CARVE_INFERENCE_SEQUENTIAL && p.connectivity != CARVE_CONNECT_LOWER)
        return bad(
            "inference", p.inference,
            "may be CARVE_INFERENCE_SEQUENTIAL (0) only with connectivity CARVE_CONNECT_LOWER");
    if (p.inference == CARVE_INFERENCE_SOLVE &&
        m.populations[p.post].activation != CARVE_ACTIVATION_LINEAR)
        return bad("inference", p.inference,
                   "may be CARVE_INFERENCE_SOLVE (2) only in a linear population");
    if (p.mask_from == CARVE_MASK_FROM_FIRST_UPDATE &&
        (p.inference != CARVE_INFERENCE_SWEEPS || !is_plastic(p)))
        return bad(
            "mask_from", p.mask_from,
            "may be CARVE_MASK_FROM_FIRST_UPDATE (1) only if plastic, with CARVE_CONNECT_LOWER "
            "and CARVE_INFERENCE_SWEEPS");
    for (std::uint32_t j = 0; j < i; ++j) {
        const Projection other = m.projections[j];
        if (is_lateral(other) && other.post == p.post)
            return bad("post", p.post, "must not have a second lateral projection");
    }
    return {};
}

Fault check_weights(const Projection& p, const Place& here) noexcept {
    if (p.distribution == CARVE_WEIGHTS_NORMAL)
        return p.b >= 0 ? Fault{}
                        : fault(here, "weights.b", p.b,
                                "must be at least 0: it is the standard deviation");
    if (p.distribution == CARVE_WEIGHTS_LOG_UNIFORM && !(p.a > 0))
        return fault(here, "weights.a", p.a, "must be above 0 with CARVE_WEIGHTS_LOG_UNIFORM (2)");
    return p.b >= p.a ? Fault{} : fault(here, "weights.b", p.b, "must be at least weights.a");
}

Fault check_projection(const Model& m, std::uint32_t i) noexcept {
    const Projection p = m.projections[i];
    const Place here{"projections", i};
    if (p.pre >= m.n_populations)
        return fault(here, "pre", p.pre, "must be the index of a population");
    if (p.post >= m.n_populations)
        return fault(here, "post", p.post, "must be the index of a population");
    const Population post = m.populations[p.post];
    if (is_spiking(m) ? !is_neuron(post) : post.kind != CARVE_POPULATION_RATE)
        return fault(here, "post", p.post,
                     is_spiking(m) ? "must be a population of neurons"
                                   : "must be a rate population");
    if (p.pre > p.post && p.delay == 0 && !is_spiking(m))
        return fault(here, "pre", p.pre,
                     "must be declared before post, or be post itself, unless there is a delay");
    Fault f = check_fields(projection_struct, &p, readers_of(p, m), m.precision, here);
    if (!f && !(p.w_max > p.w_min))
        f = fault(here, "w_max", p.w_max, "must be above w_min");
    if (!f)
        f = check_weights(p, here);
    if (!f && is_plastic(p))
        f = check_plasticity(m, p, i);
    if (!f && p.recorded)
        f = check_weights_probe(m, i, p, {"probes", 0, weights_probe_struct.name});
    if (!f && is_free(p))
        f = check_free_weights(m, p, i);
    const Struct* const connections = connections_of(p.connectivity);
    if (!f && connections)
        f = check_fields(*connections, &p, kAny, m.precision,
                         {"projections", i, connections->name});
    if (!f)
        f = is_spiking(m) ? check_spiking_projection(m, p, here) : check_inference(m, p, i);
    if (f)
        return f;
    Projection own;
    copy_fields(projection_struct, &p, &own);
    own.tuning = is_spiking(m) ? p.tuning : 0;
    if (p.recorded == 1) {
        own.recorded = 1;
        copy_fields(weights_probe_struct, &p, &own);
    }
    own.n_uses = p.n_uses; // by check_uses
    own.further = p.further;
    if (connections)
        copy_fields(*connections, &p, &own);
    if (is_plastic(p))
        copy_fields(plasticity_struct, &p, &own);
    return is_blank_beside(p, own) ? Fault{} : fault(here, "reserved", 1, "must be 0");
}

// Rates and spikes do not drive each other. Where something spikes an input says what rules are to do.
Fault check_one_kind_of_model(const Model& m) noexcept {
    std::uint32_t spiking = 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        spiking |= is_spiking(m.populations[i]) ? 1 : 0;
    if (m.spiking != spiking)
        return fault({"populations", 0}, "kind", m.populations[0].kind, "must be as it was made");
    for (std::uint32_t i = 0; i < m.n_populations && is_spiking(m); ++i) {
        const Population p = m.populations[i];
        if (!is_spiking(p) && p.kind != CARVE_POPULATION_INPUT)
            return fault(
                {"populations", i}, "kind", p.kind,
                "must be CARVE_POPULATION_POISSON (3) or of neurons (from 4 on), or "
                "CARVE_POPULATION_INPUT (0) as a modulator or gate, in a model in which a "
                "population spikes: rates and spikes do not drive each other in this version");
    }
    return {};
}

// Whether anything reads the values, or spikes, of population i.
bool is_read(const Model& m, std::uint32_t i) noexcept {
    bool any = false;
    for (std::uint32_t k = 0; k < count_uses(m); ++k) {
        const Projection p = m.projections[k];
        any = any || p.pre == i || p.modulator == i || p.gate == i ||
              (p.recorded && (p.observations == i || p.selection == i));
    }
    for (std::uint32_t k = 0; k < m.n_populations; ++k) {
        const Population p = m.populations[k];
        any = any || (p.recorded && (p.observations == i || p.selection == i));
    }
    return any;
}
// What the caller streams has an effect.
Fault check_inputs(const Model& m) noexcept {
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const Population p = m.populations[i];
        if (p.kind == CARVE_POPULATION_INPUT && !is_read(m, i))
            return fault({"populations", i}, "kind", p.kind,
                         "must not be CARVE_POPULATION_INPUT (0) where no projection, modulator, "
                         "gate or probe reads the population");
        if (p.kind == CARVE_POPULATION_POISSON && p.source == CARVE_SOURCE_STREAMED &&
            !is_read(m, i))
            return fault({"populations", i, "poisson"}, "source", p.source,
                         "must not be CARVE_SOURCE_STREAMED (2) where no projection or modulator "
                         "reads the population");
    }
    return {};
}

// What a sweep back through the steps needs, and what it cannot do.
Fault check_adjoint(const Model& m) noexcept {
    if (m.max_steps == 0)
        return fault({}, "max_steps", 0,
                     "must be above 0 with CARVE_GRADIENT_ADJOINT (2): memory for checkpoints is "
                     "planned from it");
    if (m.form == CARVE_FORM_MOMENTS)
        return fault({}, "form", m.form,
                     "may not be CARVE_FORM_MOMENTS (2) with CARVE_GRADIENT_ADJOINT (2); use "
                     "CARVE_GRADIENT_FORWARD (1)");
    std::uint32_t first = 0;
    while (is_spiking(m) && !is_spiking(m.populations[first]))
        ++first;
    if (is_spiking(m))
        return fault({"populations", first}, "kind", m.populations[first].kind,
                     "may not be CARVE_POPULATION_POISSON (3) or of neurons with "
                     "CARVE_GRADIENT_ADJOINT (2); use CARVE_GRADIENT_FORWARD (1)");
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        if (is_leaky(m.populations[i]))
            return fault({"populations", i, "rate"}, "tau", m.populations[i].tau,
                         "must be 1 with CARVE_GRADIENT_ADJOINT (2); use CARVE_GRADIENT_FORWARD "
                         "(1)");
    if (has_trajectory(m))
        return fault({}, "gradient", m.gradient,
                     "may not be CARVE_GRADIENT_ADJOINT (2) with a CARVE_PROBE_TRAJECTORY or "
                     "CARVE_PROBE_WEIGHTS; use "
                     "CARVE_GRADIENT_FORWARD (1)");
    for (std::uint32_t i = 0; i < m.n_projections; ++i) {
        const Projection p = m.projections[i];
        if (p.delay > 0)
            return fault({"projections", i}, "delay", p.delay,
                         "must be 0 with CARVE_GRADIENT_ADJOINT (2); use CARVE_GRADIENT_FORWARD "
                         "(1)");
        if (is_lateral(p))
            return fault({"projections", i}, "pre", p.pre,
                         "may not equal post (lateral) with CARVE_GRADIENT_ADJOINT (2); use "
                         "CARVE_GRADIENT_FORWARD (1)");
    }
    return {};
}

Fault check_form_and_layout(const Model& m) noexcept {
    if (m.gradient == CARVE_GRADIENT_ADJOINT) {
        const Fault f = check_adjoint(m);
        if (f)
            return f;
    }
    if (m.form == CARVE_FORM_MOMENTS && !moments_possible(m))
        return fault(
            {}, "form", m.form,
            "may be CARVE_FORM_MOMENTS (2) only for one projection from a fixed batch to a "
            "linear population, with or without one within that, at least one of them plastic, "
            "with presynaptic CARVE_PRESYNAPTIC_RATE, without terms of order 3 in x or y, and "
            "without a modulator, a gate, a delay, a tau above 1, several rules of a projection, a "
            "rule with means, weight sums, eligibility or hidden units, or a "
            "CARVE_PROBE_TRAJECTORY or CARVE_PROBE_WEIGHTS");
    if (m.layout == CARVE_LAYOUT_AFFERENTS && !afferents_possible(m))
        return fault(
            {}, "layout", m.layout,
            "may be CARVE_LAYOUT_AFFERENTS (1) only in a model of rates with batch 1 and form "
            "CARVE_FORM_SAMPLES or CARVE_FORM_AUTO, without CARVE_GRADIENT_ADJOINT, without "
            "lateral projections, modulators, gates, delays, a tau above 1, several rules of a "
            "projection, rules with means, weight sums, eligibility or hidden units, and "
            "CARVE_PROBE_TRAJECTORY or CARVE_PROBE_WEIGHTS, and with presynaptic "
            "CARVE_PRESYNAPTIC_RATE; use "
            "CARVE_LAYOUT_AUTO (2)");
    return {};
}

Fault check_noise(const Model& m, double noise, const Place& here) noexcept {
    const double least = m.precision == CARVE_F32 ? 1e-19 : 1e-153;
    return noise >= least
               ? Fault{}
               : fault(here, "noise", noise,
                       "must be at least 1e-19 in CARVE_F32 (0), 1e-153 in CARVE_F64 (1): 1 / "
                       "noise^2 is to be finite");
}

} // namespace

Fault check_weights_probe(const Model& m, std::uint32_t i, const Projection& p,
                          const Place& here) noexcept {
    if (is_spiking(m) || !is_plastic(p))
        return fault({here.array, here.index}, "index", i,
                     "must be of a plastic projection between populations of rates");
    const Fault f = check_fields(weights_probe_struct, &p, kAny, m.precision, here);
    if (f || p.pre >= m.n_populations || p.post >= m.n_populations) // check_projection names it
        return f;
    const std::uint64_t n =
        std::uint64_t{m.populations[p.pre].n_units} * m.populations[p.post].n_units;
    if (n > 65536) // no population has as many units
        return fault({here.array, here.index}, "index", i,
                     "must be of a projection with at most 65536 pairs");
    const auto units = [&](std::uint32_t k) noexcept {
        return k < m.n_populations ? m.populations[k].n_units : 0;
    };
    if (units(p.observations) != n)
        return fault(here, "observations", p.observations,
                     "must be the index of a population with as many units as the projection has "
                     "pairs [post][pre]");
    if (p.selection != CARVE_NO_POPULATION && units(p.selection) != n && units(p.selection) != 1)
        return fault(here, "selection", p.selection,
                     "must be the index of a population with as many units as the projection has "
                     "pairs [post][pre], or with one, or CARVE_NO_POPULATION");
    return check_noise(m, p.noise, here);
}

Fault check_trajectory_probe(const Model& m, std::uint32_t i, const Population& p,
                             const Place& here) noexcept {
    if (p.kind != CARVE_POPULATION_RATE)
        return fault({here.array, here.index}, "index", i, "must be of a rate population");
    const bool gaussian = p.likelihood == CARVE_LIKELIHOOD_GAUSSIAN;
    const bool of_units = p.sums == CARVE_SUMS_OF_UNITS;
    const Fault f =
        check_fields(trajectory_probe_struct, &p, gaussian && !of_units ? kGaussianProbe : kNothing,
                     m.precision, here);
    if (f)
        return f;
    if (of_units && !gaussian)
        return fault(here, "sums", p.sums,
                     "may be CARVE_SUMS_OF_UNITS (1) only with CARVE_LIKELIHOOD_GAUSSIAN (0)");
    const auto units = [&](std::uint32_t k) noexcept {
        return k < m.n_populations && k != i ? m.populations[k].n_units : 0;
    };
    if (units(p.observations) != p.n_units)
        return fault(here, "observations", p.observations,
                     "must be the index of another population with as many units");
    if (const Fault g = check_noise(m, p.noise, here))
        return g;
    if (p.likelihood == CARVE_LIKELIHOOD_CATEGORICAL && p.n_units == 1)
        return fault(
            here, "likelihood", p.likelihood,
            "may be CARVE_LIKELIHOOD_CATEGORICAL (3) only of a population of several units: "
            "a choice is among them");
    if (p.selection != CARVE_NO_POPULATION && p.likelihood == CARVE_LIKELIHOOD_CATEGORICAL &&
        units(p.selection) != 1)
        return fault(
            here, "selection", p.selection,
            "must be the index of a population with one unit, or CARVE_NO_POPULATION, with "
            "CARVE_LIKELIHOOD_CATEGORICAL (3): a choice is of all units");
    if (p.selection != CARVE_NO_POPULATION && units(p.selection) != p.n_units &&
        units(p.selection) != 1)
        return fault(here, "selection", p.selection,
                     "must be the index of another population with as many units, or one unit, or "
                     "CARVE_NO_POPULATION");
    return {};
}

Fault check_model(const Model& m) noexcept {
    const Settings& settings = m;
    // Ranges first: what reads a field depends on the elements.
    Fault f = check_fields(model_struct, &settings, kAny, m.precision, {});
    if (!f && m.lane_bytes != 32 && m.lane_bytes != 64 && m.lane_bytes != real_bytes(m))
        f = fault({}, "lane_bytes", m.lane_bytes,
                  "must be 32, 64, or one element: 4 in CARVE_F32, 8 in CARVE_F64");
    for (std::uint32_t i = 0; i < m.n_populations && !f; ++i)
        f = check_population(m, i);
    if (!f)
        f = check_one_kind_of_model(m);
    for (std::uint32_t i = 0; i < m.n_rules && !f; ++i)
        f = check_rule(m, i);
    if (!f)
        f = check_uses(m);
    for (std::uint32_t i = 0; i < m.n_projections && !f; ++i)
        f = check_projection(m, i);
    if (!f)
        f = check_inputs(m);
    if (!f)
        f = check_fields(model_struct, &settings, readers_of(m), m.precision, {});
    if (!f)
        f = check_form_and_layout(m);
    return f || m.layout != CARVE_LAYOUT_TARGETS ? f : check_targets(m);
}

} // namespace carve
