// The step of a layer, with and without sensitivities, against the roof of the machine.
#include "counters.hpp"
#include "setup.hpp"

#include <exception>

namespace bench {
namespace {

void step(benchmark::State& state, const Case& c) {
    try {
        Layer layer(c);
        const Stopwatch stopwatch;
        for (auto _ : state)
            if (!layer.run() || (c.adjoint && !layer.sweep())) {
                state.SkipWithError("a step failed or diverged");
                return;
            }
        const double seconds = stopwatch.seconds_per_iteration(state);
        set_counters(state, c, seconds, layer.bytes_per_block(),
                     fma_peak(c.precision, layer.register_bytes()));
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

void add(const Case& c) {
    const char* const kind = c.adjoint ? "adjoint/" : "step/";
    benchmark::RegisterBenchmark((kind + c.name()).c_str(), step, c)->Unit(benchmark::kMillisecond);
}

// The case of the promise: one neuron, 100 inputs, 32 replicas, 1000 steps.
void add_headline(std::uint32_t isa) {
    Case c;
    c.isa = isa;
    if (isa == CARVE_ISA_SOFTFMA)
        c.steps = 20; // about 100 times slower
    for (const std::uint32_t precision : {std::uint32_t{CARVE_F32}, std::uint32_t{CARVE_F64}})
        for (const std::uint32_t coefficients : {27u, 0u}) {
            c.precision = precision;
            c.coefficients = coefficients;
            add(c);
            c.adjoint = true;
            if (coefficients)
                add(c);
            c.adjoint = false;
        }
}

// One replica of a wide layer.
void add_afferents(std::uint32_t isa) {
    Case c;
    c.isa = isa;
    c.lanes = 1;
    c.afferents = true;
    for (const std::uint32_t precision : {std::uint32_t{CARVE_F32}, std::uint32_t{CARVE_F64}})
        for (const std::uint32_t pre : {100u, 1000u})
            for (const std::uint32_t coefficients : {27u, 0u}) {
                c.precision = precision;
                c.pre = pre;
                c.coefficients = coefficients;
                c.steps = isa == CARVE_ISA_SOFTFMA ? 20 : 1000;
                add(c);
            }
}

// A search for two rules: four outputs with lateral synapses, values alone.
void add_lateral() {
    for (const std::uint32_t pre : {10u, 100u}) {
        Case c;
        c.pre = pre;
        c.post = 4;
        c.lateral = true;
        c.coefficients = 0;
        add(c);
    }
}

// All 81 terms, differentiated by the third factor, too.
void add_third_factor() {
    for (const std::uint32_t pre : {2u, 100u}) {
        Case c;
        c.pre = pre;
        c.coefficients = 81;
        add(c);
    }
}

// What a probe of the outputs adds: little to wide layers, and most of the work where rates are many
// and synapses few.
void add_recorded() {
    for (const bool wide : {true, false}) {
        Case c;
        c.pre = wide ? 100 : 2;
        c.post = wide ? 1 : 16;
        c.coefficients = wide ? 27 : 81;
        c.recorded = true;
        add(c);
        c.recorded = false;
        if (!wide)
            add(c);
    }
}

// Under a general rule, which is summed up synapse by synapse.
void add_eligibility() {
    for (const std::uint32_t coefficients : {27u, 0u}) {
        Case c;
        c.coefficients = coefficients;
        c.eligibility = true;
        c.steps = 100;
        add(c);
    }
}

// Leaky networks whose presynaptic rates depend on theta.
void add_recurrent() {
    for (const std::uint32_t post : {4u, 20u}) {
        Case c;
        c.pre = 10;
        c.post = post;
        c.recurrent = true;
        c.steps = post == 4 ? 1000 : 100;
        add(c);
    }
}

// Other shapes: a state from a few KiB to more than the second-level cache, idle lanes, wide
// blocks.
void add_shapes() {
    for (const std::uint32_t coefficients : {27u, 0u}) {
        Case c;
        c.coefficients = coefficients;
        for (const std::uint32_t pre : {2u, 10u, 1000u, 4000u}) {
            c.pre = pre;
            c.steps = pre > 100 ? 100 : 1000;
            add(c);
        }
        c = Case{};
        c.coefficients = coefficients;
        c.post = 10;
        c.steps = 100;
        add(c);
        c = Case{};
        c.coefficients = coefficients;
        c.lanes = 1;
        add(c);
        for (const std::uint32_t pre : {2u, 100u}) {
            c = Case{};
            c.pre = pre;
            c.coefficients = coefficients;
            c.lane_bytes = 64;
            add(c);
        }
    }
}

const bool registered = [] {
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa)
        if (carve_isa_usable(isa) == 1) {
            add_headline(isa);
            add_afferents(isa);
        }
    add_lateral();
    add_third_factor();
    add_eligibility();
    add_recurrent();
    add_recorded();
    add_shapes();
    return true;
}();

} // namespace
} // namespace bench
