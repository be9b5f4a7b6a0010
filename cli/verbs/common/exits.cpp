#include "exits.hpp"

#include "output.hpp"

#include <fmt/format.h>

namespace carve::cli {

Exit exit_of_held_out(const Task& task, std::size_t diverged) {
    if (diverged < task.described.trials.held_out)
        return Exit::ok;
    const std::string& rule = task.rules.front().name;
    say(false, has_spikes(task)
                   ? fmt::format("error: every trial ended early, on held-out data\nhelp: a lower "
                                 "--set rule.{}.eta=..., or a wider stop of the loss",
                                 rule)
                   : fmt::format("error: every replica diverged, on held-out data\nhelp: a lower "
                                 "--set rule.{}.eta=..., or inputs that are scaled down",
                                 rule));
    return Exit::numerics;
}

} // namespace carve::cli
