// page_file.hpp: the files of cli/report/page, which the build puts into the command.
#pragma once
#include <string>

namespace carve::cli {

// "page.css" or "uPlot.iife.min.js"; throws std::out_of_range where there is none of the name.
std::string page_file(const std::string& name);

} // namespace carve::cli
