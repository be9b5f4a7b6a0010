#include "reading.hpp"

#include "schema.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

class Cell : private Reading {
  public:
    Cell(const task::Task& described, Task& to, Faults& faults)
        : Reading(described, faults), to_(to) {}

    using Reading::met_unknown;

    void read() {
        const task::Population &exc = from_.populations[0], &inh = from_.populations[1],
                               &neuron = from_.populations[2];
        const task::Projection &e = from_.projections[0], &i = from_.projections[1];
        CellSettings& c = to_.cell;
        reads(task::schema<task::Simulation>(), "simulation", from_.simulation,
              {"dt", "duration", "bound"});
        reads(task::schema<task::Trials>(), "trials", from_.trials,
              {"search", "validation", "held_out", "redraw", "vary"});
        for (const task::Population* p : {&exc, &inh})
            reads(task::schema<task::Population>(), "population." + p->name, *p,
                  {"kind", "units", "groups", "rate", "factor", "signal", "refractory"});
        reads(task::schema<task::Population>(), "population." + neuron.name, neuron,
              {"kind", "units", "model", "refractory"});
        reads(task::schema<task::Projection>(), "projection." + e.name, e,
              {"from", "to", "weights", "gain", "receptor"});
        reads(task::schema<task::Projection>(), "projection." + i.name, i,
              {"from", "to", "weights", "gain", "receptor", "rule", "w_min", "w_max"});
        unless(from_.search.diverged.base == from_.search.diverged.early,
               place_of("search.diverged"), "base and early that differ");
        to_.input.kind = InputKind::spikes;
        to_.input.redraw = static_cast<Redraw>(from_.trials.redraw);
        c.dt = from_.simulation.dt.value_or(1e-4);
        to_.network.bound = from_.simulation.bound;
        to_.network.steps = steps(from_.simulation.duration.value_or(5), c.dt);
        afferents(exc, inh);
        unless(neuron.units.value_or(1) == 1 && neuron.model == task::NeuronModel::vogels_2011,
               neuron.place, fmt::format("[population.{}]", neuron.name),
               "one neuron of model = \"vogels_2011\" with its own constants");
        c.dead_time = exc.refractory.value_or(5e-3);
        unless(inh.refractory.value_or(5e-3) == c.dead_time &&
                   neuron.refractory.value_or(5e-3) == c.dead_time,
               neuron.place, "refractory periods that differ");
        excitatory(e);
        unless(i.receptor == "inhibitory", i.place,
               fmt::format("the receptor of [projection.{}]", i.name), "receptor = \"inhibitory\"");
        c.inhibitory_gain = i.gain;
        const auto* start = std::get_if<task::Draw>(&i.weights.of);
        unless(start && is_number(*start), i.place,
               fmt::format("these weights of [projection.{}]", i.name), "a number");
        if (start && is_number(*start))
            c.w_inhibitory = number(*start);
        rule(i, "inhibitory", to_);
        rate_losses(neuron);
        vary(inh, e);
    }

  private:
    void afferents(const task::Population& exc, const task::Population& inh) {
        CellSettings& c = to_.cell;
        c.excitatory = exc.units.value_or(1);
        c.inhibitory = inh.units.value_or(1);
        c.groups = exc.groups.equal;
        const task::Draw usual{5.0}, of_exc = exc.rate.value_or(usual),
                                     of_inh = inh.rate.value_or(usual);
        const bool rates = is_number(of_exc) && is_number(of_inh) &&
                           number(of_exc) == number(of_inh) && exc.factor == 1 && inh.factor == 1;
        unless(rates, inh.place, "afferents of different rates",
               "the same rate; vary \"population.NAME.factor\"");
        if (rates)
            c.rate = number(of_exc);
        unless(exc.groups.equal == inh.groups.equal && exc.groups.equal > 0, inh.place,
               "afferents with different groups");
        c.afferents = exc.signal ? Afferents::signal : Afferents::constant;
        if (exc.signal) {
            c.signal_gain = exc.signal->gain;
            c.signal_tau = exc.signal->tau;
        }
        const bool shared = exc.signal.has_value() == inh.signal.has_value() &&
                            (!inh.signal || inh.signal->of == exc.name);
        unless(shared, inh.place, "afferents with signals of their own",
               fmt::format("signal = {{ of = \"{}\" }}", exc.name));
    }

    void excitatory(const task::Projection& e) {
        CellSettings& c = to_.cell;
        c.excitatory_gain = e.gain;
        const auto* tuned = std::get_if<task::TunedProfile>(&e.weights.of);
        unless(tuned && is_number(tuned->peak) && e.receptor == "excitatory" && !rule_of(e),
               e.place, fmt::format("[projection.{}]", e.name),
               "fixed weights = { base, tuned, noise, peak }");
        if (!tuned || !is_number(tuned->peak))
            return;
        c.w_base = tuned->base;
        c.w_peak = tuned->tuned;
        c.w_noise = tuned->noise;
        c.peak = number(tuned->peak);
    }

