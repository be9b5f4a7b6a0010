// The fields of the ABI's structs, and the arrays of a sim, as the random tests know them: what each
// is called, where it is, which values are valid by themselves, which a test should like, and what
// reads it. A field that a later version adds gets a row here; generators are not touched. Relations
// between fields are in drawn_model.cpp.
#ifndef CARVE_TESTS_FIELDS_HPP
#define CARVE_TESTS_FIELDS_HPP

#include "flat_model.hpp"

#include <carve.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace nets {

enum class Struct { model, population, projection, rule, loss };
enum class Type { u32, u64, real };

// What reads a field: kinds of populations, of projections, of rules, of models. Elsewhere the field
// keeps its default.
enum Reader : unsigned {
    kInput = 1,
    kGaussian = 2,
    kRate = 4,
    kPoisson = 8,
    kLif = 16,
    kScoredLif = 32,
    kSignalPoisson = 64,
    kTif = 1 << 21,
    kIf = 1 << 22,
    kCvaif = 1 << 23,
    kEif = 1 << 24,
    kAnyPopulation = 127 | kTif | kIf | kCvaif | kEif,
    kForward = 128,     // between populations of rates
    kLateral = 256,     // within one
    kFromPoisson = 512, // onto neurons
    kFromNeurons = 1024,
    kPlasticRates = 2048, // of any of these kinds, with a rule
    kPlasticSpikes = 4096,
    kAnyProjection = kForward | kLateral | kFromPoisson | kFromNeurons,
    kRatesRule = 1 << 13,
    kSpikesRule = 1 << 14,
    kAnyRule = kRatesRule | kSpikesRule,
    kRatesModel = 1 << 15,
    kSpikingModel = 1 << 16,
    kAnyModel = kRatesModel | kSpikingModel,
    kLoss = 1 << 17,
    kDrawingPoisson = 1 << 18, // not streamed
    kConductanceLif = 1 << 19,
    kSpikingGradient = 1 << 20, // model
    kInDegree = 1 << 25,        // projection
    kProductRule = 1 << 26,     // of spikes, as the next
    kMlpRule = 1 << 27,
};
// Of a kind of populations.
inline unsigned reader_of(std::uint32_t kind) {
    switch (kind) {
    case CARVE_POPULATION_TIF:
        return kTif;
    case CARVE_POPULATION_IF:
        return kIf;
    case CARVE_POPULATION_CVAIF:
        return kCvaif;
    case CARVE_POPULATION_EIF:
        return kEif;
    default:
        return 1u << kind;
    }
}

struct Field {
    Struct of;
    const char* name;   // as a sentence about it says
    std::size_t offset; // in carve_model, carve_loss, or the flat struct of an element
    Type type;
    double low, high;           // valid by itself, both included
    std::vector<double> likely; // drawn as often as what is drawn between the smallest and the
                                // largest of them
    unsigned readers;
    bool related = false; // its value depends on others': drawn_model.cpp draws it
};

