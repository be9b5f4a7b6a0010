// commands.hpp: the verbs of the command line. Each prints its data to stdout and returns an exit
// code; what goes wrong is thrown as an Error.
#pragma once
#include "dataset.hpp"
#include "error.hpp"
#include "run_dir.hpp"
#include "task.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

struct TaskOptions { // what every verb with a task takes
    std::string task;
    std::vector<std::string> set;
    std::string seed, threads, isa; // as typed, "" if not given: the settings table judges them
    bool json = false, quiet = false;
};

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
    std::uint64_t every = 1, replicas = 0; // replicas 0: input.data_sets
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
Exit bench(double seconds, bool json); // seconds: of processor time for each case
Exit new_task(const std::string& name, bool force);

// ---- Shared by them

// The task with its overrides, options and CARVE_THREADS: option > environment > file > default.
Task load(const TaskOptions& options);
// The same with run.threads as the number that is to be used here.
Task for_this_host(const Task& task);
// The task with the rule's own terms and coefficients, and its eta where it states one that the
// options do not override. Throws Error(usage) for a projection that the task lacks.
Task with_rule(const Task& task, const Rule& rule, const TaskOptions& options);
// What is written down about a run here.
RunFacts facts_of(const Task& task, const DataSource& source, const std::vector<std::string>& argv);
// Of a search's outer loop, as far as one knows beforehand; elimination takes what it takes.
std::uint64_t planned_iterations(const Task& task);
Exit exit_of_signal(int signal);
// Of a rule that diverged on so many of the task's held-out sets: numerics, with a message, where it
// did on all of them, so that its loss says nothing; else ok.
Exit exit_of_held_out(const Task& task, std::size_t diverged);
// Seconds on a monotonic clock.
double now();
// The task for this host under a rule: preset, file or run directory.
Task task_with_rule(const TaskOptions& options, const std::string& rule);
// Writes to stdout and throws Error(io) if that fails; what a terminal would act on is escaped
// (printable.hpp), as it is by say.
void print(const std::string& text);
// The same without escapes, for a script whose words are taken as they are.
void print_bytes(const std::string& text);
// A sentence to stderr, unless quiet.
void say(bool quiet, const std::string& text);
// The resolved task, and as comments above it what a search takes: exact memory, rollouts, and with
// `timed` time and memory of the process (cost.hpp). json: the same as a document.
std::string plan_text(const Task& task, const DataSource& source, bool timed, bool json);

} // namespace carve::cli
