// .csv: a table of numbers with or without a header.
#include "csv.hpp"
#include "data.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

using Cells = std::vector<CsvCell>;

void check_encoding(const std::string& bytes, const std::string& name) {
    const bool utf16 = bytes.compare(0, 2, "\xFF\xFE") == 0 || bytes.compare(0, 2, "\xFE\xFF") == 0;
    if (utf16 || bytes.find('\0') != std::string::npos)
        throw Error(Exit::data, fmt::format("'{}' is not plain text", name),
                    "save it as CSV in UTF-8");
    const std::size_t bad = find_invalid_utf8(bytes);
    if (bad == std::string::npos)
        return;
    std::size_t line = 1;
    for (std::size_t i = 0; i < bad; ++i)
        line += bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n');
    throw Error(Exit::data,
                fmt::format("'{}': row {}: byte 0x{:02X} is not UTF-8", name, line,
                            static_cast<unsigned char>(bytes[bad])),
                "convert the file, for example with iconv -f latin1 -t utf-8");
}

Parsed read_number(std::string_view text, double& value) {
    return NumberReader().read(text, value);
}

// first, first + 1, ... from cell `begin` on
bool counts_up(const Cells& cells, std::size_t begin, double first) {
    double v = 0;
    for (std::size_t j = begin; j < cells.size(); ++j)
        if (read_number(cells[j].text, v) != Parsed::number ||
            v != first + static_cast<double>(j - begin))
            return false;
    return true;
}

// What a data frame without names writes as its header: 0, 1, 2, ... or 1, 2, 3, ... or, with an
// index, an empty cell and then 0, 1, 2, ... Such a first row may also be data, if it is short.
bool is_counting_header(const Cells& cells) {
    if (cells.size() > 1 && cells[0].text.empty())
        return counts_up(cells, 1, 0);
    return cells.size() >= 4 && (counts_up(cells, 0, 0) || counts_up(cells, 0, 1));
}

// A first row in which nothing is a number is a header.
bool is_header(const Cells& cells) {
    double v = 0;
    bool text = false;
    for (const CsvCell& cell : cells) {
        const Parsed parsed = read_number(cell.text, v);
        if (parsed == Parsed::number)
            return false;
        text |= parsed == Parsed::text;
    }
    return text;
}

bool ends_empty(const Cells& cells) { return !cells.back().quoted && cells.back().text.empty(); }

// Some programs write a delimiter behind the last value of a row. A header that ends in one names
// all columns only if the row below has a value more or as many.
void drop_trailing_delimiter(Cells& first, const Cells& second) {
    if (first.size() > 1 && ends_empty(first) &&
        (second.size() < first.size() || (second.size() == first.size() && ends_empty(second))))
        first.pop_back();
}

struct Layout {
    std::vector<std::string> names;
    bool header = false;
    Missing missing = Missing::refuse;
    std::vector<std::size_t> selected;

    // "column 3 ('b')", or "column 3" where it has no name
    std::string column(std::size_t j) const {
        return header && !names[j].empty()
                   ? fmt::format("column {} ('{}')", j + 1, excerpt(names[j]))
                   : fmt::format("column {}", j + 1);
    }
    bool is_unnamed(std::size_t j) const { return header && names[j].empty(); }
};

Layout read_layout(const Cells& first, const std::vector<std::string>& selection,
                   const std::string& name, Table& table) {
    Layout layout;
    layout.header = is_header(first);
    if (!layout.header && is_counting_header(first)) {
        layout.header = true;
        std::string start;
        for (std::size_t j = 0; j < first.size() && j < 3; ++j)
            start += fmt::format("{}, ", first[j].text);
        table.warnings.push_back(
            fmt::format("the first row ({}...) was taken for a header", start));
    }
    for (std::size_t j = 0; j < first.size(); ++j)
        layout.names.push_back(layout.header ? unquoted(first[j]) : std::to_string(j + 1));
    layout.selected = select_columns(selection, layout.names, name);
    return layout;
}

// As spreadsheets, NumPy and pandas, and R write it.
bool stands_for_missing(Parsed parsed, std::string_view text) {
    return parsed == Parsed::missing || text == "nan" || text == "NaN" || text == "NA";
}

void leave_out_texts(Layout& layout, const Cells& first_row, Table& table) {
    double v = 0;
    std::vector<std::size_t> kept;
    for (const std::size_t j : layout.selected) {
        const std::string_view text = j < first_row.size() ? first_row[j].text : "";
        const Parsed parsed = read_number(text, v);
        if (parsed == Parsed::text && !stands_for_missing(parsed, text))
            table.texts.push_back(layout.names[j]);
        else
            kept.push_back(j);
    }
    layout.selected = kept;
}

