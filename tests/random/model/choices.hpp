// Where the random tests take their decisions from: a seed, or the bytes of a fuzzer. Bytes that run
// out are zeros, so that every prefix of an input is an input.
#ifndef CARVE_TESTS_CHOICES_HPP
#define CARVE_TESTS_CHOICES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace nets {

inline std::uint64_t mix(std::uint64_t z) { // the finalizer of splitmix64
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return mix(mix(a) ^ b); }

class Choices {
  public:
    explicit Choices(std::uint64_t seed) : state_(mix(seed)) {}
    Choices(const std::uint8_t* data, std::size_t size) : data_(data), left_(size), bytes_(true) {}

    std::uint64_t bits(unsigned n_bytes = 8) {
        std::uint64_t value = 0;
        if (!bytes_) {
            value = mix(state_++);
            return n_bytes == 8 ? value : value >> (64 - 8 * n_bytes);
        }
        for (unsigned k = 0; k < n_bytes && left_ > 0; ++k, --left_)
            value |= std::uint64_t{*data_++} << (8 * k);
        return value;
    }
    std::uint32_t below(std::uint32_t n) { // n >= 1
        return n <= 256 ? std::uint32_t(bits(bytes_ ? 1 : 4) % n) : std::uint32_t(bits(4) % n);
    }
    std::uint32_t between(std::uint32_t low, std::uint32_t high) {
        return low + below(high - low + 1);
    }
    bool one_in(std::uint32_t n) { return below(n) == n - 1; } // false once bytes have run out
    double uniform(double low, double high) {
        return low + (high - low) * double(bits(2)) / 65535.0;
    }
    // Any double, mostly one that breaks things.
    double wild() {
        const double inf = std::numeric_limits<double>::infinity();
        const double values[] = {0,      -0.0,    1,      -1,
                                 1e308,  -1e308,  5e-324, -1e-310,
                                 3.5e38, 1e39,    inf,    -inf,
                                 5e9,    -1e-300, 1e-40,  std::numeric_limits<double>::quiet_NaN()};
        const std::uint32_t k = below(18);
        if (k < 16)
            return values[k];
        const std::uint64_t any = bits();
        double x;
        std::memcpy(&x, &any, sizeof x);
        return x;
    }

  private:
    std::uint64_t state_ = 0;
    const std::uint8_t* data_ = nullptr;
    std::size_t left_ = 0;
    bool bytes_ = false;
};

} // namespace nets

#endif
