// bounds.hpp: the bounds of a projection's weights, and the clip to them.
#pragma once
#include "lane_group.hpp"

namespace carve {
namespace {

template <class P> struct Bounds {
    P low, high;
    bool active; // without any, nothing is compared

    static Bounds none() noexcept { // that are compared, and do not act
        const P infinite = P::set(static_cast<typename P::Real>(__builtin_inf()));
        return {P::set(0) - infinite, infinite, true};
    }
};

template <class P>
inline Bounds<P> bounds_of(const LaneGroup<P>& group, const ProjectionPlan& q) noexcept {
    if (q.bounds == 0)
        return {P::set(0), P::set(0), false};
    return {group.of_replica(q.bounds, 0, 2), group.of_replica(q.bounds, 1, 2), true};
}

// What the bounds do to one weight.
template <class P> class Clip {
  public:
    CARVE_INLINE Clip(const Bounds<P>& bounds, const P& w) noexcept
        : bounds_(bounds), w_(w), low_(less(w, bounds.low)), high_(less(bounds.high, w)) {}
    CARVE_INLINE P weight() const noexcept {
        return select(low_, bounds_.low, select(high_, bounds_.high, w_));
    }
    // x, or 0 where the clip acts: nothing that the step was to change survives.
    CARVE_INLINE P change(const P& x) const noexcept {
        const P zero = P::set(0);
        return select(low_, zero, select(high_, zero, x));
    }

  private:
    const Bounds<P>& bounds_;
    const P w_;
    const typename P::Mask low_, high_;
};

} // namespace
} // namespace carve
