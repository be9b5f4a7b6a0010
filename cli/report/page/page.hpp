// page.hpp: a whole page: the skeleton page.html with its style, and its scripts where a chart has data for them.
#pragma once
#include <string>

namespace carve::cli {

// All but the title are HTML.
struct PageParts {
    std::string title; // plain text
    std::string brand; // a line above the heading
    std::string heading;
    std::string subtitle; // paragraphs below it, or ""
    std::string content;
    std::string footer;
};
std::string page_html(const PageParts& parts);

} // namespace carve::cli
