/* carve_size_fields.h: the structs of carve.h and their fields, as carve_size reads them. */
#ifndef CARVE_SIZE_FIELDS_H
#define CARVE_SIZE_FIELDS_H

#include <carve.h>
#include <stddef.h>

enum {
    MODEL,
    POPULATION,
    INPUT,
    GAUSSIAN,
    RATE,
    POISSON,
    LIF,
    TIF,
    IF,
    CVAIF,
    EIF,
    RECEPTOR,
    PROJECTION,
    PLASTICITY,
    IN_DEGREE,
    CSR,
    RULE,
    POLYNOMIAL,
    TERM,
    MLP,
    PRODUCT,
    PROBE,
    RATE_PROBE,
    TRAJECTORY_PROBE,
    WEIGHTS_PROBE,
    N_PARTS
};
static const char* const part_names[N_PARTS] = {
    "model",        "population", "input",     "gaussian", "rate",       "poisson",
    "lif",          "tif",        "if",        "cvaif",    "eif",        "receptor",
    "projection",   "plasticity", "in_degree", "csr",      "rule",       "polynomial",
    "term",         "mlp",        "product",   "probe",    "rate_probe", "trajectory_probe",
    "weights_probe"};

typedef struct {
    int part;
    const char* name;
    size_t offset;
    char type; /* b: uint8, u: uint32, U: uint64, d: double */
} field;
#define ROW(part, name, type)                                                                      \
    { part, #name, offsetof(STRUCT, name), type }
static const field fields[] = {
#define STRUCT carve_model
    ROW(MODEL, precision, 'u'),
    ROW(MODEL, layout, 'u'),
    ROW(MODEL, lane_bytes, 'u'),
    ROW(MODEL, n_replicas, 'u'),
    ROW(MODEL, gradient, 'u'),
    ROW(MODEL, batch, 'u'),
    ROW(MODEL, form, 'u'),
    ROW(MODEL, max_steps, 'U'),
    ROW(MODEL, bound, 'd'),
    ROW(MODEL, dt, 'd'),
    ROW(MODEL, surrogate, 'd'),
#undef STRUCT
#define STRUCT carve_population
    ROW(POPULATION, kind, 'u'),
    ROW(POPULATION, n_units, 'u'),
    ROW(POPULATION, random_id, 'u'),
#undef STRUCT
#define STRUCT carve_input
    ROW(INPUT, shared, 'u'),
    ROW(INPUT, fixed, 'u'),
#undef STRUCT
#define STRUCT carve_gaussian
    ROW(GAUSSIAN, shared, 'u'),
    ROW(GAUSSIAN, fixed, 'u'),
#undef STRUCT
#define STRUCT carve_rate
    ROW(RATE, activation, 'u'),
    ROW(RATE, tau, 'd'),
#undef STRUCT
#define STRUCT carve_poisson
    ROW(POISSON, source, 'u'),
    ROW(POISSON, n_groups, 'u'),
    ROW(POISSON, signal, 'u'),
    ROW(POISSON, t_ref, 'd'),
    ROW(POISSON, rate, 'd'),
    ROW(POISSON, signal_gain, 'd'),
    ROW(POISSON, signal_tau, 'd'),
#undef STRUCT
#define MEMBRANE(part)                                                                             \
    ROW(part, tau_m, 'd'), ROW(part, v_rest, 'd'), ROW(part, v_reset, 'd'),                        \
        ROW(part, v_threshold, 'd'), ROW(part, t_ref, 'd'), ROW(part, drive, 'd')
#define MOVING_THRESHOLD(part)                                                                     \
    ROW(part, threshold_jump, 'd'), ROW(part, threshold_tau, 'd'), ROW(part, v_min, 'd'),          \
        ROW(part, v_max, 'd')
#define STRUCT carve_lif
    MEMBRANE(LIF),
#undef STRUCT
#define STRUCT carve_tif
    MEMBRANE(TIF),
#undef STRUCT
#define STRUCT carve_if
    MEMBRANE(IF),
    MOVING_THRESHOLD(IF),
#undef STRUCT
#define STRUCT carve_cvaif
    MEMBRANE(CVAIF),
    MOVING_THRESHOLD(CVAIF),
    ROW(CVAIF, adaptation_jump, 'd'),
    ROW(CVAIF, adaptation_tau, 'd'),
    ROW(CVAIF, adaptation_reversal, 'd'),
    ROW(CVAIF, voltage_tau, 'd'),
    ROW(CVAIF, excitatory_tau, 'd'),
    ROW(CVAIF, inhibitory_tau, 'd'),
#undef STRUCT
#define STRUCT carve_eif
    MEMBRANE(EIF),
    ROW(EIF, v_onset, 'd'),
    ROW(EIF, slope, 'd'),
#undef STRUCT
#define STRUCT carve_receptor
    ROW(RECEPTOR, kind, 'u'),
    ROW(RECEPTOR, source, 'u'),
    ROW(RECEPTOR, tau, 'd'),
    ROW(RECEPTOR, reversal, 'd'),
    ROW(RECEPTOR, share, 'd'),
#undef STRUCT
#define STRUCT carve_projection
    ROW(PROJECTION, pre, 'u'),
    ROW(PROJECTION, post, 'u'),
    ROW(PROJECTION, random_id, 'u'),
    ROW(PROJECTION, connectivity, 'u'),
    ROW(PROJECTION, receptor, 'u'),
    ROW(PROJECTION, delay, 'u'),
    ROW(PROJECTION, inference, 'u'),
    ROW(PROJECTION, n_sweeps, 'u'),
    ROW(PROJECTION, mask_from, 'u'),
    ROW(PROJECTION, initial_weights, 'u'),
    ROW(PROJECTION, gain, 'd'),
    ROW(PROJECTION, w_min, 'd'),
    ROW(PROJECTION, w_max, 'd'),
    ROW(PROJECTION, weights.distribution, 'u'),
    ROW(PROJECTION, weights.a, 'd'),
    ROW(PROJECTION, weights.b, 'd'),
#undef STRUCT
#define STRUCT carve_plasticity
    ROW(PLASTICITY, rule, 'u'),
    ROW(PLASTICITY, presynaptic, 'u'),
    ROW(PLASTICITY, eta, 'd'),
    ROW(PLASTICITY, modulator, 'u'),
    ROW(PLASTICITY, gate, 'u'),
    ROW(PLASTICITY, baseline, 'u'),
    ROW(PLASTICITY, window, 'u'),
    ROW(PLASTICITY, baseline_start, 'd'),
    ROW(PLASTICITY, modulator_tau, 'd'),
#undef STRUCT
#define STRUCT carve_in_degree
    ROW(IN_DEGREE, in_degree, 'u'),
#undef STRUCT
#define STRUCT carve_csr
    ROW(CSR, n_synapses, 'u'),
#undef STRUCT
#define STRUCT carve_rule
    ROW(RULE, kind, 'u'),
    ROW(RULE, shared, 'u'),
#undef STRUCT
#define STRUCT carve_polynomial
    ROW(POLYNOMIAL, trace_jump, 'u'),
    ROW(POLYNOMIAL, coincidence, 'u'),
    ROW(POLYNOMIAL, eligibility, 'u'),
#undef STRUCT
#define STRUCT carve_term
    ROW(TERM, event, 'b'),
    ROW(TERM, pre, 'b'),
    ROW(TERM, post, 'b'),
    ROW(TERM, pre2, 'b'),
    ROW(TERM, post2, 'b'),
    ROW(TERM, weight, 'b'),
    ROW(TERM, modulator, 'b'),
    ROW(TERM, pre_mean, 'b'),
    ROW(TERM, post_mean, 'b'),
    ROW(TERM, post_square, 'b'),
    ROW(TERM, weight_sum, 'b'),
#undef STRUCT
#define STRUCT carve_mlp
    ROW(MLP, n_hidden, 'u'),
    ROW(MLP, inputs, 'u'),
    ROW(MLP, activation, 'u'),
    ROW(MLP, at_spikes, 'u'),
    ROW(MLP, n_second, 'u'),
    ROW(MLP, coincidence, 'u'),
    ROW(MLP, tau_pre, 'd'),
    ROW(MLP, tau_post, 'd'),
    ROW(MLP, tau_pre2, 'd'),
    ROW(MLP, tau_post2, 'd'),
#undef STRUCT
#define STRUCT carve_product
    ROW(PRODUCT, factors, 'u'),
    ROW(PRODUCT, coincidence, 'u'),
    ROW(PRODUCT, released, 'u'),
    ROW(PRODUCT, tau_pre, 'd'),
    ROW(PRODUCT, tau_post, 'd'),
    ROW(PRODUCT, tau_pre2, 'd'),
    ROW(PRODUCT, tau_post2, 'd'),
#undef STRUCT
#define STRUCT carve_probe
    ROW(PROBE, kind, 'u'),
    ROW(PROBE, index, 'u'),
#undef STRUCT
#define STRUCT carve_rate_probe
    ROW(RATE_PROBE, tau, 'd'),
    ROW(RATE_PROBE, start, 'd'),
    ROW(RATE_PROBE, low, 'd'),
    ROW(RATE_PROBE, high, 'd'),
    ROW(RATE_PROBE, target, 'd'),
    ROW(RATE_PROBE, offset, 'd'),
#undef STRUCT
#define STRUCT carve_trajectory_probe
    ROW(TRAJECTORY_PROBE, observations, 'u'),
    ROW(TRAJECTORY_PROBE, selection, 'u'),
    ROW(TRAJECTORY_PROBE, likelihood, 'u'),
    ROW(TRAJECTORY_PROBE, noise, 'd'),
    ROW(TRAJECTORY_PROBE, sums, 'u'),
    ROW(WEIGHTS_PROBE, observations, 'u'),
    ROW(WEIGHTS_PROBE, selection, 'u'),
    ROW(WEIGHTS_PROBE, noise, 'd'),
#undef STRUCT
};

#endif
