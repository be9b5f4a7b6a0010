// random.cpp: Philox4x32-10, uniforms and normals.
#include "random.hpp"
#include "scalar_math.hpp"

namespace carve {

namespace {

constexpr double kPi = 3.14159265358979323846;

struct SinCos {
    double sin, cos;
};
// Of 2 pi u, u in (0, 1): the nearest quarter turn, then Taylor polynomials on [-pi/4, pi/4].
SinCos turn(double u) noexcept {
    const int quarter = static_cast<int>(4 * u + 0.5);
    const double x = 2 * kPi * (u - 0.25 * quarter), x2 = x * x;
    double sin = 1, cos = 1;
    for (int k = 18; k >= 2; k -= 2) {
        cos = 1 - cos * x2 / ((k - 1) * k);
        sin = 1 - sin * x2 / (k * (k + 1));
    }
    sin *= x;
    switch (quarter & 3) {
    case 0: return {sin, cos};
    case 1: return {cos, -sin};
    case 2: return {-sin, -cos};
    default: return {-cos, sin};
    }
}

// Two doubles of counter i: words (0, 1) and (2, 3), low word first, at the middle of 2^-53 steps.
void pair_of(std::uint64_t seed, std::uint64_t stream, std::uint64_t i, double out[2]) noexcept {
    const Words r = philox(seed, i, stream);
    for (int h = 0; h < 2; ++h) {
        const std::uint64_t bits = (std::uint64_t{r.w[2 * h + 1]} << 32) | r.w[2 * h];
        out[h] = (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
    }
}
void normal_pair(std::uint64_t seed, std::uint64_t stream, std::uint64_t i, double out[2]) noexcept {
    double u[2];
    pair_of(seed, stream, i, u);
    const double radius = __builtin_sqrt(-2 * log_of(u[0]));
    const SinCos angle = turn(u[1]);
    out[0] = radius * angle.cos;
    out[1] = radius * angle.sin;
}

template <class Pair>
void fill(std::uint64_t first, double* out, std::size_t n, Pair pair) noexcept {
    std::size_t done = 0;
    while (done < n) {
        const std::uint64_t index = first + done;
        double two[2];
        pair(index / 2, two);
        if (index % 2 == 0) {
            out[done++] = two[0];
            if (done == n) break;
        }
        out[done++] = two[1];
    }
}

} // namespace

Words philox(std::uint64_t seed, std::uint64_t counter_low, std::uint64_t counter_high) noexcept {
    std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
    std::uint32_t x0 = static_cast<std::uint32_t>(counter_low), x1 = static_cast<std::uint32_t>(counter_low >> 32);
    std::uint32_t x2 = static_cast<std::uint32_t>(counter_high), x3 = static_cast<std::uint32_t>(counter_high >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * x0, p1 = std::uint64_t{0xCD9E8D57u} * x2;
        const std::uint32_t y0 = static_cast<std::uint32_t>(p1 >> 32) ^ x1 ^ k0;
        const std::uint32_t y2 = static_cast<std::uint32_t>(p0 >> 32) ^ x3 ^ k1;
        x1 = static_cast<std::uint32_t>(p1);
        x3 = static_cast<std::uint32_t>(p0);
        x0 = y0;
        x2 = y2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{x0, x1, x2, x3}};
}

void fill_uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, double* out, std::size_t n) noexcept {
    fill(first, out, n, [&](std::uint64_t i, double* two) noexcept { pair_of(seed, stream, i, two); });
}
void fill_normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, double* out, std::size_t n) noexcept {
    fill(first, out, n, [&](std::uint64_t i, double* two) noexcept { normal_pair(seed, stream, i, two); });
}

void fill_words(std::uint64_t seed, std::uint64_t stream, std::uint64_t index, double (&out)[4]) noexcept {
    const Words r = philox(seed, index, stream);
    for (int i = 0; i < 4; ++i) out[i] = (r.w[i] + 0.5) * 0x1p-32;
}
void fill_exponential(std::uint64_t seed, std::uint64_t stream, std::uint64_t index, double (&out)[4]) noexcept {
    fill_words(seed, stream, index, out);
    for (double& x : out) x = -log_of(x);
}

std::uint64_t draw_seed(std::uint64_t seed, std::uint32_t what, std::uint32_t index) noexcept {
    const Words r = philox(seed, (std::uint64_t{what} << 32) | index, 0x6361727665u); // "carve"
    return (std::uint64_t{r.w[1]} << 32) | r.w[0];
}

} // namespace carve
