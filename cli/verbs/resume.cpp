// carve resume: a run, or one of each of several seeds, from where it was interrupted.
#include "atomic_file.hpp"
#include "interrupt.hpp"
#include "output.hpp"
#include "read_old.hpp"
#include "result_text.hpp"
#include "run_dir.hpp"
#include "search_run.hpp"
#include "seeds.hpp"
#include "toml.hpp"
#include "verbs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <optional>

namespace carve::cli {
namespace {

// A search of carve 0.1 cannot be continued: its checkpoint has coefficients by their place alone.
void refuse_old_run(const std::string& directory, const std::string& task) {
    if (old::is_old_task(read_text(task, Exit::data), task))
        throw Error(
            Exit::version,
            fmt::format("the search in '{}' is of carve 0.1 and cannot be resumed", directory),
            fmt::format("carve convert {} --out TASK, then carve train TASK, starts it again; "
                        "this directory is left as it is",
                        task));
}

// Of train --seeds.
Exit resume_seeds(const ResumeOptions& options) {
    const std::string& directory = options.directory;
    refuse_old_run(directory, directory + "/task.toml");
    TaskOptions own = options;
    own.task = directory + "/task.toml";
    const Task task = load(own);
    std::optional<Rule> init;
    if (std::filesystem::exists(directory + "/init.toml"))
        init = load_rule(directory + "/init.toml");
    watch_interrupts();
    return search_seeds(task, {init ? &*init : nullptr, false},
                        {directory, seeds_in(directory), false, options.json, options.quiet}, {});
}

} // namespace

Exit resume(const ResumeOptions& options) {
    if (holds_seeds(options.directory))
        return resume_seeds(options);
    const std::string file = options.directory + "/task.toml";
    if (!std::filesystem::exists(options.directory + "/carve.json") ||
        !std::filesystem::exists(file))
        throw Error(Exit::usage, fmt::format("'{}' is not a run directory", options.directory),
                    "carve train TASK --out DIR makes one");
    if (std::filesystem::exists(options.directory + "/restarts.jsonl"))
        throw Error(Exit::usage, fmt::format("'{}' holds an exploration", options.directory),
                    fmt::format("carve explore TASK --out {} continues it", options.directory));
    require_own_files(options.directory);
    const std::string result = options.directory + "/result.json";
    if (std::filesystem::exists(result)) {
        say(options.quiet, fmt::format("the run in {} is finished", options.directory));
        print(options.json ? read_file(result) : result_text(read_result(options.directory)));
        return Exit::ok;
    }
    refuse_old_run(options.directory, file);
    TaskOptions own = options;
    own.task = file;
    Task task = load(own);
    const std::optional<Checkpoint> checkpoint = checkpoint_of(task, options.directory, file);
    std::optional<Rule> init;
    if (std::filesystem::exists(options.directory + "/init.toml"))
        init = load_rule(options.directory + "/init.toml");
    watch_interrupts();
    const Finished outcome = run_one({task,
                                      options.directory,
                                      init ? &*init : nullptr,
                                      checkpoint ? &*checkpoint : nullptr,
                                      false,
                                      false,
                                      options.quiet,
                                      {}});
    print_outcome(task, outcome, options.json);
    return outcome.exit;
}

} // namespace carve::cli
