// decorrelation.cpp: mean squared covariance of different outputs of a linear population
// (M10). Lateral inference is linear in the feedforward drive: the effective weights are R W, the
// outputs' second moments R (W C W^T) R^T, with R [post][post].
#include "lateral_order.hpp"
#include "loss_kind.hpp"

namespace carve {

namespace {

struct Square {
    double at[kMaxRows][kMaxRows];
    double* operator[](std::size_t i) noexcept { return at[i]; }
    const double* operator[](std::size_t i) const noexcept { return at[i]; }
};
void set_identity(Square& out, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            out[i][k] = i == k;
}
void copy(const Square& from, std::size_t n, Square& out) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            out[i][k] = from[i][k];
}
// out = a b, transposed where said
template <bool transpose_a, bool transpose_b>
void multiply(const Square& a, const Square& b, std::size_t n, Square& out) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k) {
            double sum = 0;
            for (std::size_t l = 0; l < n; ++l)
                sum += (transpose_a ? a[l][i] : a[i][l]) * (transpose_b ? b[k][l] : b[l][k]);
            out[i][k] = sum;
        }
}
void add(Square& to, const Square& summand, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            to[i][k] += summand[i][k];
}

struct Outputs {
    Square lateral, answers, drives, covariance; // M, R, W C W^T, R W C W^T R^T
};

// R (M2): what the rows of the identity become where those of W become effective weights.
struct Answers {
    const Square& m;
    std::size_t n;
    Square &out, &before; // before: the rows before a sweep
    const Square* from = &out;

    std::size_t count() const noexcept { return n; }
    void begin_sweep(bool) noexcept {
        copy(out, n, before);
        from = &before;
    }
    void answer(std::size_t i, std::size_t sources) noexcept {
        for (std::size_t k = 0; k < n; ++k) {
            double sum = i == k;
            for (std::size_t j = 0; j < sources; ++j)
                sum += m[i][j] * (*from)[j][k];
            out[i][k] = sum;
        }
    }
    // By elimination without pivoting, as the kernel does.
    void solve() noexcept {
        Square& rest = before;
        set_identity(out, n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k)
                rest[i][k] = (i == k) - m[i][k];
        for (std::size_t k = 0; k < n; ++k) {
            const double pivot = rest[k][k];
            for (std::size_t c = 0; c < n; ++c) {
                rest[k][c] /= pivot;
                out[k][c] /= pivot;
            }
            for (std::size_t i = 0; i < n; ++i) {
                const double factor = i == k ? 0 : rest[i][k];
                for (std::size_t c = 0; c < n; ++c) {
                    rest[i][c] -= factor * rest[k][c];
                    out[i][c] -= factor * out[k][c];
                }
            }
        }
    }
};
// Column j of W C.
void correlate(const LaneLoss& l, std::size_t j, double (&out)[kMaxRows]) noexcept {
    for (std::size_t i = 0; i < l.post; ++i) {
        out[i] = 0;
        for (std::size_t m = 0; m < l.pre; ++m)
            out[i] += l.weight(i, m) * l.target(m, j);
    }
}

void evaluate(const LaneLoss& l, const ProjectionPlan* lateral, Outputs& out) noexcept {
    const std::size_t n = l.post;
    set_identity(out.answers, n);
    if (lateral) {
        const LaneWeights m(l.sim, *lateral, l.lane);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k)
                out.lateral[i][k] = k < row_length(lateral->model, i, n) ? m.weight(i, k) : 0;
        Square before;
        infer_rows(lateral->model, Answers{out.lateral, n, out.answers, before});
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            out.drives[i][k] = 0;
    for (std::size_t j = 0; j < l.pre; ++j) {
        double column[kMaxRows];
        correlate(l, j, column);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k)
                out.drives[i][k] += l.weight(i, j) * column[k];
    }
    Square half;
    multiply<false, false>(out.answers, out.drives, n, half);
    multiply<false, true>(half, out.answers, n, out.covariance);
}

