// Free initial weights (M23, M24) in the reference: all initial weights are variables, whatever their rows, and are
// eliminated at once by a dense Cholesky factor.
#ifndef CARVE_TESTS_REFERENCE_RATES_FREE_WEIGHTS_HPP
#define CARVE_TESTS_REFERENCE_RATES_FREE_WEIGHTS_HPP

#include "weight_trajectory.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reference {

// All variables of a scenario: coefficients, and then all free initial weights, one projection after the
// other.
struct Variables {
    std::size_t n_coefficients, n, columns; // columns: of initial weights in a row
    std::vector<std::size_t> first;         // of a projection
    std::vector<std::size_t> column;        // of it in a row

    explicit Variables(const Network& network)
        : n_coefficients(network.n_coefficients()), n(n_coefficients), columns(0),
          first(network.projections.size()), column(first.size()) {
        std::map<std::uint32_t, std::size_t> onto;
        for (std::size_t p = 0; p < first.size(); ++p) {
            if (network.projections[p].initial_weights != CARVE_INITIAL_FREE)
                continue;
            first[p] = n;
            n += std::size_t(network.n_pre(p)) * network.n_post(p);
            std::size_t& here = onto[network.projections[p].post];
            column[p] = here;
            here += network.n_pre(p);
            columns = std::max(columns, here);
        }
    }
};

// Frees those of all projections of which they may be free; whether there is any.
inline bool free_weights(Network& n) {
    bool any = false;
    for (flat::Projection& p : n.projections) {
        flat::Population& post = n.populations[p.post];
        bool recorded = post.recorded != 0;
        for (const flat::Projection& other : n.projections)
            recorded = recorded || (other.recorded && other.post == p.post);
        bool free = p.rule != flat::kStatic && recorded;
        for (const flat::Projection& other : n.projections)
            for (const flat::Projection& use : flat::uses_of(other))
                free = free && use.pre != p.post && use.modulator != p.post;
        if (!free)
            continue;
        post.sums = CARVE_SUMS_OF_LOSS;
        if (post.likelihood == CARVE_LIKELIHOOD_CATEGORICAL)
            post.likelihood = CARVE_LIKELIHOOD_GAUSSIAN;
        p.initial_weights = CARVE_INITIAL_FREE;
        any = true;
    }
    return any;
}

// What the free weights of a model cover.
inline void note_free_weights(const Network& n, std::map<std::string, int>& seen) {
    for (const flat::Projection& p : n.projections) {
        if (p.initial_weights != CARVE_INITIAL_FREE)
            continue;
        const flat::Population& post = n.populations[p.post];
        seen["likelihood " + std::to_string(post.likelihood)] += post.recorded;
        seen["weights alone"] += p.recorded && !post.recorded;
        seen["rates and weights"] += p.recorded && post.recorded;
        std::size_t onto = 0, recorded = 0;
        for (const flat::Projection& other : n.projections) {
            onto += other.post == p.post;
            recorded += other.post == p.post && other.recorded;
        }
        seen["one projection, recorded"] += onto == 1 && p.recorded;
        seen["several recorded projections"] += recorded > 1;
        seen["beside a recorded projection"] += !p.recorded && recorded > 0;
        seen["batch"] += n.model.batch > 1;
        seen["delay"] += p.delay > 0;
        seen["tau"] += post.tau > 1;
        seen["bounds"] += p.w_max < 1;
        seen["general"] += flat::is_general(n.rules[p.rule]);
        seen["several rules"] += !p.more.empty();
        seen["presynaptic rates that depend on theta"] +=
            n.populations[p.pre].kind == CARVE_POPULATION_RATE;
    }
}

inline Replica<Dual<double>> run_in_all(Scenario& s, std::size_t lane, const Draws& draws,
                                        const Variables& v) {
    Replica<Dual<double>> replica(s.network);
    for (std::size_t p = 0; p < replica.weights.size(); ++p)
        for (std::size_t e = 0; e < replica.weights[p].size(); ++e) {
            const double w = s.weights[lane][p][e];
            replica.weights[p][e] = v.first[p] ? variable(w, v.first[p] + e, v.n) : Dual<double>(w);
        }
    std::size_t k = 0;
    for (std::size_t r = 0; r < replica.theta.size(); ++r)
        for (std::size_t i = 0; i < replica.theta[r].size(); ++i, ++k)
            replica.theta[r][i] = variable(s.theta[lane][r][i], k, v.n);
    for (std::uint64_t t = 0; t < s.n_steps; ++t)
        replica.step(values_at(s, lane, t, draws));
    return replica;
}

