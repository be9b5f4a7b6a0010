// exploration_page.hpp: the page of an exploration: how many restarts solve the task, where their rules lie, and what
// is free.
#pragma once
#include "explore.hpp"
#include "facts.hpp"
#include "plot.hpp"
#include "task.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// figures: gets those of the page.
std::string exploration_html(const Task& task, const std::vector<Restart>& restarts,
                             const Summary& summary, const RunFacts& facts, Figures& figures);

} // namespace carve::cli
