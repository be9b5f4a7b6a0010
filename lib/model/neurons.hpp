// neurons.hpp: the one list of neurons. The kinds of populations, how their parameters are read and
// checked, the rows of their state, reset and the kernel's dispatch are made from it.
#pragma once
#include "fields.hpp"

namespace carve {

// A row: the kind CARVE_POPULATION_..., the name in carve_NAME, its class in
// kernel/spiking/neurons/NAME.hpp, the receptors that it has by default, the rows of its state
// (CARVE_STATE_...), those of them (bits) that begin at v_rest instead of 0, and whether it has
// derivatives.
#define CARVE_NEURONS(X)                                                                           \
    X(LIF, lif, Lif, kVogelsReceptors, 0, 0, true)                                                 \
    X(TIF, tif, Tif, kVogelsReceptors, 0, 0, false)                                                \
    X(IF, if, If, kAurynReceptors, 1, 0, false)                                                    \
    X(CVAIF, cvaif, Cvaif, kCvaifReceptors, 5, 4, false)                                           \
    X(EIF, eif, Eif, kVogelsReceptors, 0, 0, false)

struct NeuronKind {
    std::uint32_t kind;
    const Struct* parameters;
    const char* receptors;                      // "lif.receptors"
    std::uint32_t n_receptors_at, receptors_at; // in the struct of its parameters
    const carve_receptor* default_receptors;
    std::uint32_t n_default_receptors;
    std::uint32_t n_state, at_rest;
    bool differentiable;
};
// Null: no neuron.
const NeuronKind* neuron_kind(std::uint32_t kind) noexcept;

inline std::uint32_t state_rows(const Population& p) noexcept {
    switch (p.kind) { // not neuron_kind(), with which all fields of all neurons are linked
#define CARVE_CASE(KIND, name, Name, receptors, n_state, at_rest, differentiable)                  \
    case CARVE_POPULATION_##KIND:                                                                  \
        return n_state;
        CARVE_NEURONS(CARVE_CASE)
#undef CARVE_CASE
    default:
        return 0;
    }
}

} // namespace carve
