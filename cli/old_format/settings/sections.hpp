// sections.hpp: the sections of the settings table, a function each; settings_table.cpp has their order.
#pragma once
#include "settings.hpp"

namespace carve::cli::old {

Section top_settings();
Section input_settings();
Section cell_settings();
Section network_settings();
Section rule_settings(const char* name, const char* help); // of a projection of rates
Section spike_rule_settings();
Section loss_settings();
Section search_settings();
Section stage_settings();
Section run_settings();

} // namespace carve::cli::old
