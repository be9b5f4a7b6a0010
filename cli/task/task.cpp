#include "task.hpp"

#include "checks.hpp"
#include "effects.hpp"
#include "read_task.hpp"
#include "simulated.hpp"
#include "write_task.hpp"

#include <cmath>

namespace carve::cli {

std::vector<double> coefficients(const Task& task) {
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            theta.push_back(term.theta);
    return theta;
}

std::uint64_t generation_size(const Task& task) {
    const auto n = static_cast<double>(coefficients(task).size());
    return task.search.population > 0 ? task.search.population
                                      : 4 + static_cast<std::uint64_t>(std::floor(3 * std::log(n)));
}

bool is_spiking(const Task& task) { return task.input.kind == InputKind::spikes; }
bool is_described(const Task& task) { return task.input.kind == InputKind::described; }
bool is_layer(const Task& task) { return !is_spiking(task) && !is_described(task); }

bool has_derivatives(const Task& task) {
    return is_described(task) ? task.loss.derivatives
                              : is_layer(task) && task.network.presynaptic == Presynaptic::rate;
}

const std::vector<double>& transfer_factors(const CellSettings& cell) {
    return cell.held_out_factors.empty() ? cell.inhibitory_factors : cell.held_out_factors;
}

std::vector<double> transfer_targets(const LossSettings& loss) {
    return loss.held_out_targets.empty() ? std::vector<double>{loss.target} : loss.held_out_targets;
}

bool has_transfer(const Task& task) {
    return !task.cell.held_out_factors.empty() || !task.cell.held_out_peaks.empty() ||
           !task.loss.held_out_targets.empty();
}

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
    stage.name = "stage 1";
    stage.method = task.search.method;
    stage.outputs = task.network.outputs;
    stage.steps = task.network.steps;
    stage.iterations = task.search.iterations;
    stage.data_sets = task.input.data_sets;
    stage.samples = task.input.samples;
    stage.l1 = task.search.l1;
    return stage;
}

Task at_stage(Task task, const StageSettings& stage) {
    task.network.outputs = stage.outputs;
    task.network.steps = stage.steps;
    return task;
}

namespace {

Task complete(const task::Task& described) {
    Faults faults;
    check_effects(described, faults);
    faults.raise(Exit::usage);
    Task task = simulated(described, faults);
    faults.raise(Exit::usage);
    check_consistency(described, task, faults);
    faults.raise(Exit::usage);
    return task;
}

} // namespace

Task load_task(const std::string& path, const Overrides& overrides) {
    return complete(task::load(path, overrides));
}

Task parse_task(const std::string& text, const std::string& path, const Overrides& overrides) {
    return complete(task::parse(text, path, overrides));
}

std::string to_toml(const Task& task) {
    task::Task described = task.described;
    described.run.seed = task.run.seed;
    described.run.threads = task.run.threads;
    described.run.isa = task.run.isa;
    described.run.lane_bytes = task.run.lane_bytes;
    return task::to_toml(described);
}

} // namespace carve::cli
