// abi.cpp: the extern "C" edge: null checks, struct sizes and the mode of the floating-point unit;
// no arithmetic.
#include "explain.hpp"
#include "fields.hpp"
#include "float_environment.hpp"
#include "kernels.hpp"
#include "loss.hpp"
#include "philox.hpp"
#include "read_struct.hpp"
#include "sim.hpp"
#include "step.hpp"
#include "terms.hpp"

using namespace carve;

namespace {

carve_status init(const Struct& of, void* object, std::size_t size) noexcept {
    if (object == nullptr)
        return CARVE_E_NULL;
    return write_defaults(of, object, size) ? CARVE_OK : CARVE_E_VERSION;
}
template <class T> carve_status init(const T& defaults, T* object, std::size_t size) noexcept {
    if (object == nullptr)
        return CARVE_E_NULL;
    if (size != sizeof(T))
        return CARVE_E_VERSION;
    *object = defaults;
    return CARVE_OK;
}
Sim& of(carve_sim* sim) noexcept { return *reinterpret_cast<Sim*>(sim); }
const Sim& of(const carve_sim* sim) noexcept { return *reinterpret_cast<const Sim*>(sim); }

Fault read_loss(const carve_sim* sim, const carve_loss* from, bool derivatives,
                carve_loss& loss) noexcept {
    const Fault fault = find_null(Pointer{"sim", sim}, Pointer{"loss", from});
    if (fault)
        return fault;
    if (!read_struct(from, loss))
        return fault_of(CARVE_E_VERSION, "struct_size", from->struct_size,
                        "must be the size of carve_loss; call carve_loss_init");
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
CARVE_INIT(tif)
CARVE_INIT(if)
CARVE_INIT(cvaif)
CARVE_INIT(eif)
CARVE_INIT(projection)
CARVE_INIT(plasticity)
CARVE_INIT(in_degree)
CARVE_INIT(csr)
CARVE_INIT(rule)
CARVE_INIT(polynomial)
CARVE_INIT(mlp)
CARVE_INIT(product)
CARVE_INIT(probe)
CARVE_INIT(rate_probe)
CARVE_INIT(trajectory_probe)
#undef CARVE_INIT
carve_status carve_loss_init(carve_loss* loss, size_t size) {
    return init(default_loss(), loss, size);
}
carve_status carve_step_init(carve_step* step, size_t size) {
    return init(default_step(), step, size);
}
uint32_t carve_terms_up_to(uint32_t pre, uint32_t post, uint32_t weight, carve_term* terms,
                           uint32_t capacity) {
    return terms_up_to(pre, post, weight, terms, capacity);
}

carve_status carve_sim_required_bytes(const carve_model* from, size_t* bytes, carve_fault* fault) {
    const FloatEnvironment ieee;
    Fault f = find_null(Pointer{"bytes", bytes});
    Model model;
    std::uint64_t needed = 0;
    if (!f)
        f = measure(from, model, needed);
    if (!f)
        *bytes = static_cast<size_t>(needed);
    return report(f, fault);
}

carve_status carve_sim_init(void* memory, size_t bytes, const carve_model* model, carve_sim** sim,
                            carve_fault* fault) {
    const FloatEnvironment ieee;
    Sim* built = nullptr;
    Fault f = find_null(Pointer{"memory", memory}, Pointer{"model", model}, Pointer{"sim", sim});
    if (!f)
        f = init_sim(memory, bytes, model, built);
    if (!f)
        *sim = reinterpret_cast<carve_sim*>(built);
    return report(f, fault);
}
carve_status carve_sim_attach(void* memory, size_t bytes, carve_sim** sim, carve_fault* fault) {
    const FloatEnvironment ieee;
    Sim* found = nullptr;
    Fault f = find_null(Pointer{"memory", memory}, Pointer{"sim", sim});
    if (!f)
        f = attach_sim(memory, bytes, found);
    if (!f)
        *sim = reinterpret_cast<carve_sim*>(found);
    return report(f, fault);
}
carve_status carve_sim_reset(carve_sim* sim, uint64_t seed, const uint64_t* streams,
                             carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim});
    if (!f)
        reset_sim(of(sim), seed, streams);
    return report(f, fault);
}
carve_status carve_sim_clear(carve_sim* sim, uint32_t parts, carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim});
    return report(f ? f : clear_sim(of(sim), parts), fault);
}
carve_status carve_sim_step(carve_sim* sim, const carve_step* step, carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim});
    return report(f ? f : step_sim(of(sim), step), fault);
}
carve_status carve_sim_adjoint(carve_sim* sim, const carve_step* steps,
                               const double* const* dloss_dw, double* gradient,
                               carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim}, Pointer{"dloss_dw", dloss_dw},
                              Pointer{"gradient", gradient});
    return report(f ? f : adjoint_sim(of(sim), steps, dloss_dw, gradient), fault);
}
carve_status carve_sim_view(carve_sim* sim, uint32_t which, uint32_t index, carve_view* view,
                            carve_fault* fault) {
    const Fault f = find_null(Pointer{"sim", sim}, Pointer{"view", view});
    return report(f ? f : view_sim(of(sim), which, index, *view), fault);
}
carve_status carve_sim_read(const carve_sim* sim, uint32_t which, uint32_t index, uint32_t replica,
                            double* values, size_t n, carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim}, Pointer{"values", values});
    return report(f ? f : read_array(of(sim), which, index, replica, values, n), fault);
}
carve_status carve_sim_write(carve_sim* sim, uint32_t which, uint32_t index, uint32_t replica,
                             const double* values, size_t n, carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim}, Pointer{"values", values});
    return report(f ? f : write_array(of(sim), which, index, replica, values, n), fault);
}
carve_status carve_sim_get_info(const carve_sim* sim, carve_sim_info* info, carve_fault* fault) {
    const Fault f = find_null(Pointer{"sim", sim}, Pointer{"info", info});
    if (f)
        return report(f, fault);
    const std::uint32_t size = info->struct_size;
    if (size < sizeof(carve_sim_info))
        return report(fault_of(CARVE_E_VERSION, "struct_size", size,
                               "must be the size of carve_sim_info, set by the caller"),
                      fault);
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
             layout_of(s),
             s.steps,
             s.bytes};
    return report({}, fault);
}

