#include "csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace carve::cli {
namespace {

Parsed parse(std::string_view text, double& value) {
    if (text.front() == '+' && text.substr(1, 1) != "-")
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || error == std::errc::invalid_argument)
        return Parsed::text;
    if (error == std::errc::result_out_of_range)
        return Parsed::out_of_range;
    return std::isfinite(value) ? Parsed::number : Parsed::text; // "nan", "inf"
}

// One to three digits that do not start with 0, a comma, three digits.
bool looks_like_thousands(std::string_view text, std::size_t comma) {
    const std::size_t sign = text.find_first_not_of("+-");
    const std::size_t before = comma - sign;
    return before >= 1 && before <= 3 && text[sign] != '0' && text.size() == comma + 4 &&
           text.find_first_not_of("0123456789", comma + 1) == std::string_view::npos;
}

} // namespace

Parsed NumberReader::read(std::string_view text, double& value) {
    if (text.empty())
        return Parsed::missing;
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) {
        const Parsed parsed = parse(text, value);
        if (parsed == Parsed::number && with_point_.empty() &&
            text.find('.') != std::string_view::npos)
            with_point_ = text;
        return parsed;
    }
    if (text.find(',', comma + 1) != std::string_view::npos ||
        text.find('.') != std::string_view::npos)
        return Parsed::text; // 1,234,567 and 1.234,56 are not guessed at
    std::string with_decimal_point(text);
    with_decimal_point[comma] = '.';
    const Parsed parsed = parse(with_decimal_point, value);
    if (parsed == Parsed::number) {
        if (with_comma_.empty())
            with_comma_ = text;
        decimal_ = decimal_ || !looks_like_thousands(text, comma);
    }
    return parsed;
}

} // namespace carve::cli
