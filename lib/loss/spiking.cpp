// spiking.cpp: deviation of a rate from its target (M16), and lack of tuning (M17).
#include "loss_kind.hpp"

namespace carve {

namespace {

constexpr double kNan = __builtin_nan("");

// Steps of the window that have been taken.
double steps_in_window(const Sim& sim, const PopulationPlan& p) noexcept {
    const std::uint64_t* const window = array<std::uint64_t>(sim, p.window);
    const std::uint64_t end = window[1] < sim.steps ? window[1] : sim.steps;
    return window[0] < end ? static_cast<double>(end - window[0]) : 0;
}

double mean_score(const LaneLoss& l) noexcept {
    const PopulationPlan& p = populations(l.sim)[l.loss.population];
    const double steps = steps_in_window(l.sim, p);
    if (steps == 0)
        return kNan;
    return (element_of(l.sim, p.score, kScore, 0, l.lane) +
            element_of(l.sim, p.score, kScore, 1, l.lane)) /
           steps;
}
void add_score_slopes(const LaneLoss& l, double scale, const LossDerivatives& out) noexcept {
    const PopulationPlan& p = populations(l.sim)[l.loss.population];
    const std::size_t n = l.sim.n_coefficients;
    const double steps = steps_in_window(l.sim, p);
    for (std::size_t k = 0; out.gradient && k < n; ++k)
        out.gradient[k * l.sim.model.n_replicas + l.lane] +=
            scale *
            (element_of(l.sim, p.score_sens, kScore * n, k, l.lane) +
             element_of(l.sim, p.score_sens, kScore * n, n + k, l.lane)) /
            steps;
}
double rate(const LaneLoss& l, const LossDerivatives& out) noexcept {
    add_score_slopes(l, 1, out);
    return mean_score(l);
}
double root_of_rate(const LaneLoss& l, std::size_t, const LossDerivatives& out) noexcept {
    const double root = __builtin_sqrt(mean_score(l));
    add_score_slopes(l, root == 0 ? 0 : 0.5 / root, out);
    return root;
}
Fault check_rate(const Sim& sim, const carve_loss& loss) noexcept {
    if (loss.population >= sim.model.n_populations)
        return fault_of(CARVE_E_RANGE, "population", loss.population,
                        "must be the index of a population");
    return populations(sim)[loss.population].score
               ? Fault{}
               : fault_of(CARVE_E_UNAVAILABLE, "population", loss.population,
                          "must be a population of neurons with a probe of its rate");
}

// 1 - Pearson's correlation over groups; without any variation there is none.
double tuning(const LaneLoss& l, const LossDerivatives&) noexcept {
    const Sim& sim = l.sim;
    const ProjectionPlan &one = projections(sim)[l.loss.projection],
                         &other = projections(sim)[l.loss.other];
    const std::size_t groups = populations(sim)[one.model.pre].model.n_groups,
                      post = populations(sim)[one.model.post].model.n_units;
    double sum = 0;
    for (std::size_t i = 0; i < post; ++i) {
        const auto at = [&](const ProjectionPlan& q, std::size_t g) noexcept {
            return element_of(sim, q.transmitted, post * groups, i * groups + g, l.lane);
        };
        double mean_one = 0, mean_other = 0, both = 0, square_one = 0, square_other = 0;
        for (std::size_t g = 0; g < groups; ++g) {
            mean_one += at(one, g) / static_cast<double>(groups);
            mean_other += at(other, g) / static_cast<double>(groups);
        }
        for (std::size_t g = 0; g < groups; ++g) {
            const double a = at(one, g) - mean_one, b = at(other, g) - mean_other;
            both += a * b;
            square_one += a * a;
            square_other += b * b;
        }
        const double scale = __builtin_sqrt(square_one) * __builtin_sqrt(square_other);
        sum += scale > 0 ? 1 - both / scale : 1;
    }
    return sum / static_cast<double>(post);
}

double root_of_tuning(const LaneLoss& l, std::size_t, const LossDerivatives& out) noexcept {
    const double loss = tuning(l, out);
    return loss > 0 ? __builtin_sqrt(loss) : 0;
}
Fault check_tuning(const Sim& sim, const carve_loss& loss) noexcept {
    if (loss.other >= sim.model.n_projections)
        return fault_of(CARVE_E_RANGE, "other", loss.other, "must be the index of a projection");
    const ProjectionPlan &one = projections(sim)[loss.projection],
                         &other = projections(sim)[loss.other];
    if (one.transmitted == 0 || other.transmitted == 0)
        return one.transmitted == 0
                   ? fault_of(CARVE_E_UNAVAILABLE, "projection", loss.projection,
                              "must be a projection with CARVE_PROBE_TRANSMITTED (1)")
                   : fault_of(CARVE_E_UNAVAILABLE, "other", loss.other,
                              "must be a projection with CARVE_PROBE_TRANSMITTED (1)");
    const std::uint32_t groups = populations(sim)[one.model.pre].model.n_groups;
    return one.model.post != other.model.post || groups < 2 ||
                   groups != populations(sim)[other.model.pre].model.n_groups
               ? fault_of(
                     CARVE_E_RANGE, "other", loss.other,
                     "must have the postsynaptic population of the loss's projection, and as many "
                     "groups, at least 2")
               : Fault{};
}
std::size_t one_residual(const LaneLoss&) noexcept { return 1; }

} // namespace

const LossKind rate_loss{false, false, check_rate, rate, one_residual, root_of_rate};
const LossKind tuning_loss{false, false, check_tuning, tuning, one_residual, root_of_tuning};

} // namespace carve
