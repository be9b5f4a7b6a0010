// softfma.hpp: a b + c rounded once, in integer arithmetic, for machines without the instruction.
#pragma once
#include <cstdint>

namespace carve {
namespace {

// float: the product is exact in double; the sum is rounded to odd there, which makes the second
// rounding, to float, the only one that counts (Boldo and Melquiond 2008).
__attribute__((noinline, unused)) float soft_fma(float a, float b, float c) noexcept {
    const double product = static_cast<double>(a) * static_cast<double>(b);
    const double addend = static_cast<double>(c);
    const double sum = product + addend;
    const double part = sum - product;
    const double error = (product - (sum - part)) + (addend - part);
    std::uint64_t bits;
    __builtin_memcpy(&bits, &sum, sizeof bits);
    if (error == error && error != 0 && (bits & 1) == 0) { // not NaN: sum is finite
        bits += (error > 0) == (sum > 0) ? 1u : ~std::uint64_t{0};
        double odd;
        __builtin_memcpy(&odd, &bits, sizeof odd);
        return static_cast<float>(odd);
    }
    return static_cast<float>(sum);
}

__extension__ typedef unsigned __int128 Wide;

struct Parts { // value = magnitude * 2^exponent, magnitude with its top bit at kTop
    Wide magnitude;
    int exponent;
    bool negative;
};
constexpr int kTop = 124;

inline int top_bit(Wide m) noexcept {
    const std::uint64_t high = static_cast<std::uint64_t>(m >> 64);
    return high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll(static_cast<std::uint64_t>(m));
}
inline Parts normalised(Wide magnitude, int exponent, bool negative) noexcept {
    const int shift = kTop - top_bit(magnitude);
    return {shift >= 0 ? magnitude << shift : magnitude >> -shift, exponent - shift, negative};
}
inline void split(double x, std::uint64_t& mantissa, int& exponent, bool& negative) noexcept {
    std::uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    const int field = static_cast<int>((bits >> 52) & 0x7ff);
    mantissa = (bits & ((std::uint64_t{1} << 52) - 1)) | (field ? std::uint64_t{1} << 52 : 0);
    exponent = (field ? field : 1) - 1075;
    negative = bits >> 63 != 0;
}
// Right shift that keeps a trace of what it drops in the lowest bit.
inline Wide shift_sticky(Wide m, int by) noexcept {
    if (by == 0)
        return m;
    if (by > 127)
        return m != 0;
    return (m >> by) | ((m << (128 - by)) != 0);
}
inline double rounded(Wide magnitude, int exponent, bool negative) noexcept {
    const std::uint64_t sign = static_cast<std::uint64_t>(negative) << 63;
    const int top = top_bit(magnitude);
    int field = top + exponent + 1023; // biased exponent of the leading bit
    int drop = top - 52;               // bits below the last that is kept
    if (field < 1) {                   // subnormal: keep fewer
        drop += 1 - field;
        field = 0;
    }
    if (drop < 0) {
        magnitude <<= -drop;
        drop = 0;
    }
    std::uint64_t kept = drop > 127 ? 0 : static_cast<std::uint64_t>(magnitude >> drop);
    const Wide rest = drop > 127 ? Wide{1} : magnitude & ((Wide{1} << drop) - 1);
    const Wide half = drop > 0 && drop <= 127 ? Wide{1} << (drop - 1) : 0;
    std::uint64_t bits =
        field ? (kept & ((std::uint64_t{1} << 52) - 1)) + (static_cast<std::uint64_t>(field) << 52)
              : kept;
    if (field >= 2047)
        bits = std::uint64_t{2047} << 52;
    else if (half && (rest > half || (rest == half && (kept & 1))))
        ++bits; // may carry into the exponent
    bits |= sign;
    double out;
    __builtin_memcpy(&out, &bits, sizeof out);
    return out;
}

__attribute__((noinline, unused)) double soft_fma(double a, double b, double c) noexcept {
    const bool finite_product = a - a == 0 && b - b == 0;
    if (!finite_product || a == 0 || b == 0)
        return a * b + c;
    if (!(c - c == 0))
        return c;
    if (c == 0)
        return a * b;
    std::uint64_t ma, mb, mc;
    int ea, eb, ec;
    bool na, nb, nc;
    split(a, ma, ea, na);
    split(b, mb, eb, nb);
    split(c, mc, ec, nc);
    Parts big = normalised(Wide{ma} * mb, ea + eb, na != nb);
    Parts small = normalised(mc, ec, nc);
    if (small.exponent > big.exponent ||
        (small.exponent == big.exponent && small.magnitude > big.magnitude)) {
        const Parts swap = big;
        big = small;
        small = swap;
    }
    const Wide aligned = shift_sticky(
        small.magnitude, big.exponent - small.exponent > 128 ? 128 : big.exponent - small.exponent);
    const Wide sum =
        big.negative == small.negative ? big.magnitude + aligned : big.magnitude - aligned;
    if (sum == 0)
        return 0.0;
    return rounded(sum, big.exponent, big.negative);
}

} // namespace
} // namespace carve
