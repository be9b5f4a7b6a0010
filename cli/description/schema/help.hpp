// help.hpp: what the keys of a task file mean, from the lists in schema/.
#pragma once
#include <string>

namespace carve::cli::task {

// Every table and key, as Markdown for the terminal and docs/task.md.
std::string reference();
// Of a key ("search.sigma", "sigma"), a table ("population", "losses") or a kind ("lif"). Throws
// Error(usage), with the nearest word, for any other.
std::string explain(const std::string& word);
// A JSON schema of the format, for editors.
std::string json_schema();

} // namespace carve::cli::task
