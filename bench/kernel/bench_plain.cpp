// The plain loops on the inputs of the headline case. Their results are compared with carve's
// first.
#include "counters.hpp"
#include "plain.hpp"
#include "setup.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

namespace bench {
namespace {

class PlainCase {
  public:
    explicit PlainCase(const Case& c) : case_(c), layer_(c) {
        for (const double t : Layer::theta())
            theta_.push_back(float(t));
        if (carve_sim_reset(layer_.sim(), 1, nullptr, nullptr) != CARVE_OK)
            throw std::exception();
        x_.reserve(std::size_t{c.lanes} * c.steps * c.pre);
        for (std::size_t lane = 0; lane < c.lanes; ++lane) {
            for (const double w : layer_.weights(lane))
                start_.push_back(float(w));
            for (std::size_t t = 0; t < c.steps; ++t)
                for (std::size_t j = 0; j < c.pre; ++j)
                    x_.push_back(float(layer_.input(lane, t, j)));
        }
        w_.resize(start_.size());
        s_.resize(c.lanes * c.pre * c.coefficients);
    }
    void run(const Plain& plain) {
        const PlainLayer problem{case_.pre, case_.steps,   case_.lanes,   float(Layer::eta),
                                 x_.data(), theta_.data(), start_.data(), w_.data()};
        if (case_.coefficients)
            plain.sensitivities(problem, s_.data());
        else
            plain.layer(problem);
    }
    // The largest difference to carve's results, relative to the largest result.
    double difference() {
        if (!layer_.run())
            return INFINITY;
        double worst = 0, largest = 0;
        const auto compare = [&](const std::vector<double>& ours, const float* plain) {
            for (std::size_t k = 0; k < ours.size(); ++k) {
                worst = std::fmax(worst, std::fabs(ours[k] - double(plain[k])));
                largest = std::fmax(largest, std::fabs(ours[k]));
            }
        };
        for (std::size_t lane = 0; lane < case_.lanes; ++lane) {
            compare(layer_.weights(lane), w_.data() + lane * case_.pre);
            if (case_.coefficients)
                compare(layer_.sensitivities(lane), s_.data() + lane * case_.pre * 27);
        }
        return std::isfinite(worst) ? worst / largest : INFINITY;
    }
    std::size_t bytes_per_replica() const {
        return case_.pre * (1 + case_.coefficients) * sizeof(float);
    }

  private:
    Case case_;
    Layer layer_;
    std::vector<float> theta_, x_, start_, w_, s_;
};

void plain_step(benchmark::State& state, const Case& c, const Plain& plain) {
    try {
        PlainCase replicas(c);
        replicas.run(plain);
        const double difference = replicas.difference();
        if (!(difference < 1e-3)) { // a thousand steps of single precision
            state.SkipWithError("the plain loop and carve disagree");
            return;
        }
        const Stopwatch stopwatch;
        for (auto _ : state) {
            replicas.run(plain);
            benchmark::ClobberMemory();
        }
        set_counters(state, c, stopwatch.seconds_per_iteration(state), replicas.bytes_per_replica(),
                     fma_peak(c.precision));
        state.counters["difference"] = difference;
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

void add(Case c) {
    const std::string shape = "/lanes:" + std::to_string(c.lanes) +
                              "/pre:" + std::to_string(c.pre) +
                              "/post:1/coefficients:" + std::to_string(c.coefficients);
    benchmark::RegisterBenchmark(
        ("plain/f32/strict" + shape).c_str(),
        [c](benchmark::State& state) { plain_step(state, c, plain_strict); })
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(
        ("plain/f32/fast-math" + shape).c_str(),
        [c](benchmark::State& state) { plain_step(state, c, plain_fast_math); })
        ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
    for (const std::uint32_t coefficients : {27u, 0u}) {
        Case c;
        c.coefficients = coefficients;
        for (const std::uint32_t pre : {100u, 2u}) {
            c.pre = pre;
            add(c);
        }
        c.pre = 1000;
        c.lanes = 1;
        c.afferents = true; // what the results are compared with
        add(c);
    }
    return true;
}();

} // namespace
} // namespace bench