Error bad_value(const CsvReader& reader, const Layout& layout, std::size_t j, Parsed parsed,
                std::string_view text) {
    const std::string where = ", " + layout.column(j) + ": ";
    if (parsed == Parsed::out_of_range)
        return reader.fault(where + fmt::format("'{}' is out of range", excerpt(text)),
                            "magnitudes from 2.2e-308 to 1.7e308 can be read");
    const bool missing = parsed == Parsed::missing;
    std::string help = missing ? "fill it in" : "correct it";
    help += ", remove the row, or select other columns with the data's columns";
    if (layout.is_unnamed(j))
        help = "if this column without a name is an index, leave it out: DataFrame.to_csv(file, "
               "index=False), or name the others in the data's columns";
    else if (text.find(',') != std::string_view::npos)
        help = "a comma may stand for the decimal point, not for thousands";
    else if (text.find('#') != std::string_view::npos)
        help = "a comment takes a line of its own, which starts with #";
    return reader.fault(where + (missing ? "the value is missing"
                                         : fmt::format("'{}' is not a number", excerpt(text))),
                        help);
}

void read_row(const CsvReader& reader, const Cells& cells, const Layout& layout,
              NumberReader& numbers, Eigen::Index row, Table& table) {
    const std::size_t columns = layout.names.size();
    const bool trailing = cells.size() == columns + 1 && ends_empty(cells);
    if (cells.size() != columns && !trailing)
        throw reader.fault(
            fmt::format(" has {} columns, the first row has {}", cells.size(), columns));
    for (std::size_t k = 0; k < layout.selected.size(); ++k) {
        const std::size_t j = layout.selected[k];
        double& value = table.rows(row, static_cast<Eigen::Index>(k));
        const Parsed parsed = numbers.read(cells[j].text, value);
        if (parsed == Parsed::number)
            continue;
        if (layout.missing == Missing::nan && stands_for_missing(parsed, cells[j].text))
            value = std::nan("");
        else
            throw bad_value(reader, layout, j, parsed, cells[j].text);
    }
    if (!numbers.with_point().empty() && !numbers.with_comma().empty())
        throw reader.fault(fmt::format(": '{}' has a decimal comma, '{}' a decimal point",
                                       excerpt(numbers.with_comma()),
                                       excerpt(numbers.with_point())),
                           "write all numbers with decimal points, and none with separators of "
                           "thousands");
    table.lines.push_back(reader.row());
}

// A first column without a name that counts the rows is the index of a data frame, not an input.
void drop_index(const Layout& layout, bool chosen, Table& table) {
    if (chosen || !layout.is_unnamed(0) || table.rows.rows() == 0)
        return;
    const double first = table.rows(0, 0);
    bool counts = first == 0 || first == 1;
    for (Eigen::Index i = 0; counts && i < table.rows.rows(); ++i)
        counts = table.rows(i, 0) == first + static_cast<double>(i);
    if (!counts) {
        table.warnings.push_back(
            "the first column has no name and is used as an input: is it an index?");
        return;
    }
    table.rows = table.rows.rightCols(table.rows.cols() - 1).eval();
    table.columns.erase(table.columns.begin());
    table.warnings.push_back(fmt::format("the first column has no name and counts {}, {}, ...: it "
                                         "was taken for the index and dropped",
                                         first, first + 1));
}

} // namespace

Table parse_csv(const std::string& bytes, const std::string& name,
                const std::vector<std::string>& selection, Missing missing, Texts texts) {
    check_encoding(bytes, name);
    std::string_view text = bytes;
    if (text.substr(0, 3) == "\xEF\xBB\xBF")
        text.remove_prefix(3);
    CsvReader reader(text, name);
    Cells first, cells;
    Table table;
    if (!reader.next(first))
        throw Error(Exit::data, fmt::format("'{}' is empty", name));
    CsvReader ahead = reader;
    if (ahead.next(cells))
        drop_trailing_delimiter(first, cells);
    Layout layout = read_layout(first, selection, name, table);
    layout.missing = missing;
    if (texts == Texts::leave_out)
        leave_out_texts(layout, layout.header ? cells : first, table);
    for (const std::size_t j : layout.selected)
        table.columns.push_back(layout.names[j]);

    // An upper bound on the number of rows: each takes a line, and a byte a column.
    const auto lines = static_cast<std::size_t>(1 + std::count(text.begin(), text.end(), '\n') +
                                                std::count(text.begin(), text.end(), '\r'));
    const std::size_t most = std::min(lines, text.size() / first.size() + 1);
    table.rows.resize(static_cast<Eigen::Index>(most),
                      static_cast<Eigen::Index>(layout.selected.size()));
    NumberReader numbers;
    Eigen::Index row = 0;
    if (!layout.header)
        read_row(reader, first, layout, numbers, row++, table);
    while (reader.next(cells))
        read_row(reader, cells, layout, numbers, row++, table);
    table.rows.conservativeResize(row, Eigen::NoChange);
    if (numbers.may_be_thousands())
        throw Error(Exit::data,
                    fmt::format("'{}': '{}' may be a decimal fraction or thousands", name,
                                excerpt(numbers.with_comma())),
                    "write the numbers with decimal points");
    const bool starts = !layout.selected.empty() && layout.selected[0] == 0;
    drop_index(layout, !selection.empty() || !starts, table);
    return table;
}

} // namespace carve::cli
