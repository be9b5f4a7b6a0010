// frozen_lanes.hpp: what frozen lanes and padding hold, by the table of arrays.
#pragma once
#include "arrays.hpp"
#include "lane_group.hpp"

namespace carve {
namespace {

// Lanes of a group: 1 where they are, else 0.
template <class P> struct HeldLanes {
    P frozen, padding;

    explicit HeldLanes(const LaneGroup<P>& group) noexcept {
        typename P::Real frozen_lanes[P::lanes], padding_lanes[P::lanes];
        const std::size_t n_live = group.live_lanes();
        const std::uint64_t* const frozen_at = group.frozen();
        for (std::size_t l = 0; l < P::lanes; ++l) {
            padding_lanes[l] = l >= n_live;
            frozen_lanes[l] = l < n_live && frozen_at[l] != 0;
        }
        frozen = P::load(frozen_lanes);
        padding = P::load(padding_lanes);
    }
    HeldLanes(const P& frozen_lanes, const P& padding_lanes) noexcept
        : frozen(frozen_lanes), padding(padding_lanes) {}

    bool any() const noexcept { return P::Ops::any(less(P::set(0), frozen + padding)); }
};

template <class P> P held_value(Hold hold) noexcept {
    using Real = typename P::Real;
    return P::set(hold == Hold::largest ? Ieee<Real>::max
                  : hold == Hold::nan   ? quiet_nan<Real>()
                                        : Real(0));
}

// Fills these lanes of every array, while others run or after a call; padding with 0. slot: the
// group's part of scratch arrays.
template <class P>
__attribute__((noinline)) void hold_lanes(const LaneGroup<P>& group, std::size_t slot,
                                          const HeldLanes<P>& held, bool in_work) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const auto frozen = less(P::set(0), held.frozen), padding = less(P::set(0), held.padding);
    for_each_array(*group.sim, [&](const Array& a, std::uint32_t i, Offset at) noexcept {
        const Hold hold = in_work ? a.in_work : a.after_call;
        if (hold == Hold::none)
            return;
        const std::size_t n = static_cast<std::size_t>(count_in_group(a, *group.sim, i));
        Real* const first =
            array<Real>(*group.sim, at) +
            (a.dims[0] == Dim::lane_group ? slot * n * W : group.index * n * W + group.lane);
        const P value = held_value<P>(hold);
        for (std::size_t k = 0; k < n * W; k += W)
            select(padding, P::set(0), select(frozen, value, P::load(first + k))).store(first + k);
    });
}

} // namespace
} // namespace carve
