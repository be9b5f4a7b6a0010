// settle.hpp: values of no consequence become 0.
#pragma once
#include "pack.hpp"

namespace carve {
namespace {

// Before they reach the denormal numbers, which are slow on some machines: the smallest normal float
// is 1.2e-38.
template <class P> CARVE_INLINE P settle(const P& x) noexcept {
    const P floor = P::set(typename P::Real(1e-30));
    return select(less(abs(x), floor), P::set(0), x);
}
template <class P> inline void settle_rows(typename P::Real* at, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        settle(P::load(at + i * P::width)).store(at + i * P::width);
}
// Of n neighbours, after the last of which whole registers of padding may follow.
template <class P> inline void settle_neighbours(typename P::Real* at, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += P::lanes)
        settle(P::load(at + i)).store(at + i);
}

} // namespace
} // namespace carve
