#include "exits.hpp"

#include "output.hpp"

#include <csignal>

namespace carve::cli {

Exit exit_of_signal(int signal) {
    return signal == SIGINT    ? Exit::interrupted
           : signal == SIGTERM ? Exit::terminated
                               : Exit::resumable;
}

Exit exit_of_held_out(const Task& task, std::size_t diverged) {
    if (diverged < task.search.held_out_sets)
        return Exit::ok;
    say(false, is_spiking(task)
                   ? "error: every trial ended early, on held-out data\nhelp: a lower --set "
                     "rule.inhibitory.eta=..., or a wider stop of the loss"
                   : "error: every replica diverged, on held-out data\nhelp: a lower --set "
                     "rule.feedforward.eta=..., or inputs that are scaled down");
    return Exit::numerics;
}

} // namespace carve::cli
