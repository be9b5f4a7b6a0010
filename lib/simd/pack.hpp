// pack.hpp: a register of neighbouring lanes as a value, and the few operations that kernels may
// use on it. The only file that names xsimd. Every operation is lane-wise and exactly rounded, so a
// result does not depend on the instruction set. Included by kernels.cpp alone: everything has
// internal linkage, so that no instruction set's code can stand in for another's.
#pragma once
#include "bits.hpp"
#include "soft_fma.hpp"

#include <cstddef>
#include <cstdint>

#if CARVE_ISA >= 3
#include <xsimd/xsimd.hpp>
#endif

namespace carve {
namespace {

constexpr bool kManyRegisters = CARVE_ISA >= 4; // 32 for vectors, with AVX-512 and NEON; else 16

template <class Real> struct Ieee; // layout of a floating-point type
template <> struct Ieee<float> {
    using Bits = std::uint32_t;
    static constexpr int mantissa = 23;
    static constexpr int bias = 127;
    static constexpr float max = 0x1.fffffep127f;
};
template <> struct Ieee<double> {
    using Bits = std::uint64_t;
    static constexpr int mantissa = 52;
    static constexpr int bias = 1023;
    static constexpr double max = 0x1.fffffffffffffp1023;
};

// Positive, with an empty payload: the same on every machine.
template <class Real> inline Real quiet_nan() noexcept {
    using Bits = typename Ieee<Real>::Bits;
    return bits_as<Real>(
        static_cast<Bits>(Bits{sizeof(Real) == 4 ? 0x1FFu : 0xFFFu} << (Ieee<Real>::mantissa - 1)));
}

// Plain C++, one lane.
template <class Real> struct PlainOps {
    static constexpr std::size_t lanes = 1;
    using Register = Real;
    using Mask = bool;
    static CARVE_INLINE Real load(const Real* p) noexcept { return *p; }
    static CARVE_INLINE void store(Real* p, Real a) noexcept { *p = a; }
    static CARVE_INLINE Real set(Real x) noexcept { return x; }
    static CARVE_INLINE Real fma(Real a, Real b, Real c) noexcept {
#if CARVE_ISA == 1
        return soft_fma(a, b, c);
#else
        if constexpr (sizeof(Real) == 4)
            return __builtin_fmaf(a, b, c);
        else
            return __builtin_fma(a, b, c);
#endif
    }
    static CARVE_INLINE Real divide(Real a, Real b) noexcept { return a / b; }
    static CARVE_INLINE bool less(Real a, Real b) noexcept { return a < b; }
    static CARVE_INLINE bool less_equal(Real a, Real b) noexcept { return a <= b; }
    static CARVE_INLINE Real select(bool m, Real a, Real b) noexcept { return m ? a : b; }
    static CARVE_INLINE bool all(bool m) noexcept { return m; }
    static CARVE_INLINE bool any(bool m) noexcept { return m; }
    static CARVE_INLINE bool both(bool m, bool n) noexcept { return m && n; }
    static CARVE_INLINE Real shift_to_exponent(Real a) noexcept {
        using Bits = typename Ieee<Real>::Bits;
        return bits_as<Real>(static_cast<Bits>(bits_as<Bits>(a) << Ieee<Real>::mantissa));
    }
    static CARVE_INLINE Real shift_from_exponent(Real a) noexcept {
        using Bits = typename Ieee<Real>::Bits;
        return bits_as<Real>(static_cast<Bits>(bits_as<Bits>(a) >> Ieee<Real>::mantissa));
    }
    // Bits of a that are in `mask`, and all of `add`.
    static CARVE_INLINE Real merge(Real a, Real mask, Real add) noexcept {
        using Bits = typename Ieee<Real>::Bits;
        return bits_as<Real>(
            static_cast<Bits>((bits_as<Bits>(a) & bits_as<Bits>(mask)) | bits_as<Bits>(add)));
    }
};

#if CARVE_ISA >= 3
template <class Real, class Arch> struct VectorOps {
    using Register = xsimd::batch<Real, Arch>;
    using Mask = xsimd::batch_bool<Real, Arch>;
    static constexpr std::size_t lanes = Register::size;
    static CARVE_INLINE Register load(const Real* p) noexcept {
        return Register::load_unaligned(p);
    }
    static CARVE_INLINE void store(Real* p, const Register& a) noexcept { a.store_unaligned(p); }
    static CARVE_INLINE Register set(Real x) noexcept { return Register(x); }
    static CARVE_INLINE Register fma(const Register& a, const Register& b,
                                     const Register& c) noexcept {
#if CARVE_ISA == 3 ||                                                                              \
    CARVE_ISA == 4 // xsimd 8.1 multiplies and adds for AVX-512, and for SSE where AVX is on
        return fused(a, b, c);
#else
        return xsimd::fma(a, b, c);
#endif
    }
#if CARVE_ISA == 3 || CARVE_ISA == 4
    static CARVE_INLINE __m128 fused(__m128 a, __m128 b, __m128 c) noexcept {
        return _mm_fmadd_ps(a, b, c);
    }
    static CARVE_INLINE __m128d fused(__m128d a, __m128d b, __m128d c) noexcept {
        return _mm_fmadd_pd(a, b, c);
    }
    static CARVE_INLINE __m256 fused(__m256 a, __m256 b, __m256 c) noexcept {
        return _mm256_fmadd_ps(a, b, c);
    }
    static CARVE_INLINE __m256d fused(__m256d a, __m256d b, __m256d c) noexcept {
        return _mm256_fmadd_pd(a, b, c);
    }
#if CARVE_ISA == 4
    static CARVE_INLINE __m512 fused(__m512 a, __m512 b, __m512 c) noexcept {
        return _mm512_fmadd_ps(a, b, c);
    }
    static CARVE_INLINE __m512d fused(__m512d a, __m512d b, __m512d c) noexcept {
        return _mm512_fmadd_pd(a, b, c);
    }
#endif
#endif
    static CARVE_INLINE Register divide(const Register& a, const Register& b) noexcept {
#if CARVE_ISA == 5 // xsimd 8.1 refines an estimate, which is not always the nearest float
        return quotient(a, b);
#else
        return a / b;
#endif
    }
#if CARVE_ISA == 5
    static CARVE_INLINE float32x4_t quotient(float32x4_t a, float32x4_t b) noexcept {
        return vdivq_f32(a, b);
    }
    static CARVE_INLINE float64x2_t quotient(float64x2_t a, float64x2_t b) noexcept {
        return vdivq_f64(a, b);
    }
#endif
    static CARVE_INLINE Mask less(const Register& a, const Register& b) noexcept { return a < b; }
    static CARVE_INLINE Mask less_equal(const Register& a, const Register& b) noexcept {
        return a <= b;
    }
    static CARVE_INLINE Register select(const Mask& m, const Register& a,
                                        const Register& b) noexcept {
        return xsimd::select(m, a, b);
    }
    static CARVE_INLINE bool all(const Mask& m) noexcept { return xsimd::all(m); }
    static CARVE_INLINE bool any(const Mask& m) noexcept { return xsimd::any(m); }
    static CARVE_INLINE Mask both(const Mask& m, const Mask& n) noexcept { return m & n; }
    static CARVE_INLINE Register shift_to_exponent(const Register& a) noexcept {
        // the compilers' own vectors: g++ 12 warns of xsimd's shift of 64 bytes
        typedef typename Ieee<Real>::Bits Bits __attribute__((vector_size(sizeof(Register))));
        return bits_as<Register>(bits_as<Bits>(a) << Ieee<Real>::mantissa);
    }
    static CARVE_INLINE Register shift_from_exponent(const Register& a) noexcept {
        typedef typename Ieee<Real>::Bits Bits __attribute__((vector_size(sizeof(Register))));
        return bits_as<Register>(bits_as<Bits>(a) >> Ieee<Real>::mantissa);
    }
    static CARVE_INLINE Register merge(const Register& a, const Register& mask,
                                       const Register& add) noexcept {
        typedef typename Ieee<Real>::Bits Bits __attribute__((vector_size(sizeof(Register))));
        return bits_as<Register>((bits_as<Bits>(a) & bits_as<Bits>(mask)) | bits_as<Bits>(add));
    }
};
#endif

// The widest register of this table that is no wider than a block of `bytes` bytes.
template <class Real, std::size_t bytes> struct OpsFor { using type = PlainOps<Real>; };
#if CARVE_ISA == 3 || CARVE_ISA == 4
template <class Real> struct OpsFor<Real, 16> { using type = VectorOps<Real, xsimd::sse4_2>; };
template <class Real> struct OpsFor<Real, 32> { using type = VectorOps<Real, xsimd::avx2>; };
template <class Real> struct OpsFor<Real, 64> {
#if CARVE_ISA == 4
    using type = VectorOps<Real, xsimd::avx512bw>;
#else
    using type = VectorOps<Real, xsimd::avx2>;
#endif
};
template <class Real> struct OpsFor<Real, 128> : OpsFor<Real, 64> {};
#elif CARVE_ISA == 5
template <class Real> struct OpsFor<Real, 16> { using type = VectorOps<Real, xsimd::neon64>; };
template <class Real> struct OpsFor<Real, 32> : OpsFor<Real, 16> {};
template <class Real> struct OpsFor<Real, 64> : OpsFor<Real, 16> {};
template <class Real> struct OpsFor<Real, 128> : OpsFor<Real, 16> {};
#endif

// `lanes` neighbours in a row of lanes of `bytes` bytes, one register. Neighbours in an array
// are `width` elements apart: the whole block lies between them.
template <class RealType, std::size_t bytes> struct Pack {
    using Real = RealType;
    using Ops = typename OpsFor<Real, bytes>::type;
    using Mask = typename Ops::Mask;
    static constexpr std::size_t width = bytes / sizeof(Real);
    static constexpr std::size_t lanes = Ops::lanes;

    typename Ops::Register r;

    static CARVE_INLINE Pack load(const Real* p) noexcept { return {Ops::load(p)}; }
    static CARVE_INLINE Pack set(Real x) noexcept { return {Ops::set(x)}; }
    CARVE_INLINE void store(Real* p) const noexcept { Ops::store(p, r); }

    friend CARVE_INLINE Pack operator+(const Pack& a, const Pack& b) noexcept {
        return {a.r + b.r};
    }
    friend CARVE_INLINE Pack operator-(const Pack& a, const Pack& b) noexcept {
        return {a.r - b.r};
    }
    friend CARVE_INLINE Pack operator*(const Pack& a, const Pack& b) noexcept {
        return {a.r * b.r};
    }
    friend CARVE_INLINE Pack operator/(const Pack& a, const Pack& b) noexcept {
        return {Ops::divide(a.r, b.r)};
    }
    friend CARVE_INLINE Mask less(const Pack& a, const Pack& b) noexcept {
        return Ops::less(a.r, b.r);
    }
    friend CARVE_INLINE Mask less_equal(const Pack& a, const Pack& b) noexcept {
        return Ops::less_equal(a.r, b.r);
    }
    // a b + c, rounded once
    friend CARVE_INLINE Pack fma(const Pack& a, const Pack& b, const Pack& c) noexcept {
        return {Ops::fma(a.r, b.r, c.r)};
    }
};

// lane by lane m ? a : b
template <class P>
CARVE_INLINE P select(const typename P::Mask& m, const P& a, const P& b) noexcept {
    return {P::Ops::select(m, a.r, b.r)};
}
// The sum of `width` partial sums, halved again and again: one order on every machine.
template <std::size_t width, class Real> CARVE_INLINE Real fold(const Real* sums) noexcept {
    if constexpr (width == 1) {
        return *sums;
    } else {
        Real half[width / 2];
        for (std::size_t l = 0; l < width / 2; ++l)
            half[l] = sums[l] + sums[l + width / 2];
        return fold<width / 2>(half);
    }
}
// Of a stream that is read once: what comes after `at` soon. It need not exist.
CARVE_INLINE void prefetch_after(const void* at) noexcept {
    constexpr std::uintptr_t distance = 8192; // a microsecond of the memory's bandwidth
    __builtin_prefetch(
        reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(at) + distance));
}
// n elements of [..][lane]
template <class P>
CARVE_INLINE void copy(typename P::Real* to, const typename P::Real* from, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        P::load(from + i * P::width).store(to + i * P::width);
}
template <class P> CARVE_INLINE P abs(const P& a) noexcept {
    const P zero = P::set(0);
    return select(less(a, zero), zero - a, a);
}
// 2^k for integral k with 2^k a normal number: k + bias sits in the low bits of k + bias + 1.5 2^m.
template <class P> CARVE_INLINE P pow2(const P& k) noexcept {
    using Real = typename P::Real;
    constexpr Real magic = Real(3ull << (Ieee<Real>::mantissa - 1)) + Real(Ieee<Real>::bias);
    return {P::Ops::shift_to_exponent((k + P::set(magic)).r)};
}
// Of normal x > 0: m in [1, 2) and k of x = 2^k m.
template <class P> CARVE_INLINE P significand(const P& x) noexcept {
    using Real = typename P::Real;
    using Bits = typename Ieee<Real>::Bits;
    const Real mask = bits_as<Real>(static_cast<Bits>((Bits{1} << Ieee<Real>::mantissa) - 1));
    return {P::Ops::merge(x.r, P::set(mask).r, P::set(1).r)};
}
template <class P> CARVE_INLINE P exponent(const P& x) noexcept {
    using Real = typename P::Real;
    using Bits = typename Ieee<Real>::Bits;
    constexpr Real power =
        Real(std::uint64_t{1} << Ieee<Real>::mantissa); // its last bit counts ones
    const P all = P::set(bits_as<Real>(static_cast<Bits>(~Bits{0})));
    const P biased{P::Ops::merge(P::Ops::shift_from_exponent(x.r), all.r, P::set(power).r)};
    return biased - P::set(power + Real(Ieee<Real>::bias));
}
// Nearest integer, ties to even, for |x| < 2^(mantissa - 1).
template <class P> CARVE_INLINE P round_even(const P& x) noexcept {
    using Real = typename P::Real;
    const P magic = P::set(Real(3ull << (Ieee<Real>::mantissa - 1)));
    return (x + magic) - magic;
}

} // namespace
} // namespace carve
