// exits.hpp: the exit codes of what verbs have in common.
#pragma once
#include "error.hpp"
#include "task.hpp"

#include <cstddef>

namespace carve::cli {

// Of a rule that diverged on so many of the task's held-out sets: numerics, with a message, where it
// did on all of them, so that its loss says nothing; else ok.
Exit exit_of_held_out(const Task& task, std::size_t diverged);

} // namespace carve::cli
