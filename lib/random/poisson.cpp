// poisson.cpp: units that spike by chance (M21), about one draw a spike. The raster of a group,
// step by step and in a step unit by unit, is a sequence of cells; a unit spikes in a cell with
// probability 1 - e^-h, so that between two spikes the cells' hazards h add up to an exponential of
// mean 1.
#include "poisson.hpp"
#include "log_exp.hpp"
#include "philox.hpp"

namespace carve {

namespace {

constexpr std::uint64_t kNever = ~std::uint64_t{0};
constexpr double kMostHazard = 50;   // of a cell: e^-50 is below every draw
constexpr double kVogelsStep = 1e-4; // s, of the noise of Vogels et al. 2011

// Exponentials number 0, 1, 2, ... of one group. Nothing is computed before it is asked for: a call of
// one step asks for few.
class Exponentials {
  public:
    Exponentials(std::uint64_t seed, std::uint64_t stream, std::uint32_t group) noexcept
        : seed_(seed), stream_(stream), group_(std::uint64_t{group} << 40) {}
    double operator()(std::uint64_t n) noexcept {
        if (n / 4 != words_) {
            words_ = n / 4;
            fill_words(seed_, stream_, group_ + words_, four_);
        }
        if (n / 2 != logarithms_) {
            logarithms_ = n / 2;
            two_ = -log_of(Doubles{four_[n % 4 / 2 * 2], four_[n % 4 / 2 * 2 + 1]});
        }
        return two_[n % 2];
    }

  private:
    std::uint64_t seed_, stream_, group_, words_ = kNever, logarithms_ = kNever;
    double four_[4] = {};
    Doubles two_{};
};

// Hazard of one unit and step at a rate in Hz; any content of the caller's array is safe.
double hazard_of(double rate, double dt) noexcept {
    const double h = rate * dt;
    return !(h > 0) ? 0 : h < kMostHazard ? h : kMostHazard;
}

// The amplitude of a signal's noise in steps of dt: 1 at Vogels' step, and elsewhere such that the
// signal has the variance that it has there.
double noise_amplitude(double dt, double tau) noexcept {
    const double now = tanh_half(dt / tau);
    return now > 0 ? __builtin_sqrt(tanh_half(kVogelsStep / tau) / now) : 1; // 0: no signal moves
}

class Generator {
  public:
    Generator(Sim& sim, std::uint64_t first, std::uint32_t n_steps) noexcept
        : sim_(sim), first_(first), n_steps_(n_steps),
          stream_(array<std::uint64_t>(sim, sim.streams)[0]) {}

    // False if the spikes do not fit.
    bool draw(std::uint32_t i) noexcept {
        const PopulationPlan& p = populations(sim_)[i];
        if (p.signals)
            follow_signals(p);
        const std::uint32_t units = p.model.n_units / p.model.n_groups;
        for (std::uint32_t g = 0; g < p.model.n_groups; ++g) {
            SourceState& state = array<SourceState>(sim_, p.sources)[g];
            Exponentials draws(state.seed, stream_, g);
            const bool fits = p.model.source == CARVE_SOURCE_SIGNAL
                                  ? modulated(i, g, units, state, draws)
                                  : constant(i, g, units, state, draws);
            if (!fits)
                return false;
        }
        return true;
    }
    bool take(std::uint32_t i, SpikeRange& list) noexcept {
        for (; list.next != list.end && list.next->step - first_ < n_steps_; ++list.next)
            if (!put(static_cast<std::uint32_t>(list.next->step - first_), i, list.next->unit))
                return false;
        return true;
    }
    std::uint64_t count() const noexcept { return count_; }

  private:
    bool put(std::uint32_t step, std::uint32_t population, std::uint32_t unit) noexcept {
        if (count_ == sim_.spike_capacity)
            return false;
        array<RawSpike>(sim_, sim_.raw_spikes)[count_++] = {step, population, unit};
        return true;
    }

    bool constant(std::uint32_t i, std::uint32_t g, std::uint32_t units, SourceState& state,
                  Exponentials& draws) noexcept {
        const double hazard =
            hazard_of(array<double>(sim_, populations(sim_)[i].groups)[g], sim_.model.dt);
        const std::uint64_t begin = first_ * units, end = begin + std::uint64_t{n_steps_} * units;
        // A changed rate holds from here on: what is left of an exponential is one, so it is drawn
        // again.
        if (state.hazard != hazard || state.next < begin) {
            state.hazard = hazard;
            state.next = after(begin, hazard, state, draws);
        }
        while (state.next < end) {
            const std::uint64_t cell = state.next - begin;
            if (!put(static_cast<std::uint32_t>(cell / units), i,
                     g * units + static_cast<std::uint32_t>(cell % units)))
                return false;
            state.next = after(state.next + 1, hazard, state, draws);
        }
        return true;
    }
    static std::uint64_t after(std::uint64_t cell, double hazard, SourceState& state,
                               Exponentials& draws) noexcept {
        if (hazard == 0)
            return kNever;
        const double skipped = draws(state.draws++) / hazard;
        return skipped < 0x1p62 ? cell + static_cast<std::uint64_t>(skipped) : kNever;
    }

