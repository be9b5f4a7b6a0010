// csv_arrays.hpp: the columns of a .csv file, and the whole table.
#pragma once
#include "arrays.hpp"

namespace carve::cli {

// A column is an array of one unit, under its name or its number from 1; "" is the whole table, a
// column a unit. What is missing is NaN. All arrays (`wanted` empty) are the table and its columns;
// columns of texts are left out, and then so is the table.
std::vector<NamedArray> parse_csv_arrays(const std::string& bytes, const std::string& path,
                                         const std::vector<std::string>& wanted);

} // namespace carve::cli
