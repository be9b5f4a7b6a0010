// restarts.hpp: what CMA-ES does when a stop condition is met: a setting of tasks, and of the optimizer,
// which does not depend on tasks.
#pragma once

namespace carve::cli {

enum class Restarts { none, ipop, bipop };

} // namespace carve::cli