    bool modulated(std::uint32_t i, std::uint32_t g, std::uint32_t units, SourceState& state,
                   Exponentials& draws) noexcept {
        const PopulationPlan& p = populations(sim_)[i];
        const double* const groups = array<double>(sim_, p.groups);
        const double base = groups[g], gain = groups[p.model.n_groups + g], dt = sim_.model.dt;
        const double* const signal =
            array<double>(sim_, populations(sim_)[p.signal_leader].signals) +
            std::size_t{g} * kSpikeSteps;
        double left = state.left;
        for (std::uint32_t t = 0; t < n_steps_; ++t) {
            const double hazard = hazard_of(base + (signal[t] > 0 ? gain * signal[t] : 0), dt);
            if (hazard == 0)
                continue;
            if (!(left >= 0))
                left = draws(state.draws++);
            std::uint32_t unit = 0;
            while (left < hazard * (units - unit)) {
                const std::uint32_t skipped = static_cast<std::uint32_t>(left / hazard);
                unit += skipped < units - unit ? skipped : units - unit - 1;
                if (!put(t, i, g * units + unit))
                    return false;
                left = draws(state.draws++);
                if (++unit == units)
                    break;
            }
            left -= hazard * (units - unit);
            if (left < 0)
                left = 0; // by rounding
        }
        state.left = left;
        return true;
    }
    // f <- u - (u - f) e^(-dt / tau), u uniform in (-c/2, c/2) by (signal, group, step).
    void follow_signals(const PopulationPlan& p) noexcept {
        const double dt = sim_.model.dt, tau = p.model.signal_tau;
        const double decay = exp_minus(dt / tau), amplitude = noise_amplitude(dt, tau);
        const std::uint64_t seed = draw_seed(sim_.seed, 3, p.model.signal);
        for (std::uint32_t g = 0; g < p.model.n_groups; ++g) {
            SourceState& state = array<SourceState>(sim_, p.sources)[g];
            double* const out = array<double>(sim_, p.signals) + std::size_t{g} * kSpikeSteps;
            double four[4] = {}, f = state.signal;
            for (std::uint32_t t = 0; t < n_steps_; ++t) {
                const std::uint64_t step = first_ + t;
                if (t == 0 || step % 4 == 0)
                    fill_words(seed, stream_, (std::uint64_t{g} << 40) + step / 4, four);
                const double u = amplitude * (four[step % 4] - 0.5);
                f = u - (u - f) * decay;
                out[t] = f;
            }
            state.signal = f;
        }
    }

    Sim& sim_;
    std::uint64_t first_;
    std::uint32_t n_steps_;
    std::uint64_t stream_, count_ = 0;
};

void copy_sources(Sim& sim, bool restore) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const PopulationPlan& p = populations(sim)[i];
        if (!p.sources)
            continue;
        __builtin_memcpy(array<char>(sim, restore ? p.sources : p.saved),
                         array<char>(sim, restore ? p.saved : p.sources),
                         sizeof(SourceState) * p.model.n_groups);
    }
}

bool fill_raw(Sim& sim, Generator& generator, SpikeRanges& lists) noexcept {
    std::size_t streamed = 0;
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const Population& p = populations(sim)[i].model;
        if (p.kind != CARVE_POPULATION_POISSON)
            continue;
        if (p.source == CARVE_SOURCE_STREAMED ? !generator.take(i, lists.of[streamed++])
                                              : !generator.draw(i))
            return false;
    }
    return true;
}

