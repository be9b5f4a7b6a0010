// comparison_page.hpp: the page of several finished runs: their losses, coefficients and curves side by side, with
// their spread.
#pragma once
#include "full_run.hpp"
#include "plot.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// At least two runs; the title is that of the page. figures: gets those of the page. Runs are named by their paths,
// without the folders that all have in common.
std::string comparison_html(const std::string& title, std::vector<FullRun> runs, Figures& figures);

} // namespace carve::cli
