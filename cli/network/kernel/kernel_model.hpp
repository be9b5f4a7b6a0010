// kernel_model.hpp: the network of a task, as the C ABI wants it: one kernel population for each of
// its own and for each data column that is not fed to one.
#pragma once
#include "calls.hpp"
#include "lanes.hpp"
#include "parameters.hpp"
#include "task.hpp"
#include "trial.hpp"

#include <carve.h>
#include <map>
#include <string>
#include <vector>

namespace carve::cli {

// What measures ask of the kernel.
struct Trajectory { // sums over the steps of a population's rates and what they are compared with
    std::string population;
    std::string to; // data column or population; "": 0
    std::string mask;
    std::uint32_t likelihood = CARVE_LIKELIHOOD_GAUSSIAN;
    Place place{}; // of the first that asks for it
};
struct RateProbe { // the filtered rate of neurons, which ends a trial when it leaves its range
    std::string population;
    double tau = 1, start = 0, low = 0, high = 0, target = 0;
    Place place{}; // of the first that asks for it
};
struct Needs {
    std::vector<Trajectory> trajectories;
    std::vector<RateProbe> rates;
    std::vector<std::string> transmitted; // projections
};

// What an input population streams.
struct Fed {
    std::uint32_t index = 0; // of the kernel's populations
    std::string population;  // of the description, "" of a column that only measures or rules read
    std::string column;      // "" for a constant
    double value = 0;
    std::size_t units = 1;
    bool fixed = false;  // the same in all steps
    bool spikes = false; // recorded ones
};

// Where a coefficient of the kernel comes from: one that is searched for, by its place in the task's
// list, or a fixed number.
struct Coefficient {
    std::ptrdiff_t searched = -1;
    double value = 0;
};

// Whether trials differ in it.
bool is_varied(const task::Task& task, const std::string& path);

// Owns what model points to, so it is neither moved nor copied.
class KernelModel {
  public:
    KernelModel(const Task& task, const Trial& example, const Lanes& lanes, Derivatives derivatives,
                const Needs& needs);
    KernelModel(const KernelModel&) = delete;
    KernelModel& operator=(const KernelModel&) = delete;

    carve_model model;

    // CARVE_NO_POPULATION: an input that only measures read, none of which was asked for.
    std::uint32_t population(const std::string& name) const {
        return inputs_of_measures_.count(name) ? CARVE_NO_POPULATION : populations_.at(name);
    }
    std::uint32_t projection(const std::string& name) const { return projections_.at(name); }
    std::size_t units(const std::string& population) const;
    const std::vector<Fed>& inputs() const { return inputs_; }
    // [rule][coefficient of the kernel].
    const std::vector<std::vector<Coefficient>>& coefficients() const { return coefficients_; }
    std::size_t searched() const { return searched_; } // coefficients of the task's rules
    bool spikes() const { return spikes_; }

  private:
    void add_populations(const Trial& example);
    void add_population(const task::Population& p, const Trial& example);
    std::uint32_t add_input(const std::string& population, const std::string& column, double value,
                            std::size_t units);
    void add_recorded(const task::Population& p, std::size_t units);
    std::uint32_t source(const std::string& name, const Trial& example);
    void add_rules();
    void add_rule(const RuleSettings& settings, const task::Rule& rule, std::size_t& next);
    void add_projections(const Trial& example);
    void add_plasticity(const task::Projection& p, const Trial& example,
                        std::vector<carve_plasticity>& out);
    void connect(const task::Projection& p, carve_projection& out, const Trial& example);
    void weights(const task::Projection& p, carve_projection& out, const Trial& example);
    void add_probes(const Needs& needs, const Trial& example);
    void describe(Derivatives derivatives, const Trial& example);

    const Task& task_;
    const task::Task& described_;
    Lanes lanes_;
    bool spikes_ = false;
    std::map<std::string, std::uint32_t> populations_, projections_, rules_;
    std::map<std::string, std::size_t> inputs_of_measures_; // not added so far: their units
    std::vector<Fed> inputs_;
    std::vector<std::vector<Coefficient>> coefficients_;
    std::vector<bool> reads_third_; // [rule] a term of it has the third factor
    std::size_t searched_ = 0;
    // What the model points to.
    Parameters parameters_;
    std::vector<carve_population> kernel_populations_;
    std::vector<carve_projection> kernel_projections_;
    std::vector<carve_rule> kernel_rules_;
    std::vector<carve_probe> probes_;
};

} // namespace carve::cli
