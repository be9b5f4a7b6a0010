// loss.cpp: distance up to sign and principal-subspace error, with residuals and derivatives.
#include "loss.hpp"

namespace carve {

namespace {

constexpr std::size_t kMaxRows = 16; // of the subspace error
constexpr double kNan = __builtin_nan("");

// One lane's weights and targets under a loss.
struct LaneLoss {
    const Sim& sim;
    const carve_loss& loss;
    const ProjectionPlan& q;
    std::size_t lane, post, pre;

    LaneLoss(const Sim& s, const carve_loss& l, std::size_t i) noexcept
        : sim(s), loss(l), q(projections(s)[l.projection]), lane(i), post(populations(s)[q.model.post].model.n_units),
          pre(populations(s)[q.model.pre].model.n_units) {}

    double weight(std::size_t i, std::size_t j) const noexcept { return element_of(sim, q.weights, post * pre, i * pre + j, lane); }
    double sens(std::size_t i, std::size_t j, std::size_t k) const noexcept {
        const std::size_t n = sim.n_coefficients;
        return element_of(sim, q.sens, post * pre * n, (i * pre + j) * n + k, lane);
    }
    double target(std::size_t i, std::size_t j) const noexcept {
        return loss.target_shared ? loss.target[i * pre + j] : loss.target[(i * pre + j) * sim.model.n_lanes + lane];
    }
    bool valid() const noexcept {
        if (is_frozen(sim, lane)) return false;
        for (std::size_t i = 0; i < post; ++i)
            for (std::size_t j = 0; j < pre; ++j)
                if (!(weight(i, j) - weight(i, j) == 0)) return false;
        return true;
    }
    // +1 or -1, whichever target is nearer to row i
    double sign(std::size_t i) const noexcept {
        double dot = 0;
        for (std::size_t j = 0; j < pre; ++j) dot += weight(i, j) * target(i, j);
        return dot >= 0 ? 1 : -1;
    }
    double row_norm_squared(std::size_t i) const noexcept {
        const double s = sign(i);
        double sum = 0;
        for (std::size_t j = 0; j < pre; ++j) {
            const double r = weight(i, j) - s * target(i, j);
            sum += r * r;
        }
        return sum;
    }
};

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
        for (std::size_t m = 0; m < k; ++m) gram[k][k] -= gram[k][m] * gram[k][m];
        if (!(gram[k][k] > before * 1e-14)) out.regular = false;
        if (!out.regular) return;
        gram[k][k] = __builtin_sqrt(gram[k][k]);
        for (std::size_t i = k + 1; i < p; ++i) {
            for (std::size_t m = 0; m < k; ++m) gram[i][k] -= gram[i][m] * gram[k][m];
            gram[i][k] /= gram[k][k];
        }
    }
    double captured = 0;
    for (std::size_t c = 0; c < p; ++c) {
        for (std::size_t i = 0; i < p; ++i) {
            double sum = cross[i][c];
            for (std::size_t m = 0; m < i; ++m) sum -= gram[i][m] * out.x[m][c];
            out.x[i][c] = sum / gram[i][i];
            captured += out.x[i][c] * out.x[i][c];
        }
        for (std::size_t i = p; i-- > 0;) {
            for (std::size_t m = i + 1; m < p; ++m) out.x[i][c] -= gram[m][i] * out.x[m][c];
            out.x[i][c] /= gram[i][i];
        }
    }
    out.loss = 1 - captured / static_cast<double>(p);
}
// dL/dw of column j: -2/P X (T - X^T W)
void subspace_slopes(const LaneLoss& l, const Subspace& s, std::size_t j, double (&slope)[kMaxRows]) noexcept {
    double rest[kMaxRows];
    for (std::size_t k = 0; k < l.post; ++k) {
        rest[k] = l.target(k, j);
        for (std::size_t m = 0; m < l.post; ++m) rest[k] -= s.x[m][k] * l.weight(m, j);
    }
    for (std::size_t i = 0; i < l.post; ++i) {
        slope[i] = 0;
        for (std::size_t k = 0; k < l.post; ++k) slope[i] -= s.x[i][k] * rest[k] * 2 / static_cast<double>(l.post);
    }
}

// Adds factor * dw_ij/dtheta to gradient [coefficient][lane].
void add_row(const LaneLoss& l, std::size_t i, std::size_t j, double factor, double* gradient) noexcept {
    for (std::size_t k = 0; k < l.sim.n_coefficients; ++k) gradient[k * l.sim.model.n_lanes + l.lane] += factor * l.sens(i, j, k);
}
void fill_gradient(const LaneLoss& l, double value, double* gradient) noexcept {
    for (std::size_t k = 0; k < l.sim.n_coefficients; ++k) gradient[k * l.sim.model.n_lanes + l.lane] = value;
}

