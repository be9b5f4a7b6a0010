// result.hpp: result.json (docs/files.md).
#pragma once
#include "json.hpp"
#include "run_dir.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// A term of the task and the projection whose rule it belongs to.
struct TaskTerm {
    std::string projection;
    Term term;
};
// In the order of Progress::theta and Direction::combination.
std::vector<TaskTerm> task_terms(const Task& task);

// Whether the task measures the rule's angle to a preset.
bool names_reference(const Task& task);
std::string reference_names(const Task& task); // "oja, anti_hebb"

// The text of result.json.
std::string result_json(const Task& task, const SearchResult& result, const RunFacts& facts,
                        double seconds);
// What a reader of the result should know before believing it; kept as warnings of the run.
std::vector<std::string> remarks(const Task& task, const SearchResult& result);
// The lines on held-out data, and the fields of the same in a file: loss, loss.held_out and so on.
std::string held_out_text(const Task& task, const HeldOut& held_out, const Yardsticks& compared);
std::string stability_text(double stable_variance); // "" where it was not measured
Json spread_json(const LossSpread& spread);
// The lines of a spiking task's report: rate, set point and tuning. Empty for rates.
std::string cell_text(const Task& task, const CellReport& cell);
// The fields of result.json for the same.
std::vector<std::pair<std::string, std::vector<double>>> cell_fields(const CellReport& cell);
// The list of result.json on trials that the search has not seen.
Json transfer_json(const CellReport& cell);
// One line of log.jsonl, with its newline.
std::string progress_json(const Progress& progress);
// Back; nullopt for a line that is torn or something else.
std::optional<Progress> parse_progress(const std::string& line);
// carve.json.
std::string facts_json(const Task& task, const RunFacts& facts, std::uint64_t task_checksum);
// The first input of the facts that is another one in a run's carve.json; "" where all are the
// same.
std::string changed_input(const std::string& json, const RunFacts& facts);

} // namespace carve::cli
