// trial.hpp: one life of a network as described: what is fed to it, and from which numbers it starts.
#pragma once
#include "data.hpp"
#include "description.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

struct Trial {
    std::uint64_t stream = 0; // of what the kernel draws: weights, graphs, spikes
    bool mirrored = false;    // the second of an antithetic pair: weights have the other sign
    std::shared_ptr<const task::Task>
        described;          // with the values that vary put in; shared by trials
                            // that are alike
    std::vector<double> at; // the values that vary, in the order of trials.vary
    // Of each data column that the task names, "x" or "session.label": [step][unit].
    std::map<std::string, std::shared_ptr<const RowMatrix>> columns;
    // Initial weights that the kernel does not draw, by projection: [post][pre].
    std::map<std::string, RowMatrix> weights;

    const RowMatrix& column(const std::string& name) const { return *columns.at(name); }
};

} // namespace carve::cli
