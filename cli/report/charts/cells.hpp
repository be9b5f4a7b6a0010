// cells.hpp: numbers as coloured cells.
#pragma once
#include <Eigen/Dense>
#include <string>

namespace carve::cli {

// A row of cells, as wide as its place, coloured by their share of `largest`. It is a picture beside the numbers that
// a caption states, and hidden from screen readers.
std::string strip_svg(const Eigen::VectorXd& values, double largest);
// Cells in rows and columns, in a square of `side` px.
std::string heat_map_svg(const Eigen::MatrixXd& values, double largest, int side);

} // namespace carve::cli