// Sorts by step, keeping the order within one, and drops spikes of units that are refractory.
void sort_and_thin(Sim& sim, SpikeChunk& chunk, std::uint64_t count) noexcept {
    const RawSpike* const raw = array<RawSpike>(sim, sim.raw_spikes);
    Spike* const spikes = array<Spike>(sim, sim.spikes);
    std::uint32_t* const begin = array<std::uint32_t>(sim, sim.spikes_begin);
    __builtin_memset(begin, 0, sizeof(std::uint32_t) * (chunk.n_steps + 1));
    for (std::uint64_t k = 0; k < count; ++k)
        ++begin[raw[k].step + 1];
    for (std::uint32_t t = 0; t < chunk.n_steps; ++t)
        begin[t + 1] += begin[t];
    // begin[t] runs to where step t ends, which is where step t + 1 began.
    for (std::uint64_t k = 0; k < count; ++k)
        spikes[begin[raw[k].step]++] = {raw[k].population, raw[k].unit};
    std::uint32_t from = 0, kept = 0;
    for (std::uint32_t t = 0; t < chunk.n_steps; ++t) {
        const std::uint32_t to = begin[t];
        begin[t] = kept;
        for (; from < to; ++from) {
            const PopulationPlan& p = populations(sim)[spikes[from].population];
            std::uint64_t& fired = array<std::uint64_t>(sim, p.fired)[spikes[from].unit];
            const std::uint64_t step = chunk.first + t;
            if (p.model.source != CARVE_SOURCE_STREAMED && fired != 0 &&
                step + 1 - fired <= p.ref_steps)
                continue;
            fired = step + 1;
            spikes[kept++] = spikes[from];
        }
    }
    begin[chunk.n_steps] = kept;
    chunk.begin = begin;
    chunk.spikes = spikes;
}

// Keeps the chunk's spikes for those whom they reach later.
void fill_rasters(Sim& sim, const SpikeChunk& chunk) noexcept {
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i) {
        const PopulationPlan& p = populations(sim)[i];
        for (std::uint32_t t = 0; p.raster && t < chunk.n_steps; ++t) {
            std::uint64_t* const row = raster_row(sim, p, chunk.first + t);
            __builtin_memset(row, 0, sizeof *row * words_of(p));
            for (std::uint32_t k = chunk.begin[t]; k < chunk.begin[t + 1]; ++k)
                if (chunk.spikes[k].population == i)
                    row[chunk.spikes[k].unit / 64] |= std::uint64_t{1} << chunk.spikes[k].unit % 64;
        }
    }
}

// Index of the first spike at or after a step.
std::uint64_t find_spike(const carve_spike* spikes, std::uint64_t n, std::uint64_t step) noexcept {
    std::uint64_t low = 0, high = n;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (spikes[middle].step < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
bool in_order(const carve_spike& one, const carve_spike& next) noexcept {
    return one.step < next.step || (one.step == next.step && one.unit < next.unit);
}

} // namespace

void reset_poisson(Sim& sim, std::uint32_t population) noexcept {
    const PopulationPlan& p = populations(sim)[population];
    __builtin_memset(array<char>(sim, p.fired), 0, std::size_t{8} * p.model.n_units);
    if (!p.sources)
        return;
    const std::uint64_t seed = draw_seed(sim.seed, 2, random_id_of(p.model.random_id, population));
    for (std::uint32_t g = 0; g < p.model.n_groups; ++g)
        array<SourceState>(sim, p.sources)[g] = {0, 0, -1, -1, 0, seed};
}

const char* find_spikes(const carve_stream& list, std::uint32_t n_units, std::uint64_t first,
                        std::uint64_t end, SpikeRange& range, std::uint64_t& at) noexcept {
    const carve_spike* const spikes = static_cast<const carve_spike*>(list.data);
    constexpr const char* kUnsorted = "must be after the one before it, by (step, unit)";
    for (at = 1; first == 0 && at < list.length; ++at)
        if (!in_order(spikes[at - 1], spikes[at]))
            return kUnsorted;
    const std::uint64_t from = find_spike(spikes, list.length, first);
    for (at = from; at < list.length && spikes[at].step < end; ++at) {
        const carve_spike& s = spikes[at];
        if (s.unit >= n_units)
            return "must be of a unit of its population";
        if (s.population != 0 || s.replica != 0 || s.count != 1)
            return "must be of population 0, replica 0 and count 1";
        if (at > 0 && !in_order(spikes[at - 1], s))
            return kUnsorted;
    }
    range = {spikes + from, spikes + at};
    return nullptr;
}

void generate_spikes(Sim& sim, std::uint64_t first, std::uint64_t most, SpikeRanges& lists,
                     SpikeChunk& chunk) noexcept {
    chunk.first = first;
    chunk.n_steps = static_cast<std::uint32_t>(most < kSpikeSteps ? most : kSpikeSteps);
    copy_sources(sim, false);
    for (;;) {
        Generator generator(sim, first, chunk.n_steps);
        SpikeRanges rest = lists;
        if (fill_raw(sim, generator, rest)) {
            lists = rest;
            sort_and_thin(sim, chunk, generator.count());
            return fill_rasters(sim, chunk);
        }
        copy_sources(sim, true); // too many: fewer steps; one always fits
        chunk.n_steps /= 2;
    }
}

} // namespace carve
