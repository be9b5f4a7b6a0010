// verbs.hpp: the verbs of the command line. Each prints its data to stdout and returns an exit
// code; what goes wrong is thrown as an Error.
#pragma once
#include "error.hpp"
#include "load.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

struct TrainOptions : TaskOptions {
    std::string out;   // "": run-NAME
    std::string init;  // "": from a random start
    std::string seeds; // "1..10" or "3,5"; "": the task's one
    bool force = false, dry_run = false;
    std::vector<std::string> argv;
};
Exit train(const TrainOptions& options);

struct ResumeOptions : TaskOptions { // task, set and seed are the run's own
    std::string directory;
};
Exit resume(const ResumeOptions& options);

struct ExploreOptions : TaskOptions {
    std::string out; // "": explore-NAME
    std::uint64_t restarts = 20;
    bool force = false;
    std::vector<std::string> argv;
};
Exit explore(const ExploreOptions& options);

struct EvalOptions : TaskOptions {
    std::string rule;
};
Exit eval(const EvalOptions& options);

struct SimulateOptions : TaskOptions {
    std::string rule, out;
    std::uint64_t every = 1, replicas = 0; // replicas 0: trials.search
    bool force = false;
};
Exit simulate(const SimulateOptions& options);

struct CheckOptions : TaskOptions {
    bool gradient = false;
};
Exit check(const CheckOptions& options);

struct SlurmOptions : TaskOptions {
    std::string out, time = "24:00:00", launcher = "mpirun";
    std::uint64_t nodes = 1, ranks = 0, cpus = 1; // ranks 0: one for each node
};
Exit slurm(const SlurmOptions& options);

Exit rules(const std::string& name, bool json);
Exit info(bool json);
Exit bench(double seconds, bool json); // seconds: of processor time per case
Exit new_task(const std::string& name, const std::string& from, bool force);
const std::vector<std::string>& new_task_kinds(); // what `from` may be, the usual one first
Exit tasks(const std::string& name, bool json);
Exit schema();

struct ConvertOptions {
    std::string old, out; // out "": the standard output
    bool force = false;
};
Exit convert(const ConvertOptions& options);

} // namespace carve::cli
