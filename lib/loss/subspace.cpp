// subspace.cpp: distance of the space that the weights' rows span from that of the target's
// (M10), continuous where rows become dependent.
#include "loss_kind.hpp"

namespace carve {

namespace {

// Of the mean squared length of the rows: from here down a direction of the rows' space counts as
// absent. Far above the rounding of W W^T, far below any direction that a network makes use of.
constexpr double kRidge = 1e-12;
constexpr std::size_t kColumns = 16; // of W and T that are taken in at a time

// Of the matrix (W^T; sqrt(ridge) I) = Q R: R, upper triangular, and in the columns behind it
// Q^T (T^T; 0). So W W^T + ridge I = R^T R, without the square of W's condition number.
struct Factors {
    double r[kMaxRows][2 * kMaxRows];
    std::size_t p;
    double& qt(std::size_t i, std::size_t k) noexcept { return r[i][p + k]; }
};
// With G = W W^T + ridge I: X = G^-1 W T^T and Y = G^-1 X. Not regular: all weights are 0.
struct Subspace {
    double x[kMaxRows][kMaxRows], y[kMaxRows][kMaxRows];
    double ridge, loss;
    bool regular;
};

// Householder's reflections, each 1 - share v v^T with v = (1, rows[.][k] / head): more rows below R,
// each of W^T and then T^T.
void take_in(Factors& f, double (&rows)[kColumns][2 * kMaxRows], std::size_t n) noexcept {
    const std::size_t width = 2 * f.p;
    for (std::size_t k = 0; k < f.p; ++k) {
        double below = 0, dots[2 * kMaxRows];
        for (std::size_t b = 0; b < n; ++b)
            below += rows[b][k] * rows[b][k];
        if (below == 0)
            continue;
        const double norm = __builtin_sqrt(f.r[k][k] * f.r[k][k] + below);
        const double turned = f.r[k][k] > 0 ? -norm : norm, head = f.r[k][k] - turned;
        const double share = -head / turned;
        for (std::size_t b = 0; b < n; ++b)
            rows[b][k] /= head;
        for (std::size_t m = k + 1; m < width; ++m)
            dots[m] = f.r[k][m];
        for (std::size_t b = 0; b < n; ++b)
            for (std::size_t m = k + 1; m < width; ++m)
                dots[m] += rows[b][k] * rows[b][m];
        f.r[k][k] = turned;
        for (std::size_t m = k + 1; m < width; ++m) {
            dots[m] *= share;
            f.r[k][m] -= dots[m];
        }
        for (std::size_t b = 0; b < n; ++b)
            for (std::size_t m = k + 1; m < width; ++m)
                rows[b][m] -= dots[m] * rows[b][k];
    }
}
void factorise(const LaneLoss& l, double ridge, Factors& f) noexcept {
    f.p = l.post;
    for (std::size_t i = 0; i < f.p; ++i)
        for (std::size_t m = 0; m < 2 * f.p; ++m)
            f.r[i][m] = i == m ? __builtin_sqrt(ridge) : 0;
    double rows[kColumns][2 * kMaxRows];
    for (std::size_t j = 0, n = 0; j < l.pre; ++j) {
        for (std::size_t i = 0; i < f.p; ++i) {
            rows[n][i] = l.weight(i, j);
            rows[n][f.p + i] = l.target(i, j);
        }
        if (++n == kColumns || j + 1 == l.pre) {
            take_in(f, rows, n);
            n = 0;
        }
    }
}

// Column c of R^-1 B and of R^-T B, in place of B's.
void solve(const Factors& f, double (&b)[kMaxRows][kMaxRows], std::size_t c) noexcept {
    for (std::size_t i = f.p; i-- > 0;) {
        for (std::size_t m = i + 1; m < f.p; ++m)
            b[i][c] -= f.r[i][m] * b[m][c];
        b[i][c] /= f.r[i][i];
    }
}
void solve_transposed(const Factors& f, double (&b)[kMaxRows][kMaxRows], std::size_t c) noexcept {
    for (std::size_t i = 0; i < f.p; ++i) {
        for (std::size_t m = 0; m < i; ++m)
            b[i][c] -= f.r[m][i] * b[m][c];
        b[i][c] /= f.r[i][i];
    }
}
double mean_square(const LaneLoss& l) noexcept { // of the rows' lengths
    double sum = 0;
    for (std::size_t i = 0; i < l.post; ++i)
        for (std::size_t j = 0; j < l.pre; ++j)
            sum += l.weight(i, j) * l.weight(i, j);
    return sum / static_cast<double>(l.post);
}
void solve_subspace(const LaneLoss& l, Subspace& out) noexcept {
    out.loss = 1;
    out.ridge = kRidge * mean_square(l);
    out.regular = out.ridge > 0 && out.ridge - out.ridge == 0;
    if (!out.regular)
        return;
    Factors f;
    factorise(l, out.ridge, f);
    double captured = 0;
    for (std::size_t c = 0; c < f.p; ++c) {
        for (std::size_t i = 0; i < f.p; ++i) {
            out.x[i][c] = f.qt(i, c);
            captured += f.qt(i, c) * f.qt(i, c);
        }
        solve(f, out.x, c);
        for (std::size_t i = 0; i < f.p; ++i) {
            out.y[i][c] = out.x[i][c];
            captured += out.ridge * out.x[i][c] * out.x[i][c];
        }
        solve_transposed(f, out.y, c);
        solve(f, out.y, c);
    }
    out.loss = 1 - captured / static_cast<double>(f.p);
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

Fault check_rows(const Sim& sim, const carve_loss& loss) noexcept {
    return LaneLoss(sim, loss, 0).post > kMaxRows
               ? fault_of(CARVE_E_RANGE, "projection", loss.projection,
                          "must be onto at most 16 units for CARVE_LOSS_SUBSPACE (2)")
               : Fault{};
}
std::size_t one(const LaneLoss&) noexcept { return 1; }

} // namespace

const LossKind subspace_loss{true, false, check_rows, subspace, one, root_of_subspace};

} // namespace carve
