// old_task.hpp: a task as carve 0.1 had it: one of two networks, and how to search.
#pragma once
#include "rule.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli::old {

enum class InputKind { gaussian, file, spikes };
enum class Vary { none, scale, spectrum }; // spectrum: scale and eigenvalues
enum class Redraw { never, stage, iteration };
enum class Update { batch, online };
enum class Scale {
    none,
    leading,
    columns
};                                         // leading: leading variance 1; columns: each variance 1
enum class Lateral { none, hierarchical }; // hierarchical: from output j to output i > j
enum class Inference { sequential, sweeps, solve };
enum class Mask { start, first_update }; // from when the entries outside the hierarchy are 0
enum class Presynaptic { rate, residual_below, residual };
enum class LossKind { distance, distance_squared, subspace, rate };
enum class Method { gauss_newton, adam, cma_es };
enum class Afferents { constant, signal };
// Published integrate-and-fire neurons. All have the kernel's default constants; those of Auryn's
// TIFGroup see a presynaptic spike's trace from the next step on.
enum class Neuron { vogels2011, auryn_tif };
enum class Aggregate { mean, median, trimmed };
enum class BlowUp { replica, candidate };
enum class Restarts { none, ipop, bipop };

struct InputSettings {
    InputKind kind = InputKind::gaussian;
    std::vector<double> spectrum; // gaussian: eigenvalues of the covariance, descending
    Vary vary = Vary::none;
    std::vector<double> scale_range; // [lo, hi], log-uniform factor of the spectrum
    double gap_ratio = 0.7;          // vary = spectrum: lambda_2 <= gap_ratio lambda_1
    std::uint64_t samples = 100;     // per data set; antithetic adds as many, negated
    std::uint64_t data_sets = 20;
    bool antithetic = false;
    Redraw redraw = Redraw::never;
    std::string path;                 // file; absolute or as resolved against the task's folder
    std::vector<std::string> columns; // names or 1-based numbers; empty: all
    bool center = true, whiten = false, row_mean = false;
    Scale scale = Scale::leading;
    double train_fraction = 0.8;
    std::uint64_t block_rows = 1; // rows of a file that are in the same part of the data
};

// Of input.kind = "spikes": an integrate-and-fire neuron and its afferents; the defaults are the
// single cell of Vogels et al. 2011. A data set is a trial: afferent spikes and excitatory weights.
struct CellSettings {
    Neuron neuron = Neuron::vogels2011;
    double dt = 1e-4, window = 5; // s; window: the end of a trial, which is scored
    std::uint64_t excitatory = 800, inhibitory = 200, groups = 8;
    Afferents afferents = Afferents::signal;
    double rate = 5, signal_gain = 500 / 0.03;  // Hz
    double signal_tau = 0.05, dead_time = 5e-3; // s
    std::vector<double> inhibitory_factors{
        1}; // of the inhibitory rates, taken by the trials in turn
    double w_base = 0.3, w_peak = 1.1, w_noise = 0.1;     // excitatory weights over the groups
    double peak = 5;                                      // the preferred group, from 1
    bool vary_peak = false;                               // drawn in each trial
    std::vector<double> held_out_factors, held_out_peaks; // of transfer trials, in turn
    double w_inhibitory = 0.1;
    double excitatory_gain = 0.014, inhibitory_gain = 0.035; // conductance of weight 1, in leaks
};

struct NetworkSettings {
    std::uint64_t outputs = 1;
    std::string activation = "linear";
    Update update = Update::batch;
    std::uint64_t steps = 200; // horizon: updates in an inner loop
    double w0_sd = 0.1;
    bool w0_scaled = false;     // w0_sd is divided by the square root of the number of inputs
    bool w0_antithetic = false; // each data set twice, the second time with outputs of flipped sign
    Presynaptic presynaptic = Presynaptic::rate; // what the feedforward rule reads as x
    Lateral lateral = Lateral::none;
    Inference inference = Inference::sequential;
    std::uint64_t sweeps = 1; // of inference = sweeps
    Mask mask_from = Mask::start;
    double m0_sd = 0.1; // of the initial lateral weights
    double bound = 1e9;
};

