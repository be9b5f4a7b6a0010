// loss_subspace.cpp: distance of the space that the weights' rows span from that of the target's
// (M10), continuous where rows become dependent.
#include "loss_lane.hpp"

namespace carve {

namespace {

// Of the mean squared length of the rows: from here down a direction of the rows' space counts as
// absent. Far above the rounding of W W^T, far below any direction that a network makes use of.
constexpr double kRidge = 1e-12;

// With G = W W^T + ridge I: X = G^-1 W T^T and Y = G^-1 X. Not regular: all weights are 0.
struct Subspace {
    double x[kMaxRows][kMaxRows], y[kMaxRows][kMaxRows];
    double ridge, loss;
    bool regular;
};

// G = L L^T in place, L in the lower triangle.
void factorise(double (&gram)[kMaxRows][kMaxRows], std::size_t p, double ridge) noexcept {
    for (std::size_t k = 0; k < p; ++k) {
        gram[k][k] += ridge;
        for (std::size_t m = 0; m < k; ++m)
            gram[k][k] -= gram[k][m] * gram[k][m];
        gram[k][k] = __builtin_sqrt(gram[k][k] > ridge ? gram[k][k] : ridge);
        for (std::size_t i = k + 1; i < p; ++i) {
            for (std::size_t m = 0; m < k; ++m)
                gram[i][k] -= gram[i][m] * gram[k][m];
            gram[i][k] /= gram[k][k];
        }
    }
}
// Column c of G^-1 B, and the square of L^-1 B's.
double solve_column(const double (&factor)[kMaxRows][kMaxRows], std::size_t p,
                    const double (&b)[kMaxRows][kMaxRows], std::size_t c,
                    double (&x)[kMaxRows][kMaxRows]) noexcept {
    double square = 0;
    for (std::size_t i = 0; i < p; ++i) {
        double sum = b[i][c];
        for (std::size_t m = 0; m < i; ++m)
            sum -= factor[i][m] * x[m][c];
        x[i][c] = sum / factor[i][i];
        square += x[i][c] * x[i][c];
    }
    for (std::size_t i = p; i-- > 0;) {
        for (std::size_t m = i + 1; m < p; ++m)
            x[i][c] -= factor[m][i] * x[m][c];
        x[i][c] /= factor[i][i];
    }
    return square;
}
void solve_subspace(const LaneLoss& l, Subspace& out) noexcept {
    const std::size_t p = l.post;
    double gram[kMaxRows][kMaxRows], cross[kMaxRows][kMaxRows], trace = 0;
    for (std::size_t i = 0; i < p; ++i) {
        for (std::size_t k = 0; k < p; ++k) {
            gram[i][k] = cross[i][k] = 0;
            for (std::size_t j = 0; j < l.pre; ++j) {
                gram[i][k] += l.weight(i, j) * l.weight(k, j);
                cross[i][k] += l.weight(i, j) * l.target(k, j);
            }
        }
        trace += gram[i][i];
    }
    out.loss = 1;
    out.ridge = kRidge * trace / static_cast<double>(p);
    out.regular = out.ridge > 0 && out.ridge - out.ridge == 0;
    if (!out.regular)
        return;
    factorise(gram, p, out.ridge);
    double captured = 0;
    for (std::size_t c = 0; c < p; ++c) {
        captured += solve_column(gram, p, cross, c, out.x);
        for (std::size_t i = 0; i < p; ++i)
            captured += out.ridge * out.x[i][c] * out.x[i][c];
        solve_column(gram, p, out.x, c, out.y);
    }
    out.loss = 1 - captured / static_cast<double>(p);
}
// dL/dw of column j, with r the ridge: -2/P ((X + r Y) T - (X X^T + r X Y^T + r Y X^T) W
// - 2 r kRidge/P tr(X^T Y) W)
void subspace_slopes(const LaneLoss& l, const Subspace& s, double overlap, std::size_t j,
                     double (&slope)[kMaxRows]) noexcept {
    const double p = static_cast<double>(l.post);
    double with_x[kMaxRows], with_y[kMaxRows]; // T - (X + r Y)^T W, r (T - X^T W)
    for (std::size_t k = 0; k < l.post; ++k) {
        double x_w = 0, y_w = 0;
        for (std::size_t m = 0; m < l.post; ++m) {
            x_w += s.x[m][k] * l.weight(m, j);
            y_w += s.y[m][k] * l.weight(m, j);
        }
        with_x[k] = l.target(k, j) - x_w - s.ridge * y_w;
        with_y[k] = s.ridge * (l.target(k, j) - x_w);
    }
    for (std::size_t i = 0; i < l.post; ++i) {
        double sum = -2 * s.ridge * kRidge / p * overlap * l.weight(i, j);
        for (std::size_t k = 0; k < l.post; ++k)
            sum += s.x[i][k] * with_x[k] + s.y[i][k] * with_y[k];
        slope[i] = -2 / p * sum;
    }
}
double overlap_of(const Subspace& s, std::size_t p) noexcept { // tr(X^T Y)
    double sum = 0;
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t k = 0; k < p; ++k)
            sum += s.x[i][k] * s.y[i][k];
    return sum;
}

void add_slopes(const LaneLoss& l, const Subspace& s, double scale,
                const LossDerivatives& out) noexcept {
    if (!out || !s.regular)
        return;
    const double overlap = overlap_of(s, l.post);
    for (std::size_t j = 0; j < l.pre; ++j) {
        double slope[kMaxRows];
        subspace_slopes(l, s, overlap, j, slope);
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
