// A plot as a file of its own.
#include "drawing.hpp"
#include "html.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

// px. The lines have coordinates of a tenth of one, so that nothing stretches their strokes.
constexpr double kFiner = 10, kLeft = 62, kRight = 22, kEnds = 108, kTop = 34, kBottom = 46;
constexpr double kRow = 17, kLetter = 6.6, kKey = 30; // of the legend

constexpr const char* kStyle = R"css(
text { font: 12px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1b2330; }
.middle { text-anchor: middle; } .end { text-anchor: end; } .ending, .ring-name { font-weight: bold; }
.level-name, .span-name { font-size: 11px; }
.grid { stroke: #e2e6ec; } .zero, .base { stroke: #8a95a3; } .span { stroke: #aab3bf; stroke-dasharray: 2 4; }
.shade { fill: #8a95a3; fill-opacity: 0.12; } .level { stroke: #1b2330; stroke-dasharray: 6 4; }
.ring { fill: none; stroke: #1b2330; stroke-width: 1.6; }
.lines path { fill: none; stroke-linejoin: round; stroke-linecap: round; stroke-width: 16; }
.lines .c0 { stroke-width: 9; } .lines .dashed { stroke-dasharray: 45 45; stroke-width: 13; }
.lines .dots { stroke-width: 50; } .lines .bars { stroke-width: 12; stroke-linecap: butt; }
.c0 { stroke: #8a95a3; } .c1 { stroke: #b3471f; } .c2 { stroke: #2563a6; } .c3 { stroke: #1f6f43; } .c4 { stroke: #7a4aa5; }
.c5 { stroke: #85600a; } .c6 { stroke: #a8326f; } .t1 { fill: #b3471f; } .t2 { fill: #2563a6; } .t3 { fill: #1f6f43; }
.t4 { fill: #7a4aa5; } .t5 { fill: #85600a; } .t6 { fill: #a8326f; } .key { stroke-width: 2.5; } .key.dashed { stroke-dasharray: 4 4; }
)css";

// A key and a name for each series that has one, in rows, those on top first; rows: that it takes.
std::string legend(const Plot& plot, double width, double& rows) {
    std::string out;
    double x = kLeft, y = 14;
    for (std::size_t i = plot.series.size(); i-- > 0;) {
        const Series& s = plot.series[i];
        if (s.label.empty())
            continue;
        const double needs = kKey + kLetter * static_cast<double>(s.label.size()) + 14;
        if (x > kLeft && x + needs > width)
            x = kLeft, y += kRow;
        const bool point = s.mark == Mark::dots || s.mark == Mark::bars;
        out += point ? fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" class=\"t{}\"/>",
                                   x + 16, y - 4, s.colour)
                     : fmt::format("<line x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" "
                                   "y2=\"{2:.1f}\" class=\"key c{3}{4}\"/>",
                                   x, x + 22, y - 4, s.colour,
                                   s.mark == Mark::dashed ? " dashed" : "");
        out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + kKey - 2, y,
                           escape_html(s.label));
        x += needs;
    }
    rows = out.empty() ? 0 : (y - 14) / kRow + 1;
    return out;
}

} // namespace

std::string plot_svg(const Plot& plot, double width) {
    const bool ends = names_at_ends(plot);
    double rows = 0;
    const std::string names = ends ? "" : legend(plot, width, rows);
    const double top = kTop + kRow * rows, across = width - kLeft - (ends ? kEnds : kRight);
    const Drawing drawing(plot, kFiner * across, kFiner * plot.height);
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
               "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
               "<style>{2}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{3}"
               "<svg x=\"{4}\" y=\"{5:.0f}\" width=\"{6:.0f}\" height=\"{7:.0f}\" "
               "overflow=\"visible\">\n",
               width, top + plot.height + kBottom, kStyle, names, kLeft, top, across, plot.height) +
           drawing.svg() + "</svg>\n</svg>\n";
}

} // namespace carve::cli
