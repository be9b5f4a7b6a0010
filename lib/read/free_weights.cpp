// free_weights.cpp: see free_weights.hpp.
#include "free_weights.hpp"

namespace carve {

namespace {

// Whether rates of another unit, or another row's weights, depend on the rates of population i.
bool is_heard(const Model& m, std::uint32_t i) noexcept {
    bool heard = false;
    for (std::uint32_t k = 0; k < count_uses(m); ++k) {
        const Projection p = m.projections[k];
        heard = heard || p.pre == i || p.modulator == i;
    }
    return heard;
}

} // namespace

Fault check_free_weights(const Model& m, const Projection& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* expected) noexcept {
        return Fault{CARVE_E_RANGE,
                     {"projections", i},
                     "initial_weights",
                     static_cast<double>(p.initial_weights),
                     expected};
    };
    if (!is_plastic(p))
        return bad("must be CARVE_INITIAL_GIVEN (0) in a projection that is not plastic");
    if (m.gradient != CARVE_GRADIENT_FORWARD)
        return bad("may be CARVE_INITIAL_FREE (1) only with CARVE_GRADIENT_FORWARD (1)");
    const Population post = m.populations[p.post];
    bool recorded = post.recorded != 0;
    for (std::uint32_t k = 0; k < m.n_projections; ++k)
        recorded = recorded || (m.projections[k].recorded && m.projections[k].post == p.post);
    if (!recorded || post.likelihood == CARVE_LIKELIHOOD_CATEGORICAL ||
        post.sums != CARVE_SUMS_OF_LOSS)
        return bad("may be CARVE_INITIAL_FREE (1) only if post has a CARVE_PROBE_TRAJECTORY, with "
                   "CARVE_SUMS_OF_LOSS (0) and another likelihood than "
                   "CARVE_LIKELIHOOD_CATEGORICAL (3), or a projection to it a "
                   "CARVE_PROBE_WEIGHTS");
    if (is_heard(m, p.post))
        return bad("may be CARVE_INITIAL_FREE (1) only if post drives no population, itself "
                   "neither, and modulates no projection: the initial weights of one row are to "
                   "change no other's rates");
    return {};
}

} // namespace carve
