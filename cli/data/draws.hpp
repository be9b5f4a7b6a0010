// draws.hpp: the random numbers of trials. Every path, role, round and index has its own.
#pragma once
#include "description.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

class Draws {
  public:
    // The numbers of a path of a task file, "projection.in.weights": with another path, others,
    // whatever else the task has. The stream is 'P' (8 bits), 0 (4), role (4), round (48); the
    // index takes the high 28 bits of the position in it, so that 2^36 values of each index come
    // before those of the next.
    Draws(std::uint64_t seed, const std::string& path, std::uint64_t role, std::uint64_t round,
          std::uint64_t index);
    // The same part of any stream.
    Draws(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);
    std::vector<double> uniform(std::size_t n); // in (0, 1)
    std::vector<double> normal(std::size_t n);
    std::uint64_t seed() const { return seed_; } // of the generator, with the stream
    std::uint64_t stream() const { return stream_; }

  private:
    std::uint64_t seed_, stream_, next_;
};

// What a draw gives, by the next number of `draws`; a column of data is none.
double drawn(const task::Draw& draw, Draws& draws);

// The first `count` of a random order of 0 .. n - 1.
std::vector<std::size_t> random_order(std::size_t n, std::size_t count, Draws& draws);

// lo (hi / lo)^u for u in (0, 1): log-uniform. By square roots, which are the same on every
// machine.
double log_uniform(double lo, double hi, double u);

} // namespace carve::cli
