// One neuron of any kind, scalar and in double, written from docs/model.md (M12, M30 to M34) receptor by
// receptor and filter by filter, in the order of the simulators that the kinds come from.
#ifndef CARVE_TESTS_REFERENCE_SPIKING_NEURONS_HPP
#define CARVE_TESTS_REFERENCE_SPIKING_NEURONS_HPP

#include "../../flat_model.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace reference {

class PlainNeuron {
  public:
    double v, threshold = 0, adaptation = 0, filtered_v, excitatory = 0, inhibitory = 0;
    std::vector<double> g; // of each receptor

    PlainNeuron(const flat::Population& p, double dt)
        : v(p.v_rest), filtered_v(p.v_rest), p_(p), dt_(dt) {
        receptors_ = {{p.synapses, 0, p.tau_exc, p.v_exc, 0, {}},
                      {p.synapses, 0, p.tau_inh, p.v_inh, 0, {}},
                      p.more[0],
                      p.more[1]};
        receptors_.resize(p.n_receptors);
        g.resize(p.n_receptors);
    }
    // After the arrivals of the step; whether it spikes.
    bool step() {
        switch (p_.kind) {
        case CARVE_POPULATION_LIF:
            relax(0);
            break;
        case CARVE_POPULATION_EIF:
            relax(p_.slope * std::exp((v - p_.v_onset) / p_.slope));
            break;
        case CARVE_POPULATION_TIF:
            tif();
            break;
        case CARVE_POPULATION_IF:
            moving_threshold();
            break;
        default:
            cvaif();
        }
        if (waits_ > 0) {
            --waits_;
            v = p_.v_reset;
            return false;
        }
        if (!(v > p_.v_threshold + threshold))
            return false;
        v = p_.v_reset;
        waits_ = std::lround(p_.t_ref / dt_);
        if (p_.kind == CARVE_POPULATION_IF || p_.kind == CARVE_POPULATION_CVAIF)
            threshold = p_.threshold_jump;
        if (p_.kind == CARVE_POPULATION_CVAIF)
            adaptation += p_.adaptation_jump;
        return true;
    }
    std::vector<double> state() const {
        if (p_.kind == CARVE_POPULATION_IF)
            return {threshold};
        if (p_.kind == CARVE_POPULATION_CVAIF)
            return {threshold, adaptation, filtered_v, excitatory, inhibitory};
        return {};
    }

  private:
    bool follows(std::size_t i) const { return receptors_[i].kind == CARVE_RECEPTOR_FILTERED; }
    bool is_current(std::size_t i) const {
        return receptors_[follows(i) ? receptors_[i].source : i].kind == CARVE_RECEPTOR_CURRENT;
    }
    double share(std::size_t i) const {
        if (follows(i))
            return receptors_[i].share;
        double left = 1;
        for (std::size_t k = 0; k < receptors_.size(); ++k)
            if (follows(k) && receptors_[k].source == i)
                left -= receptors_[k].share;
        return left;
    }
    // The current through a receptor, V, inward.
    double current(std::size_t i) const {
        return is_current(i) ? share(i) * g[i] : -share(i) * g[i] * (v - receptors_[i].reversal);
    }
    double all_currents() const {
        double sum = 0;
        for (std::size_t i = 0; i < g.size(); ++i)
            sum += current(i);
        return sum;
    }
    void decay() {
        for (std::size_t i = 0; i < g.size(); ++i)
            if (!follows(i))
                g[i] *= std::exp(-dt_ / receptors_[i].tau);
    }
    void follow(bool euler) {
        for (std::size_t i = 0; i < g.size(); ++i) {
            if (!follows(i))
                continue;
            const double tau = receptors_[i].tau, m = euler ? dt_ / tau : 1 - std::exp(-dt_ / tau);
            g[i] += m * g[receptors_[i].source];
            g[i] -= m * g[i];
        }
    }

    // Exponentially, with a current beside those of the receptors.
    void relax(double more) {
        double open = 1, drive = p_.v_rest + p_.drive + more;
        for (std::size_t i = 0; i < g.size(); ++i) {
            open += is_current(i) ? 0 : share(i) * g[i];
            drive += share(i) * g[i] * (is_current(i) ? 1 : receptors_[i].reversal);
        }
        v = drive / open + (v - drive / open) * std::exp(-dt_ * open / p_.tau_m);
        follow(false);
        decay();
    }
    void tif() {
        const double slope = p_.v_rest - v + all_currents() + p_.drive;
        v += slope * dt_ / p_.tau_m;
        follow(false);
        decay();
    }
    void moving_threshold() {
        const double in = all_currents();
        follow(false);
        decay();
        fall_and_integrate(in);
    }
    void fall_and_integrate(double in) {
        threshold *= std::exp(-dt_ / p_.threshold_tau);
        const double leak = v - p_.v_rest - p_.drive;
        v += dt_ / p_.tau_m * in;
        v -= dt_ / p_.tau_m * leak;
        v = std::min(std::max(v, p_.v_min), p_.v_max);
    }
    void cvaif() {
        decay();
        adaptation *= std::exp(-dt_ / p_.adaptation_tau);
        follow(true);
        double exc = 0, inh = adaptation * (v - p_.adaptation_reversal); // inh: outward
        for (std::size_t i = 0; i < g.size(); ++i)
            if (!is_current(i) && receptors_[i].reversal < p_.v_rest)
                inh -= current(i);
            else
                exc += current(i);
        const auto filter = [&](double& x, double tau, double value) {
            x += dt_ / tau * value;
            x -= dt_ / tau * x;
        };
        filter(excitatory, p_.excitatory_tau, exc);
        filter(inhibitory, p_.inhibitory_tau, inh);
        filter(filtered_v, p_.voltage_tau, v);
        fall_and_integrate(exc - inh);
    }

    flat::Population p_;
    double dt_;
    std::vector<carve_receptor> receptors_;
    long waits_ = 0;
};

} // namespace reference
#endif
