#include "task.hpp"

#include "settings.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

const TomlValue* find(const TomlValue& root, const std::string& section, const std::string& key) {
    const TomlValue* table = root.find(section);
    return table ? table->find(key) : nullptr;
}

// What one expects of `--set input.path=FILE`: the task with that file as its input, whatever it
// was.
void switch_to_file(TomlValue& root) {
    const TomlValue* path = find(root, "input", "path");
    if (!path || path->place.line > 0) // there is none, or the file itself set it
        return;
    const TomlValue* kind = find(root, "input", "kind");
    const auto* name = kind ? std::get_if<std::string>(&kind->value) : nullptr;
    if (name && *name == "spikes") // a file holds no spikes; Consistency says so
        return;
    const Place place = path->place;
    for (TomlMember& section : std::get<TomlTable>(root.value)) {
        if (section.key != "input")
            continue;
        auto& members = std::get<TomlTable>(section.value.value);
        const auto of_gaussian = [](const TomlMember& m) {
            return m.value.place.line > 0 && (m.key == "kind" || m.key == "spectrum" ||
                                              m.key == "vary" || m.key == "scale_range");
        };
        members.erase(std::remove_if(members.begin(), members.end(), of_gaussian), members.end());
        if (!section.value.find("kind"))
            members.push_back({"kind", place, {std::string("file"), place, {}}});
    }
}

// Reads [search] without its stages, then the stages, which default to what the task says.
void read_stages(const TomlValue& root, Task& task, Faults& faults) {
    const StageSettings whole = whole_stage(task);
    const TomlValue* stages = find(root, "search", "stage");
    if (stages && !stages->list()) {
        faults.add(stages->place, "search.stage needs to be a list of tables: [[search.stage]]");
        return;
    }
    if (stages)
        for (const TomlValue& stage : *stages->list()) {
            task.search.stages.push_back(whole);
            read_section(section("search.stage"), stage, {}, &task.search.stages.back(), faults);
        }
    if (task.search.stages.empty())
        task.search.stages.push_back(whole);
}

// Needs to know the network's projections.
void read_rules(const TomlValue& root, Task& task, Faults& faults) {
    std::vector<std::string> names = {is_spiking(task) ? "inhibitory" : "feedforward"};
    if (task.network.lateral != Lateral::none)
        names.push_back("lateral");
    for (const std::string& name : names)
        task.rules.push_back(default_rule(name));
    const TomlValue* rules = root.find("rule");
    if (!rules)
        return;
    if (!rules->table()) {
        faults.add(rules->place, "rule needs to be a table: [rule." + names[0] + "]");
        return;
    }
    for (const TomlMember& member : *rules->table()) {
        const auto named = std::find(names.begin(), names.end(), member.key);
        if (named != names.end())
            read_section(section("rule." + member.key), member.value, {},
                         &task.rules[static_cast<std::size_t>(named - names.begin())], faults);
        else if (member.key == "lateral" && !is_spiking(task))
            faults.add(member.key_place, "there are no lateral synapses to rule",
                       "network.lateral = \"hierarchical\" makes them");
        else
            faults.add(member.key_place, "there is no projection '" + member.key + "' to rule",
                       did_you_mean(member.key, names,
                                    names.size() > 1
                                        ? "the plastic ones are [rule.feedforward] and "
                                          "[rule.lateral]"
                                        : "the plastic projection is [rule." + names[0] + "]"));
    }
}

// Adds faults of settings that each fit their range but not one another.
class Consistency {
  public:
    Consistency(const TomlValue& root, const Task& task, Faults& faults)
        : root_(root), task_(task), faults_(faults) {}

    void check() {
        if (is_spiking(task_))
            spikes();
        else
            rates();
        counts();
        lane_block();
        for (const RuleSettings& rule : task_.rules) {
            below(rule.name, "w", rule.w_min, rule.w_max);
            below(rule.name, "theta", rule.theta_min, rule.theta_max);
            below(rule.name, "tau", rule.tau_min, rule.tau_max);
            if (is_spiking(task_) &&
                !(rule.tau_min <= rule.tau_start && rule.tau_start <= rule.tau_max))
                add("rule", "",
                    fmt::format("rule.{}: tau_start = {} lies outside of tau_min = {} and "
                                "tau_max = {}",
                                rule.name, rule.tau_start, rule.tau_min, rule.tau_max));
        }
    }

