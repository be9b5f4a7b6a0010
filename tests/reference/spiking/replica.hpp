// One replica of a spiking network, clock-driven and scalar: every trace of every synapse decays in
// every step. Written from docs/model.md (M12 to M19), without the kernel's event lists; with dual
// numbers it carries the surrogate's derivatives along by the rules of calculus alone.
#ifndef CARVE_TESTS_REFERENCE_SPIKING_REPLICA_HPP
#define CARVE_TESTS_REFERENCE_SPIKING_REPLICA_HPP

#include "../../support.hpp"
#include "../dual.hpp"

namespace reference {

// 1 where v > 0, with the derivative of the surrogate e b / (1 + b |v|)^2.
inline double spike_of(double v, double, double) { return v > 0 ? 1 : 0; }
inline Dual<double> spike_of(const Dual<double>& v, double b, double e) {
    const double d = 1 + b * std::fabs(v.value);
    return chain(v.value > 0 ? 1.0 : 0.0, e * b / (d * d), v);
}
inline double exponential(double x) { return std::exp(x); }
inline Dual<double> exponential(const Dual<double>& x) { return exp(x); }

struct RuleTerms { // [power of the third factor][a][b][c][power of the sum of weights], and the
                   // traces' time constants in s
    template <class T> struct Of {
        T pre[3][2][2][3][3], post[3][2][2][3][3], inverse_tau[4], inverse_tau_eligibility;
        bool has[4];
    };
};

template <class T> class SpikingReplica {
  public:
    // What one rule of a projection has. [post][pre]: traces of every synapse, although they are the unit's.
    struct Use {
        flat::Projection of;          // as if it were the only one
        std::vector<T> x, r, y, o, e; // e: the eligibility trace
        RuleTerms::Of<T> rule;
        // of this step: the third factor, and whether the gate is open; of a modulator that spikes
        // the rate by the spikes before this step; all rates of the steps before, by their baseline
        double factor = 0, filtered = 0;
        bool open = true;
        std::vector<double> rates;
        double mean = 0;
    };
    struct Synapses {
        std::vector<T> w; // [post][pre]
        std::vector<Use> uses;
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
            for (const flat::Projection& p : flat::uses_of(n.projections[k])) {
                if (!n.plastic(k))
                    break;
                Use u;
                u.of = p;
                u.x.resize(s.w.size());
                u.r = u.y = u.o = u.e = u.x;
                u.rule = read_rule(n.rules[p.rule], theta[p.rule]);
                u.mean = p.baseline_start;
                s.uses.push_back(std::move(u));
            }
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
        inputs_.push_back(input);
        for_uses([&](Use& u) { decay(u); });
        for_uses([&](Use& u) { modulate(u); });
        for (const std::uint32_t from : {CARVE_POPULATION_POISSON, CARVE_POPULATION_LIF})
            for (std::size_t k = 0; k < synapses.size(); ++k)
                for (std::size_t j = 0; kind(n_.projections[k].pre) == from && j < n_.n_pre(k); ++j)
                    if (arrives(k, j))
                        arrive(k, j);
        for (std::size_t i = 0; i < neurons.size(); ++i)
            if (kind(std::uint32_t(i)) == CARVE_POPULATION_LIF)
                advance(i, in_window);
        for (std::size_t k = 0; k < synapses.size(); ++k)
            apply_eligibility(k);
        for_uses([&](Use& u) {
            if (is_spiking(u.of.modulator))
                filter(u);
        });
        ++t_;
    }

  private:
    template <class Do> void for_uses(Do action) {
        for (Synapses& s : synapses)
            for (Use& u : s.uses)
                action(u);
    }
    bool is_spiking(std::uint32_t population) const {
        return population != CARVE_NO_POPULATION && kind(population) >= CARVE_POPULATION_POISSON;
    }
    // The third factor and the gate of a step, before it.
    void modulate(Use& u) {
        const flat::Projection& p = u.of;
        u.open = p.gate == CARVE_NO_POPULATION ||
                 (values[p.gate][0] != 0 && values[p.gate][0] == values[p.gate][0]);
        if (p.modulator == CARVE_NO_POPULATION)
            return;
        double rate = u.filtered;
        if (!is_spiking(p.modulator)) {
            rate = 0;
            for (const double x : values[p.modulator])
                rate += x / double(values[p.modulator].size());
        }
        double baseline = 0;
        if (p.baseline == CARVE_BASELINE_EXPONENTIAL) {
            baseline = u.mean;
            u.mean += (rate - u.mean) / p.window;
        }
        for (std::size_t i = 1; p.baseline == CARVE_BASELINE_WINDOW && i <= p.window; ++i)
            baseline += (i <= t_ ? u.rates[t_ - i] : p.baseline_start) / p.window;
        u.rates.push_back(rate);
        u.factor = rate - baseline;
    }
    void filter(Use& u) {
        const flat::Projection& p = u.of;
        const std::vector<char>& fired = kind(p.modulator) == CARVE_POPULATION_POISSON
                                             ? inputs_[t_][p.modulator]
                                             : neurons[p.modulator].fired[t_];
        double n = 0;
        for (const char spike : fired)
            n += spike;
        double& rate = u.filtered;
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
        if (r.eligibility)
            out.inverse_tau_eligibility = exponential(T(0) - theta[k++]);
        // Of a rule with eligibility the power of the third factor multiplies the trace.
        for (const carve_term& t : flat::terms_of(r)) {
            const bool pre = t.event == CARVE_EVENT_PRE;
            auto& side = pre ? out.pre : out.post;
            side[r.eligibility ? 0 : t.modulator][pre ? t.post : t.pre][pre ? t.pre2 : t.post2]
                [t.weight][t.weight_sum] = theta[k++];
        }
        return out;
    }
    bool traced(const Use& u) const { return n_.rules[u.of.rule].eligibility != 0; }
    T jump(const Use& u, int trace) const {
        const flat::Rule& r = n_.rules[u.of.rule];
        return r.trace_jump == CARVE_TRACE_JUMP_ONE ? T(1) : u.rule.inverse_tau[trace];
    }
    void decay(Use& u) {
        std::vector<T>* const traces[] = {&u.x, &u.y, &u.r, &u.o};
        for (int i = 0; i < 4; ++i) {
            if (!u.rule.has[i])
                continue;
            const T factor = exponential(T(-dt_) * u.rule.inverse_tau[i]);
            for (T& x : *traces[i])
                x = x * factor;
        }
    }
    // What all rules make of a synapse at a spike (or, of surrogates, at a part of one).
    template <class SumOf>
    void change(std::size_t k, std::size_t e, const T& spike, const SumOf& sum_of) {
        const flat::Projection& p = n_.projections[k];
        Synapses& s = synapses[k];
        const T w = s.w[e];
        bool direct = false;
        for (Use& u : s.uses) {
            if (!u.open)
                continue;
            const T sum = spike * sum_of(u, w);
            direct = direct || !traced(u);
            if (traced(u))
                u.e[e] = u.e[e] + sum;
            else
                s.w[e] = s.w[e] + T(u.of.eta) * sum;
        }
        if (direct)
            s.w[e] = clip(s.w[e], p.w_min, p.w_max);
    }
    // (M48): w <- w + eta m^d E, and E <- E e^(-dt/tau), in every step whose gate is open.
    void apply_eligibility(std::size_t k) {
        const flat::Projection& p = n_.projections[k];
        Synapses& s = synapses[k];
        bool any = false;
        for (Use& u : s.uses) {
            if (!traced(u) || !u.open)
                continue;
            any = true;
            const unsigned d = flat::terms_of(n_.rules[u.of.rule])[0].modulator;
            for (std::size_t e = 0; e < s.w.size(); ++e) {
                s.w[e] = s.w[e] + T(u.of.eta * std::pow(u.factor, d)) * u.e[e];
                u.e[e] = u.e[e] * exponential(T(-dt_) * u.rule.inverse_tau_eligibility);
            }
        }
        for (T& w : s.w)
            w = any ? clip(w, p.w_min, p.w_max) : w;
    }
    bool absent(std::size_t k, std::size_t i, std::size_t j) const {
        return !n_.connected(k, std::uint32_t(i), std::uint32_t(j));
    }
    static T polynomial(const T (&by_power)[3][2][2][3][3], double r, const T& a, const T& b,
                        const T& w, const T& w_sum) {
        const T powers[] = {T(1), w, w * w}, of_sum[] = {T(1), w_sum, w_sum * w_sum};
        T sum(0);
        for (int d = 0; d < 3; ++d)
            for (int i = 0; i < 3; ++i)
                for (int e = 0; e < 3; ++e) {
                    const auto& c = by_power[d];
                    sum = sum + T(std::pow(r, d)) * powers[i] * of_sum[e] *
                                    (c[0][0][i][e] + c[1][0][i][e] * a + c[0][1][i][e] * b +
                                     c[1][1][i][e] * a * b);
                }
        return sum;
    }
    // Of the weights onto neuron i, as they are before a spike changes one of them.
    T weight_sum(std::size_t k, std::size_t i) const {
        T sum(0);
        for (std::size_t j = 0; j < n_.n_pre(k); ++j)
            if (!absent(k, i, j))
                sum = sum + synapses[k].w[i * n_.n_pre(k) + j];
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
            const T w_sum = weight_sum(k, i);
            change(k, e, T(1), [&](const Use& u, const T& w) {
                return polynomial(u.rule.pre, u.factor, u.y[e], u.r[e], w, w_sum);
            });
            for (Use& u : s.uses) {
                if (u.rule.has[0])
                    u.x[e] = u.x[e] + jump(u, 0);
                if (u.rule.has[2])
                    u.r[e] = u.r[e] + jump(u, 2);
            }
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
        const T w_sum = weight_sum(k, i);
        for (std::size_t j = 0; j < n_.n_pre(k); ++j) {
            if (absent(k, i, j))
                continue;
            const std::size_t e = i * n_.n_pre(k) + j;
            change(k, e, spike, [&](const Use& u, const T& w) {
                const bool unseen = n_.rules[u.of.rule].coincidence == CARVE_COINCIDENCE_BLIND &&
                                    arrives(k, j) && u.rule.has[0];
                const T seen = unseen ? u.x[e] - jump(u, 0) : u.x[e];
                return polynomial(u.rule.post, u.factor, seen, u.o[e], w, w_sum);
            });
            for (Use& u : synapses[k].uses) {
                if (u.rule.has[1])
                    u.y[e] = u.y[e] + spike * jump(u, 1);
                if (u.rule.has[3])
                    u.o[e] = u.o[e] + spike * jump(u, 3);
            }
        }
    }

    const support::Network& n_;
    double dt_ = 0;
    std::size_t t_ = 0;
    std::vector<std::vector<std::vector<char>>> inputs_; // [step][population][unit]
};

} // namespace reference
#endif
