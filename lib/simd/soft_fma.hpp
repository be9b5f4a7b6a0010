// soft_fma.hpp: a b + c rounded once, for machines without the instruction. Needs no integer wider
// than 64 bits, so that 32-bit machines have it as well.
#pragma once
#include "bits.hpp"

#include <cstdint>

#if __FLT_EVAL_METHOD__ != 0
#error "carve needs arithmetic that rounds to its type; on 32-bit x86: -msse2 -mfpmath=sse"
#endif

namespace carve {
namespace {

// A sum or product of two doubles and what its rounding lost, which is a double, too, unless it
// leaves the range (Dekker 1971, Knuth 1969).
struct Exact {
    double value, lost;
};
CARVE_INLINE Exact exact_sum(double a, double b) noexcept {
    const double sum = a + b;
    const double part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}
CARVE_INLINE double upper_half(double a) noexcept { // 26 of its 53 bits
    const double scaled = a * 0x1.0000002p27;
    return scaled - (scaled - a);
}
CARVE_INLINE Exact exact_product(double a, double b) noexcept {
    const double product = a * b;
    const double a1 = upper_half(a), a2 = a - a1, b1 = upper_half(b), b2 = b - b1;
    return {product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}
// a + b, and where that is not a double the neighbour whose last bit is 1 ("rounded to odd"): a
// rounding that follows is then the only one that counts (Boldo and Melquiond 2008).
CARVE_INLINE double sum_to_odd(double a, double b) noexcept {
    const Exact sum = exact_sum(a, b);
    std::uint64_t bits = bits_as<std::uint64_t>(sum.value);
    const bool above = sum.lost > 0, below = sum.lost < 0; // neither after an overflow: NaN
    if ((above || below) && (bits & 1) == 0)
        bits += above == (sum.value > 0) ? 1u : ~std::uint64_t{0};
    return bits_as<double>(bits);
}

__attribute__((noinline, unused)) float soft_fma(float a, float b, float c) noexcept {
    // the product of two floats is a double
    return static_cast<float>(
        sum_to_odd(static_cast<double>(a) * static_cast<double>(b), static_cast<double>(c)));
}

struct Number { // +- m 2^e, m in 2^53 .. 2^54 - 1
    std::uint64_t m;
    int e;
    bool negative;
};
CARVE_INLINE Number number(double x) noexcept { // finite, not 0
    const std::uint64_t bits = bits_as<std::uint64_t>(x), one = std::uint64_t{1} << 52;
    std::uint64_t m = bits & (one - 1);
    int field = static_cast<int>(bits >> 52 & 0x7ff);
    if (field) {
        m |= one;
    } else { // subnormal
        const int up = __builtin_clzll(m) - 11;
        m <<= up;
        field = 1 - up;
    }
    return {m << 1, field - 1076, bits >> 63 != 0};
}

struct Wide { // high 2^64 + low
    std::uint64_t high, low;
};
CARVE_INLINE Wide product(std::uint64_t a, std::uint64_t b) noexcept {
    const std::uint64_t half = 0xffffffffu, a1 = a >> 32, a0 = a & half, b1 = b >> 32,
                        b0 = b & half;
    const std::uint64_t low = a0 * b0;
    const std::uint64_t middle = a1 * b0 + (low >> 32);
    const std::uint64_t cross = a0 * b1 + (middle & half);
    return {a1 * b1 + (middle >> 32) + (cross >> 32), cross << 32 | (low & half)};
}
// m / 2^by for by in 1 .. 63; the lowest bit of the result is also set if bits were lost.
CARVE_INLINE std::uint64_t shifted_right(std::uint64_t m, int by) noexcept {
    return m >> by | (m << (64 - by) != 0 ? 1u : 0u);
}
// +- m 2^e as a double, m in 2^62 .. 2^63 - 1 with its lowest bit set if more bits would follow.
CARVE_INLINE double rounded(std::uint64_t m, int e, bool negative) noexcept {
    const std::uint64_t sign = std::uint64_t{negative} << 63, infinity = std::uint64_t{2047} << 52;
    const int field = e + 62 + 1023;                  // of the leading bit's exponent
    const int drop = field < 1 ? 10 + 1 - field : 10; // subnormals keep fewer bits
    if (drop > 63)                                    // below half of the smallest
        return bits_as<double>(sign);
    if (field > 2046)
        return bits_as<double>(sign | infinity);
    const std::uint64_t half = std::uint64_t{1} << (drop - 1), rest = m & (2 * half - 1);
    std::uint64_t bits = m >> drop;
    if (field > 0)
        bits += static_cast<std::uint64_t>(field - 1) << 52; // the leading bit adds the last 1
    if (rest > half || (rest == half && (bits & 1)))
        ++bits; // may carry into the exponent, up to infinity
    return bits_as<double>(bits | sign);
}

// Any three doubles, by integers.
__attribute__((noinline, unused)) double integer_fma(double a, double b, double c) noexcept {
    if (!(a - a == 0 && b - b == 0) || a == 0 || b == 0) // an infinity, a NaN, or a product of 0
        return a * b + c;
    if (!(c - c == 0))
        return c;
    if (c == 0)
        return a * b;
    const Number x = number(a), y = number(b), z = number(c);
    // p 2^e is the product, q 2^e the addend; p is below 2^108, and q either has no bits below
    // those of p, or is kept to its last bits, of which the lowest stands for all that are lost.
    Wide p = product(x.m, y.m), q = {0, z.m};
    int e = x.e + y.e;
    const int up = z.e - e;
    if (up <= -64) {
        q.low = 1;
    } else if (up < 0) {
        q.low = shifted_right(z.m, -up);
    } else if (up > 0 && up < 64) {
        q = {z.m >> (64 - up), z.m << up};
    } else if (up >= 64) { // the product moves instead
        q = {z.m, 0};
        e = z.e - 64;
        const int down = up - 64;
        if (down >= 64)
            p = {0, 1};
        else if (down > 0)
            p = {p.high >> down, p.high << (64 - down) | shifted_right(p.low, down)};
    }
    bool negative = x.negative != y.negative;
    if (negative == z.negative) {
        p.low += q.low;
        p.high += q.high + (p.low < q.low);
    } else {
        const bool borrow = p.low < q.low;
        p.low -= q.low;
        p.high -= q.high + borrow;
        if (p.high >> 63) {
            p.low = ~p.low + 1;
            p.high = ~p.high + (p.low == 0);
            negative = !negative;
        }
    }
    if (p.high) {
        const int top = __builtin_clzll(p.high) - 1; // 8 or more: p and q are below 2^118
        return rounded(p.high << top | shifted_right(p.low, 64 - top), e + 64 - top, negative);
    }
    if (!p.low)
        return 0.0;
    const int top = __builtin_clzll(p.low) - 1;
    return rounded(top < 0 ? shifted_right(p.low, 1) : p.low << top, e - top, negative);
}

CARVE_INLINE unsigned exponent_field(double x) noexcept {
    return static_cast<unsigned>(bits_as<std::uint64_t>(x) >> 52) & 0x7ff;
}

// By doubles alone where nothing leaves their range, which takes half as long as by integers
// (Boldo and Melquiond 2008). Not where doubles themselves are software.
__attribute__((noinline, unused)) double soft_fma(double a, double b, double c) noexcept {
#if !defined(__arm__) || (__ARM_FP & 8)
    const unsigned ea = exponent_field(a), eb = exponent_field(b);
    const bool halves = ea - 128 < 1792 && eb - 128 < 1792; // 2^-895 .. 2^897, and not 0
    const bool product = ea + eb - 1200 < 1700;             // 2^-846 .. 2^856
    if (halves && product && exponent_field(c) < 2000) {
        const Exact p = exact_product(a, b);
        const Exact low = exact_sum(c, p.lost);
        const Exact high = exact_sum(p.value, low.value);
        return high.value + sum_to_odd(low.lost, high.lost);
    }
#endif
    return integer_fma(a, b, c);
}

} // namespace
} // namespace carve
