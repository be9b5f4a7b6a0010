// model.cpp: defaults, reading and validation of the caller's structs.
#include "model.hpp"
#include "fields.hpp"
#include "precision.hpp"
#include "spiking_model.hpp"

namespace carve {

namespace {

constexpr double kInfinity = __builtin_inf();

bool is_finite(double x) noexcept { return x - x == 0; }

Fault fault(const char* array, std::uint32_t index, const char* field, double value,
            const char* expected, carve_status status = CARVE_E_RANGE) noexcept {
    return {status, array, index, field, value, expected};
}

// The whole array is walked with the caller's element size as stride.
template <class T>
T element(const T* array, std::uint32_t i, std::size_t first_version_size) noexcept {
    std::uint32_t stride;
    __builtin_memcpy(&stride, array, sizeof stride);
    T out{};
    read_struct(reinterpret_cast<const unsigned char*>(array) + std::size_t{stride} * i, out,
                first_version_size);
    return out;
}

template <class T>
Fault check_sizes(const T* array, std::uint32_t count, const char* name,
                  std::size_t first) noexcept {
    if (count == 0)
        return {};
    if (array == nullptr)
        return fault(nullptr, 0, name, 0, "must not be null", CARVE_E_NULL);
    std::uint32_t stride;
    __builtin_memcpy(&stride, array, sizeof stride);
    constexpr const char* kSame =
        "must be the size of this struct in every element; call its _init";
    if (stride < first)
        return fault(name, 0, "struct_size", stride, kSame, CARVE_E_VERSION);
    for (std::uint32_t i = 0; i < count; ++i) {
        const unsigned char* at =
            reinterpret_cast<const unsigned char*>(array) + std::size_t{stride} * i;
        std::uint32_t size;
        __builtin_memcpy(&size, at, sizeof size);
        T ignored{};
        if (size != stride || !read_struct(at, ignored, first))
            return fault(name, i, "struct_size", size, kSame, CARVE_E_VERSION);
    }
    return {};
}

Fault check_population(const carve_population& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return fault("populations", i, field, value, expected);
    };
    if (p.kind > CARVE_POPULATION_LIF)
        return bad("kind", p.kind,
                   "must be CARVE_POPULATION_INPUT (0) to CARVE_POPULATION_LIF (4)");
    if (p.n_units < 1 || p.n_units > 65536)
        return bad("n_units", p.n_units, "must be 1 to 65536");
    if (p.activation > CARVE_ACTIVATION_SIGMOID)
        return bad("activation", p.activation,
                   "must be CARVE_ACTIVATION_LINEAR (0) to CARVE_ACTIVATION_SIGMOID (3)");
    if (p.shared > 1)
        return bad("shared", p.shared, "must be 0 or 1");
    if (p.fixed > 1)
        return bad("fixed", p.fixed, "must be 0 or 1");
    return is_spiking(p) ? check_spiking_population(p, i) : Fault{};
}

Fault check_inference(const carve_model& m, const carve_projection& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return fault("projections", i, field, value, expected);
    };
    if (!is_lateral(p))
        return {};
    if (p.inference == CARVE_INFERENCE_SEQUENTIAL && p.connectivity != CARVE_CONNECT_LOWER)
        return bad(
            "inference", p.inference,
            "may be CARVE_INFERENCE_SEQUENTIAL (0) only with connectivity CARVE_CONNECT_LOWER");
    if (p.inference == CARVE_INFERENCE_SOLVE &&
        population_at(m, p.post).activation != CARVE_ACTIVATION_LINEAR)
        return bad("inference", p.inference,
                   "may be CARVE_INFERENCE_SOLVE (2) only in a linear population");
    if (p.mask_from == CARVE_MASK_FROM_FIRST_UPDATE &&
        (p.connectivity != CARVE_CONNECT_LOWER || p.inference != CARVE_INFERENCE_SWEEPS ||
         !is_plastic(p)))
        return bad(
            "mask_from", p.mask_from,
            "may be CARVE_MASK_FROM_FIRST_UPDATE (1) only if plastic, with CARVE_CONNECT_LOWER and "
            "CARVE_INFERENCE_SWEEPS");
    for (std::uint32_t j = 0; j < i; ++j) {
        const carve_projection other = projection_at(m, j);
        if (is_lateral(other) && other.post == p.post)
            return bad("post", p.post, "must not have a second lateral projection");
    }
    return {};
}

