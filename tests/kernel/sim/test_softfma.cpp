// The fused multiply-add in software against two that share no code with it: the C library's (the
// machine's instruction, where there is one), and integers that hold every bit.
#include "soft_fma.hpp"
#include "support.hpp"

namespace {

// Magnitudes in units of 2^-2148, the square of the smallest double.
class Integer {
  public:
    static constexpr int kUnit = -2148;
    explicit Integer(double magnitude) {
        int e = 0;
        const double fraction = std::frexp(magnitude, &e);
        add(std::uint64_t(std::ldexp(fraction, 53)), magnitude == 0 ? 0 : e - 53 - kUnit);
    }
    static Integer product(double a, double b) { // of magnitudes
        int ea = 0, eb = 0;
        const auto ma = std::uint64_t(std::ldexp(std::frexp(a, &ea), 53));
        const auto mb = std::uint64_t(std::ldexp(std::frexp(b, &eb), 53));
        Integer p(0.0);
        // below 2^-2148 are only zeros: a and b are multiples of 2^-1074
        const int shift = a == 0 || b == 0 ? 0 : ea + eb - 106 - kUnit + 128;
        p.add((ma & 0xffffffffu) * (mb & 0xffffffffu), shift);
        p.add((ma >> 32) * (mb & 0xffffffffu), shift + 32);
        p.add((ma & 0xffffffffu) * (mb >> 32), shift + 32);
        p.add((ma >> 32) * (mb >> 32), shift + 64);
        for (std::size_t i = 0; i + 4 < kLimbs; ++i)
            p.limbs_[i] = p.limbs_[i + 4];
        return p;
    }
    bool operator<(const Integer& o) const {
        for (std::size_t i = kLimbs; i-- > 0;)
            if (limbs_[i] != o.limbs_[i])
                return limbs_[i] < o.limbs_[i];
        return false;
    }
    void plus(const Integer& o) {
        std::uint64_t carry = 0;
        for (std::size_t i = 0; i < kLimbs; ++i, carry >>= 32)
            limbs_[i] = std::uint32_t(carry += std::uint64_t(limbs_[i]) + o.limbs_[i]);
    }
    void minus(const Integer& o) { // o is no larger
        std::int64_t borrow = 0;
        for (std::size_t i = 0; i < kLimbs; ++i, borrow = borrow < 0 ? -1 : 0)
            limbs_[i] = std::uint32_t(borrow += std::int64_t(limbs_[i]) - o.limbs_[i]);
    }
    template <class Real> Real rounded() const { // to nearest, ties to even
        using Limits = std::numeric_limits<Real>;
        int top = int(kLimbs) * 32 - 1;
        while (top >= 0 && !bit(top))
            --top;
        const int last =
            std::max(top - Limits::digits + 1, Limits::min_exponent - Limits::digits - kUnit);
        std::uint64_t kept = 0;
        for (int i = top; i >= last; --i)
            kept = kept << 1 | std::uint64_t(bit(i));
        bool more = false;
        for (int i = 0; i < last - 1; ++i)
            more = more || bit(i);
        if (bit(last - 1) && (more || (kept & 1)))
            ++kept;
        return Real(std::ldexp(Real(kept), last + kUnit));
    }

  private:
    static constexpr std::size_t kLimbs = 140;
    bool bit(int i) const { return (limbs_[std::size_t(i) / 32] >> (i % 32) & 1) != 0; }
    void add(std::uint64_t m, int shift) {
        const std::size_t first = std::size_t(shift) / 32;
        const int by = shift % 32;
        const std::uint32_t parts[3] = {std::uint32_t(m << by), std::uint32_t(m >> (32 - by)),
                                        by ? std::uint32_t(m >> 32 >> (32 - by)) : 0};
        std::uint64_t carry = 0;
        for (std::size_t i = 0; first + i < kLimbs && (i < 3 || carry); ++i, carry >>= 32)
            limbs_[first + i] =
                std::uint32_t(carry += std::uint64_t(limbs_[first + i]) + (i < 3 ? parts[i] : 0));
    }
    std::uint32_t limbs_[kLimbs] = {};
};

template <class Real> Real exact_fma(Real a, Real b, Real c) {
    if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c) || a == 0 || b == 0)
        return std::isfinite(a) && std::isfinite(b) && !std::isfinite(c) ? c : a * b + c;
    const bool negative = std::signbit(a) != std::signbit(b);
    Integer sum = Integer::product(std::fabs(double(a)), std::fabs(double(b)));
    const Integer addend(std::fabs(double(c)));
    if (c == 0 || negative == std::signbit(c)) {
        sum.plus(addend);
        return std::copysign(sum.rounded<Real>(), negative ? Real(-1) : Real(1));
    }
    if (!(sum < addend) && !(addend < sum))
        return 0;
    if (addend < sum) {
        sum.minus(addend);
        return std::copysign(sum.rounded<Real>(), negative ? Real(-1) : Real(1));
    }
    Integer rest = addend;
    rest.minus(sum);
    return std::copysign(rest.rounded<Real>(), c);
}

