// track.hpp: points on a line, for a cell of a table.
#pragma once
#include <string>
#include <vector>

namespace carve::cli {

// From the least to the largest of the values, with a mark at 0 between them; the one at `strong` is filled. Values
// that are not finite are left out.
std::string track_html(const std::vector<double>& values, std::size_t strong = ~std::size_t{0});

} // namespace carve::cli
