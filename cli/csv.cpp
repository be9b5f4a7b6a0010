// .csv: a table of numbers with or without a header. Quotes as in RFC 4180.
#include "data.hpp"
#include "error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace carve::cli {
namespace {

struct Cell {
    std::string_view text; // without spaces around and quotes
    bool quoted = false;
};

// Up to 40 bytes for a message; what a terminal should not see is shown as '?'.
std::string excerpt(std::string_view text) {
    std::string out(text.substr(0, 40));
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = '?';
    return text.size() > 40 ? out + "..." : out;
}

class Reader {
  public:
    Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {
        delimiter_ = find_delimiter();
    }

    // The cells of the next line that is not blank; false at the end.
    bool next(std::vector<Cell>& cells) {
        skip_blank_lines();
        cells.clear();
        if (at_ == text_.size())
            return false;
        row_ = line_;
        for (;;) {
            cells.push_back(cell(cells.size() + 1));
            if (at_ < text_.size() && text_[at_] == delimiter_) {
                ++at_;
                continue;
            }
            end_line();
            return true;
        }
    }

    std::size_t row() const { return row_; } // line on which the last cells start, from 1
    char delimiter() const { return delimiter_; }

    Error fault(const std::string& what, std::string help = {}) const {
        return Error(Exit::data, fmt::format("'{}': row {}{}", name_, row_, what), std::move(help));
    }

  private:
    static bool ends_line(char c) { return c == '\n' || c == '\r'; }
    bool is_space(char c) const { return c == ' ' || (c == '\t' && delimiter_ != '\t'); }

    // Tab before semicolon before comma: in a file with semicolons, commas are decimal ones.
    char find_delimiter() const {
        const std::size_t start = text_.find_first_not_of("\r\n");
        bool quoted = false, semicolon = false;
        for (std::size_t i = start; i < text_.size(); ++i) {
            const char c = text_[i];
            if (c == '"')
                quoted = !quoted;
            else if (!quoted && c == '\t')
                return '\t';
            else if (!quoted && ends_line(c))
                break;
            semicolon |= !quoted && c == ';';
        }
        return semicolon ? ';' : ',';
    }

    void skip_blank_lines() {
        for (;;) {
            std::size_t end = at_;
            while (end < text_.size() && is_space(text_[end]))
                ++end;
            if (end < text_.size() && !ends_line(text_[end]))
                return;
            at_ = end;
            if (at_ == text_.size())
                return;
            end_line();
        }
    }

    void end_line() {
        if (at_ == text_.size())
            return;
        at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
        ++line_;
    }

    Cell cell(std::size_t column) {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
        if (at_ < text_.size() && text_[at_] == '"')
            return quoted_cell(column);
        const std::size_t first = at_;
        while (at_ < text_.size() && text_[at_] != delimiter_ && !ends_line(text_[at_]))
            ++at_;
        std::size_t last = at_;
        while (last > first && is_space(text_[last - 1]))
            --last;
        return {text_.substr(first, last - first), false};
    }

    Cell quoted_cell(std::size_t column) {
        const std::size_t first = ++at_;
        for (;; ++at_) {
            if (at_ == text_.size())
                throw fault(fmt::format(", column {}: a quote is not closed", column));
            if (text_[at_] == '"' && text_.substr(at_ + 1, 1) != "\"")
                break;
            if (text_[at_] == '"')
                ++at_; // "" is a quote
            else if (text_[at_] == '\n')
                ++line_;
        }
        const std::size_t last = at_++;
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
        if (at_ < text_.size() && text_[at_] != delimiter_ && !ends_line(text_[at_]))
            throw fault(fmt::format(", column {}: text follows a closing quote", column));
        return {text_.substr(first, last - first), true};
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0, line_ = 1, row_ = 1;
    char delimiter_ = ',';
};

enum class Parsed { number, missing, text, out_of_range };

Parsed parse(std::string_view text, double& value) {
    if (text.empty())
        return Parsed::missing;
    if (text.front() == '+' && text.substr(1, 1) != "-")
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || error == std::errc::invalid_argument)
        return Parsed::text;
    if (error == std::errc::result_out_of_range)
        return Parsed::out_of_range;
    return std::isfinite(value) ? Parsed::number : Parsed::text; // "nan", "inf"
}

std::string unquoted(const Cell& cell) {
    std::string out(cell.text);
    if (cell.quoted)
        for (std::size_t i = 0; (i = out.find("\"\"", i)) != std::string::npos; ++i)
            out.erase(i, 1);
    return out;
}

// 0, 1, 2, ... or 1, 2, 3, ...: what a data frame without names writes as its header.
bool counts_up(const std::vector<Cell>& cells) {
    double first = 0, v = 0;
    if (cells.size() < 4 || parse(cells[0].text, first) != Parsed::number ||
        (first != 0 && first != 1))
        return false;
    for (std::size_t j = 0; j < cells.size(); ++j)
        if (parse(cells[j].text, v) != Parsed::number || v != first + static_cast<double>(j))
            return false;
    return true;
}

// A first row in which nothing is a number is a header.
bool is_header(const std::vector<Cell>& cells) {
    double v = 0;
    bool text = false;
    for (const Cell& cell : cells) {
        const Parsed parsed = parse(cell.text, v);
        if (parsed == Parsed::number)
            return false;
        text |= parsed == Parsed::text;
    }
    return text;
}

struct Layout {
    std::vector<std::string> names;
    bool header = false;
    std::vector<std::size_t> selected;

