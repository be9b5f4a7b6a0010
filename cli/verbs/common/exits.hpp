// exits.hpp: the exit codes of what verbs have in common.
#pragma once
#include "error.hpp"
#include "task.hpp"

#include <cstddef>

namespace carve::cli {

// Exit code for a rule that diverged in `diverged` of the task's held-out trials: numerics, with a message, if
// it diverged in all of them, because its loss then has no meaning; else ok.
Exit exit_of_held_out(const Task& task, std::size_t diverged);

} // namespace carve::cli
