// lane_group.hpp: the lanes of a lane block that one register holds: where their arrays are, which of
// them are frozen, and how they freeze (M4, M5). What is in work adds the rest: rate/rate_block.hpp for
// rates, spiking/spiking_lane_group.hpp for spikes.
#pragma once
#include "pack.hpp"
#include "plan.hpp"

namespace carve {
namespace {

template <class P> struct LaneGroup {
    using Real = typename P::Real;
    using Mask = typename P::Mask;
    static constexpr std::size_t W = P::width;

    Sim* sim;
    std::size_t index; // of the lane block
    std::size_t lane;  // in the block, the first in work

    std::uint64_t* frozen() const noexcept {
        return array<std::uint64_t>(*sim, sim->frozen) + index * W + lane;
    }
    // Number `row` of the n that an array holds of each replica.
    CARVE_INLINE P of_replica(Offset at, std::size_t row = 0, std::size_t n = 1) const noexcept {
        const Real* const first = array<Real>(*sim, at);
        return sim->neighbours > 1 ? P::set(first[index * n + row])
                                   : P::load(first + (index * n + row) * W + lane);
    }
    std::size_t live_lanes() const noexcept { // the last block may be part padding
        const std::size_t first = index * W + lane;
        const std::size_t left = first < sim->model.n_replicas ? sim->model.n_replicas - first : 0;
        return left < P::lanes ? left : P::lanes;
    }
    bool all_frozen() const noexcept {
        const std::size_t n_live = live_lanes();
        std::size_t n_frozen = 0;
        while (n_frozen < n_live && frozen()[n_frozen] != 0)
            ++n_frozen;
        return n_frozen == n_live;
    }

    // Where |value| passes the limit, or is not a number, a lane is to freeze.
    static CARVE_INLINE P limit(double limit) noexcept {
        const double most = static_cast<double>(Ieee<Real>::max); // infinity is never inside
        return P::set(static_cast<Real>(limit < most ? limit : most));
    }
    CARVE_INLINE P bound() const noexcept { return limit(sim->model.bound); }
    static CARVE_INLINE Mask inside(const P& value, const P& limit) noexcept {
        return less_equal(abs(value), limit);
    }
    // Lanes outside of the mask freeze at this step; then(l) is called for those that had not.
    template <class Then>
    __attribute__((noinline)) void freeze(const Mask& inside, std::uint64_t step,
                                          Then then) const noexcept {
        Real lanes[P::lanes];
        select(inside, P::set(1), P::set(0)).store(lanes);
        for (std::size_t l = 0; l < live_lanes(); ++l) {
            if (lanes[l] != 0 || frozen()[l] != 0)
                continue;
            frozen()[l] = step + 1;
            then(l);
        }
    }
};

} // namespace
} // namespace carve
