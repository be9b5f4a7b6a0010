// result_text.hpp: a result in words.
#pragma once
#include "held_out.hpp"
#include "search.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

// The lines on held-out data.
std::string held_out_text(const Task& task, const HeldOut& held_out, const Yardsticks& compared);
std::string stability_text(double stable_variance); // "" where it was not measured
// The lines of a spiking task's report: rate, set point and tuning. Empty for rates.
std::string cell_text(const Task& task, const CellReport& cell);

// What a search prints when it has ended, and the same of a result.json.
std::string result_text(const Task& task, const SearchResult& result);
std::string finished_text(const std::string& path);

} // namespace carve::cli
