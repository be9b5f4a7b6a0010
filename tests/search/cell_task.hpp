// A small neuron with tuned excitation and plastic inhibition, and rules of spike pairs for it.
#pragma once
#include "spike_terms.hpp"
#include "task.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace fixture {

using namespace carve::cli;

const Overrides kEvolution = {"search.method=cma_es", "search.iterations=2", "search.population=6"};

// 1 s in steps of 0.1 ms. The preferred group is drawn in each trial. tables: more of the task.
inline Task small_cell(const Overrides& overrides = {}, const Overrides& method = kEvolution,
                       const std::string& tables = "") {
    const char* const text = R"(format = 2
[simulation]
duration = 1
[population.exc]
kind = "poisson"
units = 16
groups = 2
rate = 60
[population.inh]
like = "exc"
units = 8
[population.cell]
kind = "lif"
[projection.excitatory]
from = "exc"
to = "cell"
gain = 0.2
weights = { base = 0.3, tuned = 1.1, noise = 0.1, peak = 1 }
[projection.inhibitory]
from = "inh"
to = "cell"
receptor = "inhibitory"
gain = 0.5
weights = 0.1
w_min = 0
[rule.inhibitory]
terms = "pair"
eta = 0.1
[loss.rate]
kind = "rate"
of = "cell"
target = 10
as = "relative"
tau = 1
window = 0.5
stop = [0.1, 100]
[probe.tuning]
kind = "tuning"
of = ["excitatory", "inhibitory"]
window = 0.5
[trials]
search = 4
validation = 2
held_out = 4
[trials.vary]
"population.inh.factor" = [0.5, 2]
"projection.excitatory.weights.peak" = { choice = [1, 2] }
[run]
threads = 1
[search]
l1 = 0
refit = false
diverged = { base = 160, early = 160, candidate = false }
)";
    Overrides all = method;
    all.insert(all.end(), overrides.begin(), overrides.end());
    return parse_task(text + tables, "cell.toml", all);
}

// A rule of spike pairs with time constants of 20 ms.
inline std::vector<Term> published(double alpha, double kappa, double beta, double gamma) {
    std::vector<Term> terms = pair_terms();
    const double values[] = {std::log(0.02), std::log(0.02), alpha, kappa, beta, gamma};
    for (std::size_t k = 0; k < 6; ++k)
        terms[k].theta = values[k];
    return terms;
}

} // namespace fixture
