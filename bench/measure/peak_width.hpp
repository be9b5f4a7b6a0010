// peak_width.hpp: the three loops that a roof is made of, for one width of registers.
#pragma once
#include <cstddef>
#include <cstdint>

namespace bench {

constexpr std::size_t kChains = 12; // independent multiply-adds in flight; they stay in registers

struct PeakWidth {
    std::size_t bytes; // of a register
    // rounds times kChains multiply-adds of registers; returns something that depends on all.
    float (*fma_f32)(std::uint64_t rounds);
    double (*fma_f64)(std::uint64_t rounds);
    float (*read)(const float* from, std::size_t n); // n elements, a multiple of 128
    void (*update)(float* block, std::size_t n);     // likewise: each read, changed, written back
};

extern const PeakWidth peak_16, peak_32, peak_64;

} // namespace bench
