// Numbers of twice a double's digits, as the sum of two: for oracles of what is badly conditioned.
// Dekker, Numerische Mathematik 18 (1971); needs arithmetic that is neither fused nor reordered.
#ifndef CARVE_TESTS_REFERENCE_DOUBLE_DOUBLE_HPP
#define CARVE_TESTS_REFERENCE_DOUBLE_DOUBLE_HPP

#include <cmath>

namespace reference {

struct DoubleDouble {
    double high = 0, low = 0; // low: at most half a unit in high's last place

    DoubleDouble() = default;
    DoubleDouble(double h) : high(h) {} // NOLINT: implicit, so that formulas read as on paper
    DoubleDouble(double h, double l) : high(h), low(l) {}
    explicit operator double() const { return high; }
};

// a + b without an error
inline DoubleDouble sum_of(double a, double b) {
    const double s = a + b, of_b = s - a;
    return {s, (a - (s - of_b)) + (b - of_b)};
}
inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
    const DoubleDouble s = sum_of(a.high, b.high), t = sum_of(a.low, b.low);
    const DoubleDouble u = sum_of(s.high, s.low + t.high);
    return sum_of(u.high, u.low + t.low);
}
inline DoubleDouble operator-(const DoubleDouble& a) { return {-a.high, -a.low}; }
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) { return a + -b; }
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
    const double p = a.high * b.high, lost = std::fma(a.high, b.high, -p);
    return sum_of(p, lost + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
    const double first = a.high / b.high;
    const DoubleDouble rest = a - b * first;
    const double second = rest.high / b.high;
    const double third = (rest - b * second).high / b.high;
    return sum_of(first, second) + DoubleDouble(third);
}

} // namespace reference
#endif
