// third_factor.hpp: the arithmetic of third factors, for rates and for spikes.
#pragma once
#include "plan.hpp"
#include "settle.hpp"

namespace carve {
namespace {

// Steps whose rates a baseline keeps: those of its window, or one mean.
inline std::size_t baseline_steps(const Projection& p) noexcept {
    return p.baseline == CARVE_BASELINE_WINDOW ? p.window : 1;
}
// The mean over the steps before (M36), which then takes in the rate of this one. kept: [step], so many numbers apart.
template <class P>
inline P take_in(const Projection& p, typename P::Real* kept, std::size_t apart, std::uint64_t step,
                 const P& rate) noexcept {
    using Real = typename P::Real;
    const bool windowed = p.baseline == CARVE_BASELINE_WINDOW;
    const std::size_t steps = baseline_steps(p), newest = static_cast<std::size_t>(step % steps);
    const P weight = P::set(Real(1) / static_cast<Real>(p.window));
    P mean = P::load(kept);
    if (windowed) {
        for (std::size_t i = 1; i < steps; ++i)
            mean = mean + P::load(kept + i * apart);
        mean = mean * weight;
    }
    (windowed ? rate : settle(fma(weight, rate - mean, mean))).store(kept + newest * apart);
    return mean;
}
// The coefficient of a step: a + b r + c r^2.
template <class P>
CARVE_INLINE P in_powers(const P& a, const P& b, const P& c, const P& r) noexcept {
    return fma(fma(c, r, b), r, a);
}

} // namespace
} // namespace carve
