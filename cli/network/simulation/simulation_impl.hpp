// simulation_impl.hpp: what simulation.cpp and simulation_steps.cpp share.
#pragma once
#include "measure.hpp"
#include "phase_values.hpp"
#include "sim_memory.hpp"
#include "simulation.hpp"
#include "streams.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// A measure of the task, and what it has measured so far.
struct Watched {
    std::string name; // "loss.rate"
    double weight;    // 0 of a probe
    std::unique_ptr<Measure> measure;
    Measured sum;
    double count = 0;
};

struct Simulation::Impl {
    const Simulation* self;
    Task task;
    Lanes lanes;
    Derivatives wanted;
    Trials trials;                               // of each lane, or one for all
    std::shared_ptr<const task::Task> described; // that it was built for
    std::unique_ptr<KernelModel> model;
    std::unique_ptr<Streams> streams;
    std::vector<PreparedRun> runs;
    std::vector<Watched> watched;
    std::size_t size = 0;
    Memory memory;
    carve_sim* sim = nullptr;
    Recording recording;
    Watcher* watcher = nullptr;
    std::uint64_t every = 1;
    std::size_t phase = 0;            // index of the run
    std::vector<std::int64_t> frozen; // [lane] step of all that were run, or -1
    std::vector<Measured> results;    // [watched], after a run
    std::vector<carve_spike> spikes;
    std::uint64_t spikes_at_once = 1; // steps whose spikes surely fit
    carve_recorder recorder{};
    std::uint64_t step = 0, done = 0; // along the path; of all that were run
    std::uint64_t sim_start = 0;      // the sim's own step at the start of the run

    Impl(const Simulation* s, const Task& t, const Lanes& l, Derivatives d)
        : self(s), task(t), lanes(l), wanted(d) {}

    // simulation.cpp
    void describe(); // the model that it is built of
    void build();
    void check_columns() const;
    void check_values() const;
    void reset();
    void write_theta(std::size_t lane, const Eigen::VectorXd& theta);
    void write_weights();
    void write_weights(const task::Projection& p, std::size_t lane);
    void write_voltages();
    void finish();
    Contribution searched(const Contribution& kernel) const; // by the coefficients searched for
    const Trial& trial(std::size_t lane) const { return *trials[trials.size() == 1 ? 0 : lane]; }
    bool single() const { return task.run.single_precision; }
    carve_sim_info info() const;
    Look look(const PreparedRun& prepared) const;

    // simulation_steps.cpp
    using Names = std::vector<std::string>;
    void run_all();
    void start_phase(const PreparedRun& prepared, bool sets);
    void run_one(const PreparedRun& prepared, bool sets);
    void advance(const PreparedRun& prepared, std::uint64_t n, const Names& recorded);
    std::uint64_t steps_of_call(std::uint64_t most, bool each_step, bool takes_spikes) const;
    void take_step(const PreparedRun& prepared, std::uint64_t n, bool takes_spikes);
    void clear(std::uint32_t parts);
    bool looks(const Measure& measure, const PhaseRun& run) const;
    std::uint64_t updates_at_once() const;
    std::uint64_t all_steps() const { return done + (info().steps - sim_start); }
    void prepare_recording(const Names& recorded);
    void record_rates(const Names& recorded);
    void record_spikes(const Names& recorded);
    void note_frozen();
};

} // namespace carve::cli
