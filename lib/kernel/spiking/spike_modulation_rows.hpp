// spike_modulation_rows.hpp: where the third factor and the gate of a rule at spikes are kept, and coefficients of
// terms with sums of weights.
#pragma once
#include "spiking_lane_group.hpp"

namespace carve {
namespace {

// Rows of ProjectionPlan::modulation, each [lane].
enum SpikeModulationRow : std::size_t {
    kRowAlive = 0,  // 1, or 0 in frozen lanes and padding
    kRowOpen = 1,   // 1, or 0 there and behind a closed gate
    kRowFactor = 2, // r, 0 there
    kRowBounds = 3, // low, high
    kRowTerms = 5   // [power of the sum of weights][power of r][kSpikeTheta], eta theta
};
static_assert(kRowTerms == kSpikeModulationRows, "rows");

template <class P>
CARVE_INLINE typename P::Real* modulation_rows(const SpikingLaneGroup<P>& s,
                                               const ProjectionPlan& q) noexcept {
    return s.at(q.modulation, spike_modulation_rows(q.model, rules(*s.sim)[q.model.rule].model));
}

// Of terms with the sum of weights (power 1) or its square, in the step in work: [kSpikeTheta].
template <class P>
CARVE_INLINE typename P::Real* sum_rows(const SpikingLaneGroup<P>& s, const ProjectionPlan& q,
                                        unsigned power) noexcept {
    return s.at(q.sum_terms, 2 * kSpikeTheta, (power - 1) * kSpikeTheta);
}

} // namespace
} // namespace carve
