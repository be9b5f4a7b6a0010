#include "task_consistency.hpp"

#include "task_unused.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

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
        const TomlValue* at = key.empty() ? nullptr : root_.find(section, key);
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

    void spikes() {
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
        const bool range =
            input.scale_range.size() == 2 && input.scale_range[0] <= input.scale_range[1];
        if (input.vary != Vary::none && !range)
            add("input", "scale_range", "scale_range needs to be a lowest and a highest factor",
                "for example scale_range = [0.5, 2]");
    }

    void file() {
        const InputSettings& input = task_.input;
        if (input.path.empty())
            add("input", "path", "inputs from a file need input.path",
                "path = \"data.csv\", or --set input.path=data.csv");
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

} // namespace

void check_consistency(const TomlValue& root, const Task& task, Faults& faults) {
    check_unused(root, task, faults);
    Consistency(root, task, faults).check();
}

} // namespace carve::cli
