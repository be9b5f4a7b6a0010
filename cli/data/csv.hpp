// csv.hpp: the parts of the reader of .csv files: how a file separates its values, the cells of a
// line, and what a cell says.
#pragma once
#include "error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carve::cli {

// Separates values: ',', ';', '\t', '|', or kBlanks for any run of blanks and tabs.
using Delimiter = char;
constexpr Delimiter kBlanks = ' ';

struct CsvCell {
    std::string_view text; // without spaces around and quotes
    bool quoted = false;
};

// What is in quotes, with "" as one quote.
std::string unquoted(const CsvCell& cell);

// Walks over the lines of a text; those that are blank or start with # are left out. A first line
// "sep=;" names the delimiter, else it is that of the first line: a tab if it has one outside of
// quotes, else a semicolon, else a comma, else blanks.
class CsvReader {
  public:
    CsvReader(std::string_view text, const std::string& name);

    // The cells of the next line; false at the end. Throws Error(data) for quotes that do not match.
    bool next(std::vector<CsvCell>& cells);

    std::size_t row() const { return row_; } // line on which the last cells start, from 1
    Delimiter delimiter() const { return delimiter_; }
    Error fault(const std::string& what, std::string help = {}) const;

  private:
    bool is_space(char c) const { return c == ' ' || (c == '\t' && delimiter_ != '\t'); }
    bool ends_cell() const;
    void skip_spaces();
    bool skip_delimiter();
    void skip_line();
    void skip_to_cells();
    void end_line();
    bool take_separator_line();
    Delimiter find_delimiter() const;
    CsvCell cell(std::size_t column);
    CsvCell quoted_cell(std::size_t column);

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0, line_ = 1, row_ = 1;
    Delimiter delimiter_ = ',';
};

enum class Parsed { number, missing, text, out_of_range };

// Numbers with decimal points or decimal commas, but not both in a file, whatever the locale.
class NumberReader {
  public:
    Parsed read(std::string_view text, double& value);

    // The first number with a point, and with a comma, so far; empty if there is none.
    const std::string& with_point() const { return with_point_; }
    const std::string& with_comma() const { return with_comma_; }
    // Each comma so far may separate thousands: 1,234 but not 0,234 or 1,23 or 1,234e5.
    bool may_be_thousands() const { return !with_comma_.empty() && !decimal_; }

  private:
    std::string with_point_, with_comma_;
    bool decimal_ = false; // a comma cannot be of thousands
};

} // namespace carve::cli
