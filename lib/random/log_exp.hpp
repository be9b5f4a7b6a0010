// log_exp.hpp: logarithm and exponential of one double in plain arithmetic without FMA: the
// same bits everywhere. For what is drawn or prepared once for all lanes.
#pragma once
#include "bits.hpp"

#include <cstdint>

namespace carve {

// Two at a time: the vectors that every machine has, if it has any. What is done to one does not
// depend on the other.
typedef double Doubles __attribute__((vector_size(16)));
typedef std::uint64_t Bits __attribute__((vector_size(16)));

// Natural logarithm of normal u in (0, 1): u = 2^e m, m in [sqrt(1/2), sqrt 2), ln m = 2 atanh(s).
CARVE_INLINE Doubles log_of(Doubles u) noexcept {
    constexpr double inverse[] = {1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                  1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
    const Bits bits = bits_as<Bits>(u);
    Doubles e = bits_as<Doubles>((bits >> 52) | std::uint64_t{1023 + 52} << 52) -
                (0x1p52 + 1023); // 2^52 + exponent
    Doubles m =
        bits_as<Doubles>((bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1023} << 52);
    const auto large = m > 1.4142135623730951;
    m = large ? m * 0.5 : m;
    e += large ? Doubles{1, 1} : Doubles{0, 0};
    const Doubles s = (m - 1) / (m + 1), s2 = s * s;
    Doubles sum{0, 0};
#pragma GCC unroll 12
    for (const double c : inverse)
        sum = sum * s2 + c;
    return e * 0.69314718055994530942 + 2 * s * sum;
}
inline double log_of(double u) noexcept { return log_of(Doubles{u, u})[0]; }

// e^-x for x >= 0, 0 from x = 700 on: x / 2^k below 1/64, a Taylor polynomial, and k squarings.
inline double exp_minus(double x) noexcept {
    if (!(x < 700))
        return 0;
    int halvings = 0;
    for (; x > 1.0 / 64; x *= 0.5)
        ++halvings;
    double sum = 1;
    for (int k = 8; k >= 1; --k)
        sum = 1 - sum * x / k;
    for (; halvings > 0; --halvings)
        sum *= sum;
    return sum;
}
// tanh(x / 2) for x >= 0.
inline double tanh_half(double x) noexcept {
    if (x < 1e-4)
        return x * (0.5 - x * x / 24);
    const double e = exp_minus(x);
    return (1 - e) / (1 + e);
}

} // namespace carve
