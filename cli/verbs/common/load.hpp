// load.hpp: the task that a command line names, with what it says in place of the file.
#pragma once
#include "rule.hpp"
#include "task.hpp"

#include <string>
#include <vector>

namespace carve::cli {

struct TaskOptions { // what every verb with a task takes
    std::string task;
    std::vector<std::string> set;
    std::string seed, threads, isa; // as typed, "" if not given: the settings table judges them
    bool json = false, quiet = false;
};

// The task with its overrides, options and CARVE_THREADS: option > environment > file > default.
Task load(const TaskOptions& options);
// The task with the rule's own terms and coefficients, and its eta where it states one that no
// override of the task does. Throws Error(usage) for a projection that the task lacks.
Task with_rule(const Task& task, const Rule& rule);
// The task for this host under a rule: preset, file or run directory.
Task task_with_rule(const TaskOptions& options, const std::string& rule);

} // namespace carve::cli
