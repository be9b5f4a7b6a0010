// The keys of [loss].
#include "sections.hpp"

#include "settings_access.hpp"

#include <array>

namespace carve::cli::old {
namespace {

// Names in the order of the enum's values.
constexpr std::array<const char*, 4> kLoss{"distance", "distance_squared", "subspace", "rate"};

} // namespace

Section loss_settings() {
    return {
        "loss",
        "what the weights should have become",
        {
            choice<&LossSettings::kind, kLoss>(
                "kind", "distance to the principal components up to sign, its square, or that "
                        "of the subspaces; rate: mean of (r - target)^2 / (r + offset) over "
                        "the cell's window, r its filtered rate"),
            real<&LossSettings::subspace>("subspace", {0, 1e6},
                                          "weight of the subspaces' distance, added to the kind"),
            real<&LossSettings::decorrelation>(
                "decorrelation", {0, 1e6},
                "weight of the outputs' squared covariances, added to the kind"),
            real<&LossSettings::target>("target", {0, 1e4, true, "Hz"}, "rate"),
            real<&LossSettings::offset>("offset", {0, 1e4, true, "Hz"}, "rate"),
            real<&LossSettings::filter>("filter", {0, 1e4, true, "s"}, "rate: time constant of r"),
            real<&LossSettings::start>("start", {0, 1e4, false, "Hz"}, "rate: r at the start"),
            real<&LossSettings::low>("low", {0, 1e4, false, "Hz"},
                                     "rate: a trial ends early when r falls below it"),
            real<&LossSettings::high>("high", {0, 1e4, true, "Hz"},
                                      "rate: a trial ends early when r passes it"),
            real<&LossSettings::blow_up>(
                "blow_up", {0, 1e9, true},
                "rate: a trial that ends at t of T has the loss blow_up (1 + exp(-t / T))"),
            real<&LossSettings::tuning>(
                "tuning", {0, 1e6},
                "rate: weight of 1 - correlation over groups of excitation and inhibition"),
            reals<&LossSettings::held_out_targets>(
                "held_out_targets", {0, 1e4, true, "Hz"},
                "rate: targets of the trials of cell.held_out_factors, with the rule's alpha "
                "in proportion to the target; empty: target alone"),
        }};
}

} // namespace carve::cli::old
