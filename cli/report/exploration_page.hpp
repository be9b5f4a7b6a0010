// exploration_page.hpp: the page of an exploration: how many restarts solve the task, where their rules lie, and what
// is free.
#pragma once
#include "explore.hpp"
#include "facts.hpp"
#include "task.hpp"

#include <string>
#include <vector>

namespace carve::cli {

std::string exploration_html(const Task& task, const std::vector<Restart>& restarts,
                             const Summary& summary, const RunFacts& facts);

} // namespace carve::cli
