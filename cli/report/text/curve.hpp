// curve.hpp: a curve in the characters of a terminal.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace carve::cli {

// Of values in order, `rows` lines of at most `columns` columns, in Braille dots: each dot is the mean of
// its share of the values. The axis is logarithmic where all are above 0 and the largest is more than
// ten times the smallest; its ends are written at the left. Values that are not finite leave a gap.
std::string curve(const std::vector<double>& values, std::size_t columns, std::size_t rows);

} // namespace carve::cli
