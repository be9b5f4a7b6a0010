#include "table.hpp"

#include "printable.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace carve::cli {

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& row : rows)
        for (std::size_t c = 0; c < row.size(); ++c) {
            widths.resize(std::max(widths.size(), c + 1));
            widths[c] = std::max(widths[c], columns_of(printable(row[c])));
        }
    std::string out;
    for (const std::vector<std::string>& row : rows) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string text = printable(row[c]);
            line += text + std::string(widths[c] - columns_of(text) + 2, ' ');
        }
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string local_date(std::time_t time) {
    return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(time));
}

std::string utc_date(std::time_t time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

} // namespace carve::cli