Fault check_projection(const carve_model& m, const carve_projection& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return fault("projections", i, field, value, expected);
    };
    if (p.pre >= m.n_populations)
        return bad("pre", p.pre, "must be the index of a population");
    if (p.post >= m.n_populations)
        return bad("post", p.post, "must be the index of a population");
    const std::uint32_t kind = is_spiking(m) ? CARVE_POPULATION_LIF : CARVE_POPULATION_RATE;
    if (population_at(m, p.post).kind != kind)
        return bad("post", p.post,
                   is_spiking(m) ? "must be a lif population" : "must be a rate population");
    if (p.pre > p.post && !is_spiking(m))
        return bad("pre", p.pre, "must be declared before post, or be post itself");
    if (p.connectivity > CARVE_CONNECT_LOWER)
        return bad("connectivity", p.connectivity,
                   "must be CARVE_CONNECT_ALL (0) or CARVE_CONNECT_LOWER (1)");
    if (is_plastic(p) && p.rule >= m.n_rules)
        return bad("rule", p.rule, "must be the index of a rule, or CARVE_STATIC");
    if (p.inference > CARVE_INFERENCE_SOLVE)
        return bad("inference", p.inference,
                   "must be CARVE_INFERENCE_SEQUENTIAL (0) to CARVE_INFERENCE_SOLVE (2)");
    if (p.n_sweeps < 1 || p.n_sweeps > 1000)
        return bad("n_sweeps", p.n_sweeps, "must be 1 to 1000");
    if (p.mask_from > CARVE_MASK_FROM_FIRST_UPDATE)
        return bad("mask_from", p.mask_from, "must be 0 or 1");
    if (p.presynaptic > CARVE_PRESYNAPTIC_RESIDUAL)
        return bad("presynaptic", p.presynaptic,
                   "must be CARVE_PRESYNAPTIC_RATE (0) to CARVE_PRESYNAPTIC_RESIDUAL (2)");
    if (p.presynaptic != CARVE_PRESYNAPTIC_RATE && m.gradient != CARVE_GRADIENT_NONE)
        return bad(
            "presynaptic", p.presynaptic,
            "must be CARVE_PRESYNAPTIC_RATE (0) in a model with a gradient: residuals have no "
            "sensitivities");
    if (!is_finite(p.eta))
        return bad("eta", p.eta, "must be finite");
    if (!(p.w_min < kInfinity))
        return bad("w_min", p.w_min, "must be below infinity");
    if (!(p.w_max > p.w_min))
        return bad("w_max", p.w_max, "must be above w_min");
    if (!is_finite(p.w_mean))
        return bad("w_mean", p.w_mean, "must be finite");
    if (!is_finite(p.w_sd) || p.w_sd < 0)
        return bad("w_sd", p.w_sd, "must be finite and at least 0");
    if (is_plastic(p) && (rule_at(m, p.rule).kind == CARVE_RULE_SPIKES) != is_spiking(m))
        return bad("rule", p.rule,
                   "must be the index of a rule of kind CARVE_RULE_SPIKES (1) between spiking "
                   "populations, and only there");
    return is_spiking(m) ? check_spiking_projection(m, p, i) : check_inference(m, p, i);
}

