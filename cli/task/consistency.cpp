// What the values of a task say of one another, where each is in its range.
#include "checks.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

class Consistency {
  public:
    Consistency(const task::Task& described, const Task& simulated, Faults& faults)
        : from_(described), task_(simulated), faults_(faults) {}

    void check() {
        if (is_spiking(task_))
            spikes();
        else if (is_layer(task_))
            rates();
        if (!is_described(task_)) // network.cpp has checked it
            counts();
        lane_block();
        for (const RuleSettings& rule : task_.rules)
            if (!(rule.tau_min <= rule.tau_start && rule.tau_start <= rule.tau_max))
                add("rule." + rule.name + ".tau",
                    fmt::format("rule.{}.tau starts at {}, outside of its range [{}, {}]",
                                rule.name, rule.tau_start, rule.tau_min, rule.tau_max));
    }

  private:
    void add(const std::string& path, const std::string& message, const std::string& help = {}) {
        const auto at = from_.places.find(path);
        faults_.add(at == from_.places.end() ? Place{from_.file, 0, 0} : at->second, message, help);
    }

    std::string path_of(const task::Population& p, const char* key) const {
        return fmt::format("population.{}.{}", p.name, key);
    }

    void rates() {
        if (task_.input.kind == InputKind::gaussian)
            gaussian();
        network();
        constexpr std::uint64_t kLeastHeldOut = 200;
        if (task_.search.held_out_sets < kLeastHeldOut)
            add("trials.held_out",
                fmt::format("trials.held_out = {} is too few to tell what a rule does: at least {}",
                            task_.search.held_out_sets, kLeastHeldOut));
    }

    void spikes() {
        const CellSettings& cell = task_.cell;
        const SearchSettings& search = task_.search;
        const std::string factor = path_of(from_.populations[1], "factor");
        if (cell.inhibitory_factors.empty())
            add("trials.vary", "trials.vary needs at least one " + factor);
        if (cell.excitatory % cell.groups != 0 || cell.inhibitory % cell.groups != 0)
            add(path_of(from_.populations[0], "groups"),
                fmt::format("{} groups do not divide {} excitatory and {} inhibitory afferents",
                            cell.groups, cell.excitatory, cell.inhibitory));
        held_out_trials();
        if (search.refit || search.eliminate)
            add(search.refit ? "search.refit" : "search.eliminate",
                "elimination and refit need the derivatives of final weights, which spikes do not "
                "have",
                "refit = false and eliminate = false");
        for (const StageSettings& stage : search.stages) {
            if (stage.method == Method::gauss_newton)
                add("search.method", "a rule for spikes is not searched for by Gauss-Newton",
                    "search.method = \"cma_es\", or \"adam\"");
            if (stage.method == Method::adam && task_.loss.tuning > 0)
                add("search.method",
                    "a loss of kind = \"tuning\" has no derivatives, which Adam "
                    "needs",
                    "search.method = \"cma_es\"");
        }
    }

    // Trials take factors, and within them peaks, by turns; the held-out ones come in portions.
    void held_out_trials() {
        const CellSettings& cell = task_.cell;
        const std::size_t kinds = std::max(
            cell.inhibitory_factors.size(),
            transfer_factors(cell).size() * std::max<std::size_t>(cell.held_out_peaks.size(), 1));
        if (kinds > kPortion)
            add("trials.vary",
                fmt::format("{} kinds of held-out trials are more than {}", kinds, kPortion));
        for (const double peak : cell.held_out_peaks)
            if (peak > static_cast<double>(cell.groups))
                add("trials.transfer.vary",
                    fmt::format("a peak at group {} lies beyond the {} groups", peak, cell.groups));
    }

    void gaussian() {
        for (const StageSettings& stage : task_.search.stages)
            if (std::max(stage.outputs, task_.network.outputs) > task_.input.spectrum.size())
                return add(
                    path_of(from_.populations[1], "units"),
                    fmt::format("{} units of [population.{}] are more than the {} inputs that "
                                "spectrum gives",
                                std::max(stage.outputs, task_.network.outputs),
                                from_.populations[1].name, task_.input.spectrum.size()));
    }

    // What the kernel, or the derivatives of a gradient method, cannot do together.
    void network() {
        const NetworkSettings& n = task_.network;
        const bool linear = n.activation == "linear", lateral = n.lateral != Lateral::none;
        if (lateral && n.inference == Inference::solve && !linear)
            add("projection.lateral.inference",
                "inference = \"solve\" needs activation = \"linear\"");
        if (lateral && n.mask_from == Mask::first_update && n.inference != Inference::sweeps)
            add("projection.lateral.mask_from",
                "mask_from = \"first_update\" needs inference = { sweeps = 1 }: in sequence, later "
                "outputs are not known yet");
        if (task_.loss.decorrelation > 0 && !linear)
            add(path_of(from_.populations[1], "activation"),
                "a loss of kind = \"decorrelation\" needs activation = \"linear\"");
        if (n.presynaptic == Presynaptic::rate)
            return;
        if (lateral)
            add("rule.feedforward.factors",
                "a residual as presynaptic variable goes without synapses within the population");
        for (const StageSettings& stage : task_.search.stages)
            if (stage.method != Method::cma_es || task_.search.refit || task_.search.eliminate)
                return add("rule.feedforward.factors",
                           "a residual as presynaptic variable has no derivatives here",
                           "search.method = \"cma_es\" with refit = false and eliminate = false");
    }

    void lane_block() {
        const std::uint64_t element = task_.run.single_precision ? 4 : 8;
        const std::uint64_t bytes = task_.run.lane_bytes;
        if (bytes != 0 && bytes != 32 && bytes != 64 && bytes != element)
            add("run.lane_bytes",
                fmt::format("run.lane_bytes = {} is none of 0, 32, 64 and {}, one element of "
                            "run.precision = \"{}\"",
                            bytes, element, task_.run.single_precision ? "single" : "double"));
    }

    // Antithetic trials come in pairs, antithetic samples double the batch.
    void counts() {
        const std::uint64_t pair = task_.network.w0_antithetic ? 2 : 1;
        const auto even = [&](const char* path, std::uint64_t count) {
            if (count % pair != 0)
                add(path,
                    fmt::format("{} = {} needs to be even with antithetic weights", path, count));
        };
        even("trials.search", task_.input.data_sets);
        even("trials.validation", task_.search.validation_sets);
        even("trials.held_out", task_.search.held_out_sets);
        for (const StageSettings& stage : task_.search.stages) {
            if (stage.data_sets != task_.input.data_sets)
                even("trials.search", stage.data_sets);
            if (stage.columns > 0)
                columns(stage);
            constexpr std::uint64_t kMost = 32768;
            if (task_.input.antithetic && stage.samples > kMost)
                add("data." + from_.data[0].name + ".samples",
                    fmt::format("at most {} samples with antithetic = true, which doubles them",
                                kMost));
        }
    }

    void columns(const StageSettings& stage) {
        const std::uint64_t least = std::max<std::uint64_t>(2, stage.outputs);
        if (stage.columns < least)
            faults_.add(from_.stages.empty() ? Place{} : from_.stages[0].place,
                        fmt::format("a stage with {} unit{} needs at least {} columns of its data, "
                                    "or 0 for all",
                                    stage.outputs, stage.outputs == 1 ? "" : "s", least));
    }

    const task::Task& from_;
    const Task& task_;
    Faults& faults_;
};

} // namespace

void check_consistency(const task::Task& described, const Task& simulated, Faults& faults) {
    Consistency(described, simulated, faults).check();
}

} // namespace carve::cli
