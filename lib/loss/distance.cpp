// distance.cpp: mean over rows of the distance, or its square, to the target up to sign (M10).
#include "loss_kind.hpp"

namespace carve {

namespace {

// +1 or -1, whichever target is nearer to row i
double sign_of(const LaneLoss& l, std::size_t i) noexcept {
    double dot = 0;
    for (std::size_t j = 0; j < l.pre; ++j)
        dot += l.weight(i, j) * l.target(i, j);
    return dot >= 0 ? 1 : -1;
}

template <bool squared> double distance(const LaneLoss& l, const LossDerivatives& out) noexcept {
    const double rows = static_cast<double>(l.post);
    double sum = 0;
    for (std::size_t i = 0; i < l.post; ++i) {
        const double s = sign_of(l, i);
        double square = 0;
        for (std::size_t j = 0; j < l.pre; ++j) {
            const double r = l.weight(i, j) - s * l.target(i, j);
            square += r * r;
        }
        const double norm = __builtin_sqrt(square);
        sum += squared ? square : norm;
        const double factor = squared ? 2 / rows : norm > 0 ? 1 / (norm * rows) : 0;
        for (std::size_t j = 0; out && j < l.pre; ++j)
            add_slope(l, i, j, factor * (l.weight(i, j) - s * l.target(i, j)), out);
    }
    return sum / rows;
}

double difference(const LaneLoss& l, std::size_t r, const LossDerivatives& out) noexcept {
    const std::size_t i = r / l.pre, j = r % l.pre;
    add_slope(l, i, j, 1, out);
    return l.weight(i, j) - sign_of(l, i) * l.target(i, j);
}

Fault any_shape(const Sim&, const carve_loss&) noexcept { return {}; }
std::size_t one_a_synapse(const LaneLoss& l) noexcept { return l.post * l.pre; }

} // namespace

const LossKind distance_loss{true, false, any_shape, distance<false>, one_a_synapse, difference};
const LossKind distance_squared_loss{true,           false,         any_shape,
                                     distance<true>, one_a_synapse, difference};

} // namespace carve
