// loss.hpp: objectives on the weights at the end of an inner loop, and the chain rule to theta (M8,
// M10). Plain double arithmetic, lane by lane: a run ends once, so nothing here is hot.
#pragma once
#include "sim.hpp"

namespace carve {

// Where the derivatives of a loss go, or null.
struct LossDerivatives {
    double* gradient = nullptr; // [coefficient][lane], dL/dtheta by the sensitivities
    double* dloss_dw = nullptr; // [post][pre][lane], dL/dw of this projection:
    const ProjectionPlan* projection = nullptr;
    explicit operator bool() const noexcept { return gradient || dloss_dw; }
};

carve_loss default_loss() noexcept;
Fault check_loss(const Sim& sim, const carve_loss& loss, bool derivatives) noexcept;
// Whether a checked loss is a function of weights: only then has it slopes by them.
bool is_of_weights(const carve_loss& loss) noexcept;
void evaluate_loss(const Sim& sim, const carve_loss& loss, double* value,
                   const LossDerivatives& out) noexcept;
std::size_t count_residuals(const Sim& sim, const carve_loss& loss) noexcept;
void evaluate_residuals(const Sim& sim, const carve_loss& loss, double* residuals,
                        double* jacobian) noexcept;
void chain(const Sim& sim, std::uint32_t projection, const double* dloss_dw,
           double* gradient) noexcept;

} // namespace carve
