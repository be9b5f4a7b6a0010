// plan_text.hpp: what carve check and --dry-run say.
#pragma once
#include "task.hpp"
#include "trial_source.hpp"

#include <string>

namespace carve::cli {

// The resolved task, and as comments above it what a search takes: exact memory, evaluations, and with
// `timed` time and memory of the process (cost.hpp). json: the same as a document.
std::string plan_text(const Task& task, const TrialSource& source, bool timed, bool json);

} // namespace carve::cli
