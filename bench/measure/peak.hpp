// peak.hpp: the roof of this machine, one thread, measured in this process.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

struct PeakWidth;
std::vector<const PeakWidth*> usable_widths();                    // of registers, on this machine
double fma_rate(const PeakWidth& width, std::uint32_t precision); // flop/s, measured now

// flop/s of multiply-adds (two flops each) in registers, the best of the usable widths, and the
// highest that any call has measured: a later call can only raise it. 0 if there is no FMA.
double fma_peak(std::uint32_t precision);
// The same with registers of so many bytes: what a kernel that uses these can reach at most. One
// element takes an instruction as a register of 16 bytes does.
double fma_peak(std::uint32_t precision, std::size_t register_bytes);
// bytes/s of reading a block of that size over and over, likewise the highest measured.
double read_bandwidth(std::size_t bytes);
// bytes/s of reading a block, changing it and writing it back over and over, each byte counted once:
// as many are read as are written.
double update_bandwidth(std::size_t bytes);

// Both, for one size of a working set.
struct Bandwidth {
    double read, update;
};
Bandwidth bandwidth_of(std::size_t working_set);

// Traffic between the processor and where the working set lies, bytes.
struct Traffic {
    double loaded, stored;
};
// The least seconds that the traffic takes: no more is loaded in a second than when reading alone,
// and no more stored than when updating.
double traffic_seconds(const Traffic& traffic, const Bandwidth& bandwidth);

} // namespace bench