// One projection from a fixed batch to a linear population, which may have one within it.
bool linear_layer_on_a_batch(const carve_model& m) noexcept {
    if (m.n_populations != 2 || m.n_projections > 2)
        return false;
    const carve_population input = population_at(m, 0), output = population_at(m, 1);
    if (input.kind == CARVE_POPULATION_RATE || !input.fixed ||
        output.kind != CARVE_POPULATION_RATE || output.activation != CARVE_ACTIVATION_LINEAR)
        return false;
    std::uint32_t n_lateral = 0;
    for (std::uint32_t k = 0; k < m.n_projections; ++k)
        n_lateral += is_lateral(projection_at(m, k));
    return n_lateral + 1 == m.n_projections;
}

Fault check_model(const carve_model& m) noexcept {
    const auto bad = [](const char* field, double value, const char* expected) noexcept {
        return fault(nullptr, 0, field, value, expected);
    };
    if (m.precision > CARVE_F64)
        return bad("precision", m.precision, "must be CARVE_F32 (0) or CARVE_F64 (1)");
    if (m.isa > CARVE_ISA_NEON)
        return bad("isa", m.isa, "must be CARVE_ISA_AUTO (0) to CARVE_ISA_NEON (5)");
    const std::uint32_t b = m.lane_bytes;
    if (b != 32 && b != 64 && b != real_bytes(m))
        return bad("lane_bytes", b,
                   "must be 32, 64, or one element: 4 in CARVE_F32, 8 in CARVE_F64");
    if (m.n_replicas < 1 || m.n_replicas > 1u << 20)
        return bad("n_replicas", m.n_replicas, "must be 1 to 1048576");
    if (m.gradient > CARVE_GRADIENT_ADJOINT)
        return bad("gradient", m.gradient,
                   "must be CARVE_GRADIENT_NONE (0), CARVE_GRADIENT_FORWARD (1) or "
                   "CARVE_GRADIENT_ADJOINT (2)");
    if (m.batch < 1 || m.batch > 65536)
        return bad("batch", m.batch, "must be 1 to 65536");
    if (m.form > CARVE_FORM_MOMENTS)
        return bad("form", m.form, "must be CARVE_FORM_AUTO (0) to CARVE_FORM_MOMENTS (2)");
    if (m.n_populations < 1 || m.n_populations > 64)
        return bad("n_populations", m.n_populations, "must be 1 to 64");
    if (m.n_projections < 1 || m.n_projections > 64)
        return bad("n_projections", m.n_projections, "must be 1 to 64");
    if (m.n_rules > 16)
        return bad("n_rules", m.n_rules, "must be 0 to 16");
    if (m.layout > CARVE_LAYOUT_AUTO)
        return bad("layout", m.layout,
                   "must be CARVE_LAYOUT_REPLICAS (0) to CARVE_LAYOUT_AUTO (2)");
    if (!(m.bound > 0))
        return bad("bound", m.bound, "must be above 0");
    if (!(m.dt >= 1e-6 && m.dt <= 0.1))
        return bad("dt", m.dt, "must be 1e-6 to 0.1 s");
    if (!(m.surrogate > 0 && m.surrogate < kInfinity))
        return bad("surrogate", m.surrogate, "must be above 0 and finite");
    return {};
}

Fault check_rule(const carve_rule& r, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return fault("rules", i, field, value, expected);
    };
    if (r.shared > 1)
        return bad("shared", r.shared, "must be 0 or 1");
    if (r.terms == 0)
        return bad("terms", 0,
                   "must have at least one CARVE_TERM, or of spikes CARVE_AT_PRE or CARVE_AT_POST");
    if (r.kind > CARVE_RULE_SPIKES)
        return bad("kind", r.kind, "must be CARVE_RULE_RATES (0) or CARVE_RULE_SPIKES (1)");
    return r.kind == CARVE_RULE_SPIKES ? check_spike_rule(r, i) : Fault{};
}

