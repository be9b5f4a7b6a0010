// requirements.hpp: of an exploration, how many restarts meet each thing that a solution has to, and what one costs.
#pragma once
#include "explore.hpp"
#include "task.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// A table of at least one restart.
std::string requirements_html(const Task& task, const std::vector<Restart>& restarts,
                              const Summary& summary);

} // namespace carve::cli
