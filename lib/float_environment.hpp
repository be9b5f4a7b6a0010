// float_environment.hpp: the arithmetic of a call is IEEE 754's, whatever mode the caller's thread
// is in: rounding to nearest, gradual underflow, no traps. A library built with -ffast-math switches
// underflow off for all that share its process.
#pragma once
#include <cstdint>

namespace carve {

// From construction to destruction; then the caller's mode is back, and its exception flags as they
// were. What is computed must be behind a call: compilers move arithmetic past control registers.
class FloatEnvironment {
  public:
    FloatEnvironment() noexcept : callers_(read()) { write(kDefaults | (callers_ & kKept)); }
    ~FloatEnvironment() { write(callers_); }
    FloatEnvironment(const FloatEnvironment&) = delete;
    FloatEnvironment& operator=(const FloatEnvironment&) = delete;

  private:
#if defined(__SSE__)
    using Register = unsigned;
    static constexpr Register kDefaults = 0x1F80; // MXCSR after reset: all exceptions masked
    static Register read() noexcept { return __builtin_ia32_stmxcsr(); }
    static void write(Register mode) noexcept { __builtin_ia32_ldmxcsr(mode); }
#elif defined(__aarch64__)
    using Register = std::uint64_t;
    static constexpr Register kDefaults = 0; // FPCR
    static Register read() noexcept {
        Register mode;
        __asm__ volatile("mrs %0, fpcr" : "=r"(mode)::"memory");
        return mode;
    }
    static void write(Register mode) noexcept {
        __asm__ volatile("msr fpcr, %0" ::"r"(mode) : "memory");
    }
#elif defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)
    using Register = std::uint32_t;
    static constexpr Register kDefaults = 0; // FPSCR
    static Register read() noexcept {
        Register mode;
        __asm__ volatile("vmrs %0, fpscr" : "=r"(mode)::"memory");
        return mode;
    }
    static void write(Register mode) noexcept {
        __asm__ volatile("vmsr fpscr, %0" ::"r"(mode) : "memory");
    }
#else // no such register, or none that this library knows: the caller's mode holds
    using Register = unsigned;
    static constexpr Register kDefaults = 0;
    static Register read() noexcept { return 0; }
    static void write(Register) noexcept {}
#endif

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    static constexpr Register kKept = 7 << 16; // LTPSIZE, without which loops of Armv8.1-M fault
#else
    static constexpr Register kKept = 0;
#endif
    Register callers_;
};

} // namespace carve
