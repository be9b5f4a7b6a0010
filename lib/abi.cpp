// abi.cpp: the extern "C" edge: null checks, struct sizes and the mode of the floating-point unit;
// no arithmetic.
#include "explain.hpp"
#include "fields.hpp"
#include "float_environment.hpp"
#include "kernels.hpp"
#include "loss.hpp"
#include "philox.hpp"
#include "read_model.hpp"
#include "sim.hpp"
#include "step_spiking.hpp"
#include "terms.hpp"

using namespace carve;

namespace {

carve_status init(const Struct& of, void* object, std::size_t size) noexcept {
    if (object == nullptr)
        return CARVE_E_NULL;
    return write_defaults(of, object, size) ? CARVE_OK : CARVE_E_VERSION;
}
Sim& of(carve_sim* sim) noexcept { return *reinterpret_cast<Sim*>(sim); }
const Sim& of(const carve_sim* sim) noexcept { return *reinterpret_cast<const Sim*>(sim); }

carve_status read_loss(const carve_sim* sim, const carve_loss* from, bool derivatives,
                       carve_loss& loss) noexcept {
    if (sim == nullptr || from == nullptr)
        return CARVE_E_NULL;
    if (!complete_loss(from, loss))
        return CARVE_E_VERSION;
    return check_loss(of(sim), loss, derivatives);
}

} // namespace

