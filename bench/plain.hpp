// plain.hpp: the forward recursion as one writes it down, without lanes or blocking: the
// comparison.
#pragma once
#include <cstddef>

namespace bench {

// One neuron, one replica, float: x [steps][n], theta [27], w [n] from its initial values on;
// s [n][27] is dw/dtheta, null for the weights alone.
struct PlainProblem {
    std::size_t n, steps;
    float eta;
    const float *x, *theta;
    float *w, *s;
};
void plain_strict(const PlainProblem& p);
void plain_fast_math(const PlainProblem& p);

} // namespace bench
