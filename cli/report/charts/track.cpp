#include "track.hpp"

#include "axis.hpp"

#include <fmt/format.h>

namespace carve::cli {

std::string track_html(const std::vector<double>& values, std::size_t strong) {
    const Axis axis = axis_of(values, false, 4, false);
    std::string out = "<svg width=\"100%\" height=\"22\" aria-hidden=\"true\">"
                      "<line x1=\"0\" x2=\"100%\" y1=\"11\" y2=\"11\" class=\"grid\"/>";
    if (axis.lo < 0 && axis.hi > 0)
        out +=
            fmt::format("<line x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"4\" y2=\"18\" class=\"base\"/>",
                        100 * axis.fraction(0));
    for (std::size_t i = 0; i < values.size(); ++i)
        if (axis.shows(values[i]))
            out += fmt::format("<circle cx=\"{:.2f}%\" cy=\"11\" r=\"4\" class=\"{}\"/>",
                               100 * axis.fraction(values[i]), i == strong ? "found" : "after");
    return out + "</svg>";
}

} // namespace carve::cli
