// peak.hpp: the roof of this machine, one thread, measured in this process.
#pragma once
#include <cstddef>
#include <cstdint>

namespace bench {

// flop/s of multiply-adds (two flops each) in registers, the best of the usable widths, and the
// highest that any call has measured: a later call can only raise it. 0 if there is no FMA.
double fma_peak(std::uint32_t precision);
// bytes/s of reading a block of that size over and over, likewise the highest measured.
double read_bandwidth(std::size_t bytes);

} // namespace bench
