// result_text.hpp: a result in words.
#pragma once
#include "held_out.hpp"
#include "search.hpp"
#include "stored_run.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

// The lines on held-out data. references: the names of the rules behind compared.reference.
std::string held_out_text(const std::string& references, const HeldOut& held_out,
                          const Yardsticks& compared);
std::string stability_text(double stable_variance); // "" where it was not measured
// What losses and probes measured on held-out trials, in each of their conditions, and in further sets.
std::string became_text(const HeldOut& held_out);

// What a search prints when it has ended, and the same where the task is not known.
std::string result_text(const Task& task, const SearchResult& result);
std::string result_text(const StoredResult& stored);

} // namespace carve::cli
