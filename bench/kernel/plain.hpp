// plain.hpp: the three systems' recursions as one writes them down, without lanes or blocking: the
// comparison. Float; one replica after the other; every function starts from w0.
#pragma once
#include <cstddef>

extern "C" {

// One linear neuron, one sample a step.
struct PlainLayer {
    std::size_t n, steps, replicas;
    float eta;
    const float* x;     // [replica][step][n]
    const float* theta; // [27], of x^a y^b w^c at 9 a + 3 b + c
    const float* w0;    // [replica][n]
    float* w;           // [replica][n], the last weights
};
// The gradient of the mean over replicas of min |w - s target|^2, s = +-1, by a stored trajectory.
struct PlainGradient {
    const float* target; // [replica][n]
    float* trajectory;   // [step][n], scratch
    float* dloss_dw;     // [n], scratch
    float* loss;         // [1]
    float* gradient;     // [27]
};
// n_post linear neurons with lateral synapses from k to i > k, evaluated in that order; as many
// candidates of rules for both kinds of synapses, on the same inputs.
struct PlainTwoLayer {
    std::size_t n_pre, n_post, steps, candidates;
    float eta;
    const float* x;           // [step][pre]
    const float *theta, *phi; // [candidate][27]
    const float* w0;          // [post][pre]
    float* w;                 // [candidate][post][pre]
    float* lateral;           // [candidate][post][post], from 0 on
    float* y;                 // [post], scratch
};
// One linear neuron, a step is the mean over all samples of a data set.
struct PlainBatch {
    std::size_t n, samples, steps, data_sets, candidates;
    float eta;
    const float* x;     // [data set][sample][n]
    const float* theta; // [candidate][27]
    const float* w0;    // [data set][n]
    float* w;           // [data set][candidate][n]
    float* sums;        // [n][9], scratch
};

struct Plain {
    void (*layer)(const PlainLayer&);
    void (*sensitivities)(const PlainLayer&, float* s); // s [replica][n][27]: dw/dtheta
    void (*adjoint)(const PlainLayer&, const PlainGradient&);
    void (*two_layer)(const PlainTwoLayer&);
    void (*batch)(const PlainBatch&);
    const char* compiler;
};
extern const Plain plain_strict, plain_fast_math;

} // extern "C"
