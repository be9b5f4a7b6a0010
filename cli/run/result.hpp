// result.hpp: what a run is written down as: result.json, lines of log.jsonl, carve.json (docs/files.md).
#pragma once
#include "facts.hpp"
#include "json.hpp"
#include "search.hpp"
#include "task.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// The text of result.json.
std::string result_json(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds);
// Reasons to doubt the result; stored as warnings of the run.
std::vector<std::string> remarks(const Task& task, const SearchResult& result);
// The fields of result.json on held-out trials. By name: mean and standard deviation over trials.
Json measured_json(const std::vector<MeasuredSpread>& measured);
Json conditions_json(const std::vector<Condition>& conditions);
Json sets_json(const std::vector<OtherSet>& sets); // further sets of trials, by name
Json spread_json(const LossSpread& spread);
// One line of log.jsonl, with its newline; names: of the coefficients in theta (coefficient_names).
std::string progress_json(const Progress& progress, const std::vector<std::string>& names);
// Back; nullopt for a line that is torn or something else. theta: of those that are named, NaN where the
// line lacks one.
std::optional<Progress> parse_progress(const std::string& line,
                                       const std::vector<std::string>& names);
// Values by name, and back in the order of the names: NaN for one that is missing.
Json named_json(const std::vector<std::string>& names, const std::vector<double>& values);
std::vector<double> named_reals(const Json& object, const std::vector<std::string>& names);
// carve.json.
std::string facts_json(const Task& task, const RunFacts& facts);
// Back, as far as carve.json has them.
RunFacts parse_facts(const std::string& json);
// The first input of the facts that is another one in a run's carve.json; "" where all are the
// same.
std::string changed_input(const std::string& json, const RunFacts& facts);

} // namespace carve::cli
