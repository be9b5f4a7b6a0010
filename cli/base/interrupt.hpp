// interrupt.hpp: Ctrl-C, SIGTERM and a cluster's warnings (SIGUSR1, SIGUSR2) as a wish that a
// search asks for between its inner loops.
#pragma once
#include "error.hpp"

namespace carve::cli {

// From here on the first of these signals is noted; the same again ends the process at once.
void watch_interrupts();
// The signal that came, 0 if none did.
int interrupted();
// As if the signal had come; 0: none did.
void interrupt(int signal);

Exit exit_of_signal(int signal);

} // namespace carve::cli
