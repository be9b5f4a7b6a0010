#include "section.hpp"

namespace carve::cli {

const std::vector<Section>& sections() {
    static const std::vector<Section> all = {
        {"weights", "Weights", weights_section},
        {"spikes", "Spikes", spikes_section},
        {"measured", "What the network became", measured_section},
        {"search", "The search", search_section},
        {"coefficients", "Coefficients", coefficients_section},
        {"identifiability", "What the task pins down", identifiability_section},
        {"provenance", "Provenance", provenance_section},
    };
    return all;
}

} // namespace carve::cli
