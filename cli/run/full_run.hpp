// full_run.hpp: a finished run read back with all that its report shows.
#pragma once
#include "facts.hpp"
#include "search.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

struct FullRun {
    std::string path;
    Task task;
    SearchResult result; // with history and identifiability
    RunFacts facts;
    double seconds = 0;
};
// Throws Error(usage) where the run is not finished, Error(version) of a task in the format of carve 0.1, and
// Error(data), which names the file, where one is missing, torn or no result.
FullRun read_full_run(const std::string& directory);

} // namespace carve::cli
