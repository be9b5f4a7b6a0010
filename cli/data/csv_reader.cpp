// Lines and cells. Quotes as in RFC 4180.
#include "csv.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

bool ends_line(char c) { return c == '\n' || c == '\r'; }

} // namespace

std::string unquoted(const CsvCell& cell) {
    std::string out(cell.text);
    if (cell.quoted)
        for (std::size_t i = 0; (i = out.find("\"\"", i)) != std::string::npos; ++i)
            out.erase(i, 1);
    return out;
}

CsvReader::CsvReader(std::string_view text, const std::string& name) : text_(text), name_(name) {
    skip_to_cells();
    if (!take_separator_line())
        delimiter_ = find_delimiter();
}

bool CsvReader::next(std::vector<CsvCell>& cells) {
    skip_to_cells();
    cells.clear();
    if (at_ == text_.size())
        return false;
    row_ = line_;
    do
        cells.push_back(cell(cells.size() + 1));
    while (skip_delimiter());
    end_line();
    return true;
}

Error CsvReader::fault(const std::string& what, std::string help) const {
    return Error(Exit::data, fmt::format("'{}': row {}{}", name_, row_, what), std::move(help));
}

bool CsvReader::ends_cell() const {
    return at_ == text_.size() || ends_line(text_[at_]) || text_[at_] == delimiter_ ||
           (delimiter_ == kBlanks && text_[at_] == '\t');
}

void CsvReader::skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
}

// Blanks at the end of a line separate nothing.
bool CsvReader::skip_delimiter() {
    if (delimiter_ == kBlanks) {
        skip_spaces();
        return at_ < text_.size() && !ends_line(text_[at_]);
    }
    if (at_ == text_.size() || text_[at_] != delimiter_)
        return false;
    ++at_;
    return true;
}

void CsvReader::skip_line() {
    while (at_ < text_.size() && !ends_line(text_[at_]))
        ++at_;
    end_line();
}

// Past lines that are blank or comments.
void CsvReader::skip_to_cells() {
    while (at_ < text_.size()) {
        const std::size_t start = at_;
        skip_spaces();
        const bool blank = at_ == text_.size() || ends_line(text_[at_]);
        if (!blank && text_[at_] != '#') {
            at_ = start;
            return;
        }
        skip_line();
    }
}

void CsvReader::end_line() {
    if (at_ == text_.size())
        return;
    at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
    ++line_;
}

// "sep=;" tells spreadsheets the delimiter, also in quotes.
bool CsvReader::take_separator_line() {
    const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    if (line.size() > 1 && line.front() == '"' && line.back() == '"')
        line = line.substr(1, line.size() - 2);
    if (line.size() != 5 || line.substr(0, 4) != "sep=")
        return false;
    row_ = line_;
    delimiter_ = line[4];
    if (std::string_view(",;\t| ").find(delimiter_) == std::string_view::npos)
        throw fault(" names a delimiter that is not supported",
                    "commas, semicolons, tabs, bars and blanks separate values");
    skip_line();
    return true;
}

// Tab before semicolon before comma: in a file with semicolons, commas are decimal ones.
Delimiter CsvReader::find_delimiter() const {
    bool quoted = false, semicolon = false, comma = false;
    for (std::size_t i = at_; i < text_.size(); ++i) {
        const char c = text_[i];
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '\t')
            return '\t';
        else if (!quoted && ends_line(c))
            break;
        semicolon |= !quoted && c == ';';
        comma |= !quoted && c == ',';
    }
    return semicolon ? ';' : comma ? ',' : kBlanks;
}

CsvCell CsvReader::cell(std::size_t column) {
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == '"')
        return quoted_cell(column);
    const std::size_t first = at_;
    while (!ends_cell())
        ++at_;
    std::size_t last = at_;
    while (last > first && is_space(text_[last - 1]))
        --last;
    return {text_.substr(first, last - first), false};
}

CsvCell CsvReader::quoted_cell(std::size_t column) {
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
    if (delimiter_ != kBlanks)
        skip_spaces();
    if (!ends_cell())
        throw fault(fmt::format(", column {}: text follows a closing quote", column));
    return {text_.substr(first, last - first), true};
}

} // namespace carve::cli
