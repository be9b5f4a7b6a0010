// What each word of a rule at spikes costs: the cell of bench_spiking.cpp, with 64 rules whose learning rate is 0, so that
// all words meet the same spikes. Its time is compared with that of the pair rule within one run.
#include "spiking_sim.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <exception>
#include <functional>

namespace bench {
namespace {

constexpr std::uint32_t kExcitatory = 800, kInhibitory = 200, kRules = 64;
constexpr std::uint32_t kInput = 3; // the population of third factors and gates

// What a word changes.
struct Parts {
    carve_population populations[4]; // of the last one, an input: third factors and gates
    carve_poisson afferents;
    carve_lif neuron;
    carve_input input;
    carve_projection projections[2];
    carve_plasticity plasticity[2];
    std::vector<carve_term> terms;
    carve_polynomial polynomial;
    carve_product product;
    carve_mlp mlp;
    carve_rule rule;
    carve_model model;
    std::uint32_t n_coefficients = 6;

    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    Parts() {
        for (carve_population& p : populations)
            require(carve_population_init(&p, sizeof p));
        require(carve_poisson_init(&afferents, sizeof afferents));
        require(carve_lif_init(&neuron, sizeof neuron));
        require(carve_input_init(&input, sizeof input));
        for (carve_projection& p : projections)
            require(carve_projection_init(&p, sizeof p));
        for (carve_plasticity& p : plasticity)
            require(carve_plasticity_init(&p, sizeof p));
        require(carve_polynomial_init(&polynomial, sizeof polynomial));
        require(carve_product_init(&product, sizeof product));
        require(carve_mlp_init(&mlp, sizeof mlp));
        require(carve_rule_init(&rule, sizeof rule));
        require(carve_model_init(&model, sizeof model));
        describe();
    }

    bool reads_input() const {
        return plasticity[0].modulator == kInput || plasticity[0].gate == kInput;
    }

  private:
    void describe() {
        populations[0].kind = populations[1].kind = CARVE_POPULATION_POISSON;
        populations[0].parameters = populations[1].parameters = &afferents;
        populations[0].n_units = kExcitatory;
        populations[1].n_units = kInhibitory;
        populations[2].kind = CARVE_POPULATION_LIF;
        populations[2].parameters = &neuron;
        populations[kInput].kind = CARVE_POPULATION_INPUT;
        populations[kInput].parameters = &input;
        input.shared = input.fixed = 1;
        afferents.rate = 10;
        projections[0].post = projections[1].post = 2;
        projections[0].gain = 0.014;
        projections[0].weights.a = 3;
        projections[1].pre = 1;
        projections[1].gain = 0.035;
        projections[1].receptor = CARVE_INHIBITORY;
        projections[1].weights.a = 4.8; // about 5 Hz
        projections[1].w_min = 0;
        projections[1].n_plasticity = 1;
        projections[1].plasticity = plasticity;
        plasticity[0].eta = plasticity[1].eta = 0;
        terms = {{CARVE_EVENT_PRE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                 {CARVE_EVENT_PRE, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                 {CARVE_EVENT_POST, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                 {CARVE_EVENT_POST, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}}};
        rule.parameters = &polynomial;
        rule.shared = 0;
        model.precision = CARVE_F32;
        model.n_replicas = kRules;
        model.lane_bytes = 32;
        model.n_projections = 2;
        model.n_rules = 1;
        model.populations = populations;
        model.projections = projections;
        model.rules = &rule;
    }
};
using Word = std::function<void(Parts&)>;

class Cell : public SpikingSim {
  public:
    explicit Cell(const Word& word) {
        Parts parts;
        word(parts);
        parts.polynomial.n_terms = std::uint32_t(parts.terms.size());
        parts.polynomial.terms = parts.terms.data();
        const bool fed = parts.reads_input();
        parts.model.n_populations = fed ? 4 : 3;
        build(parts.model);
        if (fed)
            streams_ = {{CARVE_F32, CARVE_STREAM_BLOCKS, 1, &value_}};
        const std::vector<double> theta(parts.n_coefficients, -3); // time constants of 50 ms
        for (std::uint32_t r = 0; r < kRules; ++r)
            require(
                carve_sim_write(sim_, CARVE_VIEW_THETA, 0, r, theta.data(), theta.size(), nullptr));
        require(carve_sim_reset(sim_, 1, nullptr, nullptr));
    }

  private:
    float value_ = 1; // of the input, in every step
};

// Of processor time, in seconds, for one of the cell.
double second_of(Cell& cell) {
    const double start = processor_seconds();
    cell.run(kSecond);
    return processor_seconds() - start;
}

void spike_rule(benchmark::State& state, const Word& word) {
    try {
        Cell pair([](Parts&) {}), cell(word);
        pair.run(kSecond);
        cell.run(kSecond);
        const double before = cell.spikes(2, 1, kRules);
        double seconds = 0, n = 0;
        std::vector<double> ratios;
        for (auto _ : state) {
            const double of_word = second_of(cell), of_pair = second_of(pair);
            seconds += of_word;
            ratios.push_back(of_word / of_pair);
            ++n;
        }
        std::sort(ratios.begin(), ratios.end());
        state.counters["ms/bio_s"] = 1e3 * seconds / n;
        state.counters["times_pair"] = ratios[ratios.size() / 2];
        state.counters["output_Hz"] = (cell.spikes(2, 1, kRules) - before) / n / kRules;
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

void modulate(Parts& p, std::uint32_t power) {
    for (carve_term& term : p.terms)
        term.modulator = std::uint8_t(power);
    p.plasticity[0].modulator = kInput;
}
const struct {
    const char* name;
    Word word;
} kWords[] = {
    {"pair", [](Parts&) {}},
    {"third_factor", [](Parts& p) { modulate(p, 1); }},
    {"gate", [](Parts& p) { p.plasticity[0].gate = kInput; }},
    {"several:2",
     [](Parts& p) {
         p.projections[1].n_plasticity = 2;
         p.plasticity[1].rule = 0;
     }},
    {"eligibility",
     [](Parts& p) {
         modulate(p, 1);
         p.polynomial.eligibility = 1;
         p.n_coefficients = 7;
     }},
    {"weight_sum/post", [](Parts& p) { p.terms[2].weight_sum = p.terms[3].weight_sum = 1; }},
    {"weight_sum/pre", [](Parts& p) { p.terms[0].weight_sum = p.terms[1].weight_sum = 1; }},
    {"product",
     [](Parts& p) {
         p.product.factors = 0;
         p.rule.kind = CARVE_RULE_PRODUCT;
         p.rule.parameters = &p.product;
         p.n_coefficients = 13;
     }},
    {"mlp:50:4", [](Parts& p) {
         p.mlp.at_spikes = 1;
         p.mlp.n_hidden = 50;
         p.mlp.n_second = 4;
         p.mlp.activation = CARVE_ACTIVATION_SIGMOID;
         p.rule.kind = CARVE_RULE_MLP;
         p.rule.parameters = &p.mlp;
         p.n_coefficients = 50 * 4 + 4 * 51 + 2 * 5;
     }}};

const bool registered = [] {
    for (const auto& w : kWords)
        benchmark::RegisterBenchmark(
            (std::string("spike_rule/f32/auto/rules:64/") + w.name).c_str(),
            [&w](benchmark::State& state) { spike_rule(state, w.word); })
            ->Unit(benchmark::kMillisecond);
    return true;
}();

} // namespace
} // namespace bench
