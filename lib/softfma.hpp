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

struct Wide { // 128 bits, for machines whose compilers have none
    std::uint64_t high, low;
};

inline Wide product(std::uint64_t a, std::uint64_t b) noexcept {
    constexpr std::uint64_t half = 0xFFFFFFFF;
    const std::uint64_t low = (a & half) * (b & half), cross = (a >> 32) * (b & half);
    const std::uint64_t middle = (a & half) * (b >> 32) + (low >> 32) + (cross & half);
    return {(a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32), (middle << 32) | (low & half)};
}
inline bool is_less(const Wide& a, const Wide& b) noexcept {
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}
inline Wide sum_of(const Wide& a, const Wide& b) noexcept {
    const std::uint64_t low = a.low + b.low;
    return {a.high + b.high + (low < a.low), low};
}
inline Wide difference_of(const Wide& a, const Wide& b) noexcept {
    return {a.high - b.high - (a.low < b.low), a.low - b.low};
}
// by < 128
inline Wide shifted_left(const Wide& m, int by) noexcept {
    if (by >= 64)
        return {m.low << (by - 64), 0};
    return by == 0 ? m : Wide{(m.high << by) | (m.low >> (64 - by)), m.low << by};
}
// Right shift that keeps a trace of what it drops in the lowest bit.
inline Wide shifted_right_sticky(const Wide& m, int by) noexcept {
    if (by == 0)
        return m;
    if (by >= 128)
        return {0, (m.high | m.low) != 0};
    if (by >= 64) {
        const bool dropped = m.low != 0 || (by > 64 && m.high << (128 - by) != 0);
        return {0, (m.high >> (by - 64)) | dropped};
    }
    return {m.high >> by, (m.high << (64 - by)) | (m.low >> by) | (m.low << (64 - by) != 0)};
}

struct Parts { // value = magnitude * 2^exponent
    Wide magnitude;
    int exponent;
    bool negative;
};

// With its top bit at 127 - `room`; magnitude != 0, and its top bit is not above that.
inline Parts normalised(const Parts& p, int room) noexcept {
    const Wide& m = p.magnitude;
    const int zeros = m.high ? __builtin_clzll(m.high) : 64 + __builtin_clzll(m.low);
    return {shifted_left(m, zeros - room), p.exponent - (zeros - room), p.negative};
}
inline void split(double x, std::uint64_t& mantissa, int& exponent, bool& negative) noexcept {
    std::uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    const int field = static_cast<int>((bits >> 52) & 0x7ff);
    mantissa = (bits & ((std::uint64_t{1} << 52) - 1)) | (field ? std::uint64_t{1} << 52 : 0);
    exponent = (field ? field : 1) - 1075;
    negative = bits >> 63 != 0;
}
inline double rounded(const Parts& exact) noexcept {
    const Parts p = normalised(exact, 0);
    // The 64 leading bits; the lowest one stands for all that follow.
    std::uint64_t leading = p.magnitude.high | (p.magnitude.low != 0);
    int field = p.exponent + 127 + 1023; // biased exponent of the top bit
    if (field < 1) {                     // subnormal
        leading = shifted_right_sticky({0, leading}, 1 - field).low;
        field = 0;
    }
    const std::uint64_t kept = leading >> 11, rest = leading & 0x7FF;
    std::uint64_t bits = field ? (static_cast<std::uint64_t>(field - 1) << 52) + kept : kept;
    if (field >= 2047)
        bits = std::uint64_t{2047} << 52;
    else if (rest > 0x400 || (rest == 0x400 && (kept & 1)))
        ++bits; // may carry into the exponent
    bits |= static_cast<std::uint64_t>(p.negative) << 63;
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
    constexpr int room = 1; // for the carry of a sum
    Parts big = normalised({product(ma, mb), ea + eb, na != nb}, room);
    Parts small = normalised({{0, mc}, ec, nc}, room);
    if (small.exponent > big.exponent ||
        (small.exponent == big.exponent && is_less(big.magnitude, small.magnitude))) {
        const Parts swap = big;
        big = small;
        small = swap;
    }
    const Wide aligned = shifted_right_sticky(small.magnitude, big.exponent - small.exponent);
    const Wide sum = big.negative == small.negative ? sum_of(big.magnitude, aligned)
                                                    : difference_of(big.magnitude, aligned);
    if ((sum.high | sum.low) == 0)
        return 0.0;
    return rounded({sum, big.exponent, big.negative});
}

} // namespace
} // namespace carve
