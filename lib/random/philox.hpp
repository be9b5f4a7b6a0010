// philox.hpp: counter-based random numbers, Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011),
// and normals by Box and Muller. Plain double arithmetic without FMA: the same bits everywhere.
#pragma once
#include <cstddef>
#include <cstdint>

namespace carve {

struct Words {
    std::uint32_t w[4];
};
Words philox(std::uint64_t seed, std::uint64_t counter_low, std::uint64_t counter_high) noexcept;

// Values first, first + 1, ... of a stream, as carve_random_uniform and _normal define them.
void fill_uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, double* out,
                  std::size_t n) noexcept;
void fill_normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, double* out,
                 std::size_t n) noexcept;

// The four words of a counter as uniforms in (0, 1), of 32 bits each.
void fill_words(std::uint64_t seed, std::uint64_t stream, std::uint64_t index,
                double (&out)[4]) noexcept;

// The key of one array of a sim: what 0 for weights, 1 for values, 2 for spikes, 3 for signals;
// index of the projection, population or signal.
std::uint64_t draw_seed(std::uint64_t seed, std::uint32_t what, std::uint32_t index) noexcept;

} // namespace carve
