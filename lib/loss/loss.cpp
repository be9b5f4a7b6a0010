// loss.cpp: losses and residuals of all lanes, by kind, and the chain rule for any other.
#include "loss_kind.hpp"

namespace carve {

namespace {

constexpr double kNan = __builtin_nan("");
constexpr const LossKind* kKinds[] = {&distance_loss, &distance_squared_loss,
                                      &subspace_loss, &decorrelation_loss,
                                      &rate_loss,     &tuning_loss};
constexpr std::uint32_t kKindCount = sizeof kKinds / sizeof kKinds[0];

const LossKind& kind_of(const carve_loss& loss) noexcept { return *kKinds[loss.kind]; }
const ProjectionPlan* second_projection(const Sim& sim, const carve_loss& loss) noexcept {
    return kind_of(loss).effective ? lateral_of(sim, loss) : nullptr;
}
bool valid(const LaneLoss& l) noexcept {
    if (is_frozen(l.sim, l.lane))
        return false;
    const ProjectionPlan* const second = second_projection(l.sim, l.loss);
    return !kind_of(l.loss).of_weights ||
           (l.finite() && (!second || LaneWeights(l.sim, *second, l.lane).finite()));
}
bool has_derivatives(const Sim& sim, const carve_loss& loss) noexcept {
    if (!kind_of(loss).of_weights)
        return loss.kind == CARVE_LOSS_RATE && populations(sim)[loss.population].score_sens;
    const ProjectionPlan* const second = second_projection(sim, loss);
    return projections(sim)[loss.projection].sens || (second && second->sens);
}
void fill_derivatives(const LaneWeights& l, double value, const LossDerivatives& out) noexcept {
    for (std::size_t k = 0; out.dloss_dw && k < l.post * l.pre; ++k)
        out.dloss_dw[k * l.sim.model.n_replicas + l.lane] = value;
    for (std::size_t k = 0; out.gradient && k < l.sim.n_coefficients; ++k)
        out.gradient[k * l.sim.model.n_replicas + l.lane] = value;
}

} // namespace

bool is_of_weights(const carve_loss& loss) noexcept { return kind_of(loss).of_weights; }

namespace {

// What a kind of loss does not read keeps its default.
bool fields_are_read(const carve_loss& loss) noexcept {
    const carve_loss defaults = default_loss();
    if (!is_of_weights(loss) && (loss.target || loss.target_shared != defaults.target_shared))
        return false;
    return (loss.kind != CARVE_LOSS_RATE || loss.projection == defaults.projection) &&
           (loss.kind == CARVE_LOSS_RATE || loss.population == defaults.population) &&
           (loss.kind == CARVE_LOSS_TUNING || loss.other == defaults.other);
}

} // namespace

carve_loss default_loss() noexcept {
    return {sizeof(carve_loss), CARVE_LOSS_DISTANCE, 0, 1, nullptr, 0, 0};
}

Fault check_loss(const Sim& sim, const carve_loss& loss, bool derivatives) noexcept {
    if (loss.kind >= kKindCount)
        return fault_of(CARVE_E_RANGE, "kind", loss.kind,
                        "must be CARVE_LOSS_DISTANCE (0) to CARVE_LOSS_TUNING (5)");
    if (loss.projection >= sim.model.n_projections)
        return fault_of(CARVE_E_RANGE, "projection", loss.projection,
                        "must be the index of a projection");
    if (loss.target_shared > 1)
        return fault_of(CARVE_E_RANGE, "target_shared", loss.target_shared, "must be 0 or 1");
    if (!fields_are_read(loss))
        return fault_of(CARVE_E_RANGE, "kind", loss.kind,
                        "must be a kind that reads each field which is not at its default");
    if (kind_of(loss).of_weights && is_sparse(projections(sim)[loss.projection].model))
        return fault_of(CARVE_E_UNAVAILABLE, "projection", loss.projection,
                        "must not be sparse: a loss of weights is of all pairs");
    const Fault fault = kind_of(loss).check(sim, loss);
    if (fault)
        return fault;
    if (kind_of(loss).of_weights && loss.target == nullptr)
        return fault_of(CARVE_E_NULL, "target", 0, "must not be null");
    return derivatives && !has_derivatives(sim, loss)
               ? fault_of(CARVE_E_UNAVAILABLE, "gradient", sim.model.gradient,
                          "must be null: the model has no sensitivities of this loss")
               : Fault{};
}

void evaluate_loss(const Sim& sim, const carve_loss& loss, double* value,
                   const LossDerivatives& out) noexcept {
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane) {
        const LaneLoss l(sim, loss, lane);
        const bool ok = valid(l);
        fill_derivatives(l, ok ? 0 : kNan, out);
        value[lane] = ok ? kind_of(loss).value(l, out) : kNan;
    }
}

std::size_t count_residuals(const Sim& sim, const carve_loss& loss) noexcept {
    return kind_of(loss).count_residuals(LaneLoss(sim, loss, 0));
}

void evaluate_residuals(const Sim& sim, const carve_loss& loss, double* residuals,
                        double* jacobian) noexcept {
    const std::size_t lanes = sim.model.n_replicas, n = count_residuals(sim, loss);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const LaneLoss l(sim, loss, lane);
        const bool ok = valid(l);
        for (std::size_t r = 0; r < n; ++r) {
            const LossDerivatives row{jacobian ? jacobian + r * sim.n_coefficients * lanes
                                               : nullptr};
            fill_derivatives(l, ok ? 0 : kNan, row);
            const double residual = ok ? kind_of(loss).residual(l, r, row) : kNan;
            if (residuals)
                residuals[r * lanes + lane] = residual;
        }
    }
}

void chain(const Sim& sim, std::uint32_t projection, const double* dloss_dw,
           double* gradient) noexcept {
    for (std::size_t lane = 0; lane < sim.model.n_replicas; ++lane) {
        const LaneWeights l(sim, projections(sim)[projection], lane);
        fill_derivatives(l, 0, {gradient});
        for (std::size_t i = 0; i < l.post; ++i)
            for (std::size_t j = 0; j < l.pre; ++j)
                add_slope(l, i, j, dloss_dw[(i * l.pre + j) * sim.model.n_replicas + lane],
                          {gradient});
    }
}

} // namespace carve
