// mlp_rule.hpp: a rule that is a network of one or two hidden layers at a spike (M51).
#pragma once
#include "activation.hpp"
#include "neurons/cvaif.hpp"
#include "spike_rule.hpp"

namespace carve {
namespace {

// dw at a spike, of w and the trace of the presynaptic unit. What the synapses of a postsynaptic unit share drives the
// hidden units once.
template <class P> class MlpChange {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width, kMost = 64; // units of a layer

  public:
    // eta: 0 in lanes that are frozen. y: the trace of the postsynaptic unit; state: what a neuron of cvaif has, if
    // there are inputs of that.
    MlpChange(const LaneGroup<P>& group, const RulePlan& rule, const P& eta, const P& y,
              bool at_pre, const Real* state) noexcept
        : rule_(rule.model), eta_(eta),
          stride_(rule.model.shared || group.sim->neighbours > 1 ? 0 : W),
          theta_(array<Real>(*group.sim, rule.theta) +
                 (rule.model.shared ? 0
                  : stride_         ? group.index * rule.n_terms * W + group.lane
                                    : group.index * rule.n_terms)) {
        const std::uint32_t inputs = rule_.factors;
        n_inputs_ = count_terms(inputs);
        const std::size_t biases = rule_.hidden * n_inputs_;
        second_ = biases + rule_.hidden;
        const std::size_t n_last = rule_.second ? rule_.second : rule_.hidden,
                          heads = second_ + rule_.second * (std::size_t{rule_.hidden} + 1);
        head_ = heads + (at_pre ? 0 : n_last + 1);
        const P shared[4] = {y, of_state(state, Cvaif<P>::kVoltage, CARVE_FACTOR_VOLTAGE),
                             of_state(state, Cvaif<P>::kExcitatory, CARVE_FACTOR_EXCITATORY),
                             of_state(state, Cvaif<P>::kInhibitory, CARVE_FACTOR_INHIBITORY)};
        constexpr std::uint32_t bits[4] = {CARVE_FACTOR_POST, CARVE_FACTOR_VOLTAGE,
                                           CARVE_FACTOR_EXCITATORY, CARVE_FACTOR_INHIBITORY};
        for (std::size_t h = 0; h < rule_.hidden; ++h) {
            P u = theta(biases + h);
            for (std::size_t i = 0; i < 4; ++i)
                if (inputs & bits[i])
                    u = fma(theta(h * n_inputs_ + column(bits[i])), shared[i], u);
            drive_[h] = u;
        }
    }
    P operator()(const P& w, const P& x) const noexcept {
        const std::size_t n = rule_.hidden, n_second = rule_.second;
        P layer[kMost], last[kMost];
        for (std::size_t h = 0; h < n; ++h) {
            P u = drive_[h];
            if (rule_.factors & CARVE_FACTOR_PRE)
                u = fma(theta(h * n_inputs_), x, u);
            if (rule_.factors & CARVE_FACTOR_WEIGHT)
                u = fma(theta(h * n_inputs_ + column(CARVE_FACTOR_WEIGHT)), w, u);
            layer[h] = activate(rule_.activation, u);
        }
        for (std::size_t k = 0; k < n_second; ++k) {
            P u = theta(second_ + n_second * n + k);
            for (std::size_t h = 0; h < n; ++h)
                u = fma(theta(second_ + k * n + h), layer[h], u);
            last[k] = activate(rule_.activation, u);
        }
        const std::size_t n_last = n_second ? n_second : n;
        P sum = theta(head_ + n_last);
        for (std::size_t k = 0; k < n_last; ++k)
            sum = fma(theta(head_ + k), n_second ? last[k] : layer[k], sum);
        return select(less(P::set(0), abs(eta_)), eta_ * sum, P::set(0));
    }

  private:
    CARVE_INLINE P theta(std::size_t k) const noexcept {
        return stride_ ? P::load(theta_ + k * W) : P::set(theta_[k]);
    }
    // Of an input among those that there are.
    std::size_t column(std::uint32_t bit) const noexcept {
        return count_terms(rule_.factors & (bit - 1));
    }
    P of_state(const Real* state, std::size_t row, std::uint32_t bit) const noexcept {
        return rule_.factors & bit ? P::load(state + row * W) : P::set(0);
    }

    const Rule& rule_;
    const P eta_;
    const std::size_t stride_;
    const Real* const theta_;
    std::size_t n_inputs_, second_, head_; // first coefficients of the second layer, and of the sum
    P drive_[kMost];
};

} // namespace
} // namespace carve
