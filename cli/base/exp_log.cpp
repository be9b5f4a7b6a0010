#include "exp_log.hpp"

#include <cmath>
#include <limits>

namespace carve::cli {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// ln 2 in two parts; products of the first, which ends in zeros, with small integers are exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kInverseLn2 = 1.4426950408889634;

} // namespace

// e^x = 2^k e^r, |r| <= ln 2 / 2, and Taylor's polynomial of e^r.
double exp_of(double x) {
    if (!(x < 710))
        return x != x ? x : kInfinity;
    if (x < -746)
        return 0;
    const double k = std::floor(x * kInverseLn2 + 0.5);
    const double r = (x - k * kLn2High) - k * kLn2Low;
    double sum = 1;
    for (int i = 14; i >= 2; --i)
        sum = 1 + sum * r / i;
    return std::ldexp(1 + sum * r, static_cast<int>(k));
}

// x = 2^e m, m in [sqrt(1/2), sqrt 2), and ln m = 2 atanh(s) by its series.
double log_of(double x) {
    if (!(x > 0) || x == kInfinity)
        return x == 0 ? -kInfinity : x > 0 ? x : std::numeric_limits<double>::quiet_NaN();
    int e = 0;
    double m = std::frexp(x, &e);
    if (m < 0.70710678118654752) {
        m *= 2;
        --e;
    }
    const double f = m - 1, s = f / (m + 1), s2 = s * s;
    double sum = 0; // (atanh(s) / s - 1) / s^2
    for (int k = 23; k >= 3; k -= 2)
        sum = sum * s2 + 1.0 / k;
    const double tail = 2 * s * (s2 * sum);
    return e * kLn2High + (2 * s + (tail + e * kLn2Low));
}

} // namespace carve::cli
