#include "task_unused.hpp"

#include "settings.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// Keys of a section, and when they are read. No keys: all but `kind`, which says it.
struct Use {
    const char* section;
    std::vector<const char*> keys;
    bool (*is_read)(const Task& task);
    const char* needed; // "input.kind = \"file\""
};

const std::vector<Use>& uses() {
    static const std::vector<Use> table{
        {"input",
         {"path", "columns", "center", "whiten", "row_mean", "scale", "train_fraction",
          "block_rows"},
         [](const Task& t) { return t.input.kind == InputKind::file; },
         "input.kind = \"file\""},
        {"input",
         {"spectrum", "vary", "scale_range", "gap_ratio"},
         [](const Task& t) { return t.input.kind == InputKind::gaussian; },
         "input.kind = \"gaussian\""},
        {"input",
         {"scale_range"},
         [](const Task& t) { return t.input.vary != Vary::none; },
         "input.vary = \"scale\" or \"spectrum\""},
        {"input",
         {"gap_ratio"},
         [](const Task& t) { return t.input.vary == Vary::spectrum; },
         "input.vary = \"spectrum\""},
        {"input",
         {"samples", "antithetic"},
         [](const Task& t) { return !is_spiking(t); },
         "inputs of rates: input.kind = \"gaussian\" or \"file\""},
        {"cell", {}, [](const Task& t) { return is_spiking(t); }, "input.kind = \"spikes\""},
        {"cell",
         {"signal_gain", "signal_tau"},
         [](const Task& t) { return t.cell.afferents == Afferents::signal; },
         "cell.afferents = \"signal\""},
        {"network",
         {"activation", "update", "w0_sd", "w0_scaled", "w0_antithetic", "presynaptic", "lateral"},
         [](const Task& t) { return !is_spiking(t); },
         "a network of rates: input.kind = \"gaussian\" or \"file\""},
        {"network",
         {"inference", "mask_from", "m0_sd"},
         [](const Task& t) { return t.network.lateral != Lateral::none; },
         "network.lateral = \"hierarchical\""},
        {"network",
         {"sweeps"},
         [](const Task& t) {
             return t.network.lateral != Lateral::none && t.network.inference == Inference::sweeps;
         },
         "network.lateral = \"hierarchical\" with network.inference = \"sweeps\""},
        {"loss",
         {"target", "offset", "filter", "start", "low", "high", "blow_up", "tuning",
          "held_out_targets"},
         [](const Task& t) { return t.loss.kind == LossKind::rate; },
         "loss.kind = \"rate\""},
        {"loss",
         {"subspace", "decorrelation"},
         [](const Task& t) { return t.loss.kind != LossKind::rate; },
         "a loss of weights: loss.kind = \"distance\", \"distance_squared\" or \"subspace\""},
        {"search",
         {"refit_iterations", "margin"},
         [](const Task& t) { return t.search.refit; },
         "search.refit = true"},
        {"search",
         {"accept"},
         [](const Task& t) { return t.search.restarts > 1; },
         "search.restarts above 1"},
    };
    return table;
}

bool has_key(const Use& use, const std::string& key) {
    return use.keys.empty() ||
           std::any_of(use.keys.begin(), use.keys.end(), [&](const char* k) { return key == k; });
}

} // namespace

void check_unused(const TomlValue& root, const Task& task, Faults& faults) {
    Task defaults, given = task;
    for (const Section& section : sections()) {
        const TomlValue* table = root.find(section.name);
        if (!table)
            continue;
        for (const Setting& setting : section.settings) {
            const TomlValue* value = table->find(setting.key);
            const auto use = std::find_if(uses().begin(), uses().end(), [&](const Use& u) {
                return section.name == u.section && has_key(u, setting.key) && !u.is_read(task);
            });
            if (!value || use == uses().end())
                continue;
            const std::string standard =
                value_text(setting.get(settings_object(defaults, section.name)));
            if (value_text(setting.get(settings_object(given, section.name))) != standard)
                faults.add(value->place,
                           fmt::format("{}.{} has no effect without {}", section.name, setting.key,
                                       use->needed),
                           standard.empty() || standard == "[]"
                               ? "remove it"
                               : fmt::format("remove it, or leave it at {}", standard));
        }
    }
}

} // namespace carve::cli
