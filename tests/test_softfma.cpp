// The fused multiply-add in integer arithmetic against the C library's, bit for bit.
#include "../lib/softfma.hpp"

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>
#include <random>
#include <vector>

namespace {

template <class Real> struct Format;
template <> struct Format<float> {
    using Bits = std::uint32_t;
    static constexpr int mantissa = 23, bias = 127;
};
template <> struct Format<double> {
    using Bits = std::uint64_t;
    static constexpr int mantissa = 52, bias = 1023;
};

template <class Real> Real from_bits(typename Format<Real>::Bits bits) {
    Real x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

template <class Real> bool same(Real a, Real b) {
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b); // a NaN's payload is not promised
    return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class Real> void check(Real a, Real b, Real c) {
    const Real want = std::fma(a, b, c), got = carve::soft_fma(a, b, c);
    if (same(want, got))
        return;
    CAPTURE(a);
    CAPTURE(b);
    CAPTURE(c);
    CHECK(got == want);
    FAIL("not the bits of std::fma");
}

template <class Real> std::vector<Real> special() {
    using Limits = std::numeric_limits<Real>;
    std::vector<Real> values;
    for (const Real x :
         {Real(0), Real(1), Real(1.5), Real(3), Limits::epsilon(), 1 + Limits::epsilon(),
          1 - Limits::epsilon() / 2, Limits::min(), Limits::min() - Limits::denorm_min(),
          Limits::min() + Limits::denorm_min(), Limits::denorm_min(), 3 * Limits::denorm_min(),
          Limits::max(), Limits::max() / 2, Limits::infinity(), Limits::quiet_NaN(),
          std::sqrt(Limits::min()), std::sqrt(Limits::max()), std::sqrt(Limits::epsilon())}) {
        values.push_back(x);
        values.push_back(-x);
    }
    return values;
}

// A number whose exponent is within `spread` of `exponent`, often with long runs of equal bits.
template <class Real> Real draw(std::mt19937_64& r, int exponent, int spread) {
    using F = Format<Real>;
    using Bits = typename F::Bits;
    Bits mantissa = Bits(r()) & ((Bits{1} << F::mantissa) - 1);
    switch (r() % 4) {
    case 0:
        mantissa &= ~Bits{0} << (r() % F::mantissa);
        break;
    case 1:
        mantissa |= (Bits{1} << (r() % F::mantissa)) - 1;
        break;
    default:
        break;
    }
    int field = exponent + F::bias + int(r() % unsigned(2 * spread + 1)) - spread;
    field = std::max(0, std::min(2 * F::bias + 1, field));
    const Bits sign = Bits(r() & 1) << (8 * sizeof(Real) - 1);
    return from_bits<Real>(sign | (Bits(field) << F::mantissa) | mantissa);
}

} // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE_TEMPLATE("soft_fma of special values has std::fma's bits", Real, float, double) {
    const std::vector<Real> values = special<Real>();
    for (const Real a : values)
        for (const Real b : values)
            for (const Real c : values)
                check(a, b, c);
}

TEST_CASE_TEMPLATE("soft_fma of any bits has std::fma's", Real, float, double) {
    std::mt19937_64 r(1);
    using Bits = typename Format<Real>::Bits;
    for (int i = 0; i < 500000; ++i)
        check(from_bits<Real>(Bits(r())), from_bits<Real>(Bits(r())), from_bits<Real>(Bits(r())));
}

TEST_CASE_TEMPLATE("soft_fma has std::fma's bits where the sum cancels, rounds or underflows", Real,
                   float, double) {
    std::mt19937_64 r(2);
    using F = Format<Real>;
    const int least = -F::bias - F::mantissa;
    for (int i = 0; i < 2000000; ++i) {
        // Exponents of the product anywhere, the addend's within reach of it.
        const int product = least - 4 + int(r() % unsigned(2 * F::bias + F::mantissa + 8));
        const int ea = product / 2;
        const Real a = draw<Real>(r, ea, 1), b = draw<Real>(r, product - ea, 1);
        const Real c = r() % 4 == 0 ? -a * b : draw<Real>(r, product, 2 * F::mantissa + 4);
        check(a, b, c);
    }
}

TEST_SUITE_END();
