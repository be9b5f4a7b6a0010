#include "peak.hpp"

#include "peak_width.hpp"

#include <carve.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

namespace bench {
namespace {

// The least seconds of a call, over about 30 ms of calls: interruptions only ever add time.
template <class Work> double least_seconds(Work work) {
    using Clock = std::chrono::steady_clock;
    double least = 1e9;
    const auto end = Clock::now() + std::chrono::milliseconds(30);
    while (Clock::now() < end) {
        const auto start = Clock::now();
        [[maybe_unused]] volatile const double used = work();
        least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return least;
}

// Bytes/s of `work` on a block, whose size is a multiple of 512 bytes, over and over.
template <class Work> double rate_of(Work work, std::vector<float>& buffer) {
    // Aligned within the buffer, which is longer by one line of a cache.
    const auto address = reinterpret_cast<std::uintptr_t>(buffer.data());
    float* start = buffer.data() + (-address % 64) / sizeof(float);
    const std::size_t n = (buffer.size() - 16) / 128 * 128;
    const std::size_t repeats = std::max<std::size_t>(1, (std::size_t{1} << 18) / n);
    const double seconds = least_seconds([&] {
        float sum = 0;
        for (std::size_t i = 0; i < repeats; ++i) {
            sum += work(start, n);
            asm volatile("" ::: "memory"); // read again
        }
        return double(sum);
    });
    return double(n * repeats) * sizeof(float) / seconds;
}

std::vector<float> buffer_of(std::size_t bytes) {
    return std::vector<float>(std::max<std::size_t>(bytes / sizeof(float), 128) + 16, 1.0f);
}

} // namespace

std::vector<const PeakWidth*> usable_widths() {
    std::vector<const PeakWidth*> widths;
#ifdef BENCH_PEAK_32 // x86: with fewer than 32 bytes FMA needs the same processor
    if (carve_isa_usable(CARVE_ISA_AVX2) == 1)
        widths = {&peak_16, &peak_32};
    if (carve_isa_usable(CARVE_ISA_AVX512) == 1)
        widths.push_back(&peak_64);
#else
    widths = {&peak_16};
#endif
    return widths;
}

double fma_rate(const PeakWidth& width, std::uint32_t precision) {
    constexpr std::uint64_t kRounds = 50000;
    const bool single = precision == CARVE_F32;
    const double seconds = least_seconds(
        [&] { return single ? double(width.fma_f32(kRounds)) : width.fma_f64(kRounds); });
    const double lanes = double(width.bytes) / (single ? sizeof(float) : sizeof(double));
    return 2.0 * kChains * kRounds * lanes / seconds;
}

double fma_peak(std::uint32_t precision) {
    double best = 0;
    for (const PeakWidth* width : usable_widths())
        best = std::max(best, fma_peak(precision, width->bytes));
    return best;
}

double fma_peak(std::uint32_t precision, std::size_t register_bytes) {
    static std::map<std::pair<std::uint32_t, std::size_t>, double> highest;
    double& best = highest[{precision, register_bytes}];
    for (const PeakWidth* width : usable_widths())
        if (width->bytes == std::max<std::size_t>(register_bytes, 16))
            best = std::max(best, fma_rate(*width, precision) * double(register_bytes) /
                                      double(width->bytes));
    return best;
}

double read_bandwidth(std::size_t bytes) {
    static std::map<std::size_t, double> highest;
    double& best = highest[bytes];
    std::vector<float> buffer = buffer_of(bytes);
    for (const PeakWidth* width : usable_widths())
        best = std::max(
            best, rate_of([&](float* at, std::size_t n) { return width->read(at, n); }, buffer));
    return best;
}

double update_bandwidth(std::size_t bytes) {
    static std::map<std::size_t, double> highest;
    double& best = highest[bytes];
    std::vector<float> buffer = buffer_of(bytes);
    for (const PeakWidth* width : usable_widths())
        best = std::max(best, rate_of(
                                  [&](float* at, std::size_t n) {
                                      width->update(at, n);
                                      return at[0];
                                  },
                                  buffer));
    return best;
}

Bandwidth bandwidth_of(std::size_t working_set) {
    return {read_bandwidth(working_set), update_bandwidth(working_set)};
}

double traffic_seconds(const Traffic& traffic, const Bandwidth& bandwidth) {
    return std::max(traffic.loaded / bandwidth.read, traffic.stored / bandwidth.update);
}

} // namespace bench
