// philox.cpp: Philox4x32-10, uniforms and normals.
#include "philox.hpp"
#include "log_exp.hpp"

namespace carve {

namespace {

constexpr double kPi = 3.14159265358979323846;

// N counters at a time: kMany where as many are wanted, else kFew. Every loop over them becomes
// vectors; each counter's arithmetic is the same however many there are.
constexpr int kMany = 16, kFew = 4;

template <int N> void philox_rounds(std::uint64_t seed, std::uint32_t (&x)[4][N]) noexcept {
    std::uint32_t k0 = static_cast<std::uint32_t>(seed),
                  k1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < N; ++i) {
            const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * x[0][i],
                                p1 = std::uint64_t{0xCD9E8D57u} * x[2][i];
            x[0][i] = static_cast<std::uint32_t>(p1 >> 32) ^ x[1][i] ^ k0;
            x[2][i] = static_cast<std::uint32_t>(p0 >> 32) ^ x[3][i] ^ k1;
            x[1][i] = static_cast<std::uint32_t>(p1);
            x[3][i] = static_cast<std::uint32_t>(p0);
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

// Two uniforms of each of the counters from `first` on: words (0, 1) and (2, 3), low word first, at
// the middle of 2^-53 steps.
template <int N>
void uniforms(std::uint64_t seed, std::uint64_t stream, std::uint64_t first,
              double (&u)[2][N]) noexcept {
    std::uint32_t x[4][N];
    for (int i = 0; i < N; ++i) {
        // A counter is half an index, of 64 bits: the one after the last is 0.
        const std::uint64_t counter =
            (first + static_cast<std::uint64_t>(i)) & (~std::uint64_t{0} >> 1);
        x[0][i] = static_cast<std::uint32_t>(counter);
        x[1][i] = static_cast<std::uint32_t>(counter >> 32);
        x[2][i] = static_cast<std::uint32_t>(stream);
        x[3][i] = static_cast<std::uint32_t>(stream >> 32);
    }
    philox_rounds(seed, x);
    for (int h = 0; h < 2; ++h)
        for (int i = 0; i < N; ++i) {
            const std::uint64_t bits = (std::uint64_t{x[2 * h + 1][i]} << 32) | x[2 * h][i];
            // 52 bits as the mantissa of a number in [1, 2): exact, and free of integer
            // conversions.
            const std::uint64_t one_to_two = (bits >> 12) | (std::uint64_t{1023} << 52);
            double d;
            __builtin_memcpy(&d, &one_to_two, sizeof d);
            u[h][i] = (d - 1) + 0x1p-53;
        }
}

constexpr double factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

// Sine and cosine of 2 pi u, u in (0, 1): the nearest quarter turn, then Taylor polynomials on
// [-pi/4, pi/4].
CARVE_INLINE void turn(Doubles u, Doubles& sin, Doubles& cos) noexcept {
    constexpr double of_sin[] = {1 / factorial(17),  -1 / factorial(15), 1 / factorial(13),
                                 -1 / factorial(11), 1 / factorial(9),   -1 / factorial(7),
                                 1 / factorial(5),   -1 / factorial(3),  1};
    constexpr double of_cos[] = {1 / factorial(16),  -1 / factorial(14), 1 / factorial(12),
                                 -1 / factorial(10), 1 / factorial(8),   -1 / factorial(6),
                                 1 / factorial(4),   -1 / factorial(2),  1};
    constexpr double to_integer = 0x1.8p52; // added, it leaves no bits for fractions
    const Doubles quarter = (4 * u + to_integer) - to_integer, x = 2 * kPi * (u - 0.25 * quarter),
                  x2 = x * x;
    Doubles s{0, 0}, c{0, 0};
#pragma GCC unroll 9
    for (std::size_t k = 0; k < sizeof of_sin / sizeof of_sin[0]; ++k) {
        s = s * x2 + of_sin[k];
        c = c * x2 + of_cos[k];
    }
    s *= x;
    const auto first = quarter == 1.0, second = quarter == 2.0, third = quarter == 3.0;
    sin = (first | third) ? c : s;
    cos = (first | third) ? s : c;
    sin = (second | third) ? -sin : sin;
    cos = (first | second) ? -cos : cos;
}

// The same uniforms by Box and Muller's transform.
template <int N>
void normals(std::uint64_t seed, std::uint64_t stream, std::uint64_t first,
             double (&z)[2][N]) noexcept {
    uniforms(seed, stream, first, z);
    for (int i = 0; i < N; i += 2) {
        Doubles sin, cos;
        turn(Doubles{z[1][i], z[1][i + 1]}, sin, cos);
        const Doubles square = -2 * log_of(Doubles{z[0][i], z[0][i + 1]});
        const Doubles radius{__builtin_sqrt(square[0]), __builtin_sqrt(square[1])};
        const Doubles x = radius * cos, y = radius * sin;
        for (int k = 0; k < 2; ++k) {
            z[0][i + k] = x[k];
            z[1][i + k] = y[k];
        }
    }
}

template <class Draw>
void fill(std::uint64_t first, double* out, std::size_t n, Draw draw) noexcept {
    double many[2][kMany], few[2][kFew];
    for (std::size_t done = 0; done < n;) {
        if ((first + done) % 2 == 0 && n - done >= 2 * kMany) {
            draw((first + done) / 2, many);
            for (int i = 0; i < kMany; ++i) {
                out[done++] = many[0][i];
                out[done++] = many[1][i];
            }
        } else {
            draw((first + done) / 2, few);
            for (std::size_t at = (first + done) % 2; at < 2 * kFew && done < n; ++at)
                out[done++] = few[at % 2][at / 2];
        }
    }
}

} // namespace

Words philox(std::uint64_t seed, std::uint64_t counter_low, std::uint64_t counter_high) noexcept {
    std::uint32_t x[4][1] = {{static_cast<std::uint32_t>(counter_low)},
                             {static_cast<std::uint32_t>(counter_low >> 32)},
                             {static_cast<std::uint32_t>(counter_high)},
                             {static_cast<std::uint32_t>(counter_high >> 32)}};
    philox_rounds(seed, x);
    return {{x[0][0], x[1][0], x[2][0], x[3][0]}};
}

void fill_uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, double* out,
                  std::size_t n) noexcept {
    fill(first, out, n, [&](std::uint64_t i, auto& u) noexcept { uniforms(seed, stream, i, u); });
}
void fill_normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, double* out,
                 std::size_t n) noexcept {
    fill(first, out, n, [&](std::uint64_t i, auto& z) noexcept { normals(seed, stream, i, z); });
}

void fill_words(std::uint64_t seed, std::uint64_t stream, std::uint64_t index,
                double (&out)[4]) noexcept {
    const Words r = philox(seed, index, stream);
    for (int i = 0; i < 4; ++i)
        out[i] = (r.w[i] + 0.5) * 0x1p-32;
}

std::uint64_t draw_seed(std::uint64_t seed, std::uint32_t what, std::uint32_t index) noexcept {
    const Words r = philox(seed, (std::uint64_t{what} << 32) | index, 0x6361727665u); // "carve"
    return (std::uint64_t{r.w[1]} << 32) | r.w[0];
}

} // namespace carve
