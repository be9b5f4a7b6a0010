// select.cpp: which instruction sets are in this library, and which of them this machine has. The
// only file that asks the CPU; __builtin_cpu_supports also asks whether the system saves the
// registers.
#include "kernels.hpp"

#include <initializer_list>

namespace carve {

#define CARVE_DECLARE(name) extern const Kernels kernels_##name##_f32, kernels_##name##_f64;
CARVE_DECLARE(softfma)
CARVE_DECLARE(scalar)
CARVE_DECLARE(avx2)
CARVE_DECLARE(avx512)
CARVE_DECLARE(neon)
#undef CARVE_DECLARE

const Kernels* kernels(std::uint32_t isa, std::uint32_t precision) noexcept {
#define CARVE_CASE(id, name)                                                                       \
    if (isa == (id))                                                                               \
        return precision == CARVE_F32 ? &kernels_##name##_f32 : &kernels_##name##_f64;
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
#undef CARVE_CASE
    return nullptr;
}

bool isa_compiled(std::uint32_t isa) noexcept { return kernels(isa, CARVE_F32) != nullptr; }

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
