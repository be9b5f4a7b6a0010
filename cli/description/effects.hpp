// effects.hpp: keys of a task that nothing reads.
#pragma once
#include "description.hpp"

#include <map>
#include <string>
#include <vector>

namespace carve::cli::task {

// Path of each such key, and what would make it count: "search.sigma", "search.method = \"cma_es\"".
std::map<std::string, std::string> keys_without_effect(const Task& task);
// Which of the keys that stages take from [search] each of them has a value of its own of.
std::vector<std::string> keys_of_all_stages(const Task& task);
// Adds a fault for each of them that the file itself or an override sets, and for keys of [search] that
// every stage sets itself.
void check_effects(const Task& task, Faults& faults);

} // namespace carve::cli::task
