// report.hpp: report.html, one page that needs nothing else: the rule, whether it is good, what the network became
// of it, and how it was found.
#pragma once
#include "facts.hpp"
#include "plot.hpp"
#include "search.hpp"
#include "simulated_trials.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

// simulated: under the rule found; without trials the page has no pictures of the network. result: with its history.
// figures: gets those of the page.
std::string report_html(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds, const SimulatedTrials& simulated, Figures& figures);

} // namespace carve::cli
