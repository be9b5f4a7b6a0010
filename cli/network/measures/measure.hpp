// measure.hpp: a loss or probe. A kind is a file of this folder and a row of
// the table in measures.cpp; what it is of and needs is a row in task/network/measure_kinds.cpp.
#pragma once
#include "kernel_model.hpp"
#include "lanes.hpp"
#include "recording.hpp"

#include <carve.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

// What a measure sees of the simulation.
struct Look {
    carve_sim* sim;
    const KernelModel& model;
    const task::Task& described; // with what the phase sets
    const Trials& trials;        // of each lane, or one for all
    std::size_t lanes;
    bool derivatives;
    std::uint64_t step;        // since the trial began, along its path
    std::uint64_t phase_steps; // of the phase
    const Recording& recording;

    const Trial& trial(std::size_t lane) const { return *trials[trials.size() == 1 ? 0 : lane]; }
    double dt() const;
};

// What was measured, of each lane: the number itself, and the loss that it makes, with derivatives by
// the coefficients of the kernel, if they were asked for.
struct Measured {
    std::vector<double> raw, loss;
    std::vector<Contribution> slopes;
    std::vector<std::vector<double>> parts{}; // [lane][part] that the number is the mean of
};

class Measure {
  public:
    explicit Measure(const task::Measure& settings) : settings_(settings) {}
    virtual ~Measure() = default;

    virtual void add_needs(Needs&) const {}
    // The population whose activity it needs step by step in its window; "": none.
    virtual std::string recorded() const { return ""; }

    // At the start of a phase that it looks at, of its window, and at the end of both.
    virtual void begin(const Look&) {}
    virtual void open(const Look&) {}
    virtual Measured close(const Look&) = 0;
    // Of one that is made of others: what they measured, by "loss.NAME" and "probe.NAME".
    virtual bool is_of_others() const { return false; }
    virtual Measured combine(const std::map<std::string, Measured>&, std::size_t) const {
        return {};
    }

    const task::Measure& settings() const { return settings_; }
    std::uint64_t window_steps(const Look& look) const; // of the phase's end

  protected:
    // Throws FileErrors at the measure's table, which the message names: "[probe.a]: ...".
    [[noreturn]] void refuse(const task::Task& task, Exit code, const std::string& message,
                             const std::string& help) const;
    // Rows of its window at the end of a recording: steps, or of a batch the samples of each.
    std::size_t window_rows(const Look& look, std::size_t recorded) const;
    // The column `to` of a trial. With a batch it must have a row per sample; else this throws.
    const RowMatrix& compared_column(const Look& look, std::size_t lane) const;

    task::Measure settings_;
};
// "[loss.a]", or of a probe "[probe.a]".
std::string table_of_measure(const task::Task& task, const task::Measure& settings);

// How many parts of it are reported beside the number: one per unit of the components of two and more.
std::size_t parts_of_measure(const task::Task& task, const task::Measure& settings);

// The loss that a number makes, by `as`, and its first two derivatives by the number.
struct Score {
    double value = 0, slope = 0, curvature = 0;
};
Score score_of(const task::Measure& settings, double raw);
// Fills in the losses of raw numbers.
void score(const task::Measure& settings, Measured& measured);

// Units of a population, or of a group of it: "E.memory".
struct UnitRange {
    std::size_t first = 0, end = 0;
};
UnitRange units_of_measure(const Look& look, const std::string& of);

// An array of the sim.
carve_view view_of(carve_sim* sim, std::uint32_t which, std::uint32_t index);
// Where a lane is in a view [block][...][lane].
std::size_t lane_offset(const carve_view& view, std::size_t lane);
// Of a projection, [post][pre] of a lane.
std::vector<double> weights_of(const Look& look, const std::string& projection, std::size_t lane);

// Which of a lane's n weights are those of synapses.
std::vector<std::size_t> synapses_of(const Look& look, const std::string& projection,
                                     std::size_t lane, std::size_t n);
// Of the units that are measured, in the window that ends now: counts in bins of `bin` of spikes, rates of
// each step else. [unit][bin or step]; no bins of a window that is shorter than one. It has to be `recorded`.
std::vector<std::vector<double>> series_of(const Look& look, const Measure& measure,
                                           std::size_t lane);
// What the kernel counts of a spiking population: the last steps of the phase that begins.
void set_window(const Look& look, std::uint32_t population, std::uint64_t steps);

std::unique_ptr<Measure> make_measure(const task::Task& task, const task::Measure& settings);

} // namespace carve::cli
