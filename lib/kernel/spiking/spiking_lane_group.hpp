// spiking_lane_group.hpp: a lane group of a spiking network in work: where its arrays are, and what frozen lanes
// hold.
#pragma once
#include "lane_group.hpp"

namespace carve {
namespace {

template <class P> struct SpikingLaneGroup : LaneGroup<P> {
    using Real = typename P::Real;
    using LaneGroup<P>::W, LaneGroup<P>::sim, LaneGroup<P>::index, LaneGroup<P>::lane;

    std::size_t slot; // among the lane groups in work

    // An array [block][n][lane]: row i of the block in work.
    CARVE_INLINE Real* at(Offset offset, std::size_t n, std::size_t i = 0) const noexcept {
        return array<Real>(*sim, offset) + (index * n + i) * W + lane;
    }
};

} // namespace
} // namespace carve
