// carve simulate: the weights, rates and spikes of a few trials over time, as arrays in a file.
#include "data.hpp"
#include "json.hpp"
#include "load.hpp"
#include "output.hpp"
#include "simulated_arrays.hpp"
#include "trial_source.hpp"
#include "verbs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {

Exit simulate(const SimulateOptions& options) {
    const Task task = task_with_rule(options, options.rule);
    if (!options.force && std::filesystem::exists(std::filesystem::symlink_status(options.out)))
        throw Error(Exit::usage, options.out + " is there already", "--force replaces it");
    const TrialSource source(task);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    const std::uint64_t count = options.replicas ? options.replicas : task.described.trials.search;
    const Trials trials = source.draw(std::make_shared<const task::Task>(task.described),
                                      {Role::held_out, 0, 0, 0, count});
    const std::vector<Array> arrays = simulated_arrays(task, trials, options.every);
    write_npz(options.out, arrays);
    Json shapes;
    std::string text = options.out + "\n";
    for (const Array& array : arrays) {
        shapes[array.name] = array.shape;
        text += fmt::format("  {:7} [{}]\n", array.name, fmt::join(array.shape, ", "));
    }
    print(options.json ? dump(Json{{"file", options.out}, {"arrays", shapes}}, 2) : text);
    return Exit::ok;
}

} // namespace carve::cli
