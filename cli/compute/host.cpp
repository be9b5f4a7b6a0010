#include "host.hpp"

#include "ranks.hpp"

#include <algorithm>
#include <carve.h>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/resource.h>

namespace carve::cli {
namespace {

constexpr std::uint32_t kFirst = CARVE_ISA_SOFTFMA, kLast = CARVE_ISA_NEON;

} // namespace

std::uint64_t threads_to_use(std::uint64_t asked) {
    if (asked > 0)
        return asked;
    const std::uint64_t usable = threads_of_rank();
    const char* slurm = std::getenv("SLURM_CPUS_PER_TASK");
    if (!slurm)
        return usable;
    std::uint64_t granted = 0;
    const char* end = slurm + std::strlen(slurm);
    const auto parsed = std::from_chars(slurm, end, granted);
    return parsed.ec == std::errc() && parsed.ptr == end && granted > 0 ? std::min(granted, usable)
                                                                        : usable;
}

std::vector<Isa> instruction_sets() {
    std::vector<Isa> sets;
    for (std::uint32_t isa = kFirst; isa <= kLast; ++isa)
        sets.push_back(
            {carve_isa_name(isa), carve_isa_compiled(isa) != 0, carve_isa_usable(isa) != 0});
    return sets;
}

std::string build_text() {
#if defined(__clang__)
    std::string text =
        fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
    std::string text = fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
    std::string text = "unknown compiler";
#endif
#if defined(NDEBUG)
    return text + ", release";
#else
    return text + ", debug";
#endif
}

std::size_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024; // Linux counts in KiB
}

} // namespace carve::cli
