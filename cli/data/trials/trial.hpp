// trial.hpp: what is fed to a network in one trial, and the numbers that it starts from. Trials of the search,
// for validation and for the final report are never mixed.
#pragma once
#include "data.hpp"
#include "description.hpp"

#include <carve.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

// other: further sets of trials, [trials.NAME], which no search has seen.
enum class Role { search, validation, held_out, other };

// Recorded spikes of some units, as the kernel's lists: in the order of steps, and of units in a step.
struct SpikeTrains {
    std::size_t units = 0;
    std::vector<carve_spike> spikes;
};
using Trains = std::map<std::string, std::shared_ptr<const SpikeTrains>>;

struct Trial {
    std::uint64_t steps = 0;  // of all its phases
    std::uint64_t stream = 0; // of what the kernel draws: weights, graphs, spikes
    // Of the second of an antithetic pair, by projection: the sign, +1 or -1, that the initial weights of
    // each postsynaptic unit have beside those of the first. Not all are +1.
    std::map<std::string, Eigen::VectorXd> signs;
    std::shared_ptr<const task::Task>
        described;               // with the values that vary put in; shared by trials
                                 // that are alike
    std::vector<std::string> at; // the values that vary, as TOML, in the order of trials.vary
    // Of each data column that the task names, "x" or "session.label": [step][unit].
    std::map<std::string, std::shared_ptr<const RowMatrix>> columns;
    Trains trains; // recorded spikes, by the name of their stream, "session.pre"
    // Initial weights that the kernel does not draw, by projection: [post][pre].
    std::map<std::string, RowMatrix> weights;

    const RowMatrix& column(const std::string& name) const { return *columns.at(name); }
};

using Trials = std::vector<std::shared_ptr<const Trial>>;

} // namespace carve::cli