struct Equations { // of one unit, over all variables
    double loss = 0, weight = 0;
    std::vector<double> gradient, matrix;

    explicit Equations(std::size_t n) : gradient(n), matrix(n * n) {}
};
// Of a projection's weights: of the rows onto each postsynaptic unit.
inline std::vector<Equations> equations_of_weights(const Scenario& s,
                                                   const Replica<Dual<double>>& replica,
                                                   std::uint32_t projection, std::size_t n) {
    std::vector<Equations> units(s.network.n_post(projection), Equations(n));
    for (std::size_t i = 0; i < units.size(); ++i) {
        WeightSums sums(n);
        sums.add_row(s, replica, projection, i);
        units[i].loss = sums.loss;
        units[i].weight = sums.weight;
        units[i].gradient = sums.gradient;
        units[i].matrix = sums.matrix;
    }
    return units;
}
inline void add(std::vector<Equations>& onto, const std::vector<Equations>& more) {
    for (std::size_t i = 0; i < onto.size(); ++i) {
        onto[i].loss += more[i].loss;
        onto[i].weight += more[i].weight;
        for (std::size_t k = 0; k < onto[i].gradient.size(); ++k)
            onto[i].gradient[k] += more[i].gradient[k];
        for (std::size_t k = 0; k < onto[i].matrix.size(); ++k)
            onto[i].matrix[k] += more[i].matrix[k];
    }
}
inline std::vector<Equations> equations_of(const Scenario& s, const Replica<Dual<double>>& replica,
                                           std::uint32_t population, std::size_t n) {
    const flat::Population& p = s.network.populations[population];
    std::vector<Equations> units(p.n_units, Equations(n));
    for (std::size_t i = 0; i < p.n_units; ++i) {
        Equations& e = units[i];
        for (const auto& rates : replica.history)
            for (std::size_t sample = 0; sample < s.network.model.batch; ++sample) {
                double count = 1;
                if (p.selection != CARVE_NO_POPULATION) {
                    const auto& of = rates[p.selection][sample];
                    count = of[of.size() == 1 ? 0 : i].value;
                }
                const Dual<double> loss =
                    loss_of(p, {rates[population][sample][i]}, {rates[p.observations][sample][i]},
                            {count}, n, e.matrix);
                e.loss += loss.value;
                e.weight += count > 0 ? count : 0;
                for (std::size_t k = 0; k < n; ++k)
                    e.gradient[k] += loss.partial(k);
            }
    }
    return units;
}

// In place of the columns of b [n][m]: A^-1 b, A [n][n] positive definite, by Cholesky.
inline void solve(std::vector<double> a, std::vector<double>& b, std::size_t n, std::size_t m) {
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < j; ++k)
            for (std::size_t i = j; i < n; ++i)
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
        REQUIRE(a[j * n + j] > 0);
        const double root = std::sqrt(a[j * n + j]);
        for (std::size_t i = j; i < n; ++i)
            a[i * n + j] /= root;
    }
    for (std::size_t c = 0; c < m; ++c) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t k = 0; k < i; ++k)
                b[i * m + c] -= a[i * n + k] * b[k * m + c];
            b[i * m + c] /= a[i * n + i];
        }
        for (std::size_t i = n; i-- > 0;) {
            for (std::size_t k = i + 1; k < n; ++k)
                b[i * m + c] -= a[k * n + i] * b[k * m + c];
            b[i * m + c] /= a[i * n + i];
        }
    }
}

