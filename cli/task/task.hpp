// task.hpp: a task as the simulations and the search take it: what its file says (description.hpp), and beside
// it the coefficients that its rules have, the course of its search, and where it runs.
#pragma once
#include "description.hpp"
#include "restarts.hpp"
#include "rule.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

enum class Method { gauss_newton, adam, cma_es };
enum class Aggregate { mean, median, trimmed };
enum class BlowUp { replica, candidate };
// Derivatives of losses: a surrogate's pass through spikes (M18), and have no finite differences.
enum class Slopes { none, surrogate, exact };

struct RuleSettings { // [rule.NAME]
    std::string name;
    double eta = 0.1;
    std::vector<Term> terms; // those that are searched for (theta ignored)
    // [term] Where each starts and what it is kept in, time constants in their own unit.
    std::vector<task::Draw> starts;
    std::vector<Term> fixed; // coefficients that are not searched for
    double spread = 1; // CMA-ES: initial standard deviation of the coefficients, in search.sigma
    std::string reference; // preset that the angle is measured to, or ""
};

struct StageSettings { // [search.stage.NAME]; each but accept defaults to the task's own
    std::string name = "stage 1";
    Method method = Method::gauss_newton;
    std::uint64_t iterations = 40;
    double l1 = 0.1;
    std::uint64_t early_stop =
        0; // iterations without a lower validation loss, after which it ends; 0: none
    // Of a list of l1 each value is a stage, which shares the trials of the first.
    bool listed = false;
    std::uint64_t number = 0;     // in the order of the text, the same for all of a list
    std::optional<double> accept; // a start whose validation loss is above it here is given up
    bool ranges = false;          // so is one for which a range of its probes does not hold
    std::uint64_t steps = 0;      // of a trial
    std::shared_ptr<const task::Task> described; // with what the stage sets
};

struct SearchSettings {
    Method method = Method::gauss_newton;
    std::uint64_t iterations = 40;     // of a stage, unless it says otherwise
    std::vector<StageSettings> stages; // at least one after resolution
    std::vector<double> l1{0.1};       // the last is also elimination's
    std::uint64_t early_stop = 0;
    double learning_rate = 0.02, clip = 1.0; // Adam
    double damping = 1.0;                    // Levenberg-Marquardt, at the start
    std::uint64_t population = 0;            // CMA-ES: candidates of a generation; 0: its default
    double sigma = 0.1;                      // CMA-ES: step size at the start
    Restarts cma_restarts = Restarts::none;  // CMA-ES: when a stop condition is met
    Aggregate aggregate = Aggregate::mean;   // of a candidate's replicas
    double prune = 0.0; // drop |theta| < prune * max |theta| after the search; 0: off
    bool eliminate = false, refit = true;
    std::uint64_t refit_iterations = 20;
    double margin = 1.5;          // of a rule's speed, by which a refit must be safe
    std::uint64_t restarts = 1;   // most starts tried; the best on the validation sets is kept
    std::optional<double> accept; // validation loss at which no further start is tried
    // In place of it: the task with the probes whose ranges must hold for that; null where there are none.
    std::shared_ptr<const task::Task> ranges;
    BlowUp blow_up = BlowUp::candidate;
    std::optional<double> goal;  // held-out loss
    std::optional<double> prior; // standard deviation
};

struct RunSettings {
    std::uint64_t seed = 1;
    std::uint64_t threads = 0; // 0: what this process may use
    bool single_precision = false;
    std::string isa = "auto";
    std::uint64_t lane_bytes = 0; // 0: what is fast on this machine
};

struct Task {
    std::string name; // file name without folder and extension, or top-level `name`
    std::string description;
    std::vector<RuleSettings> rules;
    SearchSettings search;
    RunSettings run;
    std::uint64_t steps = 0;      // of a trial
    Slopes slopes = Slopes::none; // of all losses together, by the coefficients
    task::Task described;         // what its file says
};

// Trials that a report draws and evaluates at a time: memory does not grow with their number. Even, so
// that antithetic pairs stay together.
constexpr std::uint64_t kPortion = 20;

// The coefficients of the task's rules, in order.
std::vector<double> coefficients(const Task& task);

// Candidates of a generation of CMA-ES: as the task says, else the optimizer's default.
std::uint64_t generation_size(const Task& task);

// Whether a population of the task spikes.
bool has_spikes(const Task& task);
// Whether trials come in pairs that differ in the signs of initial weights.
bool is_antithetic(const task::Task& described);

// The stage that a task without [search.stage.NAME] has.
StageSettings whole_stage(const Task& task);
// The task with what a stage sets.
Task at_stage(Task task, const StageSettings& stage);

// Throws FileErrors with all that does not go together, or cannot be simulated yet.
Task task_of(const task::Task& described);
// Reads PATH with what it extends and applies `key=value` overrides in order. Throws FileErrors
// (error.hpp) with every fault, each with file:line:column. Paths come out absolute.
Task load_task(const std::string& path, const Overrides& overrides);
// The same of a file's text, as if it lay at path.
Task parse_task(const std::string& text, const std::string& path, const Overrides& overrides);
// The task with all its keys, comments with unit and range; load_task of it gives the same Task.
std::string to_toml(const Task& task);

} // namespace carve::cli