  private:
    void below(const std::string& rule, const std::string& what, double low, double high) {
        if (!(low < high))
            add("rule", "",
                fmt::format("rule.{0}: {1}_min = {2} needs to be below {1}_max = {3}", rule, what,
                            low, high));
    }

    // At the key if the file has it, or at its section, or at the top.
    void add(const std::string& section, const std::string& key, const std::string& message,
             const std::string& help = {}) {
        const TomlValue* at = key.empty() ? nullptr : find(root_, section, key);
        at = at ? at : root_.find(section);
        Place place = at ? at->place : root_.place;
        if (place.line == 0 && place.file.rfind("--set", 0) != 0)
            place = root_.place;
        faults_.add(place, message, help);
    }

    void rates() {
        if (task_.input.kind == InputKind::gaussian)
            gaussian();
        else
            file();
        network();
        if (task_.loss.kind == LossKind::rate)
            add("loss", "kind", "loss.kind = \"rate\" is that of a neuron that spikes",
                "input.kind = \"spikes\" makes one");
        constexpr std::uint64_t kLeastHeldOut = 200;
        if (task_.search.held_out_sets < kLeastHeldOut)
            add("search", "held_out_sets",
                fmt::format("search.held_out_sets = {} is outside its range [{}, 65536] data sets",
                            task_.search.held_out_sets, kLeastHeldOut));
    }

    // Rows are a file's alone.
    void no_blocks() {
        if (task_.input.block_rows != 1)
            add("input", "block_rows", "input.block_rows is for rows of a file",
                "input.kind = \"file\" with input.path");
    }

    void spikes() {
        no_blocks();
        const CellSettings& cell = task_.cell;
        const SearchSettings& search = task_.search;
        if (task_.loss.kind != LossKind::rate)
            add("loss", "kind", "spikes are judged by loss.kind = \"rate\"");
        if (!(task_.loss.low < task_.loss.high))
            add("loss", "low", "loss.low needs to be below loss.high");
        if (cell.inhibitory_factors.empty())
            add("cell", "inhibitory_factors", "inhibitory_factors needs at least one factor");
        if (cell.excitatory % cell.groups != 0 || cell.inhibitory % cell.groups != 0)
            add("cell", "groups",
                fmt::format("{} groups do not divide {} excitatory and {} inhibitory afferents",
                            cell.groups, cell.excitatory, cell.inhibitory));
        held_out_trials();
        if (search.refit || search.eliminate)
            add("search", search.refit ? "refit" : "eliminate",
                "elimination and refit need the derivatives of final weights, which spikes do not "
                "have",
                "refit = false and eliminate = false");
        for (const StageSettings& stage : search.stages) {
            if (stage.method == Method::gauss_newton)
                add("search", "method", "a rule for spikes is not searched for by Gauss-Newton",
                    "search.method = \"cma_es\", or \"adam\"");
            if (stage.method == Method::adam && task_.loss.tuning > 0)
                add("loss", "tuning", "the tuning has no derivatives, which Adam needs",
                    "search.method = \"cma_es\"");
            if (stage.outputs != 1)
                add("network", "outputs", "there is one neuron that spikes: outputs = 1");
        }
        if (task_.network.lateral != Lateral::none || task_.network.w0_antithetic)
            add("network", "", "lateral and w0_antithetic are of networks of rates");
        if (!task_.input.spectrum.empty() || !task_.input.path.empty())
            add("input", "kind", "spectrum and path are not used by input.kind = \"spikes\"");
    }