double subspace_loss(const LaneLoss& l, double* gradient, double scale_of_root) noexcept {
    Subspace s;
    solve_subspace(l, s);
    const double loss = s.loss > 0 ? s.loss : 0;
    if (!gradient || !s.regular) return loss;
    const double root = __builtin_sqrt(loss);
    const double scale = scale_of_root == 0 ? 1 : root > 0 ? scale_of_root / root : 0;
    for (std::size_t j = 0; j < l.pre; ++j) {
        double slope[kMaxRows];
        subspace_slopes(l, s, j, slope);
        for (std::size_t i = 0; i < l.post; ++i) add_row(l, i, j, scale * slope[i], gradient);
    }
    return loss;
}

double distance_loss(const LaneLoss& l, double* gradient) noexcept {
    const bool squared = l.loss.kind == CARVE_LOSS_DISTANCE_SQUARED;
    const double rows = static_cast<double>(l.post);
    double sum = 0;
    for (std::size_t i = 0; i < l.post; ++i) {
        const double square = l.row_norm_squared(i), norm = __builtin_sqrt(square), s = l.sign(i);
        sum += squared ? square : norm;
        const double factor = squared ? 2 / rows : norm > 0 ? 1 / (norm * rows) : 0;
        for (std::size_t j = 0; gradient && j < l.pre; ++j)
            add_row(l, i, j, factor * (l.weight(i, j) - s * l.target(i, j)), gradient);
    }
    return sum / rows;
}

} // namespace

carve_status check_loss(const Sim& sim, const carve_loss& loss, bool derivatives) noexcept {
    if (loss.kind > CARVE_LOSS_SUBSPACE || loss.projection >= sim.model.n_projections || loss.target_shared > 1) return CARVE_E_RANGE;
    const ProjectionPlan& q = projections(sim)[loss.projection];
    if (loss.kind == CARVE_LOSS_SUBSPACE && populations(sim)[q.model.post].model.n_units > kMaxRows) return CARVE_E_RANGE;
    if (loss.target == nullptr) return CARVE_E_NULL;
    return derivatives && q.sens == 0 ? CARVE_E_UNAVAILABLE : CARVE_OK;
}

void evaluate_loss(const Sim& sim, const carve_loss& loss, double* value, double* gradient) noexcept {
    for (std::size_t lane = 0; lane < sim.model.n_lanes; ++lane) {
        const LaneLoss l(sim, loss, lane);
        const bool valid = l.valid();
        if (gradient) fill_gradient(l, valid ? 0 : kNan, gradient);
        if (!valid) value[lane] = kNan;
        else value[lane] = loss.kind == CARVE_LOSS_SUBSPACE ? subspace_loss(l, gradient, 0) : distance_loss(l, gradient);
    }
}

std::size_t count_residuals(const Sim& sim, const carve_loss& loss) noexcept {
    const LaneLoss l(sim, loss, 0);
    return loss.kind == CARVE_LOSS_SUBSPACE ? 1 : l.post * l.pre;
}

void evaluate_residuals(const Sim& sim, const carve_loss& loss, double* residuals, double* jacobian) noexcept {
    const std::size_t lanes = sim.model.n_lanes, coefficients = sim.n_coefficients, n = count_residuals(sim, loss);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const LaneLoss l(sim, loss, lane);
        const bool valid = l.valid();
        for (std::size_t r = 0; r < n; ++r) {
            double* const row = jacobian ? jacobian + r * coefficients * lanes : nullptr;
            if (row) fill_gradient(l, valid ? 0 : kNan, row);
            if (!valid) {
                if (residuals) residuals[r * lanes + lane] = kNan;
            } else if (loss.kind == CARVE_LOSS_SUBSPACE) {
                const double value = subspace_loss(l, row, 0.5);
                if (residuals) residuals[lane] = __builtin_sqrt(value);
            } else {
                const std::size_t i = r / l.pre, j = r % l.pre;
                if (residuals) residuals[r * lanes + lane] = l.weight(i, j) - l.sign(i) * l.target(i, j);
                if (row) add_row(l, i, j, 1, row);
            }
        }
    }
}

void chain(const Sim& sim, std::uint32_t projection, const double* dloss_dw, double* gradient) noexcept {
    carve_loss loss = default_loss();
    loss.projection = projection;
    for (std::size_t lane = 0; lane < sim.model.n_lanes; ++lane) {
        const LaneLoss l(sim, loss, lane);
        fill_gradient(l, 0, gradient);
        for (std::size_t i = 0; i < l.post; ++i)
            for (std::size_t j = 0; j < l.pre; ++j)
                add_row(l, i, j, dloss_dw[(i * l.pre + j) * sim.model.n_lanes + lane], gradient);
    }
}

} // namespace carve
