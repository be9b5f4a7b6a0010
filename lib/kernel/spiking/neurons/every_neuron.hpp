// every_neuron.hpp: from the kind of a population to the class of its neurons, by the list of neurons.
#pragma once
#include "cvaif.hpp"
#include "eif.hpp"
#include "features.hpp"
#include "if.hpp"
#include "lif.hpp"
#include "neurons.hpp"
#include "tif.hpp"

#include <new>

namespace carve {
namespace {

template <class N> struct NeuronType { using type = N; };

// Calls action(NeuronType<N>()) with the class of a kind.
template <class P, class Action>
CARVE_INLINE void with_neuron(std::uint32_t kind, Action&& action) noexcept {
    switch (kind) {
#define CARVE_CASE(KIND, name, Name, receptors, n_state, at_rest, differentiable)                  \
    case CARVE_POPULATION_##KIND:                                                                  \
        static_assert(Name<P>::kRows == n_state, "rows of the state of a " #name);                 \
        static_assert(Name<P>::kDifferentiable == differentiable, "derivatives of a " #name);      \
        if constexpr (built(feature::neurons) || CARVE_POPULATION_##KIND == CARVE_POPULATION_LIF)  \
            action(NeuronType<Name<P>>());                                                         \
        return;
        CARVE_NEURONS(CARVE_CASE)
#undef CARVE_CASE
    default:
        return;
    }
}

// The constants of a population, of whichever kind.
template <class P> class NeuronConstants {
  public:
    NeuronConstants() noexcept = default;
    NeuronConstants(const PopulationPlan& plan, const Settings& settings) noexcept {
        with_neuron<P>(plan.model.kind, [&](auto type) noexcept {
            using N = typename decltype(type)::type;
            static_assert(__is_trivially_copyable(N) && alignof(N) <= 8, "it lies among bytes");
            new (bytes_) N(plan, settings);
        });
    }
    template <class N> CARVE_INLINE const N& of() const noexcept {
        return *std::launder(reinterpret_cast<const N*>(bytes_));
    }

  private:
    static constexpr std::size_t larger(std::size_t a, std::size_t b) noexcept {
        return a > b ? a : b;
    }
    static constexpr std::size_t most() noexcept {
        std::size_t size = 0;
#define CARVE_SIZE(KIND, name, Name, receptors, n_state, at_rest, differentiable)                  \
    size = larger(size, sizeof(Name<P>));
        CARVE_NEURONS(CARVE_SIZE)
#undef CARVE_SIZE
        return size;
    }
    alignas(8) unsigned char bytes_[most()];
};

} // namespace
} // namespace carve
