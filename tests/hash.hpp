// A hash of bytes and numbers, the same on every machine for the same numbers.
#ifndef CARVE_TESTS_HASH_HPP
#define CARVE_TESTS_HASH_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace support {

class Hash { // FNV-1a, 64 bits
  public:
    void add(const void* data, std::size_t n) {
        const auto* bytes = static_cast<const unsigned char*>(data);
        for (std::size_t i = 0; i < n; ++i)
            value_ = (value_ ^ bytes[i]) * 0x100000001b3u;
    }
    void add(std::uint64_t x) { // from its lowest byte on, on every machine
        for (int i = 0; i < 8; ++i, x >>= 8)
            value_ = (value_ ^ (x & 0xFF)) * 0x100000001b3u;
    }
    void add(double x) {
        std::uint64_t bits;
        std::memcpy(&bits, &x, sizeof bits);
        add(bits);
    }
    void add(const std::vector<double>& xs) {
        for (const double x : xs)
            add(x);
    }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

} // namespace support
#endif
