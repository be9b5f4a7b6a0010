// neurons.cpp: see neurons.hpp.
#include "neurons.hpp"

namespace carve {

namespace {

constexpr carve_receptor conductance(double tau, double reversal) noexcept {
    return {CARVE_RECEPTOR_CONDUCTANCE, 0, tau, reversal, 0, {}};
}
// What passes more slowly through NMDA receptors than through the AMPA receptors, number 0.
constexpr carve_receptor nmda(double share) noexcept {
    return {CARVE_RECEPTOR_FILTERED, CARVE_EXCITATORY, 0.1, 0, share, {}};
}
constexpr carve_receptor kVogelsReceptors[] = {conductance(5e-3, 0), conductance(0.01, -0.08)},
                         kAurynReceptors[] = {conductance(5e-3, 0), conductance(0.01, -0.08),
                                              nmda(0.5)},
                         kCvaifReceptors[] = {conductance(5e-3, 0), conductance(0.01, -0.08),
                                              nmda(1 / 1.3)};

constexpr std::uint32_t kNoKind = 0xFFFFFFFFu;
#define CARVE_ROW(KIND, name, Name, defaults, n_state, at_rest, differentiable)                    \
    {CARVE_POPULATION_##KIND,                                                                      \
     &name##_struct,                                                                               \
     #name ".receptors",                                                                           \
     offsetof(carve_##name, n_receptors),                                                          \
     offsetof(carve_##name, receptors),                                                            \
     defaults,                                                                                     \
     sizeof defaults / sizeof *defaults,                                                           \
     n_state,                                                                                      \
     at_rest,                                                                                      \
     differentiable},
constexpr NeuronKind kNeurons[] = {CARVE_NEURONS(CARVE_ROW) //
                                   {kNoKind, nullptr, nullptr, 0, 0, nullptr, 0, 0, 0, false}};
#undef CARVE_ROW

} // namespace

const NeuronKind* neuron_kind(std::uint32_t kind) noexcept {
    for (const NeuronKind* n = kNeurons; n->kind != kNoKind; ++n)
        if (n->kind == kind)
            return n;
    return nullptr;
}

} // namespace carve