struct Reduced {
    double value = 0;
    std::vector<double> gradient, matrix, dw; // dw over all free initial weights
};
// H - B^T A^-1 B, g - B^T A^-1 g_w and -A^-1 (g_w + B dtheta), all initial weights at once.
inline Reduced reduce(const std::vector<Equations>& units, std::size_t K, std::size_t n,
                      double precision, const std::vector<double>& dtheta) {
    std::vector<double> g(n), m(n * n);
    Reduced out;
    for (const Equations& e : units) {
        out.value += e.loss;
        for (std::size_t k = 0; k < n; ++k)
            g[k] += e.gradient[k];
        for (std::size_t k = 0; k < n * n; ++k)
            m[k] += e.matrix[k];
    }
    const std::size_t F = n - K, columns = K + 2;
    std::vector<double> a(F * F), b(F * columns); // B, g_w, g_w + B dtheta
    for (std::size_t i = 0; i < F; ++i) {
        for (std::size_t l = 0; l < F; ++l)
            a[i * F + l] = m[(K + i) * n + K + l] + (i == l ? precision : 0);
        b[i * columns + K] = b[i * columns + K + 1] = g[K + i];
        for (std::size_t k = 0; k < K; ++k) {
            b[i * columns + k] = m[(K + i) * n + k];
            b[i * columns + K + 1] += m[(K + i) * n + k] * dtheta[k];
        }
    }
    solve(a, b, F, columns);
    for (std::size_t k = 0; k < K; ++k) {
        double slope = g[k];
        for (std::size_t i = 0; i < F; ++i)
            slope -= m[(K + i) * n + k] * b[i * columns + K];
        out.gradient.push_back(slope);
        for (std::size_t l = 0; l < K; ++l) {
            double entry = m[k * n + l];
            for (std::size_t i = 0; i < F; ++i)
                entry -= m[(K + i) * n + k] * b[i * columns + l];
            out.matrix.push_back(entry);
        }
    }
    for (std::size_t i = 0; i < F; ++i)
        out.dw.push_back(-b[i * columns + K + 1]);
    return out;
}

// What carve_sim_eliminate says of one replica.
inline Reduced eliminated(const support::Sim& sim, std::uint32_t population, std::size_t lane,
                          std::size_t K, std::size_t columns, double precision,
                          const std::vector<double>& dtheta) {
    const std::size_t n = sim.network().model.n_replicas,
                      units = sim.network().populations[population].n_units;
    std::vector<double> value(n), gradient(K * n), matrix(K * K * n), dw(units * columns * n),
        step(K * n);
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t l = 0; l < n; ++l)
            step[k * n + l] = dtheta[k];
    carve_fault fault;
    REQUIRE(carve_sim_eliminate(sim.get(), population, precision, step.data(), value.data(),
                                gradient.data(), matrix.data(), dw.data(), &fault) == CARVE_OK);
    const auto of_lane = [&](const std::vector<double>& all) {
        std::vector<double> out;
        for (std::size_t k = lane; k < all.size(); k += n)
            out.push_back(all[k]);
        return out;
    };
    return {value[lane], of_lane(gradient), of_lane(matrix), of_lane(dw)};
}

// Of a unit, in the order of the view.
inline std::vector<double> in_order_of_view(const Scenario& s, const Variables& v,
                                            const Equations& e, std::uint32_t population,
                                            std::size_t unit) {
    std::vector<std::size_t> of_column(v.n_coefficients + v.columns, v.n); // v.n: none
    for (std::size_t k = 0; k < v.n_coefficients; ++k)
        of_column[k] = k;
    for (std::size_t p = 0; p < v.first.size(); ++p)
        for (std::size_t j = 0;
             v.first[p] && s.network.projections[p].post == population && j < s.network.n_pre(p);
             ++j)
            of_column[v.n_coefficients + v.column[p] + j] =
                v.first[p] + unit * s.network.n_pre(p) + j;
    std::vector<double> out{e.loss};
    for (const std::size_t k : of_column)
        out.push_back(k < v.n ? e.gradient[k] : 0);
    for (std::size_t k = 0; k < of_column.size(); ++k)
        for (std::size_t l = 0; l <= k; ++l)
            out.push_back(of_column[k] < v.n && of_column[l] < v.n
                              ? e.matrix[of_column[k] * v.n + of_column[l]]
                              : 0);
    out.push_back(e.weight);
    return out;
}

} // namespace reference
#endif
