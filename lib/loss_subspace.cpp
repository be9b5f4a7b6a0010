// loss_subspace.cpp: distance of the space that the weights' rows span from that of the target's
// (M10).
#include "loss_lane.hpp"

namespace carve {

namespace {

// X = (W W^T)^-1 W T^T by Cholesky's method; false if the rows of W are dependent.
struct Subspace {
    double x[kMaxRows][kMaxRows];
    double loss;
    bool regular;
};
void solve_subspace(const LaneLoss& l, Subspace& out) noexcept {
    const std::size_t p = l.post;
    double gram[kMaxRows][kMaxRows], cross[kMaxRows][kMaxRows];
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t k = 0; k < p; ++k) {
            gram[i][k] = cross[i][k] = 0;
            for (std::size_t j = 0; j < l.pre; ++j) {
                gram[i][k] += l.weight(i, j) * l.weight(k, j);
                cross[i][k] += l.weight(i, j) * l.target(k, j);
            }
        }
    out.loss = 1;
    out.regular = true;
    for (std::size_t k = 0; k < p; ++k) {
        const double before = gram[k][k];
        for (std::size_t m = 0; m < k; ++m)
            gram[k][k] -= gram[k][m] * gram[k][m];
        if (!(gram[k][k] > before * 1e-14))
            out.regular = false;
        if (!out.regular)
            return;
        gram[k][k] = __builtin_sqrt(gram[k][k]);
        for (std::size_t i = k + 1; i < p; ++i) {
            for (std::size_t m = 0; m < k; ++m)
                gram[i][k] -= gram[i][m] * gram[k][m];
            gram[i][k] /= gram[k][k];
        }
    }
    double captured = 0;
    for (std::size_t c = 0; c < p; ++c) {
        for (std::size_t i = 0; i < p; ++i) {
            double sum = cross[i][c];
            for (std::size_t m = 0; m < i; ++m)
                sum -= gram[i][m] * out.x[m][c];
            out.x[i][c] = sum / gram[i][i];
            captured += out.x[i][c] * out.x[i][c];
        }
        for (std::size_t i = p; i-- > 0;) {
            for (std::size_t m = i + 1; m < p; ++m)
                out.x[i][c] -= gram[m][i] * out.x[m][c];
            out.x[i][c] /= gram[i][i];
        }
    }
    out.loss = 1 - captured / static_cast<double>(p);
}
// dL/dw of column j: -2/P X (T - X^T W)
void subspace_slopes(const LaneLoss& l, const Subspace& s, std::size_t j,
                     double (&slope)[kMaxRows]) noexcept {
    double rest[kMaxRows];
    for (std::size_t k = 0; k < l.post; ++k) {
        rest[k] = l.target(k, j);
        for (std::size_t m = 0; m < l.post; ++m)
            rest[k] -= s.x[m][k] * l.weight(m, j);
    }
    for (std::size_t i = 0; i < l.post; ++i) {
        slope[i] = 0;
        for (std::size_t k = 0; k < l.post; ++k)
            slope[i] -= s.x[i][k] * rest[k] * 2 / static_cast<double>(l.post);
    }
}

void add_slopes(const LaneLoss& l, const Subspace& s, double scale,
                const LossDerivatives& out) noexcept {
    for (std::size_t j = 0; j < l.pre && out && s.regular; ++j) {
        double slope[kMaxRows];
        subspace_slopes(l, s, j, slope);
        for (std::size_t i = 0; i < l.post; ++i)
            add_slope(l, i, j, scale * slope[i], out);
    }
}

double subspace(const LaneLoss& l, const LossDerivatives& out) noexcept {
    Subspace s;
    solve_subspace(l, s);
    add_slopes(l, s, 1, out);
    return s.loss > 0 ? s.loss : 0;
}
double root_of_subspace(const LaneLoss& l, std::size_t, const LossDerivatives& out) noexcept {
    Subspace s;
    solve_subspace(l, s);
    const double root = s.loss > 0 ? __builtin_sqrt(s.loss) : 0;
    add_slopes(l, s, root > 0 ? 0.5 / root : 0, out);
    return root;
}

carve_status check_rows(const Sim& sim, const carve_loss& loss) noexcept {
    return LaneLoss(sim, loss, 0).post > kMaxRows ? CARVE_E_RANGE : CARVE_OK;
}
std::size_t one(const LaneLoss&) noexcept { return 1; }

} // namespace

const LossKind subspace_loss{true, false, check_rows, subspace, one, root_of_subspace};

} // namespace carve
