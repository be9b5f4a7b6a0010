// precision.cpp: in CARVE_F32 every number of a model must be one that a float holds.
#include "precision.hpp"
#include "real.hpp"

#include <cstddef>

namespace carve {

namespace {

struct Number {
    const char* field;
    std::size_t offset;
};
#define CARVE_NUMBER(type, field)                                                                  \
    { #field, offsetof(type, field) }
constexpr Number kOfModel[] = {CARVE_NUMBER(carve_model, surrogate)};
constexpr Number kOfPopulation[] = {
    CARVE_NUMBER(carve_population, tau_m),       CARVE_NUMBER(carve_population, tau_exc),
    CARVE_NUMBER(carve_population, tau_inh),     CARVE_NUMBER(carve_population, v_rest),
    CARVE_NUMBER(carve_population, v_reset),     CARVE_NUMBER(carve_population, v_threshold),
    CARVE_NUMBER(carve_population, v_exc),       CARVE_NUMBER(carve_population, v_inh),
    CARVE_NUMBER(carve_population, drive),       CARVE_NUMBER(carve_population, rate_tau),
    CARVE_NUMBER(carve_population, rate_start),  CARVE_NUMBER(carve_population, rate_low),
    CARVE_NUMBER(carve_population, rate_target), CARVE_NUMBER(carve_population, rate_offset)};
constexpr Number kOfProjection[] = {
    CARVE_NUMBER(carve_projection, eta),   CARVE_NUMBER(carve_projection, w_min),
    CARVE_NUMBER(carve_projection, w_max), CARVE_NUMBER(carve_projection, w_mean),
    CARVE_NUMBER(carve_projection, w_sd),  CARVE_NUMBER(carve_projection, gain)};
#undef CARVE_NUMBER

template <std::size_t n>
Fault check_numbers(const void* object, const char* array, std::uint32_t i,
                    const Number (&numbers)[n]) noexcept {
    for (const Number& number : numbers) {
        double value;
        __builtin_memcpy(&value, static_cast<const char*>(object) + number.offset, sizeof value);
        if (!fits<float>(value))
            return {CARVE_E_RANGE,
                    array,
                    i,
                    number.field,
                    value,
                    "must be at most 3.40282e38 in size in CARVE_F32 (0); use CARVE_F64 (1)"};
    }
    return {};
}

} // namespace

Fault check_precision(const carve_model& m) noexcept {
    if (m.precision != CARVE_F32)
        return {};
    Fault f = check_numbers(&m, nullptr, 0, kOfModel);
    for (std::uint32_t i = 0; i < m.n_populations && f.status == CARVE_OK; ++i) {
        const carve_population p = population_at(m, i);
        f = check_numbers(&p, "populations", i, kOfPopulation);
    }
    for (std::uint32_t i = 0; i < m.n_projections && f.status == CARVE_OK; ++i) {
        const carve_projection p = projection_at(m, i);
        f = check_numbers(&p, "projections", i, kOfProjection);
    }
    return f;
}

} // namespace carve
