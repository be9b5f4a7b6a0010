// select.cpp: which instruction sets are in this library, and which of them this machine has. The
// only file that asks the CPU; __builtin_cpu_supports also asks whether the system saves the
// registers.
#include "features.hpp"
#include "kernels.hpp"

#include <initializer_list>

namespace carve {

// Of the objects that lib/meson.build makes of kernel/, by kernel_entry.hpp.
#define CARVE_ROW(isa, real)                                                                       \
    void step_##isa##_##real(Sim&, const void* const*, std::uint64_t, bool) noexcept;              \
    void adjoint_##isa##_##real(Sim&, const void* const*, const double* const*, double*) noexcept; \
    void spike_##isa##_##real(Sim&, const SpikeChunk&) noexcept;                                   \
    void targets_##isa##_##real(Sim&, const SpikeChunk&) noexcept;                                 \
    static constexpr Kernels isa##_##real = {step_##isa##_##real, adjoint_##isa##_##real,          \
                                             spike_##isa##_##real, targets_##isa##_##real};
#define CARVE_ROWS(isa) CARVE_ROW(isa, f32) CARVE_ROW(isa, f64)
#define CARVE_CASE(id, isa)                                                                        \
    case id:                                                                                       \
        return precision == CARVE_F32 ? (built(feature::f32) ? &isa##_f32 : nullptr)               \
                                      : (built(feature::f64) ? &isa##_f64 : nullptr);
#ifdef CARVE_HAVE_SOFTFMA
CARVE_ROWS(softfma)
#endif
#ifdef CARVE_HAVE_SCALAR
CARVE_ROWS(scalar)
#endif
#ifdef CARVE_HAVE_AVX2
CARVE_ROWS(avx2)
#endif
#ifdef CARVE_HAVE_AVX512
CARVE_ROWS(avx512)
#endif
#ifdef CARVE_HAVE_NEON
CARVE_ROWS(neon)
#endif

namespace {

// Null if the instruction set is not compiled in.
const Kernels* kernels(std::uint32_t isa, std::uint32_t precision) noexcept {
    switch (isa) {
#ifdef CARVE_HAVE_SOFTFMA
        CARVE_CASE(CARVE_ISA_SOFTFMA, softfma)
#endif
#ifdef CARVE_HAVE_SCALAR
        CARVE_CASE(CARVE_ISA_SCALAR, scalar)
#endif
#ifdef CARVE_HAVE_AVX2
        CARVE_CASE(CARVE_ISA_AVX2, avx2)
#endif
#ifdef CARVE_HAVE_AVX512
        CARVE_CASE(CARVE_ISA_AVX512, avx512)
#endif
#ifdef CARVE_HAVE_NEON
        CARVE_CASE(CARVE_ISA_NEON, neon)
#endif
    default:
        return nullptr;
    }
}

} // namespace

const Kernels& kernels_of(const Sim& sim) noexcept {
    std::uint32_t isa = sim.isa;
#ifdef CARVE_HAVE_SCALAR
    if (sim.lanes_per_block == 1 && sim.neighbours == 1 && isa != CARVE_ISA_SOFTFMA)
        isa = CARVE_ISA_SCALAR;
#endif
    return *kernels(isa, sim.model.precision);
}

bool isa_compiled(std::uint32_t isa) noexcept {
    return kernels(isa, built(feature::f32) ? CARVE_F32 : CARVE_F64) != nullptr;
}

bool isa_usable(std::uint32_t isa) noexcept {
    if (!isa_compiled(isa))
        return false;
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    switch (isa) {
    case CARVE_ISA_SCALAR:
        return __builtin_cpu_supports("avx") && __builtin_cpu_supports("fma");
    case CARVE_ISA_AVX2:
        return avx2;
    case CARVE_ISA_AVX512:
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl");
    default:
        return true;
    }
#else
    return true; // only what all such machines have is compiled
#endif
}

std::uint32_t best_isa() noexcept {
    for (const std::uint32_t isa :
         {CARVE_ISA_AVX512, CARVE_ISA_AVX2, CARVE_ISA_NEON, CARVE_ISA_SCALAR})
        if (isa_usable(isa))
            return isa;
    return CARVE_ISA_SOFTFMA;
}

} // namespace carve