extern "C" {

#define CARVE_INIT(name)                                                                           \
    carve_status carve_##name##_init(carve_##name* object, size_t size) {                          \
        return init(name##_struct, object, size);                                                  \
    }
CARVE_INIT(model)
CARVE_INIT(population)
CARVE_INIT(input)
CARVE_INIT(gaussian)
CARVE_INIT(rate)
CARVE_INIT(poisson)
CARVE_INIT(lif)
CARVE_INIT(projection)
CARVE_INIT(plasticity)
CARVE_INIT(rule)
CARVE_INIT(polynomial)
#undef CARVE_INIT
carve_status carve_loss_init(carve_loss* loss, size_t size) {
    if (loss == nullptr)
        return CARVE_E_NULL;
    if (size != sizeof(carve_loss))
        return CARVE_E_VERSION;
    *loss = default_loss();
    return CARVE_OK;
}
uint32_t carve_terms_up_to(uint32_t pre, uint32_t post, uint32_t weight, carve_term* terms,
                           uint32_t capacity) {
    return terms_up_to(pre, post, weight, terms, capacity);
}

size_t carve_model_explain(const carve_model* model, char* text, size_t text_bytes) {
    const FloatEnvironment ieee;
    Model complete;
    Fault fault = read_model(model, complete);
    std::uint64_t bytes = 0;
    if (fault.status == CARVE_OK && !make_plan(complete, bytes, nullptr, PlanUse::measure))
        fault = {CARVE_E_RANGE,
                 {},
                 "n_replicas",
                 static_cast<double>(complete.n_replicas),
                 "must be lower: the sim would not fit into any memory"};
    return explain(fault, text, text_bytes);
}

carve_status carve_sim_required_bytes(const carve_model* from, size_t* bytes) {
    const FloatEnvironment ieee;
    if (bytes == nullptr)
        return CARVE_E_NULL;
    Model model;
    const Fault fault = read_model(from, model);
    if (fault.status != CARVE_OK)
        return fault.status;
    std::uint64_t needed = 0;
    if (!make_plan(model, needed, nullptr, PlanUse::measure) || needed > SIZE_MAX)
        return CARVE_E_RANGE;
    *bytes = static_cast<size_t>(needed);
    return CARVE_OK;
}

carve_status carve_sim_init(void* memory, size_t bytes, const carve_model* model, carve_sim** sim) {
    const FloatEnvironment ieee;
    if (memory == nullptr || model == nullptr || sim == nullptr)
        return CARVE_E_NULL;
    Sim* built = nullptr;
    const carve_status status = init_sim(memory, bytes, model, built);
    if (status == CARVE_OK)
        *sim = reinterpret_cast<carve_sim*>(built);
    return status;
}
carve_status carve_sim_attach(void* memory, size_t bytes, carve_sim** sim) {
    const FloatEnvironment ieee;
    if (memory == nullptr || sim == nullptr)
        return CARVE_E_NULL;
    Sim* found = nullptr;
    const carve_status status = attach_sim(memory, bytes, found);
    if (status == CARVE_OK)
        *sim = reinterpret_cast<carve_sim*>(found);
    return status;
}
carve_status carve_sim_reset(carve_sim* sim, uint64_t seed, const uint64_t* streams) {
    const FloatEnvironment ieee;
    if (sim == nullptr)
        return CARVE_E_NULL;
    reset_sim(of(sim), seed, streams);
    return CARVE_OK;
}
carve_status carve_sim_step(carve_sim* sim, const void* const* inputs, uint64_t n_steps) {
    const FloatEnvironment ieee;
    if (sim == nullptr)
        return CARVE_E_NULL;
    return step_sim(of(sim), inputs, n_steps);
}
carve_status carve_sim_adjoint(carve_sim* sim, const void* const* inputs, uint64_t n_steps,
                               const double* const* dloss_dw, double* gradient) {
    const FloatEnvironment ieee;
    if (sim == nullptr || dloss_dw == nullptr || gradient == nullptr)
        return CARVE_E_NULL;
    return adjoint_sim(of(sim), inputs, n_steps, dloss_dw, gradient);
}
carve_status carve_sim_step_recording(carve_sim* sim, const void* const* inputs, uint64_t n_steps,
                                      carve_recorder* recorder) {
    const FloatEnvironment ieee;
    if (sim == nullptr || recorder == nullptr)
        return CARVE_E_NULL;
    const carve_status status = check_recorder(of(sim), *recorder);
    return status == CARVE_OK ? step_spiking(of(sim), inputs, n_steps, recorder) : status;
}
carve_status carve_sim_view(carve_sim* sim, uint32_t which, uint32_t index, carve_view* view) {
    if (sim == nullptr || view == nullptr)
        return CARVE_E_NULL;
    return view_sim(of(sim), which, index, *view);
}
carve_status carve_sim_read(const carve_sim* sim, uint32_t which, uint32_t index, uint32_t replica,
                            double* values, size_t n) {
    const FloatEnvironment ieee;
    if (sim == nullptr || values == nullptr)
        return CARVE_E_NULL;
    return read_array(of(sim), which, index, replica, values, n);
}
carve_status carve_sim_write(carve_sim* sim, uint32_t which, uint32_t index, uint32_t replica,
                             const double* values, size_t n) {
    const FloatEnvironment ieee;
    if (sim == nullptr || values == nullptr)
        return CARVE_E_NULL;
    return write_array(of(sim), which, index, replica, values, n);
}
carve_status carve_sim_get_info(const carve_sim* sim, carve_sim_info* info) {
    if (sim == nullptr || info == nullptr)
        return CARVE_E_NULL;
    const std::uint32_t size = info->struct_size;
    if (size < sizeof(carve_sim_info))
        return CARVE_E_VERSION;
    const Sim& s = of(sim);
    *info = {size,
             s.model.precision,
             s.isa,
             s.form,
             s.model.n_replicas,
             s.lanes_per_block,
             s.n_blocks,
             s.n_coefficients,
             count_frozen(s),
             s.afferents > 1 ? CARVE_LAYOUT_AFFERENTS : CARVE_LAYOUT_REPLICAS,
             s.steps,
             s.bytes};
    return CARVE_OK;
}

carve_status carve_sim_loss(const carve_sim* sim, const carve_loss* from, double* value,
                            double* gradient) {
    const FloatEnvironment ieee;
    carve_loss loss;
    const carve_status status = read_loss(sim, from, gradient != nullptr, loss);
    if (status != CARVE_OK)
        return status;
    if (value == nullptr)
        return CARVE_E_NULL;
    evaluate_loss(of(sim), loss, value, {gradient});
    return CARVE_OK;
}
carve_status carve_sim_loss_slopes(const carve_sim* sim, const carve_loss* from, double* value,
                                   double* dloss_dw) {
    const FloatEnvironment ieee;
    carve_loss loss;
    const carve_status status = read_loss(sim, from, false, loss);
    if (status != CARVE_OK)
        return status;
    if (value == nullptr || dloss_dw == nullptr)
        return CARVE_E_NULL;
    if (!is_of_weights(loss))
        return CARVE_E_UNAVAILABLE;
    evaluate_loss(of(sim), loss, value,
                  {nullptr, dloss_dw, &projections(of(sim))[loss.projection]});
    return CARVE_OK;
}
carve_status carve_sim_residuals(const carve_sim* sim, const carve_loss* from, size_t* n,
                                 double* residuals, double* jacobian) {
    const FloatEnvironment ieee;
    carve_loss loss;
    const carve_status status = read_loss(sim, from, jacobian != nullptr, loss);
    if (status != CARVE_OK)
        return status;
    if (n == nullptr)
        return CARVE_E_NULL;
    *n = count_residuals(of(sim), loss);
    if (residuals || jacobian)
        evaluate_residuals(of(sim), loss, residuals, jacobian);
    return CARVE_OK;
}
carve_status carve_sim_chain(const carve_sim* sim, uint32_t projection, const double* dloss_dw,
                             double* gradient) {
    const FloatEnvironment ieee;
    if (sim == nullptr || dloss_dw == nullptr || gradient == nullptr)
        return CARVE_E_NULL;
    if (projection >= of(sim).model.n_projections)
        return CARVE_E_RANGE;
    if (projections(of(sim))[projection].sens == 0)
        return CARVE_E_UNAVAILABLE;
    chain(of(sim), projection, dloss_dw, gradient);
    return CARVE_OK;
}

carve_status carve_random_uniform(uint64_t seed, uint64_t stream, uint64_t first, double* out,
                                  size_t n) {
    const FloatEnvironment ieee;
    if (out == nullptr)
        return CARVE_E_NULL;
    fill_uniform(seed, stream, first, out, n);
    return CARVE_OK;
}
carve_status carve_random_normal(uint64_t seed, uint64_t stream, uint64_t first, double* out,
                                 size_t n) {
    const FloatEnvironment ieee;
    if (out == nullptr)
        return CARVE_E_NULL;
    fill_normal(seed, stream, first, out, n);
    return CARVE_OK;
}

uint32_t carve_abi_version(void) { return CARVE_ABI; }
const char* carve_version(void) { return CARVE_VERSION; }
const char* carve_status_string(carve_status status) { return status_text(status); }
const char* carve_isa_name(uint32_t isa) {
    switch (isa) {
    case CARVE_ISA_AUTO:
        return "auto";
    case CARVE_ISA_SOFTFMA:
        return "softfma";
    case CARVE_ISA_SCALAR:
        return "scalar";
    case CARVE_ISA_AVX2:
        return "avx2";
    case CARVE_ISA_AVX512:
        return "avx512";
    case CARVE_ISA_NEON:
        return "neon";
    default:
        return "unknown";
    }
}
int carve_isa_compiled(uint32_t isa) { return isa_compiled(isa); }
int carve_isa_usable(uint32_t isa) { return isa_usable(isa); }

} // extern "C"
