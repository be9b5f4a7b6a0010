// Losses and targets for the tests of them.
#ifndef CARVE_TESTS_LOSS_FIXTURE_HPP
#define CARVE_TESTS_LOSS_FIXTURE_HPP

#include "reference/linear.hpp"
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

#endif
