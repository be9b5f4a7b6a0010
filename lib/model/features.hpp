// features.hpp: what this build can simulate. meson's options `features` and `max_elements` choose it; what is
// left out is not linked, and block/missing_feature.cpp refuses the models that need it.
#pragma once
#include <cstdint>

namespace carve {

namespace feature {
enum : std::uint32_t { // the words of meson_options.txt
    models = 1 << 0,   // sims are built from models, and blocks are compared with theirs
    f32 = 1 << 1,
    f64 = 1 << 2,
    lane_blocks = 1 << 3, // of 32 and 64 bytes, and lanes that are afferents or targets
    rates = 1 << 4,
    spikes = 1 << 5,
    forward = 1 << 6, // sensitivities
    adjoint = 1 << 7,
    batches = 1 << 8, // of several samples, and their moments
    lateral = 1 << 9, // projections within a step's rates
    gaussian = 1 << 10,
    cubic_terms = 1 << 11,
    general_rules = 1 << 12, // all but the terms of polynomials that have bits (terms.hpp)
    third_factors = 1 << 13, // modulators and gates
    trajectories = 1 << 14,  // probes of them
    sparse = 1 << 15,
    neurons = 1 << 16, // other than lif
    memory = 1 << 17,  // delays between rates, and rates with a time constant
    unrolled = 1 << 18 // several columns and steps at once: the same bits, in less time
};
}

#ifdef CARVE_FEATURES
constexpr std::uint32_t kBuilt = CARVE_FEATURES;
#else // all
constexpr std::uint32_t kBuilt = ~std::uint32_t{0};
#endif
constexpr bool built(std::uint32_t features) noexcept { return (kBuilt & features) == features; }

// Populations, and uses of rules by projections, that a model may have: the kernels' stack is as large
// as these take.
#ifdef CARVE_MAX_ELEMENTS
constexpr std::uint32_t kMostElements = CARVE_MAX_ELEMENTS;
#else
constexpr std::uint32_t kMostElements = 64;
#endif

} // namespace carve
