// options.hpp: the verbs, their options and examples.
#pragma once
#include "error.hpp"
#include "run_verbs.hpp"
#include "verbs.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

struct Options {
    TrainOptions train;
    ExploreOptions explore;
    ResumeOptions resume;
    EvalOptions eval;
    CheckOptions check;
    SlurmOptions slurm;
    SimulateOptions simulate;
    ConvertOptions convert;
    RunVerbOptions runs;
    std::string rule, name, shell, from = new_task_kinds()[0];
    double seconds = 0.05;
    bool json = false, force = false;
};

using Verbs = std::vector<std::pair<CLI::App*, std::function<Exit()>>>;

// Adds all of them to the command. options: what is parsed goes there, so it outlives the parsing.
Verbs add_verbs(CLI::App& app, Options& options);

} // namespace carve::cli
