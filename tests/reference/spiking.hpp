// One replica of a spiking network, clock-driven and scalar: every trace of every synapse decays in
// every step. Written from docs/model.md (M12 to M19), without the kernel's event lists; with dual
// numbers it carries the surrogate's derivatives along by the rules of calculus alone.
#ifndef CARVE_TESTS_REFERENCE_SPIKING_HPP
#define CARVE_TESTS_REFERENCE_SPIKING_HPP

#include "../support.hpp"
#include "dual.hpp"

namespace reference {

// 1 where v > 0, with the derivative of the surrogate e b / (1 + b |v|)^2.
inline double spike_of(double v, double, double) { return v > 0 ? 1 : 0; }
inline Dual<double> spike_of(const Dual<double>& v, double b, double e) {
    const double d = 1 + b * std::fabs(v.value);
    return chain(v.value > 0 ? 1.0 : 0.0, e * b / (d * d), v);
}
inline double exponential(double x) { return std::exp(x); }
inline Dual<double> exponential(const Dual<double>& x) { return exp(x); }

struct RuleTerms { // [power of the third factor][a][b][c], and the traces' time constants in s
    template <class T> struct Of {
        T pre[3][2][2][3], post[3][2][2][3], inverse_tau[4];
        bool has[4];
    };
};

template <class T> class SpikingReplica {
  public:
    struct Synapses {
        std::vector<T> w;    // [post][pre]
        std::vector<T> x, r; // [post][pre]: of every synapse, although they are the unit's
        std::vector<T> y, o; // likewise
        RuleTerms::Of<T> rule;
        // of this step: the third factor, and whether the gate is open; of a modulator that spikes
        // the rate by the spikes before this step; all rates of the steps before, by their baseline
        double factor = 0, filtered = 0;
        bool open = true;
        std::vector<double> rates;
        double mean = 0;
    };
    struct Neurons {
        std::vector<T> v, g_exc, g_inh, rate_steps;
        std::vector<int> clamped;             // steps that the reset lasts
        std::vector<std::vector<char>> fired; // [step][unit]
        T rate{}, loss{};
        int scored = 0;
    };
    std::vector<Synapses> synapses;
    std::vector<Neurons> neurons; // of every population
    std::vector<std::vector<T>> counts;
    std::vector<std::vector<double>> values; // of inputs in the next step, [population][unit]

    SpikingReplica(const support::Network& n, const std::vector<std::vector<T>>& theta,
                   const std::vector<std::vector<double>>& weights)
        : n_(n) {
        const auto& m = n.model;
        for (std::size_t k = 0; k < n.projections.size(); ++k) {
            Synapses s;
            s.w.assign(weights[k].begin(), weights[k].end());
            s.x.resize(s.w.size());
            s.r = s.y = s.o = s.x;
            if (n.plastic(k))
                s.rule = read_rule(n.rules[n.projections[k].rule], theta[n.projections[k].rule]);
            s.mean = n.projections[k].baseline_start;
            synapses.push_back(std::move(s));
        }
        for (const flat::Population& p : n.populations) {
            Neurons u;
            if (p.kind == CARVE_POPULATION_LIF) {
                u.v.assign(p.n_units, T(p.v_rest));
                u.g_exc.resize(p.n_units);
                u.g_inh.resize(p.n_units);
                u.clamped.resize(p.n_units);
                u.rate = T(p.rate_start);
            }
            neurons.push_back(std::move(u));
            counts.emplace_back(p.kind == CARVE_POPULATION_LIF ? p.n_units : 0);
        }
        dt_ = m.dt;
    }

    // input [population][unit]: 1 where a poisson unit spikes in this step.
    void step(const std::vector<std::vector<char>>& input, bool in_window = true) {
        for (std::size_t k = 0; k < synapses.size(); ++k)
            decay(k);
        inputs_.push_back(input);
        for (std::size_t k = 0; k < synapses.size(); ++k)
            if (n_.plastic(k))
                modulate(k);
        for (const std::uint32_t from : {CARVE_POPULATION_POISSON, CARVE_POPULATION_LIF})
            for (std::size_t k = 0; k < synapses.size(); ++k)
                for (std::size_t j = 0; kind(n_.projections[k].pre) == from && j < n_.n_pre(k); ++j)
                    if (arrives(k, j))
                        arrive(k, j);
        for (std::size_t i = 0; i < neurons.size(); ++i)
            if (kind(std::uint32_t(i)) == CARVE_POPULATION_LIF)
                advance(i, in_window);
        for (std::size_t k = 0; k < synapses.size(); ++k)
            if (n_.plastic(k) && is_spiking(n_.projections[k].modulator))
                filter(k);
        ++t_;
    }

  private:
    bool is_spiking(std::uint32_t population) const {
        return population != CARVE_NO_POPULATION && kind(population) >= CARVE_POPULATION_POISSON;
    }
    // The third factor and the gate of a step, before it.
    void modulate(std::size_t k) {
        const flat::Projection& p = n_.projections[k];
        Synapses& s = synapses[k];
        s.open = p.gate == CARVE_NO_POPULATION ||
                 (values[p.gate][0] != 0 && values[p.gate][0] == values[p.gate][0]);
        if (p.modulator == CARVE_NO_POPULATION)
            return;
        double rate = s.filtered;
        if (!is_spiking(p.modulator)) {
            rate = 0;
            for (const double x : values[p.modulator])
                rate += x / double(values[p.modulator].size());
        }
        double baseline = 0;
        if (p.baseline == CARVE_BASELINE_EXPONENTIAL) {
            baseline = s.mean;
            s.mean += (rate - s.mean) / p.window;
        }
        for (std::size_t i = 1; p.baseline == CARVE_BASELINE_WINDOW && i <= p.window; ++i)
            baseline += (i <= t_ ? s.rates[t_ - i] : p.baseline_start) / p.window;
        s.rates.push_back(rate);
        s.factor = rate - baseline;
    }
    void filter(std::size_t k) {
        const flat::Projection& p = n_.projections[k];
        const std::vector<char>& fired = kind(p.modulator) == CARVE_POPULATION_POISSON
                                             ? inputs_[t_][p.modulator]
                                             : neurons[p.modulator].fired[t_];
        double n = 0;
        for (const char spike : fired)
            n += spike;
        double& rate = synapses[k].filtered;
        rate =
            rate * std::exp(-dt_ / p.modulator_tau) + n / (p.modulator_tau * double(fired.size()));
    }
    std::uint32_t kind(std::uint32_t population) const { return n_.populations[population].kind; }

    static RuleTerms::Of<T> read_rule(const flat::Rule& r, const std::vector<T>& theta) {
        RuleTerms::Of<T> out{};
        std::size_t k = 0;
        for (int i = 0; i < 4; ++i) {
            out.has[i] = (r.terms >> i & 1) != 0;
            if (out.has[i])
                out.inverse_tau[i] = exponential(T(0) - theta[k++]);
        }
        const std::uint64_t by_power[] = {r.terms, r.terms_r, r.terms_r2};
        for (auto* side : {&out.pre, &out.post})
            for (unsigned d = 0; d < 3; ++d)
                for (unsigned a = 0; a < 2; ++a)
                    for (unsigned b = 0; b < 2; ++b)
                        for (unsigned c = 0; c < 3; ++c) {
                            const std::uint64_t bit =
                                side == &out.pre ? flat::at_pre(a, b, c) : flat::at_post(a, b, c);
                            if (by_power[d] & bit)
                                (*side)[d][a][b][c] = theta[k++];
                        }
        return out;
    }
    T jump(std::size_t k, int trace) const {
        const flat::Rule& r = n_.rules[n_.projections[k].rule];
        return r.trace_jump == CARVE_TRACE_JUMP_ONE ? T(1) : synapses[k].rule.inverse_tau[trace];
    }
    void decay(std::size_t k) {
        if (!n_.plastic(k))
            return;
        Synapses& s = synapses[k];
        std::vector<T>* const traces[] = {&s.x, &s.y, &s.r, &s.o};
        for (int i = 0; i < 4; ++i) {
            if (!s.rule.has[i])
                continue;
            const T factor = exponential(T(-dt_) * s.rule.inverse_tau[i]);
            for (T& x : *traces[i])
                x = x * factor;
        }
    }
    bool absent(std::size_t k, std::size_t i, std::size_t j) const {
        return !n_.connected(k, std::uint32_t(i), std::uint32_t(j));
    }
    static T polynomial(const T (&by_power)[3][2][2][3], double r, const T& a, const T& b,
                        const T& w) {
        T sum(0);
        for (int d = 0; d < 3; ++d)
            for (int i = 0; i < 3; ++i) {
                const auto& c = by_power[d];
                const T power = i == 0 ? T(1) : i == 1 ? w : w * w;
                sum = sum + T(std::pow(r, d)) * power *
                                (c[0][0][i] + c[1][0][i] * a + c[0][1][i] * b + c[1][1][i] * a * b);
            }
        return sum;
    }
    static T clip(const T& w, double low, double high) {
        return value_of(w) < low ? T(low) : value_of(w) > high ? T(high) : w;
    }
    // Whether a spike of unit j, `delay` steps ago, is at its synapses now.
    bool arrives(std::size_t k, std::size_t j) const {
        const flat::Projection& p = n_.projections[k];
        if (t_ < p.delay)
            return false;
        return kind(p.pre) == CARVE_POPULATION_POISSON ? inputs_[t_ - p.delay][p.pre][j] != 0
                                                       : neurons[p.pre].fired[t_ - p.delay][j] != 0;
    }
    void arrive(std::size_t k, std::size_t j) {
        const flat::Projection& p = n_.projections[k];
        Neurons& post = neurons[p.post];
        Synapses& s = synapses[k];
        for (std::size_t i = 0; i < n_.n_post(k); ++i) {
            if (absent(k, i, j))
                continue;
            const std::size_t e = i * n_.n_pre(k) + j;
            T& g = p.receptor == CARVE_EXCITATORY ? post.g_exc[i] : post.g_inh[i];
            g = g + T(p.gain) * s.w[e];
            if (!n_.plastic(k))
                continue;
            if (s.open)
                s.w[e] = clip(s.w[e] + T(p.eta) *
                                           polynomial(s.rule.pre, s.factor, s.y[e], s.r[e], s.w[e]),
                              p.w_min, p.w_max);
            if (s.rule.has[0])
                s.x[e] = s.x[e] + jump(k, 0);
            if (s.rule.has[2])
                s.r[e] = s.r[e] + jump(k, 2);
        }
    }
    void advance(std::size_t population, bool in_window) {
        const flat::Population& p = n_.populations[population];
        Neurons& u = neurons[population];
        u.fired.emplace_back(p.n_units, 0);
        T total(0);
        for (std::size_t i = 0; i < p.n_units; ++i) {
            if (u.clamped[i] > 0) {
                --u.clamped[i];
                u.v[i] = T(p.v_reset);
            } else {
                u.v[i] = membrane(p, u.v[i], u.g_exc[i], u.g_inh[i]);
            }
            const T s = spike_of((u.v[i] - T(p.v_threshold)) / T(p.v_threshold - p.v_reset),
                                 n_.model.surrogate, dt_ / p.tau_m);
            total = total + s;
            if (in_window)
                counts[population][i] = counts[population][i] + s;
            if (value_of(s) > 0) {
                u.v[i] = T(p.v_reset); // detached
                u.clamped[i] = int(p.t_ref / dt_ + 0.5);
                u.fired.back()[i] = 1;
            }
            for (std::size_t k = 0; k < synapses.size(); ++k)
                if (n_.projections[k].post == population && n_.plastic(k))
                    learn(k, i, s);
            u.g_exc[i] = u.g_exc[i] * T(std::exp(-dt_ / p.tau_exc));
            u.g_inh[i] = u.g_inh[i] * T(std::exp(-dt_ / p.tau_inh));
        }
        u.rate = u.rate * T(std::exp(-dt_ / p.rate_tau)) + total / T(p.rate_tau * p.n_units);
        if (in_window) {
            const T off = u.rate - T(p.rate_target);
            u.loss = u.loss + off * off / (u.rate + T(p.rate_offset));
            ++u.scored;
        }
    }
    T membrane(const flat::Population& p, const T& v, const T& g_exc, const T& g_inh) const {
        if (p.synapses == CARVE_RECEPTOR_CURRENT) {
            const T target = T(p.v_rest + p.drive) + g_exc + g_inh;
            return target + (v - target) * T(std::exp(-dt_ / p.tau_m));
        }
        const T g = T(1) + g_exc + g_inh;
        const T target = (T(p.v_rest + p.drive) + g_exc * T(p.v_exc) + g_inh * T(p.v_inh)) / g;
        return target + (v - target) * exponential(T(-dt_ / p.tau_m) * g);
    }
    // What the spike s of neuron i does to its afferent synapses, in every step.
    void learn(std::size_t k, std::size_t i, const T& spike) {
        const flat::Projection& p = n_.projections[k];
        Synapses& s = synapses[k];
        for (std::size_t j = 0; j < n_.n_pre(k); ++j) {
            if (absent(k, i, j))
                continue;
            const std::size_t e = i * n_.n_pre(k) + j;
            const T seen = n_.rules[p.rule].coincidence == CARVE_COINCIDENCE_BLIND &&
                                   arrives(k, j) && s.rule.has[0]
                               ? s.x[e] - jump(k, 0)
                               : s.x[e];
            if (s.open)
                s.w[e] = clip(s.w[e] + spike * T(p.eta) *
                                           polynomial(s.rule.post, s.factor, seen, s.o[e], s.w[e]),
                              p.w_min, p.w_max);
            if (s.rule.has[1])
                s.y[e] = s.y[e] + spike * jump(k, 1);
            if (s.rule.has[3])
                s.o[e] = s.o[e] + spike * jump(k, 3);
        }
    }

    const support::Network& n_;
    double dt_ = 0;
    std::size_t t_ = 0;
    std::vector<std::vector<std::vector<char>>> inputs_; // [step][population][unit]
};

} // namespace reference
#endif
