#include "cells.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string cells_svg(const Eigen::MatrixXd& values, double largest, const std::string& style,
                      const std::string& size) {
    std::string out =
        fmt::format("<svg class=\"{}\" {} viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" "
                    "aria-hidden=\"true\">",
                    style, size, values.cols(), values.rows());
    for (Eigen::Index i = 0; i < values.rows(); ++i)
        for (Eigen::Index j = 0; j < values.cols(); ++j)
            out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"1\" height=\"1\" class=\"{}\" "
                               "fill-opacity=\"{:.2f}\"/>",
                               j, i, values(i, j) < 0 ? "neg" : "pos",
                               largest > 0 ? std::min(1.0, std::abs(values(i, j)) / largest) : 0.0);
    return out + "</svg>";
}

} // namespace

std::string strip_svg(const Eigen::VectorXd& values, double largest) {
    return cells_svg(values.transpose(), largest, "strip", "width=\"100%\" height=\"20\"");
}

std::string heat_map_svg(const Eigen::MatrixXd& values, double largest, int side) {
    return cells_svg(values, largest, "strip square",
                     fmt::format("width=\"{0}\" height=\"{0}\"", side));
}

} // namespace carve::cli
