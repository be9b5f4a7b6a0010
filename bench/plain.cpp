// Compiled twice: as the standard demands, and with -ffast-math; both for the machine at hand.
#include "plain.hpp"

namespace bench {
namespace {

struct Powers {
    float x[3], y[3], w[3]; // orders 0, 1, 2
    float dy[3], dw[3];     // derivatives of y and w
    float term(int a, int b, int c) const { return x[a] * y[b] * w[c]; }
};

Powers powers(float x, float y, float w) {
    return {{1, x, x * x}, {1, y, y * y}, {1, w, w * w}, {0, 1, 2 * y}, {0, 1, 2 * w}};
}

void step_weights(const PlainProblem& p, const float* x, float y) {
    for (std::size_t j = 0; j < p.n; ++j) {
        const Powers v = powers(x[j], y, p.w[j]);
        float g = 0;
        for (int a = 0, k = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b)
                for (int c = 0; c < 3; ++c, ++k)
                    g += p.theta[k] * v.term(a, b, c);
        p.w[j] += p.eta * g;
    }
}

void step_all(const PlainProblem& p, const float* x, float y) {
    float y_k[27] = {};
    for (std::size_t j = 0; j < p.n; ++j)
        for (int k = 0; k < 27; ++k)
            y_k[k] += x[j] * p.s[j * 27 + k];
    for (std::size_t j = 0; j < p.n; ++j) {
        const Powers v = powers(x[j], y, p.w[j]);
        float g = 0, g_y = 0, g_w = 0, terms[27];
        for (int a = 0, k = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b)
                for (int c = 0; c < 3; ++c, ++k) {
                    terms[k] = v.term(a, b, c);
                    g += p.theta[k] * terms[k];
                    g_y += p.theta[k] * v.x[a] * v.dy[b] * v.w[c];
                    g_w += p.theta[k] * v.x[a] * v.y[b] * v.dw[c];
                }
        for (int k = 0; k < 27; ++k) {
            float& s = p.s[j * 27 + k];
            s += p.eta * (terms[k] + g_y * y_k[k] + g_w * s);
        }
        p.w[j] += p.eta * g;
    }
}

} // namespace

void PLAIN_NAME(const PlainProblem& p) {
    for (std::size_t t = 0; t < p.steps; ++t) {
        const float* x = p.x + t * p.n;
        float y = 0;
        for (std::size_t j = 0; j < p.n; ++j)
            y += x[j] * p.w[j];
        if (p.s)
            step_all(p, x, y);
        else
            step_weights(p, x, y);
    }
}

} // namespace bench
