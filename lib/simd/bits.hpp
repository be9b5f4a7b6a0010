// bits.hpp: the bits of a value as another type. Of internal linkage, as in pack.hpp.
#pragma once

#define CARVE_INLINE inline __attribute__((always_inline))

namespace carve {
namespace {

template <class To, class From> CARVE_INLINE To bits_as(From from) noexcept {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

} // namespace
} // namespace carve
