// pages.hpp: the page of what run directories hold, and its figures.
#pragma once
#include "plot.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// Of one directory: of its run, its seeds or its exploration. Of several: the comparison of their runs. figures: gets
// those of the page. quiet: without warnings. Throws Error for what is no finished run.
std::string page_of(const std::vector<std::string>& directories, bool quiet, Figures& figures);

} // namespace carve::cli
