// The floating-point mode that a caller may be in: results must not depend on it, and it must be the
// same after a call.
#ifndef CARVE_TESTS_CONTROL_HPP
#define CARVE_TESTS_CONTROL_HPP

#include "failure.hpp"

#include <cstdint>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace nets {

enum class Mode : std::uint32_t { usual, flushing, upward, downward, to_zero, trapping };
constexpr std::uint32_t kModes = 6;

class InMode { // for the time of a scope
  public:
#if defined(__SSE2__)
    explicit InMode(Mode mode) : before_(_mm_getcsr()) {
        constexpr unsigned masks = 0x1f80, flush = 0x8040;
        constexpr unsigned words[kModes] = {masks,          masks | flush,  masks | 0x4000,
                                            masks | 0x2000, masks | 0x6000, 0};
        set_ = words[std::uint32_t(mode)];
        _mm_setcsr(set_);
    }
    ~InMode() {
        const unsigned after = _mm_getcsr();
        _mm_setcsr(before_);
        if ((after & ~0x3fu) != set_) // but for the flags of what happened
            fail("the caller's floating-point mode was %04x and is %04x", set_, after);
    }

  private:
    unsigned before_, set_;
#elif defined(__aarch64__)
    explicit InMode(Mode mode) : before_(get()) {
        constexpr std::uint64_t words[kModes] = {0, 1 << 24, 1 << 22, 2 << 22, 3 << 22, 0};
        set_ = words[std::uint32_t(mode)];
        put(set_);
    }
    ~InMode() {
        const std::uint64_t after = get();
        put(before_);
        if (after != set_)
            fail("the caller's floating-point mode was changed");
    }

  private:
    static std::uint64_t get() {
        std::uint64_t word;
        __asm__ volatile("mrs %0, fpcr" : "=r"(word));
        return word;
    }
    static void put(std::uint64_t word) { __asm__ volatile("msr fpcr, %0" : : "r"(word)); }
    std::uint64_t before_, set_;
#else
    explicit InMode(Mode) {}
    ~InMode() {}
#endif
};

} // namespace nets

#endif
