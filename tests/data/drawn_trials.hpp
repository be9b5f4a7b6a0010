// Tasks of a layer of rate units, the trials that are drawn for them, and the weights that these begin with.
#ifndef CARVE_TESTS_DATA_DRAWN_TRIALS_HPP
#define CARVE_TESTS_DATA_DRAWN_TRIALS_HPP

#include "simulation.hpp"
#include "trial_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

// What tasks/networks/NAME.toml is, with what the text says. The text's paths are absolute.
inline Task task_on(const std::string& name, const std::string& text,
                    const Overrides& overrides = {}) {
    return parse_task("format = 2\nextends = \"" + name + "\"\n" + text, "/t.toml", overrides);
}

inline Trials draw(const TrialSource& source, const task::Task& described, Role role,
                   std::size_t count, std::uint64_t round = 0, std::uint64_t weights_round = 0) {
    return source.draw(std::make_shared<const task::Task>(described),
                       {role, round, weights_round, 0, count});
}
inline Trials draw(const Task& task, Role role, std::size_t count, std::uint64_t round = 0,
                   std::uint64_t weights_round = 0) {
    return draw(TrialSource(task), task.described, role, count, round, weights_round);
}

// [post][pre] of each trial, at its start; the trials have the same description.
inline std::vector<RowMatrix> initial_weights(const Task& task, const Trials& trials,
                                              const std::string& projection,
                                              const std::string& post = "y") {
    Simulation simulation(task, {trials.size()}, Derivatives::no);
    simulation.load(trials);
    simulation.reset();
    const auto rows = static_cast<Eigen::Index>(simulation.units(post));
    std::vector<RowMatrix> weights;
    for (std::size_t lane = 0; lane < trials.size(); ++lane) {
        const std::vector<double> w = simulation.weights(projection, lane);
        weights.push_back(Eigen::Map<const RowMatrix>(w.data(), rows,
                                                      static_cast<Eigen::Index>(w.size()) / rows));
    }
    return weights;
}

} // namespace carve::cli

#endif