    void rate_losses(const task::Population& neuron) {
        LossSettings& loss = to_.loss;
        bool rate = false;
        std::vector<std::optional<double>> windows; // of the tuning, which has the rate's
        for (const task::Measure& m : from_.losses) {
            if (m.kind == task::MeasureKind::tuning) {
                reads(task::loss_schema(), "loss." + m.name, m, {"kind", "of", "weight", "window"});
                const bool of_both = m.of.of.size() == 2 &&
                                     m.of.of[0] == from_.projections[0].name &&
                                     m.of.of[1] == from_.projections[1].name;
                unless(of_both && loss.tuning == 0, place_of("loss." + m.name + ".of", m.place),
                       fmt::format("[loss.{}] of this", m.name),
                       fmt::format("one, of = [\"{}\", \"{}\"]", from_.projections[0].name,
                                   from_.projections[1].name));
                windows.push_back(m.window);
                loss.tuning = m.weight;
                continue;
            }
            const bool good = m.kind == task::MeasureKind::rate && m.of.of.size() == 1 &&
                              m.of.of[0] == neuron.name && m.as.as == "relative" && m.weight == 1;
            unless(good && !rate, m.place, fmt::format("[loss.{}]", m.name),
                   "one kind = \"rate\" of the neuron with as = \"relative\" and weight = 1");
            rate = true;
            reads(task::loss_schema(), "loss." + m.name, m,
                  {"kind", "of", "target", "as", "tau", "start", "window", "stop", "weight"});
            loss.kind = LossKind::rate;
            loss.target = m.target.value_or(10);
            loss.filter = m.tau.value_or(1);
            loss.low = m.stop ? m.stop->low : 0.1;
            loss.high = m.stop ? m.stop->high : 100;
            loss.start = m.start.value_or((loss.low + loss.high) / 2);
            to_.cell.window = m.window.value_or(from_.simulation.duration.value_or(5));
        }
        if (!rate)
            faults_.add(place_of(""),
                        "there is no [loss.NAME] of kind = \"rate\": a search needs one");
        for (const std::optional<double>& window : windows)
            unless(!window || *window == to_.cell.window, place_of("loss.tuning.window"),
                   "a tuning in another window than the rate's");
        if (from_.search.diverged.base)
            loss.blow_up = *from_.search.diverged.base;
    }

    std::vector<double> numbers(const TomlValue& value) {
        const task::Key key{"vary", ""};
        std::vector<double> list;
        if (value.list())
            read_value(task::Slot{key, "vary", value, faults_}, list);
        else
            unsupported(value.place, "a vary that is no list", "a list of numbers, taken by turns");
        return list;
    }

    void vary(const task::Population& inh, const task::Projection& e) {
        const std::string factor = "population." + inh.name + ".factor",
                          peak = "projection." + e.name + ".weights.peak";
        std::string target;
        for (const task::Measure& m : from_.losses)
            if (m.kind == task::MeasureKind::rate)
                target = "loss." + m.name + ".target";
        CellSettings& c = to_.cell;
        for (const task::Setting& s : from_.trials.vary.of)
            if (s.path == factor)
                c.inhibitory_factors = numbers(s.value);
            else if (s.path == peak)
                c.vary_peak = is_every_group(s.value);
            else
                unsupported(s.value.place, "a vary of " + s.path);
        for (const task::TrialSet& set : from_.trials.sets) {
            unless(set.name == "transfer", set.place, fmt::format("[trials.{}]", set.name),
                   "[trials.transfer]");
            unless(set.count.value_or(from_.trials.held_out) == from_.trials.held_out,
                   place_of("trials.transfer.count", set.place),
                   fmt::format("trials.transfer.count = {}", set.count.value_or(0)),
                   fmt::format("count = {}, as trials.held_out", from_.trials.held_out));
            for (const task::Setting& s : set.vary.of)
                if (s.path == factor)
                    c.held_out_factors = numbers(s.value);
                else if (s.path == peak)
                    c.held_out_peaks = numbers(s.value);
                else if (s.path == target)
                    to_.loss.held_out_targets = numbers(s.value);
                else
                    unsupported(s.value.place, "a vary of " + s.path);
        }
    }

    // { choice = [1, 2, ..., groups] }.
    bool is_every_group(const TomlValue& value) {
        const TomlValue* choice = value.find("choice");
        const std::vector<double> list = choice ? numbers(*choice) : std::vector<double>{};
        bool all = list.size() == to_.cell.groups;
        for (std::size_t i = 0; i < list.size(); ++i)
            all = all && list[i] == static_cast<double>(i + 1);
        unless(all, value.place, "these peaks", "{ choice = [1, 2, ...] } of all groups");
        return all;
    }

    Task& to_;
};

} // namespace

bool has_shape_of_cell(const task::Task& from) {
    using K = task::PopulationKind;
    return from.populations.size() == 3 && from.projections.size() == 2 &&
           from.populations[0].kind == K::poisson && from.populations[1].kind == K::poisson &&
           from.populations[2].kind == K::lif && from.data.empty() &&
           from.projections[0].from == from.populations[0].name &&
           from.projections[1].from == from.populations[1].name &&
           from.projections[0].to == from.populations[2].name &&
           from.projections[1].to == from.populations[2].name;
}

bool read_cell(const task::Task& described, Task& to, Faults& faults) {
    Cell cell(described, to, faults);
    cell.read();
    return !cell.met_unknown();
}

} // namespace carve::cli
