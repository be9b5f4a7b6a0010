// fields.cpp: the table of fields.
#include "fields.hpp"
#include "neurons.hpp"
#include "real.hpp"

namespace carve {
namespace {
using namespace reader;

constexpr double kInfinity = __builtin_inf(), kLargest = __DBL_MAX__, kWhole = 4294967295.0;

constexpr const char* kPositive = "must be above 0 and finite";
constexpr const char* kNotNegative = "must be at least 0 and finite";
constexpr const char* kFinite = "must be finite";
constexpr const char* kFlag = "must be 0 or 1";
constexpr const char* kZero = "must be 0: it is reserved";
constexpr const char* kRandomId =
    "must keep its default, CARVE_ID_OF_INDEX: only populations that draw "
    "random numbers, gaussian and poisson, read it";

// A row: the struct, the field, its default and range. The description's field has the same name
// unless FIELD_TO gives another.
#define FIELD_TO(object, name, own, to, type, standard, low, high, range, flags, readers, unread)  \
    {                                                                                              \
#name, offsetof(object, name), offsetof(own, to), Type::type, standard, low, high, range,  \
            flags, readers, unread                                                                 \
    }
#define FIELD(object, name, own, ...) FIELD_TO(object, name, own, name, __VA_ARGS__)
#define RESERVED(object, name)                                                                     \
    { #name, offsetof(object, name), 0, Type::u32, 0, 0, 0, kZero, kReserved, kAny, nullptr }

// clang-format off
#define MODEL(name, ...) FIELD(carve_model, name, Settings, __VA_ARGS__)
constexpr const char* kOfRates = "must keep its default: only a model of rates reads it";
constexpr Field kModel[] = {
    MODEL(precision, u32, CARVE_F64, 0, CARVE_F64, "must be CARVE_F32 (0) or CARVE_F64 (1)", kPlain, kAny, nullptr),
    MODEL(isa, u32, CARVE_ISA_AUTO, 0, CARVE_ISA_NEON, "must be CARVE_ISA_AUTO (0) to CARVE_ISA_NEON (5)", kPlain, kAny, nullptr),
    MODEL(layout, u32, CARVE_LAYOUT_REPLICAS, 0, CARVE_LAYOUT_TARGETS, "must be CARVE_LAYOUT_REPLICAS (0) to CARVE_LAYOUT_TARGETS (3)", kPlain, kAny, nullptr),
    MODEL(lane_bytes, u32, 32, 4, 64, "must be 32, 64, or one element: 4 in CARVE_F32, 8 in CARVE_F64", kPlain, kAny, nullptr),
    MODEL(n_replicas, u32, 1, 1, 1048576, "must be 1 to 1048576", kPlain, kAny, nullptr),
    MODEL(gradient, u32, CARVE_GRADIENT_NONE, 0, CARVE_GRADIENT_ADJOINT, "must be CARVE_GRADIENT_NONE (0), CARVE_GRADIENT_FORWARD (1) or CARVE_GRADIENT_ADJOINT (2)", kPlain, kAny, nullptr),
    MODEL(batch, u32, 1, 1, 65536, "must be 1 to 65536", kPlain, kRateModel, kOfRates),
    MODEL(form, u32, CARVE_FORM_AUTO, 0, CARVE_FORM_MOMENTS, "must be CARVE_FORM_AUTO (0) to CARVE_FORM_MOMENTS (2)", kPlain, kRateModel, kOfRates),
    MODEL(n_populations, u32, 0, 1, 64, "must be 1 to 64", kPlain, kAny, nullptr),
    MODEL(n_projections, u32, 0, 1, 64, "must be 1 to 64", kPlain, kAny, nullptr),
    MODEL(n_rules, u32, 0, 0, 16, "must be 0 to 16", kPlain, kAny, nullptr),
    MODEL(n_probes, u32, 0, 0, 128, "must be 0 to 128", kPlain, kAny, nullptr),
    RESERVED(carve_model, reserved),
    MODEL(max_steps, u64, 0, 0, kInfinity, "", kPlain, kAny, nullptr),
    MODEL(bound, real, 1e9, 0, kInfinity, "must be above 0", kAbove, kAny, nullptr),
    MODEL(dt, real, 1e-4, 1e-6, 0.1, "must be 1e-6 to 0.1 s", kPlain, kSpikingModel, "must keep its default: only a spiking model reads it"),
    MODEL(surrogate, real, 10, 0, kLargest, kPositive, kAbove | kFloat, kSpikingGradient, "must keep its default: only a spiking model with a gradient reads it")};

#define POPULATION(name, ...) FIELD(carve_population, name, Population, __VA_ARGS__)
constexpr Field kPopulation[] = {
    POPULATION(kind, u32, CARVE_POPULATION_RATE, 0, CARVE_POPULATION_EIF, "must be CARVE_POPULATION_INPUT (0) to CARVE_POPULATION_EIF (8)", kPlain, kAny, nullptr),
    POPULATION(n_units, u32, 1, 1, 65536, "must be 1 to 65536", kPlain, kAny, nullptr),
    POPULATION(random_id, u32, CARVE_ID_OF_INDEX, 0, kWhole, "", kPlain, kDrawing, kRandomId)};

#define INPUT(name, ...) FIELD(carve_input, name, Population, __VA_ARGS__)
constexpr Field kInput[] = {
    INPUT(shared, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    INPUT(fixed, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    RESERVED(carve_input, reserved)};

#define GAUSSIAN(name, ...) FIELD(carve_gaussian, name, Population, __VA_ARGS__)
constexpr Field kGaussianFields[] = {
    GAUSSIAN(shared, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    GAUSSIAN(fixed, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    RESERVED(carve_gaussian, reserved)};

constexpr Field kRateFields[] = {
    FIELD(carve_rate, activation, Population, u32, CARVE_ACTIVATION_LINEAR, 0, CARVE_ACTIVATION_SIGMOID, "must be CARVE_ACTIVATION_LINEAR (0) to CARVE_ACTIVATION_SIGMOID (3)", kPlain, kAny, nullptr),
    FIELD(carve_rate, tau, Population, real, 1, 1, kLargest, "must be at least 1 (steps) and finite", kFloat, kAny, nullptr)};

#define POISSON(name, ...) FIELD(carve_poisson, name, Population, __VA_ARGS__)
constexpr const char* kOfSignal = "must keep its default: only a poisson population of source CARVE_SOURCE_SIGNAL (1) reads it";
constexpr Field kPoissonFields[] = {
    POISSON(source, u32, CARVE_SOURCE_CONSTANT, 0, CARVE_SOURCE_STREAMED, "must be CARVE_SOURCE_CONSTANT (0) to CARVE_SOURCE_STREAMED (2)", kPlain, kAny, nullptr),
    POISSON(n_groups, u32, 1, 1, 65536, "must divide n_units", kPlain, kAny, nullptr),
    POISSON(signal, u32, 0, 0, kWhole, "", kPlain, kSignal, kOfSignal),
    POISSON(t_ref, real, 5e-3, 0, 1, "must be 0 to 1 s", kPlain, kAny, nullptr),
    POISSON(rate, real, 5, 0, kLargest, kNotNegative, kPlain, kNotStreamed, "must keep its default: only a poisson population that is not streamed reads it"),
    POISSON(signal_gain, real, 500 / 0.03, 0, kLargest, kNotNegative, kPlain, kSignal, kOfSignal),
    POISSON(signal_tau, real, 0.05, 0, kLargest, kPositive, kAbove, kSignal, kOfSignal)};

#define LIF(name, ...) FIELD(carve_lif, name, Population, __VA_ARGS__)
constexpr Field kLifFields[] = {
    LIF(tau_m, real, 0.02, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),
    LIF(v_rest, real, -0.06, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    LIF(v_reset, real, -0.06, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    LIF(v_threshold, real, -0.05, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    LIF(t_ref, real, 5e-3, 0, 1, "must be 0 to 1 s", kPlain, kAny, nullptr),
    LIF(drive, real, 0, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr)};

#define RATE_PROBE(name, to, ...) FIELD_TO(carve_rate_probe, name, Population, to, __VA_ARGS__)
constexpr Field kRateProbe[] = {
    RESERVED(carve_rate_probe, reserved),
    RATE_PROBE(tau, rate_tau, real, 1, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),
    RATE_PROBE(start, rate_start, real, 50.05, 0, kLargest, kNotNegative, kFloat, kAny, nullptr),
    RATE_PROBE(low, rate_low, real, 0, 0, kLargest, kNotNegative, kFloat, kAny, nullptr),
    RATE_PROBE(high, rate_high, real, kInfinity, 0, kInfinity, "must be above low", kPlain, kAny, nullptr),
    RATE_PROBE(target, rate_target, real, 10, 0, kLargest, kNotNegative, kFloat, kAny, nullptr),
    RATE_PROBE(offset, rate_offset, real, 2, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr)};

#define TRAJECTORY_PROBE(name, ...) FIELD(carve_trajectory_probe, name, Population, __VA_ARGS__)
constexpr Field kTrajectoryProbe[] = {
    TRAJECTORY_PROBE(observations, u32, 0, 0, kWhole, "", kPlain, kAny, nullptr),
    TRAJECTORY_PROBE(selection, u32, CARVE_NO_POPULATION, 0, kWhole, "", kPlain, kAny, nullptr),
    TRAJECTORY_PROBE(likelihood, u32, CARVE_LIKELIHOOD_GAUSSIAN, 0, CARVE_LIKELIHOOD_CATEGORICAL, "must be CARVE_LIKELIHOOD_GAUSSIAN (0) to CARVE_LIKELIHOOD_CATEGORICAL (3)", kPlain, kAny, nullptr),
    TRAJECTORY_PROBE(noise, real, 1, 0, kLargest, kPositive, kAbove | kFloat, kGaussianProbe, "must keep its default, 1: only CARVE_LIKELIHOOD_GAUSSIAN (0) with CARVE_SUMS_OF_LOSS (0) reads it"),
    TRAJECTORY_PROBE(sums, u32, CARVE_SUMS_OF_LOSS, 0, CARVE_SUMS_OF_UNITS, "must be CARVE_SUMS_OF_LOSS (0) or CARVE_SUMS_OF_UNITS (1)", kPlain, kAny, nullptr),
    RESERVED(carve_trajectory_probe, reserved)};

// The same struct of a projection's weights.
#define WEIGHTS_PROBE(name, ...) FIELD(carve_trajectory_probe, name, Projection, __VA_ARGS__)
constexpr Field kWeightsProbe[] = {
    WEIGHTS_PROBE(observations, u32, 0, 0, kWhole, "", kPlain, kAny, nullptr),
    WEIGHTS_PROBE(selection, u32, CARVE_NO_POPULATION, 0, kWhole, "", kPlain, kAny, nullptr),
    { "likelihood", offsetof(carve_trajectory_probe, likelihood), 0, Type::u32, CARVE_LIKELIHOOD_GAUSSIAN, 0, 0, "must be CARVE_LIKELIHOOD_GAUSSIAN (0) with CARVE_PROBE_WEIGHTS (3)", kReserved, kAny, nullptr },
    WEIGHTS_PROBE(noise, real, 1, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),
    { "sums", offsetof(carve_trajectory_probe, sums), 0, Type::u32, CARVE_SUMS_OF_LOSS, 0, 0, "must be CARVE_SUMS_OF_LOSS (0) with CARVE_PROBE_WEIGHTS (3)", kReserved, kAny, nullptr },
    RESERVED(carve_trajectory_probe, reserved)};

// What the neurons after the first one have in common, with the voltages at which they rest and the
// refractory period that differ.
#define NEURON(object, name, ...) FIELD(object, name, Population, __VA_ARGS__)
#define MEMBRANE(object, rest, t_ref_)                                                             \
    NEURON(object, tau_m, real, 0.02, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),      \
    NEURON(object, v_rest, real, rest, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),        \
    NEURON(object, v_reset, real, rest, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),       \
    NEURON(object, v_threshold, real, -0.05, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),  \
    NEURON(object, t_ref, real, t_ref_, 0, 1, "must be 0 to 1 s", kPlain, kAny, nullptr),           \
    NEURON(object, drive, real, 0, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr)
#define MOVING_THRESHOLD(object)                                                                   \
    NEURON(object, threshold_jump, real, 0.1, 0, kLargest, kNotNegative, kFloat, kAny, nullptr),    \
    NEURON(object, threshold_tau, real, 5e-3, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr), \
    NEURON(object, v_min, real, -0.08, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),        \
    NEURON(object, v_max, real, 0, -kLargest, kLargest, "must be above v_min and finite", kFloat, kAny, nullptr)
#define TIME_CONSTANT(object, name, standard)                                                      \
    NEURON(object, name, real, standard, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr)
constexpr Field kTifFields[] = {MEMBRANE(carve_tif, -0.06, 5e-3)};
constexpr Field kIfFields[] = {MEMBRANE(carve_if, -0.07, 0), MOVING_THRESHOLD(carve_if)};
constexpr Field kCvaifFields[] = {
    MEMBRANE(carve_cvaif, -0.07, 0), MOVING_THRESHOLD(carve_cvaif),
    NEURON(carve_cvaif, adaptation_jump, real, 0.1, 0, kLargest, kNotNegative, kFloat, kAny, nullptr),
    TIME_CONSTANT(carve_cvaif, adaptation_tau, 0.1),
    NEURON(carve_cvaif, adaptation_reversal, real, -0.08, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    TIME_CONSTANT(carve_cvaif, voltage_tau, 0.1),
    TIME_CONSTANT(carve_cvaif, excitatory_tau, 0.01),
    TIME_CONSTANT(carve_cvaif, inhibitory_tau, 0.1)};
constexpr Field kEifFields[] = {
    TIME_CONSTANT(carve_eif, tau_m, 0.01),
    NEURON(carve_eif, v_rest, real, -0.065, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    NEURON(carve_eif, v_reset, real, -0.068, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    NEURON(carve_eif, v_threshold, real, -0.03, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    NEURON(carve_eif, t_ref, real, 1.7e-3, 0, 1, "must be 0 to 1 s", kPlain, kAny, nullptr),
    NEURON(carve_eif, drive, real, 0, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    NEURON(carve_eif, v_onset, real, -0.0599, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    NEURON(carve_eif, slope, real, 3.48e-3, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr)};

#define PROJECTION(name, ...) FIELD(carve_projection, name, Projection, __VA_ARGS__)
constexpr const char* kOfPlastic = "must keep its default: only a plastic projection reads it";
constexpr const char* kOfNeurons = "must keep its default: only a projection onto neurons reads it";
constexpr Field kProjection[] = {
    PROJECTION(pre, u32, 0, 0, kWhole, "", kPlain, kAny, nullptr),
    PROJECTION(post, u32, 1, 0, kWhole, "", kPlain, kAny, nullptr),
    PROJECTION(random_id, u32, CARVE_ID_OF_INDEX, 0, kWhole, "", kPlain, kAny, nullptr),
    PROJECTION(connectivity, u32, CARVE_CONNECT_ALL, 0, CARVE_CONNECT_LIST, "must be CARVE_CONNECT_ALL (0) to CARVE_CONNECT_LIST (3)", kPlain, kLateralRates | kOntoNeurons, "must be CARVE_CONNECT_ALL (0) between populations of rates, and within one with a delay"),
    PROJECTION(receptor, u32, 0, 0, kMaxReceptors - 1, "must be the index of a receptor of the postsynaptic population", kPlain, kOntoNeurons, kOfNeurons),
    PROJECTION(delay, u32, 0, 0, 1024, "must be 0 to 1024 steps, from neurons at least 1", kPlain, kAny, nullptr),
    PROJECTION(inference, u32, CARVE_INFERENCE_SEQUENTIAL, 0, CARVE_INFERENCE_SOLVE, "must be CARVE_INFERENCE_SEQUENTIAL (0) to CARVE_INFERENCE_SOLVE (2)", kPlain, kLateralRates, "must keep its default, 0: only a lateral projection of rates, without delay, reads it"),
    PROJECTION(n_sweeps, u32, 1, 1, 1000, "must be 1 to 1000", kPlain, kSweeps, "must keep its default, 1: only inference CARVE_INFERENCE_SWEEPS (1) reads it"),
    PROJECTION(mask_from, u32, CARVE_MASK_FROM_START, 0, CARVE_MASK_FROM_FIRST_UPDATE, kFlag, kPlain, kLower, "must keep its default, 0: only connectivity CARVE_CONNECT_LOWER (1) reads it"),
    PROJECTION(initial_weights, u32, CARVE_INITIAL_GIVEN, 0, CARVE_INITIAL_FREE, "must be CARVE_INITIAL_GIVEN (0) or CARVE_INITIAL_FREE (1)", kPlain, kFeedforwardRates, "must be CARVE_INITIAL_GIVEN (0) unless the projection is between rates, and not lateral"),
    PROJECTION(gain, real, 1, -kLargest, kLargest, kFinite, kFloat, kOntoNeurons, kOfNeurons),
    PROJECTION(w_min, real, -kInfinity, -kInfinity, kLargest, "must be below infinity", kFloat, kPlasticProjection, kOfPlastic),
    PROJECTION(w_max, real, kInfinity, -kLargest, kInfinity, "must be above w_min", kFloat, kPlasticProjection, kOfPlastic),
    FIELD_TO(carve_projection, weights.distribution, Projection, distribution, u32, CARVE_WEIGHTS_NORMAL, 0, CARVE_WEIGHTS_LOG_UNIFORM, "must be CARVE_WEIGHTS_NORMAL (0) to CARVE_WEIGHTS_LOG_UNIFORM (2)", kPlain, kAny, nullptr),
    RESERVED(carve_projection, weights.reserved),
    FIELD_TO(carve_projection, weights.a, Projection, a, real, 0, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr),
    FIELD_TO(carve_projection, weights.b, Projection, b, real, 0, -kLargest, kLargest, kFinite, kFloat, kAny, nullptr)};

#define PROBE(name, ...) FIELD(carve_probe, name, Probe, __VA_ARGS__)
constexpr Field kProbe[] = {
    PROBE(kind, u32, CARVE_PROBE_RATE, 0, CARVE_PROBE_WEIGHTS, "must be CARVE_PROBE_RATE (0) to CARVE_PROBE_WEIGHTS (3)", kPlain, kAny, nullptr),
    PROBE(index, u32, 0, 0, 63, "must be the index of a population or projection", kPlain, kAny, nullptr),
    RESERVED(carve_probe, reserved)};

#define PLASTICITY(name, ...) FIELD(carve_plasticity, name, Projection, __VA_ARGS__)
constexpr Field kPlasticity[] = {
    PLASTICITY(rule, u32, 0, 0, 15, "must be the index of a rule", kPlain, kPlasticProjection, nullptr),
    PLASTICITY(presynaptic, u32, CARVE_PRESYNAPTIC_RATE, 0, CARVE_PRESYNAPTIC_RESIDUAL, "must be CARVE_PRESYNAPTIC_RATE (0) to CARVE_PRESYNAPTIC_RESIDUAL (2)", kPlain, kFeedforwardRates, "must be CARVE_PRESYNAPTIC_RATE (0) unless the projection is feedforward and of rates"),
    RESERVED(carve_plasticity, reserved),
    PLASTICITY(eta, real, 0.1, -kLargest, kLargest, kFinite, kFloat, kPlasticProjection, nullptr),
    PLASTICITY(modulator, u32, CARVE_NO_POPULATION, 0, kWhole, "must be the index of a population, or CARVE_NO_POPULATION", kPlain, kAny, nullptr),
    PLASTICITY(gate, u32, CARVE_NO_POPULATION, 0, kWhole, "must be the index of a population, or CARVE_NO_POPULATION", kPlain, kAny, nullptr),
    PLASTICITY(baseline, u32, CARVE_BASELINE_NONE, 0, CARVE_BASELINE_WINDOW, "must be CARVE_BASELINE_NONE (0) to CARVE_BASELINE_WINDOW (2)", kPlain, kModulatedProjection, "must keep its default, CARVE_BASELINE_NONE (0): there is no modulator"),
    PLASTICITY(window, u32, 1, 1, 1024, "must be 1 to 1024", kPlain, kBaselinedProjection, "must keep its default, 1: there is no baseline"),
    PLASTICITY(baseline_start, real, 0, -kLargest, kLargest, kFinite, kFloat, kBaselinedProjection, "must keep its default, 0: there is no baseline"),
    PLASTICITY(modulator_tau, real, 1, 1e-9, kLargest, "must be at least 1e-9 and finite", kFloat, kSpikingModulator, "must keep its default, 1: there is no modulator that spikes")};

constexpr Field kInDegree[] = {
    FIELD(carve_in_degree, in_degree, Projection, u32, 1, 1, 65536, "must be 1 to the number of presynaptic units that there are", kPlain, kAny, nullptr)};
constexpr Field kCsr[] = {
    FIELD(carve_csr, n_synapses, Projection, u32, 0, 1, kWhole, "must be at least 1", kPlain, kAny, nullptr)};

constexpr Field kRule[] = {
    FIELD(carve_rule, kind, Rule, u32, CARVE_RULE_POLYNOMIAL, 0, CARVE_RULE_PRODUCT, "must be CARVE_RULE_POLYNOMIAL (0) to CARVE_RULE_PRODUCT (2)", kPlain, kAny, nullptr),
    FIELD(carve_rule, shared, Rule, u32, 1, 0, 1, kFlag, kPlain, kAny, nullptr),
    RESERVED(carve_rule, reserved)};

#define POLYNOMIAL(name, ...) FIELD(carve_polynomial, name, Rule, __VA_ARGS__)
constexpr const char* kOfSpikes = "must keep its default, 0: only terms at spikes read it";
constexpr Field kPolynomial[] = {
    POLYNOMIAL(trace_jump, u32, CARVE_TRACE_JUMP_ONE, 0, CARVE_TRACE_JUMP_INVERSE_TAU, "must be CARVE_TRACE_JUMP_ONE (0) or CARVE_TRACE_JUMP_INVERSE_TAU (1)", kPlain, kSpikeRule, kOfSpikes),
    POLYNOMIAL(coincidence, u32, CARVE_COINCIDENCE_PRE_FIRST, 0, CARVE_COINCIDENCE_BLIND, "must be CARVE_COINCIDENCE_PRE_FIRST (0) or CARVE_COINCIDENCE_BLIND (1)", kPlain, kSpikeRule, kOfSpikes),
    POLYNOMIAL(eligibility, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    RESERVED(carve_polynomial, reserved)};
constexpr const char* kOfSpikeMlp = "must keep its default: only a rule with at_spikes 1 reads it";
constexpr Field kMlp[] = {
    FIELD_TO(carve_mlp, n_hidden, Rule, hidden, u32, 10, 1, 64, "must be 1 to 64", kPlain, kAny, nullptr),
    FIELD_TO(carve_mlp, inputs, Rule, factors, u32, CARVE_FACTOR_PRE | CARVE_FACTOR_POST | CARVE_FACTOR_WEIGHT, 1, 2047, "must be bits CARVE_FACTOR_..., 1 to 255, at spikes of 1, 2, 4, 256, 512 and 1024", kPlain, kAny, nullptr),
    FIELD(carve_mlp, activation, Rule, u32, CARVE_ACTIVATION_TANH, CARVE_ACTIVATION_RELU, CARVE_ACTIVATION_SIGMOID, "must be CARVE_ACTIVATION_RELU (1) to CARVE_ACTIVATION_SIGMOID (3)", kPlain, kAny, nullptr),
    FIELD_TO(carve_mlp, at_spikes, Rule, spikes, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    FIELD_TO(carve_mlp, n_second, Rule, second, u32, 0, 0, 64, "must be 0 to 64", kPlain, kSpikeRule, kOfSpikeMlp),
    FIELD(carve_mlp, coincidence, Rule, u32, CARVE_COINCIDENCE_BLIND, 0, CARVE_COINCIDENCE_BLIND, "must be CARVE_COINCIDENCE_PRE_FIRST (0) or CARVE_COINCIDENCE_BLIND (1)", kPlain, kSpikeRule, kOfSpikeMlp),
    RESERVED(carve_mlp, reserved),
    FIELD(carve_mlp, tau_pre, Rule, real, 0.01, 0, kLargest, kPositive, kAbove | kFloat, kSpikeRule, kOfSpikeMlp),
    FIELD(carve_mlp, tau_post, Rule, real, 0.01, 0, kLargest, kPositive, kAbove | kFloat, kSpikeRule, kOfSpikeMlp),
    FIELD(carve_mlp, tau_pre2, Rule, real, 0.1, 0, kLargest, kPositive, kAbove | kFloat, kSpikeRule, kOfSpikeMlp),
    FIELD(carve_mlp, tau_post2, Rule, real, 0.1, 0, kLargest, kPositive, kAbove | kFloat, kSpikeRule, kOfSpikeMlp)};
#define PRODUCT(name, ...) FIELD(carve_product, name, Rule, __VA_ARGS__)
constexpr Field kProduct[] = {
    FIELD_TO(carve_product, factors, Rule, state_factors, u32, CARVE_PRODUCT_VOLTAGE | CARVE_PRODUCT_EXCITATORY | CARVE_PRODUCT_INHIBITORY, 0, 7, "must be bits CARVE_PRODUCT_..., 0 to 7", kPlain, kAny, nullptr),
    PRODUCT(coincidence, u32, CARVE_COINCIDENCE_BLIND, 0, CARVE_COINCIDENCE_BLIND, "must be CARVE_COINCIDENCE_PRE_FIRST (0) or CARVE_COINCIDENCE_BLIND (1)", kPlain, kAny, nullptr),
    PRODUCT(released, u32, 0, 0, 1, kFlag, kPlain, kAny, nullptr),
    PRODUCT(tau_pre, real, 0.02, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),
    PRODUCT(tau_post, real, 0.02, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),
    PRODUCT(tau_pre2, real, 0.1, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr),
    PRODUCT(tau_post2, real, 0.1, 0, kLargest, kPositive, kAbove | kFloat, kAny, nullptr)};
// clang-format on

// first_size: in the struct's first version, if it has grown since.
template <class T, std::size_t n>
constexpr Struct of(const char* name, const Field (&fields)[n],
                    std::uint32_t first_size = sizeof(T)) noexcept {
    return {name, sizeof(T), first_size, fields, fields + n};
}

std::size_t bytes_of(Type type) noexcept { return type == Type::u32 ? 4 : 8; }
double value_at(const void* object, std::uint32_t at, Type type) noexcept {
    const char* const from = static_cast<const char*>(object) + at;
    if (type == Type::u32) {
        std::uint32_t value;
        __builtin_memcpy(&value, from, sizeof value);
        return value;
    }
    if (type == Type::u64) {
        std::uint64_t value;
        __builtin_memcpy(&value, from, sizeof value);
        return static_cast<double>(value);
    }
    double value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}
void put(void* object, std::uint32_t at, const Field& field) noexcept {
    char* const to = static_cast<char*>(object) + at;
    const std::uint32_t u32 =
        static_cast<std::uint32_t>(field.type == Type::u32 ? field.standard : 0);
    const std::uint64_t u64 = 0; // no u64 has another default
    if (field.type == Type::u32)
        __builtin_memcpy(to, &u32, sizeof u32);
    else if (field.type == Type::u64)
        __builtin_memcpy(to, &u64, sizeof u64);
    else
        __builtin_memcpy(to, &field.standard, sizeof field.standard);
}

} // namespace

const Struct model_struct = of<carve_model>("model", kModel),
             population_struct = of<carve_population>("population", kPopulation),
             input_struct = of<carve_input>("input", kInput),
             gaussian_struct = of<carve_gaussian>("gaussian", kGaussianFields),
             rate_struct = of<carve_rate>("rate", kRateFields, offsetof(carve_rate, tau)),
             poisson_struct = of<carve_poisson>("poisson", kPoissonFields),
             lif_struct = of<carve_lif>("lif", kLifFields),
             tif_struct = of<carve_tif>("tif", kTifFields),
             if_struct = of<carve_if>("if", kIfFields),
             cvaif_struct = of<carve_cvaif>("cvaif", kCvaifFields),
             eif_struct = of<carve_eif>("eif", kEifFields),
             projection_struct = of<carve_projection>("projection", kProjection),
             plasticity_struct = of<carve_plasticity>("plasticity", kPlasticity,
                                                      offsetof(carve_plasticity, modulator)),
             in_degree_struct = of<carve_in_degree>("in_degree", kInDegree),
             csr_struct = of<carve_csr>("csr", kCsr), rule_struct = of<carve_rule>("rule", kRule),
             polynomial_struct = of<carve_polynomial>("polynomial", kPolynomial,
                                                      offsetof(carve_polynomial, eligibility)),
             mlp_struct = of<carve_mlp>("mlp", kMlp, offsetof(carve_mlp, at_spikes)),
             product_struct = of<carve_product>("product", kProduct),
             probe_struct = of<carve_probe>("probe", kProbe),
             rate_probe_struct = of<carve_rate_probe>("rate", kRateProbe),
             trajectory_probe_struct = of<carve_trajectory_probe>(
                 "trajectory", kTrajectoryProbe, offsetof(carve_trajectory_probe, sums)),
             weights_probe_struct = of<carve_trajectory_probe>(
                 "trajectory", kWeightsProbe, offsetof(carve_trajectory_probe, sums));

const Struct& parameters_of(std::uint32_t kind) noexcept {
    if (const NeuronKind* const neuron = neuron_kind(kind))
        return *neuron->parameters;
    switch (kind) {
    case CARVE_POPULATION_INPUT:
        return input_struct;
    case CARVE_POPULATION_GAUSSIAN:
        return gaussian_struct;
    case CARVE_POPULATION_POISSON:
        return poisson_struct;
    default:
        return rate_struct;
    }
}

const Struct* connections_of(std::uint32_t connectivity) noexcept {
    return connectivity == CARVE_CONNECT_IN_DEGREE ? &in_degree_struct
           : connectivity == CARVE_CONNECT_LIST    ? &csr_struct
                                                   : nullptr;
}

bool write_defaults(const Struct& of, void* object, std::size_t size) noexcept {
    if (size < of.first_size || size > of.size)
        return false;
    const std::uint32_t struct_size = static_cast<std::uint32_t>(size);
    __builtin_memset(object, 0, size);
    __builtin_memcpy(object, &struct_size, sizeof struct_size);
    for (const Field& field : of)
        if (field.at + bytes_of(field.type) <= size)
            put(object, field.at, field);
    return true;
}

Fault read_fields(const Struct& of, const void* from, void* onto, const Place& place) noexcept {
    std::uint32_t size = 0;
    if (from) {
        __builtin_memcpy(&size, from, sizeof size);
        constexpr std::uint32_t kMost = 4096; // no struct will ever be larger
        const Fault unknown{CARVE_E_VERSION, place, "struct_size", static_cast<double>(size),
                            "must be the size of this struct in every element; call its _init"};
        if (size < of.first_size || size > kMost)
            return unknown;
        for (std::size_t i = of.size; i < size; ++i)
            if (static_cast<const char*>(from)[i] != 0)
                return unknown;
    }
    for (const Field& field : of) {
        const bool there = field.at + bytes_of(field.type) <= size;
        const double value = there ? value_at(from, field.at, field.type) : field.standard;
        if (field.flags & kReserved) {
            if (!(value >= field.low && value <= field.high))
                return {CARVE_E_RANGE, place, field.name, value, field.range};
            continue;
        }
        if (there)
            __builtin_memcpy(static_cast<char*>(onto) + field.to,
                             static_cast<const char*>(from) + field.at, bytes_of(field.type));
        else
            put(onto, field.to, field);
    }
    return {};
}

Fault check_fields(const Struct& of, const void* description, std::uint32_t readers,
                   std::uint32_t precision, const Place& place) noexcept {
    for (const Field& field : of) {
        if (field.flags & kReserved)
            continue;
        const double value = value_at(description, field.to, field.type);
        const auto fault = [&](const char* expected) noexcept {
            return Fault{CARVE_E_RANGE, place, field.name, value, expected};
        };
        if (!(value >= field.low && value <= field.high) ||
            ((field.flags & kAbove) && value == field.low))
            return fault(field.range);
        if (field.readers != kAny && !(field.readers & readers) && value != field.standard)
            return fault(field.unread);
        if (precision == CARVE_F32 && (field.flags & kFloat) && !fits<float>(value))
            return fault("must be at most 3.40282e38 in size in CARVE_F32 (0); use CARVE_F64 (1)");
    }
    return {};
}

void copy_fields(const Struct& of, const void* from, void* onto) noexcept {
    for (const Field& field : of)
        if (!(field.flags & kReserved))
            __builtin_memcpy(static_cast<char*>(onto) + field.to,
                             static_cast<const char*>(from) + field.to, bytes_of(field.type));
}

} // namespace carve
