// html.hpp: texts, numbers and tables as HTML.
#pragma once
#include <string>
#include <vector>

namespace carve::cli {

std::string escape_html(const std::string& text);

// "−0.734", "1.2·10⁻⁵", "undefined" of NaN: `digits` significant digits with a true minus sign. Very large and
// very small numbers as powers of ten.
std::string display(double value, int digits = 4);
// With thin spaces between groups of three digits: "317 536".
std::string display_count(unsigned long long value);
// "0.1030 ± 0.0146": the error with two significant digits, the value with as many decimals; without the
// error where it is not finite or 0.
std::string display_error(double value, double error);
// "0.81 s", "1 min 52 s", "3 h 5 min".
std::string display_seconds(double seconds);

// `text` in an element: "<td class=\"number\">…</td>"; style "": no class. The text is HTML already.
std::string element(const std::string& name, const std::string& style, const std::string& html);

// Of a table: its head, and cells that are HTML already.
struct Cells {
    std::vector<std::string> row;
    bool strong = false; // the row that the table is about
};
struct HtmlTable {
    std::string caption;           // HTML; "": none
    std::vector<std::string> head; // HTML
    std::vector<bool> number;      // [column] aligned at the right
    std::vector<Cells> rows;
};
// Can be scrolled sideways, with the keyboard too, where the page is too narrow. `label` says what it is.
std::string table_html(const HtmlTable& table, const std::string& label);

// Opens on a click; with what is in it in print.
std::string details_html(const std::string& summary, const std::string& html);

} // namespace carve::cli
