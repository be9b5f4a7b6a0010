// The keys of [network].
#include "sections.hpp"

#include "settings_access.hpp"

#include <array>

namespace carve::cli::old {
namespace {

// Names in the order of the enums' values.
constexpr std::array<const char*, 2> kUpdate{"batch", "online"};
constexpr std::array<const char*, 2> kLateral{"none", "hierarchical"};
constexpr std::array<const char*, 3> kInference{"sequential", "sweeps", "solve"};
constexpr std::array<const char*, 2> kMask{"start", "first_update"};
constexpr std::array<const char*, 3> kPresynaptic{"rate", "residual_below", "residual"};

} // namespace

Section network_settings() {
    return {
        "network",
        "the neurons and how they are simulated",
        {
            integer<&NetworkSettings::outputs>("outputs", 1, 16, "neurons", "output neurons"),
            text<&NetworkSettings::activation>("activation", "of the output neurons",
                                               {"linear", "relu", "tanh", "sigmoid"}),
            choice<&NetworkSettings::update, kUpdate>("update",
                                                      "an update sees all samples, or one"),
            integer<&NetworkSettings::steps>(
                "steps", 1, 1e8, "updates",
                "horizon: updates in a trial; in spiking tasks, steps of "
                "cell.dt"),
            real<&NetworkSettings::w0_sd>("w0_sd", {0, 1e3},
                                          "standard deviation of the initial weights"),
            flag<&NetworkSettings::w0_scaled>(
                "w0_scaled", "w0_sd is divided by the square root of the number of inputs, so "
                             "that it is the norm of a neuron's initial weights"),
            flag<&NetworkSettings::w0_antithetic>(
                "w0_antithetic", "each data set twice, the second time with initial weights in "
                                 "which the signs of some outputs are flipped (of a single "
                                 "output: w(0) and -w(0))"),
            choice<&NetworkSettings::presynaptic, kPresynaptic>(
                "presynaptic", "what the feedforward rule reads as x: the input, what earlier "
                               "outputs leave of it (Sanger), or all (subspace)"),
            choice<&NetworkSettings::lateral, kLateral>(
                "lateral", "synapses among the outputs: none, or from each to all later ones; "
                           "[rule.lateral] is their rule"),
            choice<&NetworkSettings::inference, kInference>(
                "inference", "lateral: outputs in sequence, by sweeps, or solved for"),
            integer<&NetworkSettings::sweeps>("sweeps", 1, 1000, "sweeps",
                                              "lateral: of inference by sweeps"),
            choice<&NetworkSettings::mask_from, kMask>(
                "mask_from", "lateral: entries outside the hierarchy are 0 from the start, or "
                             "act until the first update"),
            real<&NetworkSettings::m0_sd>("m0_sd", {0, 1e3},
                                          "standard deviation of the initial lateral weights"),
            real<&NetworkSettings::bound>("bound", {0, 1e300, true},
                                          "a replica whose drive or weight passes it has diverged"),
        }};
}

} // namespace carve::cli::old