carve_status carve_sim_loss(const carve_sim* sim, const carve_loss* from, double* value,
                            double* gradient, carve_fault* fault) {
    const FloatEnvironment ieee;
    carve_loss loss;
    Fault f = read_loss(sim, from, gradient != nullptr, loss);
    if (!f)
        f = find_null(Pointer{"value", value});
    if (!f)
        evaluate_loss(of(sim), loss, value, {gradient});
    return report(f, fault);
}
carve_status carve_sim_loss_slopes(const carve_sim* sim, const carve_loss* from, double* value,
                                   double* dloss_dw, carve_fault* fault) {
    const FloatEnvironment ieee;
    carve_loss loss;
    Fault f = read_loss(sim, from, false, loss);
    if (!f)
        f = find_null(Pointer{"value", value}, Pointer{"dloss_dw", dloss_dw});
    if (!f && !is_of_weights(loss))
        f = fault_of(CARVE_E_UNAVAILABLE, "kind", loss.kind, "must be of a loss of weights");
    if (!f)
        evaluate_loss(of(sim), loss, value,
                      {nullptr, dloss_dw, &projections(of(sim))[loss.projection]});
    return report(f, fault);
}
carve_status carve_sim_residuals(const carve_sim* sim, const carve_loss* from, size_t* n,
                                 double* residuals, double* jacobian, carve_fault* fault) {
    const FloatEnvironment ieee;
    carve_loss loss;
    Fault f = read_loss(sim, from, jacobian != nullptr, loss);
    if (!f)
        f = find_null(Pointer{"n", n});
    if (f)
        return report(f, fault);
    *n = count_residuals(of(sim), loss);
    if (residuals || jacobian)
        evaluate_residuals(of(sim), loss, residuals, jacobian);
    return report(f, fault);
}
carve_status carve_sim_chain(const carve_sim* sim, uint32_t projection, const double* dloss_dw,
                             double* gradient, carve_fault* fault) {
    const FloatEnvironment ieee;
    Fault f = find_null(Pointer{"sim", sim}, Pointer{"dloss_dw", dloss_dw},
                        Pointer{"gradient", gradient});
    if (!f && projection >= of(sim).model.n_projections)
        f = fault_of(CARVE_E_RANGE, "projection", projection, "must be the index of a projection");
    if (!f && projections(of(sim))[projection].sens == 0)
        f = fault_of(CARVE_E_UNAVAILABLE, "projection", projection,
                     "must be plastic, in a model with CARVE_GRADIENT_FORWARD");
    if (!f)
        chain(of(sim), projection, dloss_dw, gradient);
    return report(f, fault);
}

carve_status carve_sim_eliminate(carve_sim* sim, uint32_t population, double precision,
                                 const double* dtheta, double* value, double* gradient,
                                 double* matrix, double* dw, carve_fault* fault) {
    const FloatEnvironment ieee;
    const Fault f = find_null(Pointer{"sim", sim});
    return report(
        f ? f
          : eliminate_sim(of(sim), population, precision, dtheta, {value, gradient, matrix, dw}),
        fault);
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
