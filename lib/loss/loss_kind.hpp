// loss_kind.hpp: what a loss sees of one lane, and what it offers.
#pragma once
#include "loss.hpp"

namespace carve {

constexpr std::size_t kMaxRows = 16; // of losses that need a matrix [post][post]

// One lane's weights of a projection.
struct LaneWeights {
    const Sim& sim;
    const ProjectionPlan& q;
    std::size_t lane, post, pre;

    LaneWeights(const Sim& s, const ProjectionPlan& projection, std::size_t i) noexcept
        : sim(s), q(projection), lane(i), post(populations(s)[q.model.post].model.n_units),
          pre(populations(s)[q.model.pre].model.n_units),
          first_row_(lane / s.lanes_per_block * post * populations(s)[q.model.pre].rows),
          in_row_(lane % s.lanes_per_block) {}

    LaneWeights(const LaneWeights&) = delete;
    LaneWeights& operator=(const LaneWeights&) = delete;
    ~LaneWeights() noexcept { finish(); }

    double weight(std::size_t i, std::size_t j) const noexcept {
        return value_of(sim, q.weights, at(i, j, 1));
    }
    // gradient [coefficient][lane] += slope dw_ij/dtheta, at the latest at the end of this object's
    // life
    void add_gradient(std::size_t i, std::size_t j, double slope, double* gradient) const noexcept {
        if (!q.sens)
            return; // static weights
        if (n_waiting_ == kWaiting || gradient != gradient_)
            finish();
        gradient_ = gradient;
        waiting_[n_waiting_++] = {at(i, j, sim.n_coefficients), slope};
    }
    bool finite() const noexcept {
        for (std::size_t i = 0; i < post; ++i)
            for (std::size_t j = 0; j < pre; ++j)
                if (!(weight(i, j) - weight(i, j) == 0))
                    return false;
        return true;
    }

  private:
    // The first of the n elements of a synapse in [block][post][pre][n][lane].
    std::size_t at(std::size_t i, std::size_t j, std::size_t n) const noexcept {
        const bool afferents = (sim.facts & kAfferentLanes) != 0; // then a block is one replica
        const std::size_t row =
            first_row_ + i * populations(sim)[q.model.pre].rows + (afferents ? j / kAfferents : j);
        return row * n * row_length(sim) + (afferents ? j % kAfferents : in_row_);
    }
    // Some synapses together: the gradient's elements, a row of lanes apart, are read and written
    // once for all.
    void finish() const noexcept {
        if (sim.model.precision == CARVE_F32)
            add_waiting<float>();
        else
            add_waiting<double>();
        n_waiting_ = 0;
    }
    template <class Real> void add_waiting() const noexcept {
        if (n_waiting_ == 0)
            return;
        const std::size_t n = sim.n_coefficients, stride = row_length(sim),
                          lanes = sim.model.n_replicas;
        const Real* const sens = array<Real>(sim, q.sens);
        for (std::size_t k = 0; k < n; ++k) {
            double sum = gradient_[k * lanes + lane];
            for (std::size_t e = 0; e < n_waiting_; ++e)
                sum += waiting_[e].slope * static_cast<double>(sens[waiting_[e].at + k * stride]);
            gradient_[k * lanes + lane] = sum;
        }
    }
    static constexpr std::size_t kWaiting = 16;
    struct {
        std::size_t at;
        double slope;
    } mutable waiting_[kWaiting];
    mutable std::size_t n_waiting_ = 0;
    mutable double* gradient_ = nullptr;
    std::size_t first_row_, in_row_; // of the lane's block; of the lane in it
};

// The same with a loss's target, rows of which are as long as those of the weights.
struct LaneLoss : LaneWeights {
    const carve_loss& loss;

    LaneLoss(const Sim& s, const carve_loss& l, std::size_t i) noexcept
        : LaneWeights(s, projections(s)[l.projection], i), loss(l) {}

    double target(std::size_t i, std::size_t j) const noexcept {
        return loss.target_shared ? loss.target[i * pre + j]
                                  : loss.target[(i * pre + j) * sim.model.n_replicas + lane];
    }
};

// A summand of dL/dw_ij.
inline void add_slope(const LaneWeights& l, std::size_t i, std::size_t j, double slope,
                      const LossDerivatives& out) noexcept {
    if (out.dloss_dw && out.projection == &l.q)
        out.dloss_dw[(i * l.pre + j) * l.sim.model.n_replicas + l.lane] += slope;
    if (out.gradient)
        l.add_gradient(i, j, slope, out.gradient);
}

// A kind of loss, one file each: its value, and residuals of which it is made. Derivatives are
// added.
struct LossKind {
    bool of_weights; // of the weights and a target
    bool effective;  // also a function of the lateral weights of the postsynaptic population
    Fault (*check)(const Sim& sim, const carve_loss& loss) noexcept;
    double (*value)(const LaneLoss& l, const LossDerivatives& out) noexcept;
    std::size_t (*count_residuals)(const LaneLoss& l) noexcept;
    double (*residual)(const LaneLoss& l, std::size_t r, const LossDerivatives& out) noexcept;
};
extern const LossKind distance_loss, distance_squared_loss, subspace_loss, decorrelation_loss,
    rate_loss, tuning_loss;

// The projection within the postsynaptic population of a loss's projection, or null.
inline const ProjectionPlan* lateral_of(const Sim& sim, const carve_loss& loss) noexcept {
    return lateral_of(sim, projections(sim)[loss.projection].model.post);
}

} // namespace carve
