// Compiled twice: as the standard demands, and with -ffast-math; both for the machine at hand.
#include "plain.hpp"

#include <algorithm>

namespace {

struct Powers {
    float x[3], y[3], w[3]; // orders 0, 1, 2
    float dy[3], dw[3];     // derivatives of y and w
    float term(int a, int b, int c) const { return x[a] * y[b] * w[c]; }
};

Powers powers(float x, float y, float w) {
    return {{1, x, x * x}, {1, y, y * y}, {1, w, w * w}, {0, 1, 2 * y}, {0, 1, 2 * w}};
}

float rule(const float* theta, float x, float y, float w) {
    const Powers v = powers(x, y, w);
    float g = 0;
    for (int a = 0, k = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b)
            for (int c = 0; c < 3; ++c, ++k)
                g += theta[k] * v.term(a, b, c);
    return g;
}

float dot(const float* a, const float* b, std::size_t n) {
    float sum = 0;
    for (std::size_t j = 0; j < n; ++j)
        sum += a[j] * b[j];
    return sum;
}

void step(const PlainLayer& p, const float* x, float* w) {
    const float y = dot(x, w, p.n);
    for (std::size_t j = 0; j < p.n; ++j)
        w[j] += p.eta * rule(p.theta, x[j], y, w[j]);
}

void step_with_sensitivities(const PlainLayer& p, const float* x, float* w, float* s_of_all) {
    const float y = dot(x, w, p.n);
    float y_k[27] = {};
    for (std::size_t j = 0; j < p.n; ++j)
        for (std::size_t k = 0; k < 27; ++k)
            y_k[k] += x[j] * s_of_all[j * 27 + k];
    for (std::size_t j = 0; j < p.n; ++j) {
        const Powers v = powers(x[j], y, w[j]);
        float g = 0, g_y = 0, g_w = 0, terms[27];
        for (int a = 0, k = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b)
                for (int c = 0; c < 3; ++c, ++k) {
                    terms[k] = v.term(a, b, c);
                    g += p.theta[k] * terms[k];
                    g_y += p.theta[k] * v.x[a] * v.dy[b] * v.w[c];
                    g_w += p.theta[k] * v.x[a] * v.y[b] * v.dw[c];
                }
        for (std::size_t k = 0; k < 27; ++k) {
            float& s = s_of_all[j * 27 + k];
            s += p.eta * (terms[k] + g_y * y_k[k] + g_w * s);
        }
        w[j] += p.eta * g;
    }
}

// dL/dw after a step to dL/dw before it; adds to the gradient.
void step_back(const PlainLayer& p, const float* x, const float* w, float* dloss_dw,
               float* gradient) {
    const float y = dot(x, w, p.n);
    float dloss_dy = 0, of_step[27] = {};
    for (std::size_t j = 0; j < p.n; ++j) {
        const Powers v = powers(x[j], y, w[j]);
        const float slope = p.eta * dloss_dw[j];
        float g_y = 0, g_w = 0;
        for (int a = 0, k = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b)
                for (int c = 0; c < 3; ++c, ++k) {
                    of_step[k] += slope * v.term(a, b, c);
                    g_y += p.theta[k] * v.x[a] * v.dy[b] * v.w[c];
                    g_w += p.theta[k] * v.x[a] * v.y[b] * v.dw[c];
                }
        dloss_dy += slope * g_y;
        dloss_dw[j] += slope * g_w;
    }
    for (std::size_t j = 0; j < p.n; ++j)
        dloss_dw[j] += dloss_dy * x[j];
    for (int k = 0; k < 27; ++k)
        gradient[k] += of_step[k];
}

void layer(const PlainLayer& p) {
    std::copy_n(p.w0, p.replicas * p.n, p.w);
    for (std::size_t r = 0; r < p.replicas; ++r)
        for (std::size_t t = 0; t < p.steps; ++t)
            step(p, p.x + (r * p.steps + t) * p.n, p.w + r * p.n);
}

void sensitivities(const PlainLayer& p, float* s) {
    std::copy_n(p.w0, p.replicas * p.n, p.w);
    std::fill_n(s, p.replicas * p.n * 27, 0.0f);
    for (std::size_t r = 0; r < p.replicas; ++r)
        for (std::size_t t = 0; t < p.steps; ++t)
            step_with_sensitivities(p, p.x + (r * p.steps + t) * p.n, p.w + r * p.n,
                                    s + r * p.n * 27);
}

void adjoint(const PlainLayer& p, const PlainGradient& out) {
    std::copy_n(p.w0, p.replicas * p.n, p.w);
    std::fill_n(out.gradient, 27, 0.0f);
    *out.loss = 0;
    for (std::size_t r = 0; r < p.replicas; ++r) {
        const float* const x = p.x + r * p.steps * p.n;
        float* const w = p.w + r * p.n;
        for (std::size_t t = 0; t < p.steps; ++t) {
            std::copy_n(w, p.n, out.trajectory + t * p.n);
            step(p, x + t * p.n, w);
        }
        const float* const target = out.target + r * p.n;
        const float sign = dot(w, target, p.n) >= 0 ? 1.0f : -1.0f;
        for (std::size_t j = 0; j < p.n; ++j) {
            const float rest = w[j] - sign * target[j];
            *out.loss += rest * rest / float(p.replicas);
            out.dloss_dw[j] = 2 * rest / float(p.replicas);
        }
        for (std::size_t t = p.steps; t-- > 0;)
            step_back(p, x + t * p.n, out.trajectory + t * p.n, out.dloss_dw, out.gradient);
    }
}

void two_layer(const PlainTwoLayer& p) {
    const std::size_t n = p.n_pre, m = p.n_post;
    std::fill_n(p.lateral, p.candidates * m * m, 0.0f);
    for (std::size_t k = 0; k < p.candidates; ++k) {
        float *const w = p.w + k * m * n, *const lateral = p.lateral + k * m * m;
        const float *const theta = p.theta + k * 27, *const phi = p.phi + k * 27;
        std::copy_n(p.w0, m * n, w);
        for (std::size_t t = 0; t < p.steps; ++t) {
            const float* const x = p.x + t * n;
            for (std::size_t i = 0; i < m; ++i)
                p.y[i] = dot(w + i * n, x, n) + dot(lateral + i * m, p.y, i);
            for (std::size_t i = 0; i < m; ++i) {
                for (std::size_t j = 0; j < n; ++j)
                    w[i * n + j] += p.eta * rule(theta, x[j], p.y[i], w[i * n + j]);
                for (std::size_t j = 0; j < i; ++j)
                    lateral[i * m + j] += p.eta * rule(phi, p.y[j], p.y[i], lateral[i * m + j]);
            }
        }
    }
}

// sums [n][9] of x^a y^b over the samples
void sum_powers(const PlainBatch& p, const float* x, const float* w) {
    std::fill_n(p.sums, p.n * 9, 0.0f);
    for (std::size_t s = 0; s < p.samples; ++s, x += p.n) {
        const float y = dot(x, w, p.n);
        for (std::size_t j = 0; j < p.n; ++j) {
            const Powers v = powers(x[j], y, 0);
            for (int a = 0; a < 3; ++a)
                for (int b = 0; b < 3; ++b)
                    p.sums[j * 9 + std::size_t(3 * a + b)] += v.x[a] * v.y[b];
        }
    }
}

void batch(const PlainBatch& p) {
    const float scale = p.eta / float(p.samples);
    for (std::size_t d = 0; d < p.data_sets; ++d)
        for (std::size_t k = 0; k < p.candidates; ++k) {
            float* const w = p.w + (d * p.candidates + k) * p.n;
            const float* const theta = p.theta + k * 27;
            std::copy_n(p.w0 + d * p.n, p.n, w);
            for (std::size_t t = 0; t < p.steps; ++t) {
                sum_powers(p, p.x + d * p.samples * p.n, w);
                for (std::size_t j = 0; j < p.n; ++j) {
                    float g = 0;
                    for (std::size_t ab = 0; ab < 9; ++ab)
                        g +=
                            p.sums[j * 9 + ab] *
                            (theta[3 * ab] + w[j] * (theta[3 * ab + 1] + w[j] * theta[3 * ab + 2]));
                    w[j] += scale * g;
                }
            }
        }
}

} // namespace

#ifdef __clang__
const Plain PLAIN_NAME = {layer, sensitivities, adjoint, two_layer, batch, __VERSION__};
#else
const Plain PLAIN_NAME = {layer, sensitivities, adjoint, two_layer, batch, "g++ " __VERSION__};
#endif
