// drawing.hpp: a plot as SVG: its axes, lines and names.
#pragma once
#include "axis.hpp"
#include "plot.hpp"

#include <cmath>
#include <string>

namespace carve::cli {

constexpr double kWide = 2000, kTall = 1000; // of the lines' own coordinates on a page

// Whether lines have their names at their ends, where all of these fit. Else a legend has them.
bool names_at_ends(const Plot& plot);

class Drawing {
  public:
    // Keeps the plot by reference.
    explicit Drawing(const Plot& plot, double wide = kWide, double tall = kTall);

    // In its place on the page, as wide as that; its margins are those of .frame (page.css).
    std::string svg() const;
    std::string legend() const; // as a list of HTML
    // Of the plot that a script draws: the points that are shown.
    std::string data() const;

  private:
    double y_px(double v) const { return plot_.height * (1 - y_.fraction(v)); }
    std::string x_at(double v) const;
    bool shows(const Series& s, std::size_t i) const;
    // In the lines' own coordinates.
    long across(double v) const { return std::lround(wide_ * x_.fraction(v)); }
    long down(double v) const { return std::lround(tall_ * (1 - y_.fraction(v))); }

    std::string axes() const;
    std::string spans() const;
    std::string levels() const;
    std::string level_names() const;
    std::string path(const Series& s) const;
    // Lines of no length, whose round caps are dots.
    std::string dots(const Series& s) const;

    // Of the height of one in y.
    std::string bars(const Series& s) const;
    std::string rings() const;
    // At the ends of the lines, pushed apart where they would overlap.
    std::string ends() const;

    const Plot& plot_;
    double wide_, tall_; // of the lines' own coordinates
    Axis x_, y_;
};

} // namespace carve::cli
