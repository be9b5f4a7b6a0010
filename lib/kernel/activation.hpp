// activation.hpp: what a unit makes of its drive, in networks of rates and in rules that are networks.
#pragma once
#include "carve.h"
#include "exp.hpp"

namespace carve {
namespace {

template <class P> CARVE_INLINE P activate(std::uint32_t activation, const P& u) noexcept {
    switch (activation) {
    case CARVE_ACTIVATION_RELU:
        return select(less(P::set(0), u), u, P::set(0));
    case CARVE_ACTIVATION_TANH:
        return tanh(u);
    case CARVE_ACTIVATION_SIGMOID:
        return sigmoid(u);
    default:
        return u;
    }
}

} // namespace
} // namespace carve
