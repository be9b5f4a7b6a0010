// real.hpp: from double to the precision of a sim.
#pragma once

namespace carve {
namespace {

// The largest float. Beyond it the language leaves the conversion of a finite number undefined.
constexpr double kLargestFloat = 0x1.fffffep127;

template <class Real> constexpr Real largest() noexcept {
    return sizeof(Real) == 4 ? Real(kLargestFloat) : Real(__DBL_MAX__);
}

// Whether x is infinite, NaN or a number that Real holds, rounded.
template <class Real> bool fits(double x) noexcept {
    return sizeof(Real) == 8 || !(x - x == 0) || (x <= kLargestFloat && x >= -kLargestFloat);
}
// What does not fit becomes an infinity, as IEEE 754 has it for what lies far enough beyond.
template <class Real> Real to_real(double x) noexcept {
    if (fits<Real>(x))
        return static_cast<Real>(x);
    return static_cast<Real>(x < 0 ? -__builtin_inf() : __builtin_inf());
}

} // namespace
} // namespace carve
