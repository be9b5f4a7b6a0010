// layout.hpp: consecutive pieces of a block.
#pragma once
#include "plan.hpp"

namespace carve {

// Allocates consecutive pieces, each aligned to 64 bytes. ok() is false once a size has overflowed.
class Layout {
  public:
    void multiply(std::uint64_t& size, std::uint64_t n) noexcept {
        ok_ = ok_ && !__builtin_mul_overflow(size, n, &size);
    }
    Offset take(std::uint64_t size) noexcept {
        const Offset here = at_;
        ok_ = ok_ && !__builtin_add_overflow(size, 63, &size) &&
              !__builtin_add_overflow(at_, size & ~std::uint64_t{63}, &at_) && at_ >> 63 == 0;
        return here;
    }
    std::uint64_t bytes() const noexcept { return at_; }
    bool ok() const noexcept { return ok_; }

  private:
    std::uint64_t at_ = 0;
    bool ok_ = true;
};

} // namespace carve