    // Trials take factors, and within them peaks, by turns; the held-out ones come in portions
    // of 20.
    void held_out_trials() {
        const CellSettings& cell = task_.cell;
        const std::size_t kinds = std::max(
            cell.inhibitory_factors.size(),
            transfer_factors(cell).size() * std::max<std::size_t>(cell.held_out_peaks.size(), 1));
        if (kinds > 20)
            add("cell", cell.held_out_factors.empty() ? "inhibitory_factors" : "held_out_factors",
                fmt::format("{} kinds of held-out trials (factors times peaks) are more than 20",
                            kinds));
        for (const double peak : cell.held_out_peaks)
            if (peak > static_cast<double>(cell.groups))
                add("cell", "held_out_peaks",
                    fmt::format("a peak at group {} lies beyond the {} groups", peak, cell.groups));
    }

    void gaussian() {
        no_blocks();
        const InputSettings& input = task_.input;
        if (input.spectrum.empty())
            return add("input", "spectrum", "gaussian inputs need a spectrum",
                       "for example spectrum = [1, 0.5, 0], one eigenvalue an input");
        if (input.spectrum.size() > 65536)
            add("input", "spectrum", "spectrum has more than 65536 entries");
        for (std::size_t i = 1; i < input.spectrum.size(); ++i)
            if (input.spectrum[i] > input.spectrum[i - 1])
                return add("input", "spectrum", "spectrum needs to be descending");
        if (input.spectrum.front() <= 0)
            add("input", "spectrum", "the first eigenvalue of spectrum needs to be above 0");
        for (const StageSettings& stage : task_.search.stages)
            if (std::max(stage.outputs, task_.network.outputs) > input.spectrum.size())
                return add("network", "outputs",
                           fmt::format("{} outputs are more than the {} inputs that spectrum gives",
                                       std::max(stage.outputs, task_.network.outputs),
                                       input.spectrum.size()));
        if (!input.path.empty())
            add("input", "path", "input.path is not used by gaussian inputs",
                "kind = \"file\" reads it");
        const bool range =
            input.scale_range.size() == 2 && input.scale_range[0] <= input.scale_range[1];
        if ((input.vary != Vary::none || !input.scale_range.empty()) && !range)
            add("input", "scale_range", "scale_range needs to be a lowest and a highest factor",
                "for example scale_range = [0.5, 2]");
    }

    void file() {
        const InputSettings& input = task_.input;
        if (input.path.empty())
            add("input", "path", "inputs from a file need input.path",
                "path = \"data.csv\", or --set input.path=data.csv");
        if (input.vary != Vary::none)
            add("input", "vary",
                "vary is for gaussian inputs; a file's data sets differ by their rows");
        if (!input.spectrum.empty())
            add("input", "spectrum", "spectrum is for gaussian inputs; a file has its own");
    }

    // What the kernel, or the derivatives of a gradient method, cannot do together.
    void network() {
        const NetworkSettings& n = task_.network;
        const bool linear = n.activation == "linear";
        if (n.lateral != Lateral::none && n.inference == Inference::solve && !linear)
            add("network", "inference", "inference = \"solve\" needs activation = \"linear\"");
        if (n.lateral != Lateral::none && n.mask_from == Mask::first_update &&
            n.inference != Inference::sweeps)
            add("network", "mask_from",
                "mask_from = \"first_update\" needs inference = \"sweeps\": in sequence, later "
                "outputs are not known yet");
        if (task_.loss.decorrelation > 0 && !linear)
            add("loss", "decorrelation", "decorrelation needs network.activation = \"linear\"");
        if (n.presynaptic == Presynaptic::rate)
            return;
        if (n.lateral != Lateral::none)
            add("network", "presynaptic",
                "a residual as presynaptic variable goes without network.lateral");
        for (const StageSettings& stage : task_.search.stages)
            if (stage.method != Method::cma_es || task_.search.refit || task_.search.eliminate)
                return add("network", "presynaptic",
                           "a residual as presynaptic variable has no derivatives here",
                           "search.method = \"cma_es\" with refit = false and eliminate = false");
    }