Fault check_elements(const carve_model& m) noexcept {
    Fault f = check_sizes(m.populations, m.n_populations, "populations", sizeof(carve_population));
    if (f.status == CARVE_OK)
        f = check_sizes(m.projections, m.n_projections, "projections", sizeof(carve_projection));
    if (f.status == CARVE_OK)
        f = check_sizes(m.rules, m.n_rules, "rules", sizeof(carve_rule));
    for (std::uint32_t i = 0; i < m.n_populations && f.status == CARVE_OK; ++i)
        f = check_population(population_at(m, i), i);
    if (f.status == CARVE_OK)
        f = check_one_kind_of_model(m);
    for (std::uint32_t i = 0; i < m.n_rules && f.status == CARVE_OK; ++i)
        f = check_rule(rule_at(m, i), i);
    for (std::uint32_t i = 0; i < m.n_projections && f.status == CARVE_OK; ++i)
        f = check_projection(m, projection_at(m, i), i);
    return f;
}

// What a sweep back through the steps needs, and what it cannot do.
Fault check_adjoint(const carve_model& m) noexcept {
    if (m.max_steps == 0)
        return fault(nullptr, 0, "max_steps", 0,
                     "must be above 0 with CARVE_GRADIENT_ADJOINT (2): memory for checkpoints is "
                     "planned from it");
    if (m.form == CARVE_FORM_MOMENTS)
        return fault(nullptr, 0, "form", m.form,
                     "may not be CARVE_FORM_MOMENTS (2) with CARVE_GRADIENT_ADJOINT (2); use "
                     "CARVE_GRADIENT_FORWARD (1)");
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        if (population_at(m, i).kind >= CARVE_POPULATION_POISSON)
            return fault("populations", i, "kind", population_at(m, i).kind,
                         "may not be CARVE_POPULATION_POISSON (3) or CARVE_POPULATION_LIF (4) with "
                         "CARVE_GRADIENT_ADJOINT (2); use CARVE_GRADIENT_FORWARD (1)");
    for (std::uint32_t i = 0; i < m.n_projections; ++i)
        if (is_lateral(projection_at(m, i)))
            return fault("projections", i, "pre", projection_at(m, i).pre,
                         "may not equal post (lateral) with CARVE_GRADIENT_ADJOINT (2); use "
                         "CARVE_GRADIENT_FORWARD (1)");
    return {};
}

} // namespace

bool moments_possible(const carve_model& m) noexcept {
    constexpr std::uint64_t order3_in_y = 0xF000F000F000F000u, order3_in_x = 0xFFFF000000000000u;
    if (!linear_layer_on_a_batch(m))
        return false;
    bool any_plastic = false;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const carve_projection p = projection_at(m, k);
        if (!is_plastic(p))
            continue;
        if (p.presynaptic != CARVE_PRESYNAPTIC_RATE)
            return false;
        if (rule_at(m, p.rule).terms & (order3_in_x | order3_in_y))
            return false;
        any_plastic = true;
    }
    return any_plastic;
}

bool afferents_possible(const carve_model& m) noexcept {
    if (is_spiking(m) || m.batch > 1 || m.gradient == CARVE_GRADIENT_ADJOINT ||
        m.form == CARVE_FORM_MOMENTS)
        return false;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const carve_projection p = projection_at(m, k);
        if (is_lateral(p) || p.presynaptic != CARVE_PRESYNAPTIC_RATE)
            return false;
    }
    return true;
}

