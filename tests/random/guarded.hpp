// Memory between two pages that may not be touched, whose unused bytes next to what is placed in it
// are watched.
#ifndef CARVE_TESTS_GUARDED_HPP
#define CARVE_TESTS_GUARDED_HPP

#include "failure.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace nets {

class Guarded {
  public:
    explicit Guarded(std::size_t capacity) : page_(std::size_t(sysconf(_SC_PAGESIZE))) {
        inside_ = (capacity + page_ - 1) / page_ * page_;
        void* const map =
            mmap(nullptr, inside_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            fail("no memory for the test");
        begin_ = static_cast<unsigned char*>(map) + page_;
        if (mprotect(begin_, inside_, PROT_READ | PROT_WRITE) != 0)
            fail("no memory for the test");
        data_ = begin_;
        bytes_ = inside_;
    }
    ~Guarded() { munmap(begin_ - page_, inside_ + 2 * page_); }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    std::size_t capacity() const { return inside_; }
    // Room for `bytes`, right before the second guard page (as near as `alignment` allows) or right
    // behind the first.
    unsigned char* place(std::size_t bytes, std::size_t alignment, bool at_end) {
        if (bytes > inside_)
            fail("the test's memory is too small for %zu bytes", bytes);
        const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
        data_ = at_end ? begin_ + inside_ - rounded : begin_;
        bytes_ = bytes;
        std::memset(watched_from(), kFence, std::size_t(watched_to() - watched_from()));
        return data_;
    }
    void check(const char* what) const {
        check(what, watched_from(), data_);
        check(what, data_ + bytes_, watched_to());
    }

  private:
    static constexpr unsigned char kFence = 0xA5;
    static constexpr std::ptrdiff_t kWatched = 1024;
    // memcmp: this is done around every call, and a loop over bytes was most of what it took.
    void check(const char* what, const unsigned char* from, const unsigned char* to) const {
        static const auto fence = [] {
            std::array<unsigned char, kWatched> bytes;
            bytes.fill(kFence);
            return bytes;
        }();
        if (std::memcmp(from, fence.data(), std::size_t(to - from)) == 0)
            return;
        const unsigned char* const at =
            std::find_if(from, to, [](unsigned char byte) { return byte != kFence; });
        fail("%s: byte %td of %zu bytes was written", what, at - data_, bytes_);
    }
    unsigned char* watched_from() const {
        return data_ - std::min<std::ptrdiff_t>(data_ - begin_, kWatched);
    }
    unsigned char* watched_to() const {
        unsigned char* const end = data_ + bytes_;
        return end + std::min<std::ptrdiff_t>(begin_ + inside_ - end, kWatched);
    }
    std::size_t page_, inside_ = 0, bytes_ = 0;
    unsigned char *begin_ = nullptr, *data_ = nullptr;
};

} // namespace nets

#endif
