// The keys of [cell].
#include "sections.hpp"

#include "settings_access.hpp"

#include <array>

namespace carve::cli::old {
namespace {

// Names in the order of the enums' values.
constexpr std::array<const char*, 2> kAfferents{"constant", "signal"};
constexpr std::array<const char*, 2> kNeurons{"vogels2011", "auryn_tif"};

} // namespace

Section cell_settings() {
    using C = CellSettings;
    return {
        "cell",
        "with input.kind = \"spikes\": an integrate-and-fire neuron and its afferents, by default "
        "the "
        "single cell of Vogels et al. 2011; a data set is a trial",
        {
            choice<&C::neuron, kNeurons>(
                "neuron", "published constants and order of events in a step: Vogels et al. 2011, "
                          "or Auryn's TIFGroup, where coincident spikes do not see each other"),
            real<&C::dt>("dt", {1e-6, 1e-2, false, "s"}, "of a step; network.steps counts them"),
            real<&C::window>("window", {0, 1e5, true, "s"}, "the end of a trial, which is scored"),
            integer<&C::excitatory>("excitatory", 1, 65536, "afferents", "of fixed weight"),
            integer<&C::inhibitory>("inhibitory", 1, 65536, "afferents", "plastic"),
            integer<&C::groups>("groups", 1, 1024, "groups", "of afferents that share a rate"),
            choice<&C::afferents, kAfferents>(
                "afferents", "of constant rate, or with a signal per group that both kinds follow"),
            real<&C::rate>("rate", {0, 1e4, false, "Hz"}, "of an afferent, without its signal"),
            real<&C::signal_gain>("signal_gain", {0, 1e6, false, "Hz"},
                                  "of the signal, a noise whose statistics do not depend on dt"),
            real<&C::signal_tau>("signal_tau", {0, 1e3, true, "s"}, "of the signal's filter"),
            real<&C::dead_time>("dead_time", {0, 1, false, "s"},
                                "of an afferent after a spike, and the neuron's"),
            reals<&C::inhibitory_factors>(
                "inhibitory_factors", {0, 1e3, true},
                "of the inhibitory afferents' rates: trials take them by turns"),
            real<&C::w_base>("w_base", {0, 1e6},
                             "excitatory weights are w_base + w_peak / (1 + (group - peak)^4) + "
                             "w_noise u, u uniform in (0, 1)"),
            real<&C::w_peak>("w_peak", {0, 1e6}, "their tuning"),
            real<&C::w_noise>("w_noise", {0, 1e6}, "what is drawn of them"),
            real<&C::peak>("peak", {0, 1024}, "the preferred group, counted from 1"),
            flag<&C::vary_peak>("vary_peak", "it is drawn in each trial"),
            reals<&C::held_out_factors>(
                "held_out_factors", {0, 1e3, true},
                "as inhibitory_factors, of trials after the search that show how far the rule "
                "carries; empty: the same"),
            reals<&C::held_out_peaks>("held_out_peaks", {0, 1024},
                                      "preferred groups in these trials; empty: as above"),
            real<&C::w_inhibitory>("w_inhibitory", {0, 1e6}, "inhibitory weights at the start"),
            real<&C::excitatory_gain>("excitatory_gain", {0, 1e6, false, "leaks"},
                                      "conductance that a spike at weight 1 adds"),
            real<&C::inhibitory_gain>("inhibitory_gain", {0, 1e6, false, "leaks"},
                                      "the same of inhibition"),
        }};
}

} // namespace carve::cli::old
