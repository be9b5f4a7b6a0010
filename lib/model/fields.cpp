// fields.cpp: which fields of the caller's structs anything reads; the others keep their
// defaults.
#include "fields.hpp"

#include <cstddef>

namespace carve {

namespace {

// What reads a field. An element of a model is several of these at once.
enum Reader : std::uint32_t {
    kNothing = 0,
    // populations
    kSource = 1 << 0, // input or gaussian
    kRate = 1 << 1,
    kPoisson = 1 << 2,
    kDrawn = 1 << 3, // poisson, not streamed
    kSignal = 1 << 4,
    kLif = 1 << 5,
    kConductance = 1 << 6,
    kScored = 1 << 7,
    // projections
    kLateralRates = 1 << 8,
    kSweeps = 1 << 9,
    kLower = 1 << 10,
    kFeedforwardRates = 1 << 11,
    kPlastic = 1 << 12,
    kOntoLif = 1 << 13,
    kFromLif = 1 << 14,
    kFromPoisson = 1 << 15,
    kPlasticOntoLif = 1 << 16,
    // rules and models
    kSpikeRule = 1 << 17,
    kRateModel = 1 << 18,
    kSpikingModel = 1 << 19,
    kSpikingGradient = 1 << 20
};

enum class Type : std::uint32_t { u32, real };
struct Field {
    const char* name;
    std::size_t offset;
    Type type;
    std::uint32_t readers;
    const char* otherwise;
};

#define CARVE_FIELD(object, type, name, readers, otherwise)                                        \
    { #name, offsetof(object, name), Type::type, readers, otherwise }

constexpr const char* kReserved = "must be 0: it is reserved";

constexpr const char* kOfSource =
    "must keep its default, 0: only an input or gaussian population reads it";
constexpr const char* kOfPoisson = "must keep its default: only a poisson population reads it";
constexpr const char* kOfSignal =
    "must keep its default: only a poisson population of source CARVE_SOURCE_SIGNAL (1) reads it";
constexpr const char* kOfLif = "must keep its default: only a lif population reads it";
constexpr const char* kOfConductance = "must keep its default: only a lif population with synapses "
                                       "CARVE_SYNAPSES_CONDUCTANCE (0) reads it";
constexpr const char* kOfScored = "must keep its default: only a scored lif population reads it";

constexpr Field kPopulationFields[] = {
    CARVE_FIELD(
        carve_population, u32, activation, kRate,
        "must keep its default, CARVE_ACTIVATION_LINEAR (0): only a rate population reads it"),
    CARVE_FIELD(carve_population, u32, shared, kSource, kOfSource),
    CARVE_FIELD(carve_population, u32, fixed, kSource, kOfSource),
    CARVE_FIELD(carve_population, u32, source, kPoisson, kOfPoisson),
    CARVE_FIELD(carve_population, u32, n_groups, kPoisson, kOfPoisson),
    CARVE_FIELD(carve_population, u32, signal, kSignal, kOfSignal),
    CARVE_FIELD(carve_population, u32, synapses, kLif, kOfLif),
    CARVE_FIELD(carve_population, u32, scored, kLif, kOfLif),
    CARVE_FIELD(carve_population, u32, reserved, kNothing, kReserved),
    CARVE_FIELD(carve_population, real, t_ref, kPoisson | kLif,
                "must keep its default: only a poisson or lif population reads it"),
    CARVE_FIELD(carve_population, real, rate, kDrawn,
                "must keep its default: only a poisson population that is not streamed reads it"),
    CARVE_FIELD(carve_population, real, signal_gain, kSignal, kOfSignal),
    CARVE_FIELD(carve_population, real, signal_tau, kSignal, kOfSignal),
    CARVE_FIELD(carve_population, real, tau_m, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, tau_exc, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, tau_inh, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, v_rest, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, v_reset, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, v_threshold, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, v_exc, kConductance, kOfConductance),
    CARVE_FIELD(carve_population, real, v_inh, kConductance, kOfConductance),
    CARVE_FIELD(carve_population, real, drive, kLif, kOfLif),
    CARVE_FIELD(carve_population, real, rate_tau, kScored, kOfScored),
    CARVE_FIELD(carve_population, real, rate_start, kScored, kOfScored),
    CARVE_FIELD(carve_population, real, rate_low, kScored, kOfScored),
    CARVE_FIELD(carve_population, real, rate_high, kScored, kOfScored),
    CARVE_FIELD(carve_population, real, rate_target, kScored, kOfScored),
    CARVE_FIELD(carve_population, real, rate_offset, kScored, kOfScored)};

constexpr const char* kOfPlastic = "must keep its default: only a plastic projection reads it";
constexpr const char* kOfOntoLif =
    "must keep its default: only a projection onto a lif population reads it";

constexpr Field kProjectionFields[] = {
    CARVE_FIELD(carve_projection, u32, connectivity, kLateralRates,
                "must be CARVE_CONNECT_ALL (0) unless pre equals post in a model of rates"),
    CARVE_FIELD(carve_projection, u32, inference, kLateralRates,
                "must keep its default, 0: only a lateral projection of rates reads it"),
    CARVE_FIELD(carve_projection, u32, n_sweeps, kSweeps,
                "must keep its default, 1: only inference CARVE_INFERENCE_SWEEPS (1) reads it"),
    CARVE_FIELD(carve_projection, u32, mask_from, kLower,
                "must keep its default, 0: only connectivity CARVE_CONNECT_LOWER (1) reads it"),
    CARVE_FIELD(
        carve_projection, u32, presynaptic, kFeedforwardRates,
        "must be CARVE_PRESYNAPTIC_RATE (0) unless the projection is plastic, feedforward and of "
        "rates"),
    CARVE_FIELD(carve_projection, u32, reserved, kNothing, kReserved),
    CARVE_FIELD(carve_projection, real, eta, kPlastic, kOfPlastic),
    CARVE_FIELD(carve_projection, real, w_min, kPlastic, kOfPlastic),
    CARVE_FIELD(carve_projection, real, w_max, kPlastic, kOfPlastic),
    CARVE_FIELD(carve_projection, u32, receptor, kOntoLif, kOfOntoLif),
    CARVE_FIELD(carve_projection, u32, delay, kFromLif,
                "must be 0 unless pre is a lif population; the spikes of a poisson population may "
                "be shifted instead"),
    CARVE_FIELD(carve_projection, u32, coincidence, kPlasticOntoLif,
                "must keep its default, 0: only a plastic projection onto a lif population reads "
                "it"),
    CARVE_FIELD(carve_projection, u32, tuning, kFromPoisson,
                "must be 0 unless pre is a poisson population, which has groups"),
    CARVE_FIELD(carve_projection, real, gain, kOntoLif, kOfOntoLif)};

constexpr Field kRuleFields[] = {
    CARVE_FIELD(carve_rule, u32, trace_jump, kSpikeRule,
                "must keep its default, 0: only a rule of kind CARVE_RULE_SPIKES (1) reads it")};

constexpr const char* kOfRates = "must keep its default: only a model of rates reads it";
constexpr Field kModelFields[] = {
    CARVE_FIELD(carve_model, u32, batch, kRateModel, kOfRates),
    CARVE_FIELD(carve_model, u32, form, kRateModel, kOfRates),
    CARVE_FIELD(carve_model, real, dt, kSpikingModel,
                "must keep its default: only a spiking model reads it"),
    CARVE_FIELD(carve_model, real, surrogate, kSpikingGradient,
                "must keep its default: only a spiking model with a gradient reads it")};
#undef CARVE_FIELD

std::uint32_t readers_of(const carve_population& p) noexcept {
    switch (p.kind) {
    case CARVE_POPULATION_INPUT:
    case CARVE_POPULATION_GAUSSIAN:
        return kSource;
    case CARVE_POPULATION_RATE:
        return kRate;
    case CARVE_POPULATION_POISSON:
        return kPoisson | (p.source != CARVE_SOURCE_STREAMED ? kDrawn : kNothing) |
               (p.source == CARVE_SOURCE_SIGNAL ? kSignal : kNothing);
    default:
        return kLif | (p.synapses == CARVE_SYNAPSES_CONDUCTANCE ? kConductance : kNothing) |
               (p.scored ? kScored : kNothing);
    }
}
std::uint32_t readers_of(const carve_projection& p, const carve_model& m) noexcept {
    const std::uint32_t plastic = is_plastic(p) ? kPlastic : kNothing;
    if (is_spiking(m))
        return plastic | kOntoLif | (is_plastic(p) ? kPlasticOntoLif : kNothing) |
               (population_at(m, p.pre).kind == CARVE_POPULATION_LIF ? kFromLif : kFromPoisson);
    if (!is_lateral(p))
        return plastic | (is_plastic(p) ? kFeedforwardRates : kNothing);
    return plastic | kLateralRates | (p.inference == CARVE_INFERENCE_SWEEPS ? kSweeps : kNothing) |
           (p.connectivity == CARVE_CONNECT_LOWER ? kLower : kNothing);
}
std::uint32_t readers_of(const carve_model& m) noexcept {
    if (!is_spiking(m))
        return kRateModel;
    return kSpikingModel | (m.gradient != CARVE_GRADIENT_NONE ? kSpikingGradient : kNothing);
}

double value_of(const void* object, const Field& field) noexcept {
    const char* const at = static_cast<const char*>(object) + field.offset;
    if (field.type == Type::real) {
        double value;
        __builtin_memcpy(&value, at, sizeof value);
        return value;
    }
    std::uint32_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}

template <class T, std::size_t n>
Fault check_fields(const T& object, const T& defaults, const Field (&fields)[n],
                   std::uint32_t readers, const char* array, std::uint32_t i) noexcept {
    for (const Field& field : fields) {
        const double value = value_of(&object, field);
        if (!(field.readers & readers) && value != value_of(&defaults, field))
            return {CARVE_E_RANGE, array, i, field.name, value, field.otherwise};
    }
    return {};
}

} // namespace

Fault check_fields_are_read(const carve_model& m) noexcept {
    Fault f = check_fields(m, default_model(), kModelFields, readers_of(m), nullptr, 0);
    for (std::uint32_t i = 0; i < m.n_populations && f.status == CARVE_OK; ++i) {
        const carve_population p = population_at(m, i);
        f = check_fields(p, default_population(), kPopulationFields, readers_of(p), "populations",
                         i);
    }
    for (std::uint32_t i = 0; i < m.n_projections && f.status == CARVE_OK; ++i) {
        const carve_projection p = projection_at(m, i);
        f = check_fields(p, default_projection(), kProjectionFields, readers_of(p, m),
                         "projections", i);
    }
    for (std::uint32_t i = 0; i < m.n_rules && f.status == CARVE_OK; ++i) {
        const carve_rule r = rule_at(m, i);
        f = check_fields(r, default_rule(), kRuleFields,
                         r.kind == CARVE_RULE_SPIKES ? kSpikeRule : kNothing, "rules", i);
    }
    return f;
}

} // namespace carve
