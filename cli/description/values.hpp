// values.hpp: what the keys of a task file can hold, beyond numbers and texts.
#pragma once
#include "toml.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace carve::cli::task {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class Redraw { never, stage, iteration };

struct Range {
    double low = -kInfinity, high = kInfinity;
};

// A number, or what it is drawn from.
struct Normal {
    double mean = 0, sd = 0;
};
struct Uniform {
    double low = 0, high = 0;
    bool logarithmic = false;
};
struct OneOf {
    std::vector<double> values;
};
struct Column {
    std::string name; // "session.w0"
};
struct Draw {
    std::variant<double, Normal, Uniform, OneOf, Column> from = 0.0;
    std::optional<Redraw> redraw{}; // when it is drawn again; none: with its trial
    bool shared = false;            // one draw for all trials
    Range range{};                  // what is drawn is clipped to, and what a search stays in
};

// Names, written as one text or a list of them.
struct Names {
    std::vector<std::string> of;
};
// One number, or a list that is worked through.
struct Numbers {
    std::vector<double> of;
};

// ---- Populations -------------------------------------------------------------------------------

struct Group {
    std::string name;
    std::uint64_t first = 0, end = 0; // units first .. end - 1
};
struct Groups {
    std::uint64_t equal = 1; // number of groups of equal size; 0: those named
    std::vector<Group> named;
};
struct Signal {
    double gain = 500 / 0.03, tau = 0.05; // Hz, s
    std::string of;                       // the population whose signals it follows
};
enum class ReceptorKind { conductance, current, follower };
struct Receptor {
    std::string name;
    std::optional<double> tau, rise, reversal;
    ReceptorKind kind = ReceptorKind::conductance;
};
struct Receptors {
    std::vector<Receptor> of;
};

// ---- Projections -------------------------------------------------------------------------------

enum class Pattern { all, lower, one_to_one, probability, in_degree, field, data };
struct Connect {
    Pattern pattern = Pattern::all;
    double number = 0; // probability, in-degree or side of the field
    std::string data;
    bool self = true;
};
// base + tuned / (1 + (group - peak)^4) + noise u, u uniform in (0, 1).
struct TunedProfile {
    double base = 0, tuned = 0, noise = 0;
    Draw peak{};
};
struct Scaled {
    double factor = 1;
    std::string from, to; // groups of the projection's populations
};
struct Weights {
    std::variant<Draw, TunedProfile, Scaled> of = Draw{};
    bool antithetic = false; // trials come in pairs of opposite signs
    bool free = false;       // unknown, estimated with the rule
    bool scaled = false;     // sd is divided by the square root of the number of inputs
};
enum class InferenceKind { sequential, sweeps, solve };
struct Inference {
    InferenceKind kind = InferenceKind::sequential;
    std::uint64_t sweeps = 1;
    double damping = 0;
};
enum class Over { pre, post };
enum class When { start, always };
enum class How { scale, subtract };
struct Normalize {
    std::uint64_t norm = 1;
    Over over = Over::post;
    double target = 1;
    std::uint64_t every = 1;
    When at = When::always;
    How how = How::scale;
};

// ---- Rules -------------------------------------------------------------------------------------

struct Power {
    std::string factor;
    std::uint64_t highest = 2;
};
struct Terms {
    std::vector<Power> powers;         // all products up to these
    std::vector<std::string> products; // or these
    std::string preset;                // or those of a preset
};
struct Minus {
    std::optional<double> tau;
    std::optional<std::uint64_t> last;
};
struct Factor {
    std::string name; // in the rule
    std::string of;   // a population, a data column, "w", "residual", "residual_below"
    std::uint64_t power = 1;
    std::optional<double> tau;
    std::string sum, mean;
    std::optional<Minus> minus;
    double scale = 1;
    std::string at;
};
struct Factors {
    std::vector<Factor> of;
};
struct Coefficient {
    std::string name;
    Draw start;
};
// Where a search starts: one distribution of all, or of those named.
struct Start {
    std::optional<Draw> all;
    std::vector<Coefficient> named;
};

// ---- Data, phases, measures ---------------------------------------------------------------------

struct Spectrum {
    std::vector<double> eigenvalues; // descending
    std::optional<Uniform> drawn;    // or so many, of which the first is 1
    std::uint64_t units = 0;
    double gap = 1; // largest ratio of the second to the first
};
struct Active {
    std::optional<Draw> value;
    std::uint64_t units = 0; // 0: all
    bool contiguous = false;
};
struct Durations {
    std::vector<Draw> of; // one, or one for each repetition
};
struct Plastic {
    bool all = true;
    std::optional<std::vector<std::string>> projections;
};
struct Setting {
    std::string path;
    TomlValue value;
};
struct Settings {
    std::vector<Setting> of;
};
struct Compared { // how what is measured becomes a number
    std::string as = "squared";
    std::optional<Range> ramp;
    std::uint64_t quantiles = 0;
};
struct Noise {
    std::variant<double, std::string> of = 1.0; // "estimated", or a data column
};
// What a trial that ends at t of T counts: base + early exp(-t / T); for the whole candidate, or for
// itself.
struct Diverged {
    bool candidate = true;
    std::optional<double> base, early;
};
struct Accept { // ranges of probes that must hold, or a largest validation loss
    std::optional<double> loss;
    std::vector<std::string> probes;
    bool all = false;
};
struct Batch {
    std::uint64_t samples = 1; // 0: all
};
// Iterations without a lower validation loss after which a stage ends early; 0: never. `true` is kUsual.
struct EarlyStop {
    static constexpr std::uint64_t kUsual = 10;
    std::uint64_t iterations = 0;
};

} // namespace carve::cli::task
