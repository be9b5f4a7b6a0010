// exp_log.hpp: exponential and logarithm from exact operations and fixed polynomials. The C
// library's change their last bits with the processor; what a search computes may not.
#pragma once

namespace carve::cli {

// Both within 2 units in the last place. Not a number, infinities and 0 as in the C library.
double exp_of(double x);
double log_of(double x);

} // namespace carve::cli