struct RuleSettings { // [rule.NAME], NAME a plastic projection: "feedforward", "lateral", of spikes
                      // "inhibitory"
    std::string name;
    double eta = 0.1;
    std::vector<Term> terms; // those in use (theta ignored)
    double theta_sd = 0.01;  // theta(0) ~ N(0, theta_sd^2)
    double spread = 1; // CMA-ES: initial standard deviation of the coefficients, in search.sigma
    double theta_min = -std::numeric_limits<double>::infinity(); // bounds of these
    double theta_max = std::numeric_limits<double>::infinity();
    double w_min = -std::numeric_limits<double>::infinity();
    double w_max = std::numeric_limits<double>::infinity();
    double tau_start = 0.02; // s, of spikes: every time constant starts from it
    double tau_min = 0, tau_max = std::numeric_limits<double>::infinity(); // s, bounds
    std::string reference; // preset that the angle is measured to, or ""
};

// The sum of the kind's loss and weight times the others.
struct LossSettings {
    LossKind kind = LossKind::distance;
    double subspace = 0, decorrelation = 0; // weights
    // Of the kind rate.
    double target = 10, offset = 2, low = 0.1, high = 100, start = 50.05; // Hz
    double filter = 1;                                                    // s
    double blow_up = 160; // half the loss of a trial that leaves (low, high) at once
    double tuning = 0;    // weight
    std::vector<double> held_out_targets; // Hz, of transfer trials
};

struct StageSettings { // [[search.stage]]; each but columns and accept defaults to the task's own
    Method method = Method::gauss_newton;
    std::uint64_t outputs = 1, steps = 200, iterations = 40, data_sets = 20, samples = 100;
    std::uint64_t columns = 0; // of a file at most; 0: all of them
    double l1 = 0.1;
    double accept = 0.0; // a start whose validation loss is above it here is given up; 0: none is
};

struct SearchSettings {
    Method method = Method::gauss_newton;
    std::uint64_t iterations = 40;     // of a stage, unless it says otherwise
    std::vector<StageSettings> stages; // at least one after resolution
    double l1 = 0.1;
    double learning_rate = 0.02, clip = 1.0; // Adam
    double damping = 1.0;                    // Levenberg-Marquardt, at the start
    std::uint64_t population = 0;            // CMA-ES: candidates of a generation; 0: its default
    double sigma = 0.1;                      // CMA-ES: step size at the start
    Restarts cma_restarts = Restarts::none;  // CMA-ES: when a stop condition is met
    Aggregate aggregate = Aggregate::mean;   // of a candidate's replicas
    double prune = 0.0; // drop |theta| < prune * max |theta| after the search; 0: off
    bool eliminate = false, refit = true;
    std::uint64_t refit_iterations = 20;
    double margin = 1.5;        // of a rule's speed, by which a refit must be safe
    std::uint64_t restarts = 1; // most starts tried; the best on the validation sets is kept
    double accept = 0.0;        // validation loss at which no further start is tried
    std::uint64_t validation_sets = 50, held_out_sets = 200;
    BlowUp blow_up = BlowUp::candidate;
    std::optional<double> goal; // held-out loss
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
    InputSettings input;
    CellSettings cell;
    NetworkSettings network;
    std::vector<RuleSettings> rules; // feedforward first
    LossSettings loss;
    SearchSettings search;
    RunSettings run;
};

bool is_spiking(const Task& task);
// As [rule.NAME] is before it is read.
RuleSettings default_rule(const std::string& name);
// The stage that a task without [[search.stage]] has.
StageSettings whole_stage(const Task& task);

} // namespace carve::cli::old
