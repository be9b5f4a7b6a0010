// table.hpp: rows of texts in columns.
#pragma once
#include <ctime>
#include <string>
#include <vector>

namespace carve::cli {

// Columns are as wide as their widest text on a terminal, two blanks apart; what is printed is
// printable (printable.hpp).
std::string table_text(const std::vector<std::vector<std::string>>& rows);

std::string local_date(std::time_t time); // "2026-11-30 17:20"
std::string utc_date(std::time_t time);   // "2026-11-30T16:20:00Z"

} // namespace carve::cli
