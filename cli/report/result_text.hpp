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
// The lines of a spiking task's report: rate, set point and tuning. Empty for rates.
// What losses and probes of a network as described measured on held-out trials.
std::string measured_text(const std::vector<MeasuredSpread>& measured);
std::string sets_text(const std::vector<OtherSet>& sets); // the same of further sets of trials
std::string cell_text(const Task& task, const CellReport& cell);

// What a search prints when it has ended, and the same where the task is not known.
std::string result_text(const Task& task, const SearchResult& result);
std::string result_text(const StoredResult& stored);

} // namespace carve::cli