carve_population default_population() noexcept {
    carve_population p{};
    p.struct_size = sizeof p;
    p.kind = CARVE_POPULATION_RATE;
    p.n_units = 1;
    set_spiking_defaults(p);
    return p;
}
carve_projection default_projection() noexcept {
    return {sizeof(carve_projection),
            0,
            1,
            CARVE_CONNECT_ALL,
            CARVE_STATIC,
            CARVE_INFERENCE_SEQUENTIAL,
            1,
            CARVE_MASK_FROM_START,
            CARVE_PRESYNAPTIC_RATE,
            0,
            0.1,
            -kInfinity,
            kInfinity,
            0.0,
            0.0,
            CARVE_EXCITATORY,
            0,
            CARVE_COINCIDENCE_PRE_FIRST,
            0,
            1.0};
}
carve_rule default_rule() noexcept {
    return {sizeof(carve_rule), 1, CARVE_TERMS_27, CARVE_RULE_RATES, CARVE_TRACE_JUMP_ONE};
}
carve_model default_model() noexcept {
    carve_model m{};
    m.struct_size = sizeof m;
    m.precision = CARVE_F64;
    m.lane_bytes = 32;
    m.n_replicas = 1;
    m.batch = 1;
    m.bound = 1e9;
    m.dt = 1e-4;
    m.surrogate = 10;
    return m;
}
carve_loss default_loss() noexcept {
    return {sizeof(carve_loss), CARVE_LOSS_DISTANCE, 0, 1, nullptr, 0, 0};
}

template <class T>
bool read_struct(const void* from, T& onto, std::size_t first_version_size) noexcept {
    std::uint32_t size;
    __builtin_memcpy(&size, from, sizeof size);
    if (size < first_version_size || size > 4096)
        return false; // no struct will ever be larger
    const unsigned char* bytes = static_cast<const unsigned char*>(from);
    for (std::size_t i = sizeof(T); i < size; ++i)
        if (bytes[i] != 0)
            return false;
    __builtin_memcpy(&onto, from, size < sizeof(T) ? size : sizeof(T));
    onto.struct_size = sizeof(T);
    return true;
}
template bool read_struct(const void*, carve_loss&, std::size_t) noexcept;

carve_population population_at(const carve_model& m, std::uint32_t i) noexcept {
    return element(m.populations, i, sizeof(carve_population));
}
carve_projection projection_at(const carve_model& m, std::uint32_t i) noexcept {
    return element(m.projections, i, sizeof(carve_projection));
}
carve_rule rule_at(const carve_model& m, std::uint32_t i) noexcept {
    return element(m.rules, i, sizeof(carve_rule));
}

Fault read_model(const carve_model* from, carve_model& model) noexcept {
    if (from == nullptr)
        return fault(nullptr, 0, "model", 0, "must not be null", CARVE_E_NULL);
    model = default_model();
    if (!read_struct(from, model, sizeof(carve_model)))
        return fault(nullptr, 0, "struct_size", from->struct_size,
                     "must be sizeof(carve_model); call carve_model_init", CARVE_E_VERSION);
    Fault f = check_model(model);
    if (f.status == CARVE_OK)
        f = check_elements(model);
    if (f.status == CARVE_OK)
        f = check_fields_are_read(model);
    if (f.status == CARVE_OK)
        f = check_precision(model);
    if (f.status == CARVE_OK && model.gradient == CARVE_GRADIENT_ADJOINT)
        f = check_adjoint(model);
    if (f.status == CARVE_OK && model.form == CARVE_FORM_MOMENTS && !moments_possible(model))
        f = fault(nullptr, 0, "form", model.form,
                  "may be CARVE_FORM_MOMENTS (2) only for one projection from a fixed batch to a "
                  "linear population, with "
                  "or without one within that, at least one of them plastic, with presynaptic "
                  "CARVE_PRESYNAPTIC_RATE and "
                  "without terms of order 3 in x or y");
    if (f.status == CARVE_OK && model.layout == CARVE_LAYOUT_AFFERENTS &&
        !afferents_possible(model))
        f = fault(
            nullptr, 0, "layout", model.layout,
            "may be CARVE_LAYOUT_AFFERENTS (1) only in a model of rates with batch 1 and form "
            "CARVE_FORM_SAMPLES or "
            "CARVE_FORM_AUTO, without CARVE_GRADIENT_ADJOINT, without lateral projections "
            "and with presynaptic "
            "CARVE_PRESYNAPTIC_RATE; use CARVE_LAYOUT_AUTO (2)");
    return f;
}

} // namespace carve
