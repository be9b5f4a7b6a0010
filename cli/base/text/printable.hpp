// printable.hpp: texts that hold what others chose (names, keys, columns, paths) as they may reach a
// terminal, a page or a document.
#pragma once
#include <cstddef>
#include <string>

namespace carve::cli {

// Valid UTF-8 without control characters: these, and those that turn the direction of text, are
// written as \u001B, which JSON reads back; each byte that is no UTF-8 becomes U+FFFD. Line feeds
// and tabs stay.
std::string printable(const std::string& text);

// Columns that a printable text takes on a terminal: East Asian wide characters and emoji take two,
// combining marks none. cut_to_columns returns the longest beginning that takes at most `columns`.
std::size_t columns_of(const std::string& text);
std::string cut_to_columns(const std::string& text, std::size_t columns);

} // namespace carve::cli
