// scalar_math.hpp: logarithm and exponential of one double in plain arithmetic without FMA: the same
// bits everywhere. For what is drawn or prepared once for all lanes.
#pragma once
#include <cstdint>

namespace carve {

// Natural logarithms of normal u in (0, 1), in place: u = 2^e m, m in [sqrt(1/2), sqrt 2), ln m = 2 atanh(s).
// Loops over N values at a time become vectors.
template <int N>
inline void logs_of(double (&u)[N]) noexcept {
    constexpr double inverse[] = {1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                  1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
    double e[N], s[N], s2[N], sum[N];
    for (int i = 0; i < N; ++i) {
        std::uint64_t bits;
        __builtin_memcpy(&bits, &u[i], sizeof bits);
        const std::uint64_t biased = (bits >> 52) | (std::uint64_t{1023 + 52} << 52); // 2^52 + exponent, as a double
        bits = (bits & ((std::uint64_t{1} << 52) - 1)) | (std::uint64_t{1023} << 52);
        double m;
        __builtin_memcpy(&m, &bits, sizeof m);
        const bool large = m > 1.4142135623730951;
        m = large ? m * 0.5 : m;
        double exponent;
        __builtin_memcpy(&exponent, &biased, sizeof exponent);
        e[i] = exponent - (0x1p52 + 1023) + (large ? 1.0 : 0.0);
        s[i] = (m - 1) / (m + 1);
        s2[i] = s[i] * s[i];
        sum[i] = 0;
    }
    for (const double c : inverse)
        for (int i = 0; i < N; ++i) sum[i] = sum[i] * s2[i] + c;
    for (int i = 0; i < N; ++i) u[i] = e[i] * 0.69314718055994530942 + 2 * s[i] * sum[i];
}
inline double log_of(double u) noexcept {
    double one[1] = {u};
    logs_of(one);
    return one[0];
}

// e^-x for x >= 0, 0 from x = 700 on: x / 2^k below 1/64, a Taylor polynomial, and k squarings.
inline double exp_minus(double x) noexcept {
    if (!(x < 700)) return 0;
    int halvings = 0;
    for (; x > 1.0 / 64; x *= 0.5) ++halvings;
    double sum = 1;
    for (int k = 8; k >= 1; --k) sum = 1 - sum * x / k;
    for (; halvings > 0; --halvings) sum *= sum;
    return sum;
}

} // namespace carve