    // "column 3 ('b')", or "column 3" where it has no name
    std::string column(std::size_t j) const {
        return header && !names[j].empty()
                   ? fmt::format("column {} ('{}')", j + 1, excerpt(names[j]))
                   : fmt::format("column {}", j + 1);
    }
};

Error bad_value(const Reader& reader, const Layout& layout, std::size_t j, Parsed parsed,
                std::string_view text) {
    const std::string where = ", " + layout.column(j) + ": ";
    if (parsed == Parsed::missing)
        return reader.fault(
            where + "the value is missing",
            "fill it in, remove the row, or select other columns with input.columns");
    if (parsed == Parsed::out_of_range)
        return reader.fault(where + fmt::format("'{}' is out of range", excerpt(text)),
                            "magnitudes from 2.2e-308 to 1.7e308 can be read");
    std::string help = "correct it, remove the row, or select other columns with input.columns";
    if (reader.delimiter() == ';' && text.find(',') != std::string_view::npos)
        help = "write decimal points instead of decimal commas";
    return reader.fault(where + fmt::format("'{}' is not a number", excerpt(text)), help);
}

void check_encoding(const std::string& bytes, const std::string& name) {
    const bool utf16 = bytes.compare(0, 2, "\xFF\xFE") == 0 || bytes.compare(0, 2, "\xFE\xFF") == 0;
    if (utf16 || bytes.find('\0') != std::string::npos)
        throw Error(Exit::data, fmt::format("'{}' is not plain text", name),
                    "save it as CSV in UTF-8");
}

Layout read_layout(const std::vector<Cell>& first, const std::vector<std::string>& selection,
                   const std::string& name, Table& table) {
    Layout layout;
    layout.header = is_header(first);
    if (!layout.header && counts_up(first)) {
        layout.header = true;
        table.warnings.push_back(
            fmt::format("the first row ({}, {}, {}, ...) was taken for a header", first[0].text,
                        first[1].text, first[2].text));
    }
    for (std::size_t j = 0; j < first.size(); ++j)
        layout.names.push_back(layout.header ? unquoted(first[j]) : std::to_string(j + 1));
    layout.selected = select_columns(selection, layout.names, name);
    for (const std::size_t j : layout.selected)
        table.columns.push_back(layout.names[j]);
    return layout;
}

} // namespace

Table parse_csv(const std::string& bytes, const std::string& name,
                const std::vector<std::string>& selection) {
    check_encoding(bytes, name);
    std::string_view text = bytes;
    if (text.substr(0, 3) == "\xEF\xBB\xBF")
        text.remove_prefix(3);
    Reader reader(text, name);
    std::vector<Cell> cells;
    Table table;
    if (!reader.next(cells))
        throw Error(Exit::data, fmt::format("'{}' is empty", name));
    const Layout layout = read_layout(cells, selection, name, table);

    // An upper bound on the number of rows: each takes a line, and a byte a column.
    const std::size_t columns = cells.size();
    const auto lines = static_cast<std::size_t>(1 + std::count(text.begin(), text.end(), '\n') +
                                                std::count(text.begin(), text.end(), '\r'));
    const std::size_t most = std::min(lines, text.size() / columns + 1);
    table.rows.resize(static_cast<Eigen::Index>(most),
                      static_cast<Eigen::Index>(layout.selected.size()));
    Eigen::Index row = 0;
    for (bool more = !layout.header || reader.next(cells); more; more = reader.next(cells), ++row) {
        if (cells.size() != columns)
            throw reader.fault(
                fmt::format(" has {} columns, the first row has {}", cells.size(), columns));
        for (std::size_t k = 0; k < layout.selected.size(); ++k) {
            const std::size_t j = layout.selected[k];
            double& value = table.rows(row, static_cast<Eigen::Index>(k));
            const Parsed parsed = parse(cells[j].text, value);
            if (parsed != Parsed::number)
                throw bad_value(reader, layout, j, parsed, cells[j].text);
        }
    }
    table.rows.conservativeResize(row, Eigen::NoChange);
    return table;
}

} // namespace carve::cli