    // Antithetic data sets come in pairs, antithetic samples double the batch.
    void lane_block() {
        const std::uint64_t element = task_.run.single_precision ? 4 : 8;
        if (task_.run.lane_bytes > 0 && task_.run.lane_bytes < 32 &&
            task_.run.lane_bytes != element)
            add("run", "lane_bytes",
                fmt::format("run.lane_bytes = {} is not one element of run.precision = \"{}\", "
                            "which has {} bytes",
                            task_.run.lane_bytes, task_.run.single_precision ? "single" : "double",
                            element));
    }

    void counts() {
        const std::uint64_t pair = task_.network.w0_antithetic ? 2 : 1;
        const auto even = [&](const char* section, const char* key, std::uint64_t count) {
            if (count % pair != 0)
                add(section, key,
                    fmt::format("{}.{} = {} needs to be even with network.w0_antithetic", section,
                                key, count));
        };
        even("input", "data_sets", task_.input.data_sets);
        even("search", "validation_sets", task_.search.validation_sets);
        even("search", "held_out_sets", task_.search.held_out_sets);
        for (const StageSettings& stage : task_.search.stages) {
            if (stage.data_sets != task_.input.data_sets && stage.data_sets % pair != 0)
                add("search", "stage",
                    "data_sets of a stage needs to be even with network.w0_antithetic");
            if (stage.columns > 0)
                columns(stage);
            if (task_.input.antithetic && stage.samples > 32768)
                add("input", "samples",
                    "at most 32768 samples with input.antithetic, which doubles them");
        }
    }

    void columns(const StageSettings& stage) {
        const std::uint64_t least = std::max<std::uint64_t>(2, stage.outputs);
        if (task_.input.kind != InputKind::file)
            add("search", "stage", "columns of a stage are those of a file",
                "input.kind = \"file\" with input.path");
        else if (stage.columns < least)
            add("search", "stage",
                fmt::format("a stage with {} output{} needs at least {} columns, or 0 for all",
                            stage.outputs, stage.outputs == 1 ? "" : "s", least));
    }

    const TomlValue& root_;
    const Task& task_;
    Faults& faults_;
};

// Relative to the task's folder; of an override, to the working directory.
void resolve_path(const TomlValue& root, const std::string& file, Task& task) {
    const TomlValue* node = find(root, "input", "path");
    if (!node || task.input.path.empty())
        return;
    const fs::path base =
        node->place.line > 0 ? fs::absolute(file).parent_path() : fs::current_path();
    task.input.path = (base / task.input.path).lexically_normal().string();
}

} // namespace

std::vector<double> coefficients(const Task& task) {
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            theta.push_back(term.theta);
    return theta;
}

bool is_spiking(const Task& task) { return task.input.kind == InputKind::spikes; }

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

Task load_task(const std::string& path, const std::vector<std::string>& overrides) {
    return parse_task(read_text(path, Exit::usage), path, overrides);
}

Task parse_task(const std::string& text, const std::string& path,
                const std::vector<std::string>& overrides) {
    TomlValue root = parse_toml(text, path, Exit::usage);
    root.place = {path, 1, 1};
    Faults faults;
    for (const std::string& assignment : overrides)
        apply_override(root, assignment, faults);
    switch_to_file(root);

    Task task;
    task.name = fs::path(path).stem().string();
    read_section(section(""), root, {"input", "cell", "network", "rule", "loss", "search", "run"},
                 &task, faults);
    for (const std::string name : {"input", "cell", "network", "loss", "search", "run"})
        if (const TomlValue* table = root.find(name))
            read_section(section(name), *table, {name == "search" ? "stage" : ""},
                         settings_object(task, name), faults);
    if (const std::string fault = name_fault(task.name); !fault.empty()) {
        const TomlValue* name = root.find("name");
        faults.add(name ? name->place : Place{path, 0, 0},
                   fmt::format("a task cannot be called '{}': {}", task.name, fault),
                   "name = \"...\" gives it a name that a directory may have");
    }
    read_rules(root, task, faults);
    read_stages(root, task, faults);
    if (faults.empty())
        Consistency(root, task, faults).check();
    faults.raise(Exit::usage);
    resolve_path(root, path, task);
    return task;
}

} // namespace carve::cli
