// interrupt.hpp: Ctrl-C and SIGTERM as a wish that a search asks for between its iterations.
#pragma once

namespace carve::cli {

// From here on the first SIGINT or SIGTERM is noted; a second one ends the process at once.
void watch_interrupts();
// The signal that came, 0 if none did.
int interrupted();

} // namespace carve::cli
