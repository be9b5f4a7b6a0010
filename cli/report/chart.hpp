// chart.hpp: figures as inline SVG, coloured by the style sheet of the page that they stand in.
#pragma once
#include "rule.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

std::string escape_html(const std::string& text);

// "−0.734": `digits` significant digits with a true minus sign.
std::string display(double value, int digits = 4);

// "x y² w"; "1" for the constant term.
std::string term_text(const Term& term);

struct Series {
    std::string label;          // at the end of the line; empty: none
    std::vector<double> values; // one an iteration; gaps where not finite (or <= 0 on a log axis)
    unsigned colour = 0;        // 1 .. 6 of the page's palette, 0: muted
};

struct LineChart {
    std::string id, title, description, y_label;
    bool log_y = false;
    std::vector<Series> series;                              // later ones are drawn on top
    std::vector<std::pair<std::size_t, std::string>> phases; // first iteration and name of each
};
std::string line_chart(const LineChart& chart);

// The terms of a rule as one grid of x's and y's exponents per exponent of w.
std::string heat_map(const std::string& id, const std::string& title,
                     const std::vector<Term>& terms);

} // namespace carve::cli
