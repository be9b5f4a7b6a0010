// Losses and targets for the tests of them.
#ifndef CARVE_TESTS_LOSS_FIXTURE_HPP
#define CARVE_TESTS_LOSS_FIXTURE_HPP

#include "reference/linear.hpp"
#include "reference/rates/random_scenario.hpp"
#include "support.hpp"

inline carve_loss make_loss(std::uint32_t kind, const std::vector<double>& target, bool shared) {
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.kind = kind;
    loss.target = target.data();
    loss.target_shared = shared;
    return loss;
}

// Targets of all lanes, [synapse][lane], orthonormal rows.
inline std::vector<double> targets(std::size_t n_post, std::size_t n_pre, std::size_t n_replicas,
                                   std::uint64_t seed) {
    support::Random r(seed);
    std::vector<double> all(n_post * n_pre * n_replicas);
    for (std::size_t l = 0; l < n_replicas; ++l) {
        const reference::Rows rows = reference::orthonormal_rows(r, n_post, n_pre);
        for (std::size_t e = 0; e < n_post * n_pre; ++e)
            all[e * n_replicas + l] = rows[e / n_pre][e % n_pre];
    }
    return all;
}

// Two plastic projections, so that coefficients of one rule reach the weights of the other.
inline reference::Scenario two_layers(std::uint32_t precision, std::uint32_t n_pre,
                                      std::uint32_t n_post) {
    reference::Scenario s;
    s.network =
        support::single_layer(n_pre, n_post, CARVE_ACTIVATION_LINEAR,
                              flat::term(1, 1, 0) | flat::term(0, 2, 1) | flat::term(1, 0, 0));
    s.network.projection(1, 1, s.network.rule(flat::term(1, 1, 0) | flat::term(0, 0, 1)));
    s.network.projections[1].connectivity = CARVE_CONNECT_LOWER;
    s.network.model.precision = precision;
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    s.network.model.n_replicas = 5;
    s.n_steps = 6;
    support::Random r(n_pre * 100 + n_post);
    reference::detail::fill(s, r);
    reference::detail::fill_sources(s, r);
    return s;
}

#endif
