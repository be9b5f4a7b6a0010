// utf8.hpp: text that comes from files: is it UTF-8, and how is it quoted in a message?
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace carve::cli {

// Bytes of the character that text starts with; 0 if it starts with none that is valid (RFC 3629:
// the shortest form, no surrogates, at most U+10FFFF).
std::size_t utf8_length(std::string_view text);

// Where the first byte is that belongs to no valid character; npos if there is none.
std::size_t find_invalid_utf8(std::string_view text);

// Its first 40 characters, for a message. Control characters and invalid bytes become '?'.
std::string excerpt(std::string_view text);

} // namespace carve::cli
