// gather.hpp: elements of an array that a register of lanes reads or changes by their indices. No index
// leads beyond the last element, whatever the memory that it is read from holds.
#pragma once
#include "pack.hpp"

namespace carve {
namespace {

// (What has all lanes is written with a mask: g++ 12 warns of the others' undefined registers.)
#if CARVE_ISA == 3 || CARVE_ISA == 4
struct Indices128 { // for four doubles
    __m128i at;
    static CARVE_INLINE Indices128 load(const std::uint16_t* p, std::uint32_t last) noexcept {
        const __m128i i = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
        return {_mm_cvtepu16_epi32(_mm_min_epu16(i, _mm_set1_epi16(static_cast<short>(last))))};
    }
    static CARVE_INLINE Indices128 load(const std::uint32_t* p, std::uint32_t last) noexcept {
        const __m128i i = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        return {_mm_min_epu32(i, _mm_set1_epi32(static_cast<int>(last)))};
    }
    CARVE_INLINE void store(std::uint32_t* p) const noexcept {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), at);
    }
    CARVE_INLINE __m256d gather(const double* p) const noexcept {
        const __m256d all = _mm256_castsi256_pd(_mm256_set1_epi32(-1));
        return _mm256_mask_i32gather_pd(_mm256_setzero_pd(), p, at, all, 8);
    }
};
struct Indices256 { // for eight floats or doubles
    __m256i at;
    static CARVE_INLINE Indices256 load(const std::uint16_t* p, std::uint32_t last) noexcept {
        const __m128i i = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        return {_mm256_cvtepu16_epi32(_mm_min_epu16(i, _mm_set1_epi16(static_cast<short>(last))))};
    }
    static CARVE_INLINE Indices256 load(const std::uint32_t* p, std::uint32_t last) noexcept {
        const __m256i i = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return {_mm256_min_epu32(i, _mm256_set1_epi32(static_cast<int>(last)))};
    }
    CARVE_INLINE void store(std::uint32_t* p) const noexcept {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), at);
    }
    CARVE_INLINE __m256 gather(const float* p) const noexcept {
        const __m256 all = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
        return _mm256_mask_i32gather_ps(_mm256_setzero_ps(), p, at, all, 4);
    }
#if CARVE_ISA == 4
    CARVE_INLINE __m512d gather(const double* p) const noexcept {
        return _mm512_mask_i32gather_pd(_mm512_setzero_pd(), 0xFF, at, p, 8);
    }
    CARVE_INLINE void scatter(double* p, __m512d x, std::size_t n) const noexcept {
        _mm512_mask_i32scatter_pd(p, static_cast<__mmask8>((1u << n) - 1), at, x, 8);
    }
#endif
};
#endif
#if CARVE_ISA == 4
struct Indices512 { // for sixteen floats
    __m512i at;
    static CARVE_INLINE Indices512 load(const std::uint16_t* p, std::uint32_t last) noexcept {
        const __m256i i = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return {_mm512_maskz_cvtepu16_epi32(
            0xFFFF, _mm256_min_epu16(i, _mm256_set1_epi16(static_cast<short>(last))))};
    }
    static CARVE_INLINE Indices512 load(const std::uint32_t* p, std::uint32_t last) noexcept {
        return {_mm512_maskz_min_epu32(0xFFFF, _mm512_loadu_si512(p),
                                       _mm512_set1_epi32(static_cast<int>(last)))};
    }
    CARVE_INLINE void store(std::uint32_t* p) const noexcept { _mm512_storeu_si512(p, at); }
    CARVE_INLINE __m512 gather(const float* p) const noexcept {
        return _mm512_mask_i32gather_ps(_mm512_setzero_ps(), 0xFFFF, at, p, 4);
    }
    CARVE_INLINE void scatter(float* p, __m512 x, std::size_t n) const noexcept {
        _mm512_mask_i32scatter_ps(p, static_cast<__mmask16>((1u << n) - 1), at, x, 4);
    }
};
#endif

template <std::size_t n> struct PlainIndices {
    std::uint32_t at[n];
    template <class Index>
    static CARVE_INLINE PlainIndices load(const Index* p, std::uint32_t last) noexcept {
        PlainIndices indices;
        for (std::size_t l = 0; l < n; ++l)
            indices.at[l] = p[l] < last ? p[l] : last;
        return indices;
    }
    CARVE_INLINE void store(std::uint32_t* p) const noexcept {
        for (std::size_t l = 0; l < n; ++l)
            p[l] = at[l];
    }
};

template <class Real, std::size_t lanes> struct IndicesOf {
    using type = PlainIndices<lanes>;
    static constexpr bool gathers = false, scatters = false;
};
#if CARVE_ISA == 3 || CARVE_ISA == 4
template <> struct IndicesOf<float, 8> {
    using type = Indices256;
    static constexpr bool gathers = true, scatters = false;
};
template <> struct IndicesOf<double, 4> {
    using type = Indices128;
    static constexpr bool gathers = true, scatters = false;
};
#endif
#if CARVE_ISA == 4
template <> struct IndicesOf<float, 16> {
    using type = Indices512;
    static constexpr bool gathers = true, scatters = true;
};
template <> struct IndicesOf<double, 8> {
    using type = Indices256;
    static constexpr bool gathers = true, scatters = true;
};
#endif

template <class P> class Indices {
    using Real = typename P::Real;
    using Of = IndicesOf<Real, P::lanes>;

  public:
    // last: of the array's elements; with 16 bits below 65536
    template <class Index>
    CARVE_INLINE Indices(const Index* at, std::uint32_t last) noexcept
        : at_(Of::type::load(at, last)) {}

    CARVE_INLINE P gather(const Real* from) const noexcept {
        if constexpr (Of::gathers) {
            return {at_.gather(from)};
        } else {
            Real x[P::lanes];
            for (std::size_t l = 0; l < P::lanes; ++l)
                x[l] = from[at_.at[l]];
            return P::load(x);
        }
    }
    // Of the first n lanes, whose indices differ.
    CARVE_INLINE void scatter(Real* to, const P& x, std::size_t n) const noexcept {
        if constexpr (Of::scatters)
            at_.scatter(to, x.r, n);
        else
            for_lanes(x, n, [&](std::uint32_t i, Real value) noexcept { to[i] = value; });
    }
    // to[i] = a b + to[i] in the first n lanes, whose indices differ. (One lane at a time is as fast as
    // gathering and scattering, if not faster.)
    CARVE_INLINE void add_products(Real* to, Real a, const P& b, std::size_t n) const noexcept {
        for_lanes(b, n, [&](std::uint32_t i, Real value) noexcept {
            to[i] = PlainOps<Real>::fma(a, value, to[i]);
        });
    }

  private:
    template <class Work>
    CARVE_INLINE void for_lanes(const P& x, std::size_t n, Work work) const noexcept {
        std::uint32_t at[P::lanes];
        Real values[P::lanes];
        at_.store(at);
        x.store(values);
        if (n == P::lanes)
#pragma GCC unroll 8
            for (std::size_t l = 0; l < P::lanes; ++l)
                work(at[l], values[l]);
        else
            for (std::size_t l = 0; l < n; ++l)
                work(at[l], values[l]);
    }

    typename Of::type at_;
};

} // namespace
} // namespace carve
