// plot.hpp: lines and points as inline SVG that is as wide as its place on the page; texts and strokes keep their
// size. The style sheet of the page colours it.
#pragma once
#include <limits>
#include <string>
#include <vector>

namespace carve::cli {

enum class Mark { line, dashed, dots, bars }; // bars: short vertical ones, of spikes

struct Series {
    std::string label;        // in the legend, or at the end of its line; empty: none
    std::vector<double> x, y; // gaps where not finite (or not above 0 on a logarithmic axis)
    unsigned colour = 0;      // 1 .. 6 of the page's palette, 0: muted
    Mark mark = Mark::line;
};

struct Span { // of x, named above the plot
    double from, to;
    std::string name;
    bool shaded = false;
};

struct Level { // a horizontal line
    double y;
    std::string label;
};

struct Ring { // around a point
    double x, y;
    std::string label;
};

struct Plot {
    std::string id, title, description, x_label, y_label;
    bool log_x = false, log_y = false;
    double height = 260;                                   // px, of the plotted area
    double low = std::numeric_limits<double>::quiet_NaN(); // that the y axis shows in any case
    double high = low;
    double from = low, to = low; // the same of x
    bool ends = true;            // labels at the ends of lines where all fit there, else a legend
    bool zoom = false;           // a script may put a plot to zoom into beside it
    bool y_ticks = true;
    std::vector<Series> series; // later ones are drawn on top
    std::vector<Span> spans;
    std::vector<Level> levels;
    std::vector<Ring> rings;
};
std::string plot_html(const Plot& plot);

// A file of SVG for a paper: with its fonts, colours and a legend, without title; `width` px, of 1/96 inch. Programs
// that know no style sheets of pages show it, too.
std::string plot_svg(const Plot& plot, double width);

// The figures of a page, as they are drawn.
class Figures {
  public:
    std::string html(const Plot& plot) {
        all_.push_back(plot);
        return plot_html(plot);
    }
    const std::vector<Plot>& all() const { return all_; }

  private:
    std::vector<Plot> all_;
};

// A figure: what is said of it, and its content. title and description are plain text.
std::string figure_html(const std::string& id, const std::string& title,
                        const std::string& description, const std::string& html);

} // namespace carve::cli