// dL/dM from D = dL/dR: R^T D R^T, or the sum of (M^T)^a D (M^T)^b over a + b < K.
void lateral_slopes(const Projection& m, const Outputs& o, std::size_t n, const Square& by_answers,
                    Square& out) noexcept {
    Square half;
    if (m.inference != CARVE_INFERENCE_SWEEPS) {
        multiply<true, false>(o.answers, by_answers, n, half);
        return multiply<false, true>(half, o.answers, n, out);
    }
    Square right, sum; // D (M^T)^k; the summands with a + b = k
    for (Square* const each : {&right, &sum, &out})
        copy(by_answers, n, *each);
    for (std::uint32_t sweep = 1; sweep < m.n_sweeps; ++sweep) {
        multiply<false, true>(right, o.lateral, n, half);
        copy(half, n, right);
        multiply<true, false>(o.lateral, sum, n, half);
        add(half, right, n);
        copy(half, n, sum);
        add(out, sum, n);
    }
}
// Derivatives of a function of the covariance whose own, plus its transpose, is `slopes`.
void add_derivatives(const LaneLoss& l, const ProjectionPlan* lateral, const Outputs& o,
                     const Square& slopes, const LossDerivatives& out) noexcept {
    const std::size_t n = l.post;
    Square half, by_drives;
    multiply<false, false>(slopes, o.answers, n, half);
    multiply<true, false>(o.answers, half, n, by_drives);
    for (std::size_t j = 0; j < l.pre; ++j) {
        double column[kMaxRows];
        correlate(l, j, column);
        for (std::size_t i = 0; i < n; ++i) {
            double slope = 0;
            for (std::size_t k = 0; k < n; ++k)
                slope += by_drives[i][k] * column[k];
            add_slope(l, i, j, slope, out);
        }
    }
    if (!lateral || !lateral->sens)
        return;
    Square by_answers, by_lateral;
    multiply<false, false>(half, o.drives, n, by_answers);
    lateral_slopes(lateral->model, o, n, by_answers, by_lateral);
    const LaneWeights m(l.sim, *lateral, l.lane);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < row_length(lateral->model, i, n); ++k)
            add_slope(m, i, k, by_lateral[i][k], out);
}

std::size_t count_pairs(const LaneLoss& l) noexcept { return l.post * (l.post - 1) / 2; }

double decorrelation(const LaneLoss& l, const LossDerivatives& out) noexcept {
    const ProjectionPlan* const lateral = lateral_of(l.sim, l.loss);
    const double pairs = static_cast<double>(count_pairs(l));
    Outputs o;
    Square slopes;
    evaluate(l, lateral, o);
    double sum = 0;
    for (std::size_t i = 0; i < l.post; ++i) {
        slopes[i][i] = 0;
        for (std::size_t k = i + 1; k < l.post; ++k) {
            sum += o.covariance[i][k] * o.covariance[i][k];
            slopes[i][k] = slopes[k][i] = 2 * o.covariance[i][k] / pairs;
        }
    }
    if (out)
        add_derivatives(l, lateral, o, slopes, out);
    return sum / pairs;
}
double covariance_of_pair(const LaneLoss& l, std::size_t r, const LossDerivatives& out) noexcept {
    const ProjectionPlan* const lateral = lateral_of(l.sim, l.loss);
    std::size_t i = 0, k = r + 1; // pairs (0, 1), (0, 2), ..., (1, 2), ...
    for (; k >= l.post; k -= l.post - 1 - i)
        ++i;
    Outputs o;
    Square slopes{};
    evaluate(l, lateral, o);
    slopes[i][k] = slopes[k][i] = 1;
    if (out)
        add_derivatives(l, lateral, o, slopes, out);
    return o.covariance[i][k];
}

Fault check_outputs(const Sim& sim, const carve_loss& loss) noexcept {
    const ProjectionPlan& q = projections(sim)[loss.projection];
    const Population& post = populations(sim)[q.model.post].model;
    if (is_within(q.model) || post.n_units < 2 || post.n_units > kMaxRows)
        return fault_of(
            CARVE_E_RANGE, "projection", loss.projection,
            "must be feedforward and onto 2 to 16 units for CARVE_LOSS_DECORRELATION (3)");
    bool memory = is_leaky(post);
    for (std::uint32_t k = 0; k < sim.model.n_projections; ++k) {
        const Projection& other = projections(sim)[k].model;
        memory = memory || (other.post == q.model.post && other.delay > 0);
    }
    if (memory)
        return fault_of(CARVE_E_UNAVAILABLE, "projection", loss.projection,
                        "must be onto rates without a tau above 1 and without a delayed projection "
                        "onto them for CARVE_LOSS_DECORRELATION (3)");
    return post.kind == CARVE_POPULATION_RATE && post.activation == CARVE_ACTIVATION_LINEAR
               ? Fault{}
               : fault_of(CARVE_E_UNAVAILABLE, "projection", loss.projection,
                          "must be onto linear rates for CARVE_LOSS_DECORRELATION (3)");
}

} // namespace

const LossKind decorrelation_loss{true,          true,        check_outputs,
                                  decorrelation, count_pairs, covariance_of_pair};

} // namespace carve
