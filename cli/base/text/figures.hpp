// figures.hpp: numbers in texts for people.
#pragma once
#include <string>

namespace carve::cli {

// The number in a format of fmt, or "undefined" where nothing could be measured: NaN, of either
// sign.
std::string figure(double value, const std::string& format = "{}");

// Whether a number is what rounding has left of a 0: a coefficient beside the largest of its rule
// or direction, an eigenvalue beside the largest of its matrix.
bool is_rounding(double value, double largest);

} // namespace carve::cli
