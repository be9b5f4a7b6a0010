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

// A part with its heading, which links may lead to by its id; "" where there is nothing in it. All but the id are
// HTML.
std::string section_html(const std::string& id, const std::string& title, const std::string& html);

} // namespace carve::cli
