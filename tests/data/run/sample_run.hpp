// A small task and what its search could have found.
#ifndef CARVE_TESTS_DATA_SAMPLE_RUN_HPP
#define CARVE_TESTS_DATA_SAMPLE_RUN_HPP

#include "run_dir.hpp"

#include <cmath>

inline carve::cli::Task sample_task() {
    using namespace carve::cli;
    Task task = parse_task(R"(format = 2
extends = "layer"
[data.x]
spectrum = [1, 0.5, 0]
[rule.feedforward]
reference = "oja"
)",
                           "oja.toml", {});
    task.run.seed = 18446744073709551615u;
    return task;
}

inline carve::cli::RunFacts sample_facts() {
    carve::cli::RunFacts facts;
    facts.argv = {"carve", "train", "oja.toml", "--out", "run"};
    facts.build = "g++ 12.2.0, release";
    facts.isa = "avx2";
    facts.threads = 2;
    facts.inputs = {{"data.csv", 0xDEADBEEF}};
    facts.warnings = {"column 'b' is constant and was dropped"};
    return facts;
}

// 45 iterations in three phases on the way to Oja's rule.
inline carve::cli::SearchResult sample_result() {
    using namespace carve::cli;
    SearchResult r;
    r.rules = {{"feedforward", 0.1, {{0, 2, 1, -0.9971}, {1, 1, 0, 1.0 / 3}}}};
    r.train = 0.0123;
    r.held_out.loss = 0.0145;
    r.held_out.spread = {0.0145, 0.0012, 0.0101, 0.21, 200, 0, 100};
    r.yardsticks = {1.02, 0.0151, 0.98};
    r.held_out_before_refit = 0.02;
    r.validation = 0.0139;
    r.angle = 0.042;
    Direction ratio{3.5, std::vector<double>(27)}, scale{1e-7, std::vector<double>(27)};
    ratio.combination[7] = 0.8;  // y^2 w
    ratio.combination[12] = 0.6; // x y
    scale.combination[7] = -0.6;
    scale.combination[12] = 0.8;
    scale.combination[0] = 1e-17; // round-off
    ratio.standard_error = 0.25;
    ratio.low = 3.12;
    ratio.high = 3.88;
    ratio.rise = 0.0389;
    ratio.pinned = true;
    r.identifiability = {{ratio, scale}, 0.1054, {0.0003, 0.00002, 0.0001, 0.002, 40, 0, 20}};
    r.angles = {0.042};
    r.held_out.measured = {{"loss.components", 0.999, 0.0004, 200}};
    r.counters.iterations = 45;
    r.counters.evaluations = 123456;
    r.counters.diverged = 7;
    r.counters.phases = {{"stage 1", 20, 2000}, {"stage 2", 15, 1500}, {"refit", 10, 1000}};
    r.fingerprint = 0x00123456789ABCDE;
    r.isa = "avx2";
    r.form = "moments";
    for (unsigned i = 0; i < 45; ++i) {
        Progress p;
        p.phase = i < 20 ? "stage 1" : i < 35 ? "stage 2" : "refit";
        p.iteration = i;
        p.total = 45;
        p.loss = 0.9 * std::exp(-0.12 * i) + 0.012 + (i == 20 ? 0.2 : 0);
        p.step = 1.0 / (1 + i);
        p.evaluations = 100 * i;
        p.angle = 70 * std::exp(-0.1 * i);
        for (unsigned k = 0; k < 27; ++k) {
            const double target = k == 12 ? 1.0 / 3 : k == 7 ? -0.9971 : 0;
            p.theta.push_back(target * (1 - std::exp(-0.15 * i)) +
                              0.3 * std::sin(1.7 * k) * std::exp(-0.08 * i) *
                                  (1 - std::exp(-0.3 * i)) * (i < 35 || target != 0));
        }
        r.history.push_back(p);
    }
    return r;
}

#endif
