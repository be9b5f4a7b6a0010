// draws.hpp: the random numbers of data sets. Every use, role, round and index has its own.
#pragma once
#include <cstdint>
#include <vector>

namespace carve::cli {

enum class Use : std::uint64_t {
    split,
    rotation,
    scale,
    spectrum,
    samples,
    rows,
    weights,
    lateral,
    signs,
    spikes,
    columns,
    bootstrap
};

// The stream is 'D' (8 bits), use (4), role (4), round (48); the index takes the high 28 bits of
// the position in it, so that 2^36 values of each index come before those of the next.
class Draws {
  public:
    Draws(std::uint64_t seed, Use use, std::uint64_t role, std::uint64_t round,
          std::uint64_t index);
    std::vector<double> uniform(std::size_t n); // in (0, 1)
    std::vector<double> normal(std::size_t n);

  private:
    std::uint64_t seed_, stream_, next_;
};

// The first `count` of a random order of 0 .. n - 1.
std::vector<std::size_t> random_order(std::size_t n, std::size_t count, Draws& draws);

// lo (hi / lo)^u for u in (0, 1): log-uniform. By square roots, which are the same on every
// machine.
double log_uniform(double lo, double hi, double u);

} // namespace carve::cli
