#include "old_task.hpp"

namespace carve::cli::old {

bool is_spiking(const Task& task) { return task.input.kind == InputKind::spikes; }

RuleSettings default_rule(const std::string& name) {
    RuleSettings rule;
    rule.name = name;
    const bool spikes = name == "inhibitory";
    rule.terms = spikes ? pair_terms() : terms_up_to(2);
    if (spikes)
        rule.w_min = 0;
    return rule;
}

StageSettings whole_stage(const Task& task) {
    StageSettings stage;
    stage.method = task.search.method;
    stage.outputs = task.network.outputs;
    stage.steps = task.network.steps;
    stage.iterations = task.search.iterations;
    stage.data_sets = task.input.data_sets;
    stage.samples = task.input.samples;
    stage.l1 = task.search.l1;
    return stage;
}

} // namespace carve::cli::old