inline const std::vector<Field>& fields() {
    const double inf = std::numeric_limits<double>::infinity();
    const double huge = std::numeric_limits<double>::max(), tiny = 5e-324;
#define ROW(of, name, type, low, high, ...)                                                        \
    Field { Struct::of, #name, offsetof(carve_##of, name), Type::type, low, high, __VA_ARGS__ }
#define FLAT(of, object, name, path, type, low, high, ...)                                         \
    Field { Struct::of, path, offsetof(flat::object, name), Type::type, low, high, __VA_ARGS__ }
#define POPULATION(name, path, ...) FLAT(population, Population, name, path, __VA_ARGS__)
#define PROJECTION(name, path, ...) FLAT(projection, Projection, name, path, __VA_ARGS__)
#define RULE(name, path, ...) FLAT(rule, Rule, name, path, __VA_ARGS__)
    static const std::vector<Field> rows = {
        ROW(model, precision, u32, 0, 1, {0, 1}, kAnyModel),
        ROW(model, isa, u32, 0, 5, {0}, kAnyModel, true),
        ROW(model, lane_bytes, u32, 4, 64, {32, 64}, kAnyModel, true),
        ROW(model, n_replicas, u32, 1, 1048576, {1, 3, 8, 9, 17}, kAnyModel),
        ROW(model, gradient, u32, 0, 2, {0, 1, 2}, kRatesModel),
        ROW(model, gradient, u32, 0, 1, {0, 1}, kSpikingModel),
        ROW(model, batch, u32, 1, 65536, {1, 1, 1, 2, 5, 67}, kRatesModel),
        ROW(model, form, u32, 0, 2, {0}, kRatesModel, true),
        ROW(model, n_populations, u32, 1, 64, {2, 4}, kAnyModel, true),
        ROW(model, n_projections, u32, 1, 64, {1, 4}, kAnyModel, true),
        ROW(model, n_rules, u32, 0, 16, {0, 3}, kAnyModel, true),
        ROW(model, layout, u32, 0, 3, {0}, kAnyModel, true),
        ROW(model, max_steps, u64, 0, 1e18, {0}, kAnyModel, true),
        ROW(model, bound, real, tiny, inf, {1e9, 1e9, 1, 5, 1e6, inf}, kRatesModel),
        ROW(model, bound, real, tiny, inf, {1e9, 1, 2.5, 2.5, 5, inf}, kSpikingModel),
        ROW(model, dt, real, 1e-6, 0.1, {1e-4, 1e-3, 5e-4}, kSpikingModel),
        ROW(model, surrogate, real, tiny, huge, {10, 1, 100}, kSpikingGradient),

        POPULATION(kind, "kind", u32, 0, 8, {0}, kAnyPopulation, true),
        POPULATION(n_units, "n_units", u32, 1, 65536, {1, 2, 3, 8, 13}, kAnyPopulation),
        POPULATION(activation, "rate.activation", u32, 0, 3, {0, 0, 0, 1, 2, 3}, kRate),
        POPULATION(tau, "rate.tau", real, 1, huge, {1}, kRate, true),
        POPULATION(recorded, "probe.kind", u32, 0, 1, {0}, kRate, true),
        POPULATION(observations, "trajectory.observations", u32, 0, 63, {0}, kRate, true),
        POPULATION(selection, "trajectory.selection", u32, 0, 4294967295.0, {4294967295.0}, kRate,
                   true),
        POPULATION(likelihood, "trajectory.likelihood", u32, 0, 3, {0}, kRate, true),
        POPULATION(sums, "trajectory.sums", u32, 0, 1, {0}, kRate, true),
        POPULATION(noise, "trajectory.noise", real, tiny, huge, {1}, kRate, true),
        POPULATION(shared, "input.shared", u32, 0, 1, {0, 1}, kInput),
        POPULATION(shared, "gaussian.shared", u32, 0, 1, {0, 1}, kGaussian),
        POPULATION(fixed, "input.fixed", u32, 0, 1, {0, 1}, kInput),
        POPULATION(fixed, "gaussian.fixed", u32, 0, 1, {0, 1}, kGaussian),
        POPULATION(source, "poisson.source", u32, 0, 2, {0, 1, 2}, kPoisson, true),
        POPULATION(n_groups, "poisson.n_groups", u32, 1, 65536, {1}, kPoisson, true),
        POPULATION(signal, "poisson.signal", u32, 0, 4294967295.0, {0, 1}, kSignalPoisson),
        POPULATION(synapses, "lif.receptors[0].kind", u32, 0, 1, {0, 1}, kLif, true),
        POPULATION(random_id, "random_id", u32, 0, 4294967295.0, {0, 7, 41},
                   kGaussian | kDrawingPoisson),
        POPULATION(reserved, "input.reserved", u32, 0, 0, {0}, kInput),
        POPULATION(reserved, "gaussian.reserved", u32, 0, 0, {0}, kGaussian),
        POPULATION(t_ref, "poisson.t_ref", real, 0, 1, {5e-3, 0, 1e-3}, kPoisson),
        POPULATION(t_ref, "lif.t_ref", real, 0, 1, {5e-3, 0, 1e-3}, kLif),
        POPULATION(rate, "poisson.rate", real, 0, huge, {5, 50, 400, 2000}, kDrawingPoisson),
        POPULATION(signal_gain, "poisson.signal_gain", real, 0, huge, {500 / 0.03, 1000},
                   kSignalPoisson),
        POPULATION(signal_tau, "poisson.signal_tau", real, tiny, huge, {0.05, 0.01},
                   kSignalPoisson),
        POPULATION(tau_m, "lif.tau_m", real, tiny, huge, {0.02, 0.005}, kLif),
        POPULATION(tau_exc, "lif.receptors[0].tau", real, tiny, huge, {5e-3, 0.02}, kLif),
        POPULATION(tau_inh, "lif.receptors[1].tau", real, tiny, huge, {0.01, 0.003}, kLif),
        POPULATION(v_rest, "lif.v_rest", real, -huge, huge, {-0.06, -0.07, -0.045}, kLif),
        POPULATION(v_reset, "lif.v_reset", real, -huge, huge, {-0.06, -0.055}, kLif, true),
        POPULATION(v_threshold, "lif.v_threshold", real, -huge, huge, {-0.05, -0.054}, kLif, true),
        POPULATION(v_exc, "lif.receptors[0].reversal", real, -huge, huge, {0, 0.02},
                   kConductanceLif),
        POPULATION(v_inh, "lif.receptors[1].reversal", real, -huge, huge, {-0.08, -0.07},
                   kConductanceLif),
        POPULATION(drive, "lif.drive", real, -huge, huge, {0, 0.02, 0.012}, kLif),
        POPULATION(rate_tau, "probes[0].rate.tau", real, tiny, huge, {1, 0.05}, kScoredLif),
        POPULATION(rate_start, "probes[0].rate.start", real, 0, huge, {50.05, 0, 10}, kScoredLif),
        POPULATION(rate_low, "probes[0].rate.low", real, 0, huge, {0, 0, 1}, kScoredLif, true),
        POPULATION(rate_high, "probes[0].rate.high", real, 0, inf, {inf, inf, 100}, kScoredLif,
                   true),
        POPULATION(rate_target, "probes[0].rate.target", real, 0, huge, {10, 0, 50}, kScoredLif),
        POPULATION(rate_offset, "probes[0].rate.offset", real, tiny, huge, {2, 0.1}, kScoredLif),

#define RECEPTORS(name, reader)                                                                    \
    POPULATION(n_receptors, name ".n_receptors", u32, 0, 4, {2}, reader, true),                    \
        POPULATION(more[0].kind, name ".receptors[2].kind", u32, 0, 2, {2}, reader, true),         \
        POPULATION(more[0].source, name ".receptors[2].source", u32, 0, 3, {0}, reader, true),     \
        POPULATION(more[0].tau, name ".receptors[2].tau", real, tiny, huge, {0.1}, reader, true),  \
        POPULATION(more[0].reversal, name ".receptors[2].reversal", real, -huge, huge, {0},        \
                   reader, true),                                                                  \
        POPULATION(more[0].share, name ".receptors[2].share", real, 0, 1, {0.5}, reader, true),    \
        POPULATION(more[1].kind, name ".receptors[3].kind", u32, 0, 2, {1}, reader, true),         \
        POPULATION(more[1].source, name ".receptors[3].source", u32, 0, 3, {0}, reader, true),     \
        POPULATION(more[1].tau, name ".receptors[3].tau", real, tiny, huge, {5e-3}, reader, true), \
        POPULATION(more[1].share, name ".receptors[3].share", real, 0, 1, {0}, reader, true)
#define NEURON(name, reader)                                                                       \
    POPULATION(t_ref, name ".t_ref", real, 0, 1, {0, 5e-3, 1e-3}, reader),                         \
        POPULATION(tau_m, name ".tau_m", real, tiny, huge, {0.02, 0.005}, reader),                 \
        POPULATION(tau_exc, name ".receptors[0].tau", real, tiny, huge, {5e-3, 0.02}, reader),     \
        POPULATION(tau_inh, name ".receptors[1].tau", real, tiny, huge, {0.01, 0.003}, reader),    \
        POPULATION(v_rest, name ".v_rest", real, -huge, huge, {-0.06, -0.07, -0.045}, reader),     \
        POPULATION(v_reset, name ".v_reset", real, -huge, huge, {-0.06, -0.055}, reader, true),    \
        POPULATION(v_threshold, name ".v_threshold", real, -huge, huge, {-0.05, -0.054}, reader,   \
                   true),                                                                          \
        POPULATION(drive, name ".drive", real, -huge, huge, {0, 0.02, 0.012}, reader),             \
        RECEPTORS(name, reader)
#define MOVING_THRESHOLD(name, reader)                                                             \
    POPULATION(threshold_jump, name ".threshold_jump", real, 0, huge, {0.1, 0, 0.01}, reader),     \
        POPULATION(threshold_tau, name ".threshold_tau", real, tiny, huge, {5e-3, 0.05}, reader),  \
        POPULATION(v_min, name ".v_min", real, -huge, huge, {-0.08, -0.065}, reader, true),        \
        POPULATION(v_max, name ".v_max", real, -huge, huge, {0, -0.05}, reader, true)
        RECEPTORS("lif", kLif),
        NEURON("tif", kTif),
        NEURON("if", kIf),
        MOVING_THRESHOLD("if", kIf),
        NEURON("cvaif", kCvaif),
        MOVING_THRESHOLD("cvaif", kCvaif),
        POPULATION(adaptation_jump, "cvaif.adaptation_jump", real, 0, huge, {0.1, 0, 1}, kCvaif),
        POPULATION(adaptation_tau, "cvaif.adaptation_tau", real, tiny, huge, {0.1, 0.01}, kCvaif),
        POPULATION(adaptation_reversal, "cvaif.adaptation_reversal", real, -huge, huge,
                   {-0.08, -0.07}, kCvaif),
        POPULATION(voltage_tau, "cvaif.voltage_tau", real, tiny, huge, {0.1, 0.01}, kCvaif),
        POPULATION(excitatory_tau, "cvaif.excitatory_tau", real, tiny, huge, {0.01, 0.1}, kCvaif),
        POPULATION(inhibitory_tau, "cvaif.inhibitory_tau", real, tiny, huge, {0.1, 0.01}, kCvaif),
        NEURON("eif", kEif),
        POPULATION(v_onset, "eif.v_onset", real, -huge, huge, {-0.0599, -0.05}, kEif),
        POPULATION(slope, "eif.slope", real, tiny, huge, {3.48e-3, 1e-3, 0.02}, kEif),
#undef RECEPTORS
#undef NEURON
#undef MOVING_THRESHOLD

        PROJECTION(pre, "pre", u32, 0, 63, {0}, kAnyProjection, true),
        PROJECTION(post, "post", u32, 0, 63, {1}, kAnyProjection, true),
        PROJECTION(random_id, "random_id", u32, 0, 4294967295.0, {0, 7, 41}, kAnyProjection),
        PROJECTION(distribution, "weights.distribution", u32, 0, 2, {0, 1, 2}, kAnyProjection,
                   true),
        PROJECTION(connectivity, "connectivity", u32, 0, 1, {0, 1}, kLateral, true),
        PROJECTION(connectivity, "connectivity", u32, 0, 3, {0, 2, 3}, kFromPoisson | kFromNeurons,
                   true),
        PROJECTION(in_degree, "in_degree.in_degree", u32, 1, 65536, {1, 2}, kInDegree),
        PROJECTION(rule, "plasticity[0].rule", u32, 0, 15, {0}, kAnyProjection, true),
        PROJECTION(inference, "inference", u32, 0, 2, {0, 1, 2}, kLateral, true),
        PROJECTION(n_sweeps, "n_sweeps", u32, 1, 1000, {1, 2, 3}, kLateral, true),
        PROJECTION(mask_from, "mask_from", u32, 0, 1, {0, 1}, kLateral, true),
        PROJECTION(initial_weights, "initial_weights", u32, 0, 1, {0}, kForward, true),
        PROJECTION(presynaptic, "plasticity[0].presynaptic", u32, 0, 2, {0, 1, 2}, kForward, true),
        PROJECTION(recorded, "probe.kind", u32, 0, 1, {0}, kAnyProjection, true),
        PROJECTION(observations, "trajectory.observations", u32, 0, 63, {0}, kAnyProjection, true),
        PROJECTION(selection, "trajectory.selection", u32, 0, 4294967295.0, {4294967295.0},
                   kAnyProjection, true),
        PROJECTION(noise, "trajectory.noise", real, tiny, huge, {1}, kAnyProjection, true),
        PROJECTION(reserved, "weights.reserved", u32, 0, 0, {0}, kAnyProjection),
        PROJECTION(eta, "plasticity[0].eta", real, -huge, huge, {0.1, 0.01, 1, -0.02, 0},
                   kPlasticRates | kPlasticSpikes),
        PROJECTION(modulator, "plasticity[0].modulator", u32, 0, 4294967295.0, {4294967295.0},
                   kPlasticRates, true),
        PROJECTION(gate, "plasticity[0].gate", u32, 0, 4294967295.0, {4294967295.0}, kPlasticRates,
                   true),
        PROJECTION(baseline, "plasticity[0].baseline", u32, 0, 2, {0}, kPlasticRates, true),
        PROJECTION(window, "plasticity[0].window", u32, 1, 1024, {1}, kPlasticRates, true),
        PROJECTION(baseline_start, "plasticity[0].baseline_start", real, -huge, huge, {0},
                   kPlasticRates, true),
        PROJECTION(modulator_tau, "plasticity[0].modulator_tau", real, 1e-9, huge, {1},
                   kPlasticSpikes, true),
        PROJECTION(w_min, "w_min", real, -inf, huge, {-inf, -inf, -0.5, 0},
                   kPlasticRates | kPlasticSpikes),
        PROJECTION(w_max, "w_max", real, -huge, inf, {inf, inf, 0.5, 2},
                   kPlasticRates | kPlasticSpikes),
        PROJECTION(w_mean, "weights.a", real, -huge, huge, {0, 1, 0.3}, kForward | kLateral),
        PROJECTION(w_mean, "weights.a", real, -huge, huge, {1, 1, 2, 5},
                   kFromPoisson | kFromNeurons),
        PROJECTION(w_sd, "weights.b", real, 0, huge, {0, 0.3, 1}, kAnyProjection),
        PROJECTION(receptor, "receptor", u32, 0, 3, {0, 0, 1}, kFromPoisson | kFromNeurons),
        PROJECTION(delay, "delay", u32, 1, 1024, {1, 2, 15, 70}, kFromNeurons),
        PROJECTION(delay, "delay", u32, 0, 1024, {0, 0, 3, 70, 600}, kFromPoisson),
        PROJECTION(delay, "delay", u32, 0, 1024, {0}, kForward | kLateral, true),
        PROJECTION(gain, "gain", real, -huge, huge, {1, 0.014, 0.3, 0.1},
                   kFromPoisson | kFromNeurons),

        RULE(shared, "shared", u32, 0, 1, {1, 0}, kAnyRule),
        RULE(terms, "polynomial.terms", u64, 1, 1.8e19, {0}, kAnyRule, true),
        RULE(terms_r, "polynomial.terms", u64, 0, 1.8e19, {0}, kAnyRule, true),
        RULE(terms_r2, "polynomial.terms", u64, 0, 1.8e19, {0}, kAnyRule, true),
        RULE(kind, "kind", u32, 0, 2, {0}, kAnyRule, true),
        RULE(eligibility, "polynomial.eligibility", u32, 0, 1, {0}, kAnyRule, true),
        RULE(hidden, "mlp.n_hidden", u32, 1, 64, {10}, kRatesRule, true),
        RULE(inputs, "mlp.inputs", u32, 1, 255, {7}, kRatesRule, true),
        RULE(activation, "mlp.activation", u32, 1, 3, {2}, kRatesRule, true),
        RULE(factors, "product.factors", u32, 0, 7, {7, 0, 3}, kProductRule),
        RULE(released, "product.released", u32, 0, 1, {0, 1}, kProductRule),
        RULE(coincidence, "product.coincidence", u32, 0, 1, {0, 1}, kProductRule),
        RULE(taus[0], "product.tau_pre", real, tiny, huge, {0.02, 0.1}, kProductRule),
        RULE(taus[1], "product.tau_post", real, tiny, huge, {0.02, 0.1}, kProductRule),
        RULE(taus[2], "product.tau_pre2", real, tiny, huge, {0.1, 1e-3}, kProductRule),
        RULE(taus[3], "product.tau_post2", real, tiny, huge, {0.1, 1e-3}, kProductRule),
        RULE(inputs, "mlp.inputs", u32, 1, 2047, {7, 0x707, 0x104}, kMlpRule),
        RULE(hidden, "mlp.n_hidden", u32, 1, 64, {1, 3, 20}, kMlpRule),
        RULE(second, "mlp.n_second", u32, 0, 64, {0, 1, 4}, kMlpRule),
        RULE(activation, "mlp.activation", u32, 1, 3, {1, 2, 3}, kMlpRule),
        RULE(coincidence, "mlp.coincidence", u32, 0, 1, {0, 1}, kMlpRule),
        RULE(taus[0], "mlp.tau_pre", real, tiny, huge, {0.02, 0.1}, kMlpRule),
        RULE(taus[1], "mlp.tau_post", real, tiny, huge, {0.02, 0.1}, kMlpRule),
        RULE(taus[2], "mlp.tau_pre2", real, tiny, huge, {0.1, 1e-3}, kMlpRule),
        RULE(taus[3], "mlp.tau_post2", real, tiny, huge, {0.1, 1e-3}, kMlpRule),
        RULE(reserved, "reserved", u32, 0, 0, {0}, kAnyRule),
        RULE(trace_jump, "polynomial.trace_jump", u32, 0, 1, {0, 1}, kSpikesRule),
        RULE(coincidence, "polynomial.coincidence", u32, 0, 1, {0, 1}, kSpikesRule),

        ROW(loss, kind, u32, 0, 5, {0, 1, 2, 3, 4, 5}, kLoss),
        ROW(loss, projection, u32, 0, 63, {0, 1, 2, 3}, kLoss),
        ROW(loss, target_shared, u32, 0, 1, {0, 1}, kLoss),
        ROW(loss, population, u32, 0, 63, {0, 1, 2, 3}, kLoss),
        ROW(loss, other, u32, 0, 63, {0, 1, 2, 3}, kLoss),
    };
#undef ROW
#undef FLAT
#undef POPULATION
#undef PROJECTION
#undef RULE
    return rows;
}

// The arrays that carve_sim_view knows, by their number.
enum class Owner { sim, population, projection, rule };
struct ViewRow {
    const char* name;
    Owner owner;
    unsigned without_lanes; // dimensions of the array if it is one for all lanes, 0: it never is
    bool writable;
};
inline const std::vector<ViewRow>& view_rows() {
    static const std::vector<ViewRow> rows = {
        {"weights", Owner::projection, 0, true},
        {"sensitivities", Owner::projection, 0, true},
        {"theta", Owner::rule, 1, true},
        {"rates", Owner::population, 0, true},
        {"mean", Owner::population, 1, true},
        {"factor", Owner::population, 2, true},
        {"frozen", Owner::sim, 0, false},
        {"streams", Owner::sim, 0, false},
        {"groups", Owner::population, 2, true},
        {"window", Owner::population, 1, true},
        {"voltages", Owner::population, 0, true},
        {"conductances", Owner::population, 0, true},
        {"spike counts", Owner::population, 0, true},
        {"filtered rate", Owner::population, 0, true},
        {"pre traces", Owner::projection, 0, true},
        {"post traces", Owner::projection, 0, true},
        {"last spikes", Owner::projection, 1, true},
        {"transmitted", Owner::projection, 0, true},
        {"neuron state", Owner::population, 0, true},
        {"row starts", Owner::projection, 1, true},
        {"pre units", Owner::projection, 1, true},
        {"eta", Owner::projection, 0, true},
        {"bounds", Owner::projection, 0, true},
        {"gain", Owner::projection, 0, true},
        {"baseline", Owner::projection, 0, true},
        {"drive", Owner::population, 0, true},
        {"drive sensitivities", Owner::population, 0, true},
        {"past rates", Owner::population, 0, true},
        {"trajectory", Owner::population, 0, true},
        {"eligibility", Owner::projection, 0, true},
        {"eligibility sensitivities", Owner::projection, 0, true},
        {"modulator rate", Owner::projection, 0, true},
        {"weight trajectory", Owner::projection, 0, true},
        {"column starts", Owner::projection, 1, false},
        {"post units", Owner::projection, 1, false},
        {"trace scales", Owner::projection, 0, true},
        {"conductance scales", Owner::population, 0, true},
    };
    return rows;
}

} // namespace nets

#endif
