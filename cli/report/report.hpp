// report.hpp: report.html, one page without scripts: the rule, its terms, and how they were found.
#pragma once
#include "facts.hpp"
#include "search.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

std::string report_html(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds);

} // namespace carve::cli
