// task_terms.hpp: the coefficients of a task's rules one after the other, and the presets that its rules
// are measured against.
#pragma once
#include "task.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// A term of the task and the projection whose rule it belongs to.
struct TaskTerm {
    std::string projection;
    Term term;
};
// In the order of Progress::theta and Direction::combination.
std::vector<TaskTerm> task_terms(const Task& task);
// Their names in files: "x y", and if the task has several rules "lateral: x y".
std::vector<std::string> coefficient_names(const Task& task);

// Those that are searched for and those that are fixed, time constants as logarithms.
std::vector<Term> all_terms(const RuleSettings& rule);

// Whether the task measures the rule's angle to a preset.
bool names_reference(const Task& task);
std::string reference_names(const Task& task); // "oja, anti_hebb"

} // namespace carve::cli
