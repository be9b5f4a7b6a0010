// The sections of the settings table, in the order of a task file; settings/ has their rows. Defaults are
// those of the structs in task.hpp.
#include "settings/sections.hpp"

namespace carve::cli::old {

const std::vector<Section>& sections() {
    static const std::vector<Section> table{
        top_settings(),
        input_settings(),
        cell_settings(),
        network_settings(),
        rule_settings("rule.feedforward",
                      "the plasticity rule of the synapses from inputs to outputs: dw = "
                      "eta sum theta x^a y^b w^c"),
        rule_settings("rule.lateral",
                      "that of the synapses among the outputs, with network.lateral"),
        spike_rule_settings(),
        loss_settings(),
        search_settings(),
        stage_settings(),
        run_settings()};
    return table;
}

} // namespace carve::cli::old
