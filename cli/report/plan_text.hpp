// plan_text.hpp: what carve check and --dry-run say.
#pragma once
#include "dataset.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

// The resolved task, and as comments above it what a search takes: exact memory, rollouts, and with
// `timed` time and memory of the process (cost.hpp). json: the same as a document.
std::string plan_text(const Task& task, const DataSource& source, bool timed, bool json);

} // namespace carve::cli
