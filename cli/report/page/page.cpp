#include "page.hpp"

#include "html.hpp"
#include "page_file.hpp"

#include <carve.h>

#include <fmt/format.h>
#include <map>

namespace carve::cli {
namespace {

// Each {{name}} of the text by its value; values are not looked through.
std::string filled(const std::string& text, const std::map<std::string, std::string>& values) {
    std::string out;
    std::size_t from = 0;
    for (std::size_t at; (at = text.find("{{", from)) != std::string::npos;) {
        const std::size_t end = text.find("}}", at);
        out += text.substr(from, at - from) + values.at(text.substr(at + 2, end - at - 2));
        from = end + 2;
    }
    return out + text.substr(from);
}

// The notice that its licence asks for comes with every copy of uPlot.
std::string scripts_html() {
    return "<script>/*!\nuPlot, https://github.com/leeoniya/uPlot\n" + page_file("LICENSE") +
           "*/\n" + page_file("uPlot.iife.min.js") + "</script>\n<script>\n" +
           page_file("page.js") + "</script>\n";
}

} // namespace

std::string section_html(const std::string& id, const std::string& title, const std::string& html) {
    return html.empty() ? ""
                        : fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-heading\">\n"
                                      "<h2 id=\"{0}-heading\">{1}</h2>\n{2}</section>\n",
                                      escape_html(id), title, html);
}

std::string page_html(const PageParts& parts) {
    const bool zooms = parts.content.find("data-plot=") != std::string::npos;
    return filled(page_file("page.html"), {{"version", carve_version()},
                                           {"title", escape_html(parts.title)},
                                           {"style", "\n" + page_file("page.css") +
                                                         (zooms ? page_file("uPlot.min.css") : "")},
                                           {"brand", parts.brand},
                                           {"heading", parts.heading},
                                           {"subtitle", parts.subtitle},
                                           {"content", parts.content},
                                           {"footer", parts.footer},
                                           {"scripts", zooms ? scripts_html() : ""}});
}

} // namespace carve::cli
