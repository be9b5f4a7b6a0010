#include "html.hpp"

#include "figures.hpp"
#include "printable.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string superscript(int value) {
    static const char* const digits[] = {"\u2070", "\u00B9", "\u00B2", "\u00B3", "\u2074",
                                         "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
    std::string out = value < 0 ? "\u207B" : "";
    for (const char c : std::to_string(std::abs(value)))
        out += digits[c - '0'];
    return out;
}

// "1.2e-05" as "1.2·10⁻⁵", "1e-05" as "10⁻⁵".
std::string with_power(const std::string& text) {
    const std::size_t e = text.find('e');
    if (e == std::string::npos || text == figure(NAN))
        return text;
    const std::string factor = text.substr(0, e);
    return (factor == "1" ? "" : factor + "\u00B7") + "10" +
           superscript(std::atoi(text.c_str() + e + 1));
}

} // namespace

std::string escape_html(const std::string& text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string display(double value, int digits) {
    if (std::isinf(value))
        return value < 0 ? "\u2212\u221E" : "\u221E";
    const std::string out = with_power(figure(std::abs(value), fmt::format("{{:.{}g}}", digits)));
    return value < 0 ? "\u2212" + out : out;
}

std::string display_count(unsigned long long value) {
    std::string out = std::to_string(value);
    for (std::size_t at = out.size(); out.size() > 4 && at > 3;) {
        at -= 3;
        out.insert(at, "\u202F");
    }
    return out;
}

std::string display_error(double value, double error) {
    constexpr double kRounding = 1e-6; // of the value: less is rounding, and said to be nothing
    if (!std::isfinite(value) || !std::isfinite(error) || !(error > kRounding * std::abs(value)))
        return display(value);
    const double larger = std::max(std::abs(value), error);
    const int of_error = static_cast<int>(std::floor(std::log10(error)));
    if (larger < 1e-3 || larger >= 1e5) { // both with the power of the larger
        const int power = static_cast<int>(std::floor(std::log10(larger)));
        const double unit = std::pow(10.0, power);
        const int decimals = std::clamp(power - of_error + 1, 0, 6);
        return fmt::format("({}{:.{}f} \u00B1 {:.{}f})\u00B710{}", value < 0 ? "\u2212" : "",
                           std::abs(value) / unit, decimals, error / unit, decimals,
                           superscript(power));
    }
    const int decimals = std::clamp(1 - of_error, 0, 8);
    return fmt::format("{}{:.{}f} \u00B1 {:.{}f}", value < 0 ? "\u2212" : "", std::abs(value),
                       decimals, error, decimals);
}

std::string display_seconds(double seconds) {
    if (!std::isfinite(seconds))
        return "undefined";
    if (seconds < 60)
        return fmt::format("{:.{}f}\u00A0s", seconds, seconds < 10 ? 2 : 1);
    const long whole = std::lround(seconds);
    return whole < 3600 ? fmt::format("{}\u00A0min {}\u00A0s", whole / 60, whole % 60)
                        : fmt::format("{}\u00A0h {}\u00A0min", whole / 3600, whole % 3600 / 60);
}

std::string element(const std::string& name, const std::string& style, const std::string& html) {
    return style.empty() ? fmt::format("<{0}>{1}</{0}>", name, html)
                         : fmt::format("<{0} class=\"{1}\">{2}</{0}>", name, style, html);
}

std::string table_html(const HtmlTable& table, const std::string& label) {
    const auto style = [&](std::size_t column) {
        return column < table.number.size() && table.number[column] ? " class=\"number\"" : "";
    };
    std::string out =
        fmt::format("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>",
                    escape_html(label));
    if (!table.caption.empty())
        out += element("caption", "", table.caption);
    out += "\n<thead><tr>";
    for (std::size_t c = 0; c < table.head.size(); ++c)
        out += fmt::format("<th scope=\"col\"{}>{}</th>", style(c), table.head[c]);
    out += "</tr></thead>\n<tbody>\n";
    for (const Cells& cells : table.rows) {
        out += cells.strong ? "<tr class=\"strong\">" : "<tr>";
        for (std::size_t c = 0; c < cells.row.size(); ++c)
            out += c == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", style(c), cells.row[c])
                          : fmt::format("<td{}>{}</td>", style(c), cells.row[c]);
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

std::string details_html(const std::string& summary, const std::string& html) {
    return fmt::format("<details><summary>{}</summary>\n{}</details>\n", summary, html);
}

} // namespace carve::cli
