// What each word of a rule between rates, and each way to observe rates, costs beside the ordinary rule of 27 terms in the same
// layer, within one run; and how much of the peak of multiply-adds the fold of observations reaches.
#include "counters.hpp"
#include "setup.hpp"

#include <stdexcept>

namespace bench {
namespace {

double seconds_of(Layer& layer) { // of processor time, for a run
    const std::clock_t start = std::clock();
    if (!layer.run())
        throw std::runtime_error("a step failed or diverged");
    return double(std::clock() - start) / CLOCKS_PER_SEC;
}

// Times of two layers that take turns: the first one's, and the median of the ratios.
struct Turns {
    double seconds, ratio, difference; // difference: median of the first less the second
};
double median(std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}
Turns take_turns(benchmark::State& state, Layer& layer, Layer& other) {
    seconds_of(layer);
    seconds_of(other);
    std::vector<double> seconds, ratios, differences;
    for (auto _ : state) {
        const double first = seconds_of(layer), second = seconds_of(other);
        seconds.push_back(first);
        ratios.push_back(first / second);
        differences.push_back(first - second);
    }
    return {median(seconds), median(ratios), median(differences)};
}

void rate_rule(benchmark::State& state, const Case& c, const Case& ordinary) {
    try {
        Layer layer(c), other(ordinary);
        const Turns turns = take_turns(state, layer, other);
        state.counters["ns/synapse_step"] = 1e9 * turns.seconds / c.synapse_steps();
        state.counters["times_ordinary"] = turns.ratio;
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

// What is left of the time with a probe without that of the steps alone.
void fold(benchmark::State& state, const Case& recorded) {
    try {
        Case steps = recorded;
        steps.recorded = false;
        Layer layer(recorded), other(steps);
        const Turns turns = take_turns(state, layer, other);
        const double k = recorded.coefficients, flops = double(recorded.lanes) * recorded.steps *
                                                        recorded.n_recorded() * k * (k + 4);
        state.counters["times_without"] = turns.ratio;
        state.counters["of_fma_peak"] =
            flops / turns.difference / fma_peak(recorded.precision, layer.register_bytes());
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

void add(const char* word, const Case& c) {
    Case ordinary;
    ordinary.steps = c.steps;
    const std::string name = "rate_rule/" + c.name() + word;
    benchmark::RegisterBenchmark(name.c_str(), rate_rule, c, ordinary)
        ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
    Case c;
    c.steps = 200;
    Case eligibility = c;
    eligibility.eligibility = true;
    add("", eligibility);
    const struct {
        const char* name;
        Word word;
        std::uint32_t coefficients;
        bool recorded;
    } words[] = {{"/means", Word::means, 29, false},
                 {"/weight_sum", Word::weight_sum, 28, false},
                 {"/mlp", Word::mlp, 51, false},
                 {"/several:2", Word::several, 54, false},
                 {"", Word::none, 27, true},
                 {"/events", Word::events, 27, true},
                 {"/unit_sums", Word::unit_sums, 27, true}};
    for (const auto& w : words) {
        Case of_word = c;
        of_word.word = w.word;
        of_word.coefficients = w.coefficients;
        of_word.recorded = w.recorded;
        add(w.name, of_word);
    }
    const auto add_fold = [](Case recorded, const char* word) {
        recorded.recorded = true;
        benchmark::RegisterBenchmark(("fold/" + recorded.name() + word).c_str(), fold, recorded)
            ->Unit(benchmark::kMillisecond);
    };
    Case narrow, weights;
    narrow.pre = 2;
    narrow.post = 16;
    narrow.coefficients = 81;
    weights.steps = 100;
    weights.word = Word::weights;
    add_fold({}, "");
    add_fold(narrow, "");
    add_fold(weights, "/weights");
    return true;
}();

} // namespace
} // namespace bench
