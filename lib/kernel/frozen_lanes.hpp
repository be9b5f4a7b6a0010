// frozen_lanes.hpp: what frozen lanes and padding hold, by the table of arrays.
#pragma once
#include "arrays.hpp"
#include "lane_group.hpp"

namespace carve {
namespace {

template <class Real> Real held_value(Hold hold, bool padding) noexcept {
    return hold == Hold::largest           ? Ieee<Real>::max
           : hold == Hold::nan && !padding ? quiet_nan<Real>()
                                           : Real(0);
}

// Lanes of a group, as bits.
struct HeldLanes {
    std::uint32_t frozen, padding;
};
template <class P> HeldLanes held_lanes(const LaneGroup<P>& group) noexcept {
    HeldLanes held{};
    for (std::size_t l = 0; l < P::lanes; ++l) {
        const bool live = l < group.live_lanes();
        held.padding |= std::uint32_t{!live} << l;
        held.frozen |= std::uint32_t{live && group.frozen()[l] != 0} << l;
    }
    return held;
}

// Fills these lanes of every array, while others run or after a call; slot: the group's in scratch
// that each strand has a part of.
template <class P>
__attribute__((noinline)) void hold_lanes(const LaneGroup<P>& group, std::size_t slot,
                                          const HeldLanes& held, bool in_work) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    if ((held.frozen | held.padding) == 0)
        return;
    for_each_array(*group.sim, [&](const Array& a, std::uint32_t i, Offset at) noexcept {
        const Hold hold = in_work ? a.in_work : a.after_call;
        if (hold == Hold::none)
            return;
        const std::size_t n = static_cast<std::size_t>(count_in_group(a, *group.sim, i));
        Real* const first =
            array<Real>(*group.sim, at) +
            (a.dims[0] == Dim::strand ? slot * n * W : group.index * n * W + group.lane);
        for (std::size_t l = 0; l < W; ++l) {
            if (((held.frozen | held.padding) >> l & 1) == 0)
                continue;
            const Real value = held_value<Real>(hold, held.padding >> l & 1);
            for (std::size_t k = 0; k < n; ++k)
                first[k * W + l] = value;
        }
    });
}

} // namespace
} // namespace carve
