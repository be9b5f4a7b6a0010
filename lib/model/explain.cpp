// explain.cpp: texts for status values, and the sentence that explains what is wrong with a model.
#include "explain.hpp"

namespace carve {

namespace {

// Collects a text as far as it fits, and counts all of it.
class Text {
  public:
    Text(char* out, std::size_t bytes) noexcept : out_(out), bytes_(out ? bytes : 0) {}
    void put(const char* s) noexcept {
        while (*s)
            put(*s++);
    }
    void put(char c) noexcept {
        if (length_ + 1 < bytes_)
            out_[length_] = c;
        ++length_;
    }
    void put(std::uint64_t n) noexcept {
        if (n >= 10)
            put(n / 10);
        put(static_cast<char>('0' + n % 10));
    }
    // Six significant digits, as a whole number where it is one.
    void put(double x) noexcept {
        if (x != x)
            return put("NaN");
        if (x < 0) {
            put('-');
            x = -x;
        }
        if (x - x != 0)
            return put("infinity");
        if (x < 1e15 && x == static_cast<double>(static_cast<std::uint64_t>(x)))
            return put(static_cast<std::uint64_t>(x));
        int exponent = 0;
        for (; x >= 10; x /= 10)
            ++exponent;
        for (; x < 1; x *= 10)
            --exponent;
        std::uint64_t digits = static_cast<std::uint64_t>(x * 1e5 + 0.5);
        if (digits >= 1000000) {
            digits /= 10;
            ++exponent;
        }
        put(digits / 100000);
        put('.');
        for (std::uint64_t scale = 10000; scale; scale /= 10)
            put(static_cast<char>('0' + digits / scale % 10));
        if (exponent == 0)
            return;
        put('e');
        if (exponent < 0)
            put('-');
        put(static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent));
    }
    std::size_t finish() noexcept {
        if (bytes_)
            out_[length_ < bytes_ ? length_ : bytes_ - 1] = '\0';
        return length_;
    }

  private:
    char* out_;
    std::size_t bytes_, length_ = 0;
};

// "projections[1].plasticity[0].eta"
void put_place(Text& text, const Fault& fault) noexcept {
    const auto put_index = [&](std::uint32_t i) noexcept {
        text.put('[');
        text.put(std::uint64_t{i});
        text.put(']');
    };
    const Place& place = fault.place;
    if (place.array) {
        text.put(place.array);
        put_index(place.index);
        text.put('.');
    }
    if (place.part) {
        text.put(place.part);
        if (place.part_index != kNoIndex)
            put_index(place.part_index);
        text.put('.');
    }
    text.put(fault.field);
}

} // namespace

const char* status_text(carve_status status) noexcept {
    switch (status) {
#define CARVE_X(name, value, text)                                                                 \
    case value:                                                                                    \
        return text;
        CARVE_STATUS_LIST(CARVE_X)
#undef CARVE_X
    default:
        return "unknown status";
    }
}

std::size_t explain(const Fault& fault, char* out, std::size_t bytes) noexcept {
    Text text(out, bytes);
    if (fault.status != CARVE_OK) {
        put_place(text, fault);
        text.put(" is ");
        if (fault.status == CARVE_E_NULL)
            text.put("null");
        else
            text.put(fault.value);
        text.put("; it ");
        text.put(fault.expected);
    }
    return text.finish();
}

} // namespace carve
