// precision.hpp: whether the numbers of a model fit the precision of its sim.
#pragma once
#include "model.hpp"

namespace carve {

// Of a model that passes otherwise. `bound` and `rate_high` are limits: beyond the largest number
// they act as that.
Fault check_precision(const carve_model& m) noexcept;

} // namespace carve
