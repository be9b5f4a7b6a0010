// task_text.hpp: texts of tasks, and what reading them comes to.
#pragma once
#include "../data/failure.hpp"
#include "../data/temporary.hpp"
#include "settings.hpp"

#include <string>
#include <vector>

namespace carve::cli {

inline const std::string kInput =
    "[input]\nspectrum = [1, 0.5, 0]\n"; // the least that a task needs
inline const std::string kSpikes = "[input]\nkind = \"spikes\"\n[loss]\nkind = \"rate\"\n[search]\n"
                                   "method = \"cma_es\"\nrefit = false\n";

inline Task load_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
    const Temporary directory;
    return load_task(directory.file("t.toml", text), overrides);
}

inline Failure failure(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return failure_of([&] { load_text(text, overrides); });
}

// A task that has the section.
inline std::string base_of(const Section& section) {
    if (section.name == "rule.inhibitory" || section.name == "cell")
        return kSpikes;
    const bool lateral = section.name == "rule.lateral";
    return kInput + (lateral ? "[network]\nlateral = \"hierarchical\"\n" : "");
}

// Four tasks: each setting has another value than its default in one of them.
inline const char* const kUnusualSpikes = R"(
[input]
kind = "spikes"
[cell]
neuron = "auryn_tif"
dt = 2e-4
window = 0.5
excitatory = 12
inhibitory = 6
groups = 3
afferents = "constant"
rate = 20
dead_time = 0.002
inhibitory_factors = [0.5, 2]
w_base = 1
w_peak = 2
w_noise = 0
peak = 2
vary_peak = true
held_out_factors = [3]
held_out_peaks = [1.5]
w_inhibitory = 0.5
excitatory_gain = 0.1
inhibitory_gain = 0.2
[rule.inhibitory]
eta = 0.05
terms = ["gamma", "alpha", "tau_pre"]
tau_start = 0.01
theta_sd = 0.125
spread = 2
tau_min = 0.001
tau_max = 0.5
theta_min = -3
theta_max = 3
w_min = -2
w_max = 3.5
reference = "vogels_istdp"
[loss]
kind = "rate"
held_out_targets = [5]
target = 7
offset = 3
filter = 0.5
start = 20
low = 0.2
high = 90
blow_up = 30
tuning = 0.25
[search]
method = "cma_es"
refit = false
held_out_sets = 4
)";

inline const char* const kUnusualSignals = R"(
[input]
kind = "spikes"
[cell]
signal_gain = 30
signal_tau = 0.1
[loss]
kind = "rate"
[search]
method = "cma_es"
refit = false
)";

inline const char* const kUnusualFile = R"(
[input]
kind = "file"
path = "x.csv"
columns = ["a", "3"]
center = false
whiten = true
row_mean = true
scale = "columns"
train_fraction = 0.75
block_rows = 3
[network]
presynaptic = "residual"
[loss]
decorrelation = 0.5
[search]
method = "cma_es"
eliminate = false
refit = false
[[search.stage]]
columns = 5
)";

inline const char* const kUnusual = R"(
name = "unusual"
description = "every key differs from its default"
[input]
spectrum = [2, 1, 0.5, 0.25]
vary = "spectrum"
scale_range = [0.25, 4]
gap_ratio = 0.5
samples = 60
data_sets = 12
antithetic = true
redraw = "iteration"
[network]
outputs = 2
activation = "tanh"
update = "online"
steps = 77
w0_sd = 0.25
w0_scaled = true
w0_antithetic = true
lateral = "hierarchical"
inference = "sweeps"
sweeps = 3
mask_from = "first_update"
m0_sd = 0.5
bound = 1e6
[rule.feedforward]
eta = 0.05
terms = ["x y", "y^2 w", "1", "x^3"]
theta_sd = 0.125
spread = 2
theta_min = -3
theta_max = 3
w_min = -2
w_max = 3.5
reference = "oja"
[rule.lateral]
eta = 0.07
terms = ["x y"]
theta_sd = 0.25
spread = 3
theta_min = -4
theta_max = 4
w_min = -4
w_max = 5
reference = "anti_hebb"
[loss]
kind = "subspace"
subspace = 0.5
[search]
method = "adam"
iterations = 3
l1 = 0.001
learning_rate = 0.5
clip = 2
damping = 0.25
prune = 0.0625
eliminate = true
refit_iterations = 7
margin = 2.5
population = 12
sigma = 0.75
cma_restarts = "ipop"
aggregate = "median"
restarts = 4
accept = 0.5
validation_sets = 14
held_out_sets = 222
blow_up = "replica"
goal = 0.125
[[search.stage]]
steps = 11
method = "cma_es"
outputs = 1
accept = 0.25
[[search.stage]]
iterations = 5
data_sets = 4
samples = 9
l1 = 0.25
[run]
seed = 9007199254740991
threads = 3
precision = "single"
isa = "softfma"
lane_bytes = 64
)";

} // namespace carve::cli
