#include "plot.hpp"

#include "drawing.hpp"
#include "html.hpp"

#include <fmt/format.h>

namespace carve::cli {

std::string plot_html(const Plot& plot) {
    const Drawing drawing(plot);
    return figure_html(plot.id, plot.title, plot.description,
                       drawing.legend() +
                           fmt::format("<div class=\"frame{}{}\">\n",
                                       names_at_ends(plot) ? " with-ends" : "",
                                       plot.spans.empty() ? "" : " with-spans") +
                           drawing.svg() + "</div>\n" + (plot.zoom ? drawing.data() : ""));
}

std::string figure_html(const std::string& id, const std::string& title,
                        const std::string& description, const std::string& html) {
    return fmt::format("<figure id=\"{}\">\n<figcaption><strong>{}</strong> {}</figcaption>\n{}"
                       "</figure>\n",
                       escape_html(id), escape_html(title), escape_html(description), html);
}

} // namespace carve::cli
