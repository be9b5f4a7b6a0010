#include "printable.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace carve::cli {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

struct Character {
    std::uint32_t point;
    std::size_t bytes;
    bool valid;
};

Character character_at(const std::string& text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at);
    if (lead < 0x80)
        return {lead, 1, true};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000}; // of so many bytes
    std::uint32_t point = lead & (0x7Fu >> bytes);
    bool valid = lead >= 0xC2 && lead < 0xF5 && at + bytes <= text.size();
    for (std::size_t i = 1; valid && i < bytes; ++i) {
        valid = (byte(at + i) & 0xC0) == 0x80;
        point = point << 6 | (byte(at + i) & 0x3Fu);
    }
    valid =
        valid && point >= kLeast[bytes] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    return valid ? Character{point, bytes, true} : Character{kReplacement, 1, false};
}

using Range = std::pair<std::uint32_t, std::uint32_t>; // both ends belong to it

template <std::size_t n> bool within(const Range (&ranges)[n], std::uint32_t point) {
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [&](const Range& r) { return r.first <= point && point <= r.second; });
}

// C0 but for line feed and tab, DEL and C1; line and paragraph separators; marks, embeddings and
// isolates that turn the direction of what follows.
constexpr Range kControls[] = {{0x00, 0x08},     {0x0B, 0x1F},     {0x7F, 0x9F},
                               {0x061C, 0x061C}, {0x200E, 0x200F}, {0x2028, 0x202E},
                               {0x2066, 0x2069}};
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                           {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
                           {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                           {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {
    {0x0300, 0x036F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

std::size_t columns_of(const Character& c) {
    return within(kWide, c.point) ? 2 : within(kCombining, c.point) ? 0 : 1;
}

} // namespace

std::string printable(const std::string& text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        if (!c.valid)
            out += "\xEF\xBF\xBD";
        else if (within(kControls, c.point))
            out += fmt::format("\\u{:04X}", c.point);
        else
            out.append(text, at, c.bytes);
        at += c.bytes;
    }
    return out;
}

std::size_t columns_of(const std::string& text) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        columns += columns_of(c);
        at += c.bytes;
    }
    return columns;
}

std::string cut_to_columns(const std::string& text, std::size_t columns) {
    std::size_t at = 0;
    for (std::size_t used = 0; at < text.size();) {
        const Character c = character_at(text, at);
        used += columns_of(c);
        if (used > columns)
            break;
        at += c.bytes;
    }
    return text.substr(0, at);
}

} // namespace carve::cli
