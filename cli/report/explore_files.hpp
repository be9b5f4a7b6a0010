// explore_files.hpp: the files of an exploration (docs/files.md), and the same in words.
#pragma once
#include "explore.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

std::string restart_json(const Task& task, const Restart& restart); // a line of restarts.jsonl
// nullopt where the line is none of the task's.
std::optional<Restart> parse_restart(const Task& task, const std::string& line);
// Of a whole restarts.jsonl. Throws Error(data), which names the line that is none of the task's.
std::vector<Restart> read_restarts(const Task& task, const std::string& file);
std::string solutions_csv(const Task& task, const Summary& summary);
void write_solutions_npz(const std::string& path, const Task& task, const Summary& summary);
std::string summary_json(const Task& task, const std::vector<Restart>& restarts,
                         const Summary& summary);
std::string summary_text(const Task& task, const std::vector<Restart>& restarts,
                         const Summary& summary);

} // namespace carve::cli
