// explain.cpp: texts for status values and faults.
#include "explain.hpp"

namespace carve {

namespace {

// Collects a text as far as it fits.
template <std::size_t bytes> class Text {
  public:
    explicit Text(char (&out)[bytes]) noexcept : out_(out) { out_[0] = '\0'; }
    void put(const char* s) noexcept {
        while (*s)
            put(*s++);
    }
    void put(char c) noexcept {
        if (length_ + 1 == bytes)
            return;
        out_[length_++] = c;
        out_[length_] = '\0';
    }
    void put(std::uint32_t n) noexcept {
        std::uint32_t power = 1; // of ten, as large as n
        while (n / power >= 10)
            power *= 10;
        for (; power > 0; power /= 10)
            put(static_cast<char>('0' + n / power % 10));
    }

  private:
    char* out_;
    std::size_t length_ = 0;
};

// "projections[1].plasticity[0].eta", or without a field "projections[1].csr.pre[7]"
template <std::size_t bytes> void put_place(Text<bytes> text, const Fault& fault) noexcept {
    const auto put_index = [&](std::uint32_t i) noexcept {
        text.put('[');
        text.put(i);
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
        if (fault.field)
            text.put('.');
    }
    if (fault.field)
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

carve_status report(const Fault& fault, carve_fault* out) noexcept {
    if (out) {
        out->status = fault.status;
        out->reserved = 0;
        out->value = fault.value;
        Text<sizeof out->expected> expected(out->expected);
        out->where[0] = '\0';
        if (fault) {
            put_place(Text<sizeof out->where>(out->where), fault);
            expected.put(fault.expected);
        }
    }
    return fault.status;
}

} // namespace carve
