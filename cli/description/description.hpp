// description.hpp: a task as its file says it: a network, what it is fed, what it should do, how a
// rule for it is searched for. Values only; schema/ has the keys with their ranges and defaults.
#pragma once
#include "values.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli::task {

struct Simulation {
    std::optional<double> dt;       // s; none: 1 (steps) if nothing spikes, else 1e-4
    std::optional<double> duration; // of a trial without phases; none: as long as its data
    Batch batch;
    double bound = 1e9;
};

enum class PopulationKind { input, rate, choice, poisson, lif };
enum class Activation { linear, relu, tanh, sigmoid, softplus, exp, square, softmax, step };
enum class NeuronModel { vogels_2011, auryn_tif, auryn_if, cvaif, delta };

struct Population {
    std::string name;
    Place place;
    PopulationKind kind = PopulationKind::rate;
    std::optional<std::uint64_t> units; // none: of its data, else 1
    Groups groups;
    std::string clamp;
    std::string data;
    std::optional<double> value;
    std::optional<Draw> rate;
    double factor = 1;
    std::optional<Signal> signal;
    std::optional<double> refractory;
    std::uint64_t trains = 1;
    Activation activation = Activation::linear;
    double noise = 0;
    std::optional<double> tau;
    NeuronModel model = NeuronModel::vogels_2011;
    std::optional<double> rest, reset, threshold, drive;
    std::optional<Draw> initial;
    Receptors receptors;
};

enum class MaskFrom { start, first_update };

struct Projection {
    std::string name;
    Place place;
    std::string from, to; // "E", or a group of it: "E.memory"
    Connect connect;
    Weights weights;
    double gain = 1;
    std::optional<double> delay;
    std::string receptor = "excitatory";
    std::optional<double> w_min, w_max, soft;
    std::optional<Normalize> normalize;
    Inference inference;
    MaskFrom mask_from = MaskFrom::start;
    std::optional<Names> rule; // none: the rule of its own name, if there is one
    Factors factors;
};

enum class RuleKind { polynomial, mlp };
enum class Coincidence { pre_first, blind };
enum class TraceJump { one, inverse_tau };

struct Rule {
    std::string name;
    Place place;
    RuleKind kind = RuleKind::polynomial;
    Terms terms;
    std::vector<std::string> inputs{"x", "y", "w"};
    std::vector<std::uint64_t> hidden{10};
    Activation activation = Activation::tanh;
    Factors factors;
    double eta = 1;
    Start theta{Draw{Normal{0, 0.01}}, {}};
    Start tau;
    double spread = 1;
    Names fixed;
    std::string reference;
    std::optional<Factor> modulator;
    std::optional<double> eligibility;
    std::string when;
    std::uint64_t every = 1;
    Coincidence coincidence = Coincidence::pre_first;
    TraceJump trace_jump = TraceJump::one;
};

enum class DataKind { gaussian, file, spikes, patterns, pairing, bandit };
enum class Order { sequence, random };
enum class Standardize { none, leading, columns, white };

struct Data {
    std::string name;
    Place place;
    DataKind kind = DataKind::gaussian;
    Spectrum spectrum;
    Draw scale{1.0};
    std::uint64_t samples = 100;
    bool antithetic = false;
    std::string path;
    std::vector<std::uint64_t> rows; // [first, end)
    std::vector<std::string> columns;
    std::uint64_t units = 0;
    Order order = Order::random;
    bool center = true, row_mean = false;
    Standardize standardize = Standardize::leading;
    double train_fraction = 0.8;
    std::uint64_t block_rows = 1;
    std::vector<std::string> streams;
    std::uint64_t count = 1;
    Active active;
    double on = 1, off = 0;
    std::optional<Draw> lag, frequency; // s, Hz; as a rule columns
    std::uint64_t pairs = 60;
    std::string of;
    std::uint64_t steps = 0;
    std::vector<std::vector<double>> blocks;
    bool baited = false;
    double value = 1, noise = 0;
    std::optional<Redraw> redraw;
    bool shared = false;
};

enum class Reset { nothing, activity, weights };

struct Phase {
    std::string name;
    Place place;
    Durations duration;
    std::uint64_t repeat = 1;
    std::string after, after_each;
    Plastic plastic;
    Reset reset = Reset::nothing;
    Settings set;
};

enum class MeasureKind {
    rate,
    value,
    likelihood,
    cv,
    fano,
    autocovariance,
    spectrum,
    selectivity,
    decode,
    weights,
    drift,
    at_bounds,
    components,
    subspace,
    decorrelation,
    tuning,
    contrast
};
enum class Across { units, time };

// A loss, which the search lowers, or a probe, which is reported and may have to hold.
struct Measure {
    std::string name;
    Place place;
    MeasureKind kind = MeasureKind::rate;
    Names of, when;
    std::optional<double> window, at;
    std::string mask;
    std::uint64_t sample = 0;
    std::optional<Across> over;
    std::optional<double> bin, lags, tau, start;
    std::string to;
    std::optional<double> target;
    Compared as;
    Noise noise;
    double weight = 1;
    std::optional<Range> accept, stop;
};

struct TrialSet {
    std::string name;
    Place place;
    std::optional<std::uint64_t> count; // none: the number of held-out trials
    Settings vary;
};

struct Trials {
    std::uint64_t search = 20, validation = 50, held_out = 200;
    std::string from;
    Settings vary;
    Redraw redraw = Redraw::never;
    std::vector<TrialSet> sets;
};

enum class Method { gauss_newton, adam, cma_es, filter };
enum class Restarts { none, ipop, bipop };
enum class Aggregate { mean, median, trimmed };
enum class Eliminate { none, loss, bic };
enum class Uncertainty { none, laplace, profile };

struct Search {
    Method method = Method::gauss_newton;
    std::uint64_t iterations = 40, population = 0;
    double sigma = 0.1, learning_rate = 0.02, clip = 1, damping = 1;
    Numbers l1{{0.1}};
    Restarts cma_restarts = Restarts::none;
    Aggregate aggregate = Aggregate::mean;
    double prune = 0;
    Eliminate eliminate = Eliminate::none;
    bool refit = true;
    std::uint64_t refit_iterations = 20;
    double margin = 1.5;
    std::uint64_t restarts = 1;
    Accept accept;
    std::optional<double> goal;
    EarlyStop early_stop;
    std::optional<double> prior;
    Uncertainty uncertainty = Uncertainty::none;
    Diverged diverged;
    Settings parameters;
};

// What a stage sets beside the keys of the search.
struct Stage {
    std::string name;
    Place place;
    Search search;
    std::uint64_t repeat = 1;
    Settings set;
};

enum class Precision { single_, double_ };

struct Run {
    std::uint64_t seed = 1, threads = 0;
    Precision precision = Precision::double_;
    std::string isa = "auto";
    std::uint64_t lane_bytes = 0;
};

struct Task {
    std::string name; // of the file, or as the file says
    std::string file; // as the places of its own keys say it
    std::string description;
    Simulation simulation;
    std::vector<Population> populations; // each list in the order of the text
    std::vector<Projection> projections;
    std::vector<Rule> rules;
    std::vector<Data> data;
    std::vector<Phase> phases;
    std::vector<Measure> losses, probes;
    Trials trials;
    Search search;
    std::vector<Stage> stages;
    Run run;
    std::map<std::string, Place> places; // of the keys that the text sets, by path

    Place place_of(const std::string& path) const {
        const auto at = places.find(path);
        return at == places.end() ? Place{} : at->second;
    }
};

} // namespace carve::cli::task