template <class Real> struct Triple { Real a, b, c; };

template <class Real> bool same(Real x, Real y) {
    return (x != x && y != y) || std::memcmp(&x, &y, sizeof x) == 0;
}

template <class Real> Real from_bits(std::uint64_t random) {
    using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
    return carve::bits_as<Real>(Bits(random));
}

// A number of any sign with an exponent in low .. high, often with few bits or long runs of them.
template <class Real> Real scaled(support::Random& r, int low, int high) {
    const int digits = std::numeric_limits<Real>::digits;
    std::uint64_t bits = r.bits();
    const std::uint64_t run = ~std::uint64_t(0) << r.below(64);
    const std::uint32_t pattern = r.below(4);
    if (pattern == 0)
        bits &= r.bits() & r.bits();
    else if (pattern == 1)
        bits &= run;
    else if (pattern == 2)
        bits |= ~run >> 1;
    const Real m = 1 + std::ldexp(Real(bits >> (65 - digits)), 1 - digits);
    const int e = low + int(r.below(std::uint32_t(high - low + 1)));
    return std::ldexp(r.chance(0.5) ? m : -m, e);
}

// Where rounding is hard: cancellation, one operand far below the other, results that are subnormal
// or overflow; and any bits at all.
template <class Real> Triple<Real> hard(support::Random& r) {
    using Limits = std::numeric_limits<Real>;
    const int d = Limits::digits, low = Limits::min_exponent, high = Limits::max_exponent;
    Real a = from_bits<Real>(r.bits()), b = from_bits<Real>(r.bits()),
         c = from_bits<Real>(r.bits());
    switch (r.below(5)) {
    case 0:
        break;
    case 1: // next to cancelling
        a = scaled<Real>(r, -d, d);
        b = scaled<Real>(r, -d, d);
        c = -(a * b) * (1 + Limits::epsilon() * Real(int(r.below(5)) - 2));
        break;
    case 2: // any distance of product and addend
        a = scaled<Real>(r, -8, 8);
        b = scaled<Real>(r, -8, 8);
        c = scaled<Real>(r, -3 * d, 3 * d);
        break;
    case 3: // about the smallest
        a = scaled<Real>(r, low / 2 - d, low / 2 + d);
        b = scaled<Real>(r, low / 2 - d, low / 2);
        c = scaled<Real>(r, low - d, low + d);
        break;
    default: // about the largest
        a = scaled<Real>(r, high / 2 - d / 2, high / 2);
        b = scaled<Real>(r, high / 2 - d / 2, high / 2);
        c = scaled<Real>(r, high - 2 * d, high - 1);
    }
    return {a, b, c};
}

template <class Real, class Oracle> void compare(const Triple<Real>& t, Oracle oracle) {
    const Real expected = oracle(t.a, t.b, t.c);
    bool equal = same(carve::soft_fma(t.a, t.b, t.c), expected);
    if constexpr (sizeof(Real) == 8)
        equal = equal && same(carve::integer_fma(t.a, t.b, t.c), expected);
    if (equal)
        return; // millions of assertions would take longer than the numbers
    CAPTURE(t.a);
    CAPTURE(t.b);
    CAPTURE(t.c);
    CHECK(carve::soft_fma(t.a, t.b, t.c) == expected);
    CHECK(equal);
}

template <class Real> std::vector<Real> special_values() {
    using Limits = std::numeric_limits<Real>;
    const Real smallest = Limits::denorm_min(), normal = Limits::min(), one = 1;
    std::vector<Real> values = {0,
                                smallest,
                                3 * smallest,
                                normal - smallest,
                                normal,
                                std::sqrt(normal),
                                Limits::epsilon() / 2,
                                one - Limits::epsilon() / 2,
                                one,
                                one + Limits::epsilon(),
                                1 / Limits::epsilon(),
                                std::sqrt(Limits::max()),
                                Limits::max() / 2,
                                Limits::max(),
                                Limits::infinity(),
                                Limits::quiet_NaN()};
    const std::size_t n = values.size();
    for (std::size_t i = 0; i < n; ++i)
        values.push_back(-values[i]);
    return values;
}

} // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE_TEMPLATE("the FMA in software rounds millions of sums as the C library's does", Real,
                   float, double) {
    support::Random r(11);
    for (int i = 0; i < 3000000; ++i)
        compare(hard<Real>(r), [](Real a, Real b, Real c) { return std::fma(a, b, c); });
}

TEST_CASE_TEMPLATE("the FMA in software rounds what integers of every bit say", Real, float,
                   double) {
    support::Random r(12);
    for (int i = 0; i < 60000; ++i)
        compare(hard<Real>(r), exact_fma<Real>);
    const std::vector<Real> values = special_values<Real>();
    for (const Real a : values)
        for (const Real b : values)
            for (const Real c : values)
                compare(Triple<Real>{a, b, c}, exact_fma<Real>);
}

TEST_SUITE_END();
