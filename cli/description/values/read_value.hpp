// read_value.hpp: values of a task file from TOML and back. read_value leaves `out` alone and adds a fault
// if the value does not fit; type_words says what does.
#pragma once
#include "description.hpp"
#include "key.hpp"

#include <array>
#include <type_traits>

namespace carve::cli::task {

// The words of an enum, in its order: enum_words(E{}).
#define CARVE_WORDS(Enum, ...)                                                                     \
    inline const std::vector<std::string>& enum_words(Enum) {                                      \
        static const std::vector<std::string> words = {__VA_ARGS__};                               \
        return words;                                                                              \
    }
CARVE_WORDS(Redraw, "never", "stage", "iteration")
CARVE_WORDS(ReceptorKind, "conductance", "current", "follower")
CARVE_WORDS(PopulationKind, "input", "rate", "choice", "poisson", "lif")
CARVE_WORDS(Activation, "linear", "relu", "tanh", "sigmoid", "softplus", "exp", "square", "softmax",
            "step")
CARVE_WORDS(NeuronModel, "vogels_2011", "auryn_tif", "auryn_if", "cvaif", "delta")
CARVE_WORDS(MaskFrom, "start", "first_update")
CARVE_WORDS(RuleKind, "polynomial", "mlp")
CARVE_WORDS(Coincidence, "pre_first", "blind")
CARVE_WORDS(TraceJump, "one", "inverse_tau")
CARVE_WORDS(DataKind, "gaussian", "file", "spikes", "patterns", "pairing", "bandit")
CARVE_WORDS(Order, "sequence", "random")
CARVE_WORDS(Standardize, "none", "leading", "columns", "white")
CARVE_WORDS(Reset, "nothing", "activity", "weights")
CARVE_WORDS(MeasureKind, "rate", "value", "likelihood", "cv", "fano", "autocovariance", "spectrum",
            "selectivity", "decode", "weights", "drift", "at_bounds", "components", "subspace",
            "decorrelation", "tuning", "contrast")
CARVE_WORDS(Across, "units", "time")
CARVE_WORDS(Method, "gauss_newton", "adam", "cma_es", "filter")
CARVE_WORDS(Restarts, "none", "ipop", "bipop")
CARVE_WORDS(Aggregate, "mean", "median", "trimmed")
CARVE_WORDS(Uncertainty, "none", "laplace", "profile")
CARVE_WORDS(Precision, "single", "double")
CARVE_WORDS(Over, "pre", "post")
CARVE_WORDS(When, "start", "always")
CARVE_WORDS(How, "scale", "subtract")
#undef CARVE_WORDS

template <class E> const std::string& word_of(E value) {
    return enum_words(value)[static_cast<std::size_t>(value)];
}

// ---- Reading -------------------------------------------------------------------------------------

bool read_value(const Slot& slot, bool& out);
bool read_value(const Slot& slot, double& out); // within the key's range
bool read_value(const Slot& slot, std::uint64_t& out);
bool read_value(const Slot& slot, std::string& out); // one of the key's words if it has any
bool read_value(const Slot& slot, Range& out);
bool read_value(const Slot& slot, Draw& out);
bool read_value(const Slot& slot, Names& out);
bool read_value(const Slot& slot, Numbers& out);
bool read_value(const Slot& slot, Groups& out);
bool read_value(const Slot& slot, Signal& out);
bool read_value(const Slot& slot, Receptors& out);
bool read_value(const Slot& slot, Connect& out);
bool read_value(const Slot& slot, Weights& out);
bool read_value(const Slot& slot, Inference& out);
bool read_value(const Slot& slot, Normalize& out);
bool read_value(const Slot& slot, Terms& out);
bool read_value(const Slot& slot, Factor& out);
bool read_value(const Slot& slot, Factors& out);
bool read_value(const Slot& slot, Start& out);
bool read_value(const Slot& slot, Spectrum& out);
bool read_value(const Slot& slot, Active& out);
bool read_value(const Slot& slot, Durations& out);
bool read_value(const Slot& slot, Plastic& out);
bool read_value(const Slot& slot, Settings& out);
bool read_value(const Slot& slot, Compared& out);
bool read_value(const Slot& slot, Noise& out);
bool read_value(const Slot& slot, Diverged& out);
bool read_value(const Slot& slot, Accept& out);
bool read_value(const Slot& slot, Batch& out);
bool read_value(const Slot& slot, EarlyStop& out);
bool read_value(const Slot& slot, Eliminate& out);

// "'cma' is none of: gauss_newton, adam"; the index of the word, or -1 with a fault.
int read_word(const Slot& slot, const std::vector<std::string>& words);

template <class E> std::enable_if_t<std::is_enum_v<E>, bool> read_value(const Slot& slot, E& out) {
    const int index = read_word(slot, enum_words(E{}));
    if (index >= 0)
        out = static_cast<E>(index);
    return index >= 0;
}
template <class T> bool read_value(const Slot& slot, std::optional<T>& out) {
    T value{};
    if (!read_value(slot, value))
        return false;
    out = std::move(value);
    return true;
}
template <class T> constexpr bool is_list = false;
template <class T> constexpr bool is_list<std::vector<T>> = true;

template <class T> bool read_value(const Slot& slot, std::vector<T>& out) {
    if (!slot.value.list())
        return slot.refuse_type("a list");
    std::vector<T> list;
    bool good = true;
    for (const TomlValue& element : *slot.value.list()) {
        T value{};
        const Slot part{slot.key, slot.path, element, slot.faults};
        good = read_value(part, value) && good;
        if constexpr (std::is_same_v<T, std::string> || is_list<T>)
            good = good && (!value.empty() || part.refuse(" has an empty element"));
        list.push_back(std::move(value));
    }
    if (good)
        out = std::move(list);
    return good;
}

// ---- Writing: nothing where the value is absent -----------------------------------------------------

using Written = std::optional<TomlValue>;
Written write_value(bool value);
Written write_value(double value);
Written write_value(std::uint64_t value);
Written write_value(const std::string& value); // nothing if empty
Written write_value(const Range& value);
Written write_value(const Draw& value);
Written write_value(const Names& value);
Written write_value(const Numbers& value);
Written write_value(const Groups& value);
Written write_value(const Signal& value);
Written write_value(const Receptors& value);
Written write_value(const Connect& value);
Written write_value(const Weights& value);
Written write_value(const Inference& value);
Written write_value(const Normalize& value);
Written write_value(const Terms& value);
Written write_value(const Factor& value);
Written write_value(const Factors& value);
Written write_value(const Start& value);
Written write_value(const Spectrum& value);
Written write_value(const Active& value);
Written write_value(const Durations& value);
Written write_value(const Plastic& value);
Written write_value(const Settings& value);
Written write_value(const Compared& value);
Written write_value(const Noise& value);
Written write_value(const Diverged& value);
Written write_value(const Accept& value);
Written write_value(const Batch& value);
Written write_value(const EarlyStop& value);
Written write_value(Eliminate value);
template <class E> std::enable_if_t<std::is_enum_v<E>, Written> write_value(E value) {
    return write_value(word_of(value));
}
template <class T> Written write_value(const std::optional<T>& value) {
    return value ? write_value(*value) : std::nullopt;
}
template <class T> Written write_value(const std::vector<T>& value) {
    if (value.empty())
        return std::nullopt;
    TomlList list;
    for (const T& element : value)
        if (Written part = write_value(element))
            list.push_back(std::move(*part));
    TomlValue written;
    written.value = std::move(list);
    return written;
}

// ---- What a member can hold, in words ------------------------------------------------------------------

template <class T> struct Holds;
template <> struct Holds<bool> { static constexpr const char* words = "true or false"; };
template <> struct Holds<double> { static constexpr const char* words = "number"; };
template <> struct Holds<std::uint64_t> { static constexpr const char* words = "whole number"; };
template <> struct Holds<std::string> { static constexpr const char* words = "text"; };
template <> struct Holds<Range> { static constexpr const char* words = "[low, high]"; };
template <> struct Holds<Draw> { static constexpr const char* words = "draw"; };
template <> struct Holds<Names> {
    static constexpr const char* words = "name, or a list of names";
};
template <> struct Holds<Numbers> { static constexpr const char* words = "number, or a list"; };
template <> struct Holds<Groups> {
    static constexpr const char* words = "whole number, or { NAME = [first, end] }";
};
template <> struct Holds<Signal> {
    static constexpr const char* words = "{ gain, tau } or { of }";
};
template <> struct Holds<Receptors> {
    static constexpr const char* words = "{ NAME = { tau, rise, reversal, kind } }";
};
template <> struct Holds<Connect> {
    static constexpr const char* words = "\"all\", \"lower\", \"one_to_one\", { probability }, { "
                                         "in_degree }, { field } or { data }, "
                                         "each with self = false";
};
template <> struct Holds<Weights> {
    static constexpr const char* words = "draw, or { base, tuned, noise, peak }";
};
template <> struct Holds<Inference> {
    static constexpr const char* words = "\"sequential\", \"solve\" or { sweeps, damping }";
};
template <> struct Holds<Normalize> {
    static constexpr const char* words = "{ norm, over, target, every, at, how }";
};
template <> struct Holds<Terms> {
    static constexpr const char* words =
        "{ x = 2, y = 2, w = 2 }: all products up to these powers; a list of products; or a preset";
};
template <> struct Holds<Factor> {
    static constexpr const char* words = "name, or { of, tau, sum, mean, minus, scale, at }";
};
template <> struct Holds<Factors> { static constexpr const char* words = "{ NAME = factor }"; };
template <> struct Holds<Start> {
    static constexpr const char* words = "draw, or { NAME = draw }";
};
template <> struct Holds<Spectrum> {
    static constexpr const char* words = "list of numbers, or { uniform, units, gap }";
};
template <> struct Holds<Active> {
    static constexpr const char* words = "draw, or { units, contiguous, value }";
};
template <> struct Holds<Durations> { static constexpr const char* words = "draw, or a list"; };
template <> struct Holds<Plastic> {
    static constexpr const char* words = "true, false or a list of projections";
};
template <> struct Holds<Settings> { static constexpr const char* words = "{ \"path\" = value }"; };
template <> struct Holds<Compared> {
    static constexpr const char* words =
        "\"squared\", \"distance\", \"relative\", \"contrast\", \"cross_entropy\", "
        "\"counts\", \"r2\", \"accuracy\", { ramp = [from, to] } or { quantiles }";
};
template <> struct Holds<Noise> { static constexpr const char* words = "number, or a name"; };
template <> struct Holds<Diverged> {
    static constexpr const char* words =
        "\"candidate\", \"trial\", a number or { base, early, candidate }";
};
template <> struct Holds<Accept> {
    static constexpr const char* words = "number, a list of probes, or \"all\"";
};
template <> struct Holds<Batch> {
    static constexpr const char* words = "whole number, or \"all\"";
};
template <> struct Holds<EarlyStop> {
    static constexpr const char* words = "true, false or a whole number";
};
template <> struct Holds<Eliminate> {
    static constexpr const char* words = "true, false or \"bic\"";
};
template <class T> std::string type_words(const T*) {
    if constexpr (std::is_enum_v<T> && !std::is_same_v<T, Eliminate>)
        return "one of";
    else
        return Holds<T>::words;
}
template <class T> std::string type_words(const std::optional<T>*) {
    return type_words(static_cast<const T*>(nullptr));
}
template <class T> std::string type_words(const std::vector<T>*) {
    return "list: " + type_words(static_cast<const T*>(nullptr));
}
template <class T> std::vector<std::string> choices_of(const T*) {
    if constexpr (std::is_enum_v<T> && !std::is_same_v<T, Eliminate>)
        return enum_words(T{});
    else
        return {};
}
template <class T> std::vector<std::string> choices_of(const std::optional<T>*) {
    return choices_of(static_cast<const T*>(nullptr));
}

} // namespace carve::cli::task
