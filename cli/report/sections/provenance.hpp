// provenance.hpp: what ran, on what, and how to repeat it.
#pragma once
#include "facts.hpp"
#include "task.hpp"

#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// more: further names and values, which are HTML.
std::string provenance_html(const RunFacts& facts, const Task& task,
                            const std::vector<std::pair<std::string, std::string>>& more);

} // namespace carve::cli
