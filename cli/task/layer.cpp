#include "reading.hpp"

#include "schema.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

class Layer : private Reading {
  public:
    Layer(const task::Task& described, Task& to, Faults& faults)
        : Reading(described, faults), to_(to) {}

    using Reading::met_unknown;

    void read() {
        const task::Population &x = from_.populations[0], &y = from_.populations[1];
        reads(task::schema<task::Simulation>(), "simulation", from_.simulation,
              {"duration", "batch", "bound"});
        reads(task::schema<task::Population>(), "population." + x.name, x,
              {"kind", "data", "units"});
        reads(task::schema<task::Population>(), "population." + y.name, y,
              {"kind", "units", "activation"});
        reads(task::schema<task::Trials>(), "trials", from_.trials,
              {"search", "validation", "held_out", "redraw"});
        for (const task::TrialSet& set : from_.trials.sets)
            unsupported(set.place, fmt::format("[trials.{}]", set.name));
        unless(!from_.search.diverged.base && !from_.search.diverged.early,
               place_of("search.diverged"), "a score of trials of rates that diverge",
               "diverged = \"candidate\" or \"trial\"");
        unless(x.data == from_.data[0].name, place_of("population." + x.name + ".data", x.place),
               "a column of data", "columns = [...] in its table");
        data(from_.data[0]);
        units_of_input(x);
        to_.network.outputs = y.units.value_or(1);
        unless(y.activation <= task::Activation::sigmoid, y.place,
               fmt::format("activation = \"{}\"", task::word_of(y.activation)));
        to_.network.activation = task::word_of(y.activation);
        unless(from_.simulation.batch.samples <= 1, place_of("simulation.batch"),
               "a batch of some samples", "batch = 1 or \"all\"");
        to_.network.update = from_.simulation.batch.samples == 0 ? Update::batch : Update::online;
        to_.network.steps = steps(from_.simulation.duration.value_or(200), 1);
        to_.network.bound = from_.simulation.bound;
        feedforward(from_.projections[0]);
        if (from_.projections.size() == 2)
            lateral(from_.projections[1]);
        weight_losses();
    }

  private:
    void units_of_input(const task::Population& x) {
        const std::size_t given = to_.input.spectrum.size();
        const Place place = place_of("population." + x.name + ".units", x.place);
        if (x.units && to_.input.kind == InputKind::file)
            unsupported(place, fmt::format("population.{}.units", x.name),
                        "units follow from the file");
        else if (x.units && *x.units != given)
            faults_.add(place,
                        fmt::format("population.{}.units = {}, but the spectrum has {} units",
                                    x.name, *x.units, given));
    }

    void data(const task::Data& d) {
        InputSettings& input = to_.input;
        reads(task::schema<task::Data>(), "data." + d.name, d,
              {"kind", "spectrum", "scale", "samples", "antithetic", "path", "columns", "center",
               "row_mean", "standardize", "train_fraction", "block_rows", "redraw"});
        unless(d.kind == task::DataKind::gaussian || d.kind == task::DataKind::file, d.place,
               fmt::format("data of kind = \"{}\"", task::word_of(d.kind)));
        input.samples = d.samples;
        input.antithetic = d.antithetic;
        input.redraw = static_cast<Redraw>(d.redraw.value_or(from_.trials.redraw));
        if (d.kind == task::DataKind::gaussian)
            return gaussian(d);
        input.kind = InputKind::file;
        input.path = d.path;
        input.columns = d.columns;
        input.center = d.center;
        input.row_mean = d.row_mean;
        input.whiten = d.standardize == task::Standardize::white;
        input.scale = d.standardize == task::Standardize::none      ? Scale::none
                      : d.standardize == task::Standardize::columns ? Scale::columns
                                                                    : Scale::leading;
        input.train_fraction = d.train_fraction;
        input.block_rows = d.block_rows;
    }

    void gaussian(const task::Data& d) {
        InputSettings& input = to_.input;
        input.spectrum = d.spectrum.eigenvalues;
        if (d.spectrum.drawn) {
            unless(d.spectrum.drawn->low == 0 && d.spectrum.drawn->high == 1, d.place,
                   "a spectrum drawn from another range than [0, 1]");
            input.vary = Vary::spectrum;
            input.spectrum.assign(d.spectrum.units, 0);
            input.spectrum[0] = 1;
            input.gap_ratio = d.spectrum.gap;
        }
        const auto* scale = std::get_if<task::Uniform>(&d.scale.from);
        if (scale && scale->logarithmic) {
            input.scale_range = {scale->low, scale->high};
            input.vary = input.vary == Vary::none ? Vary::scale : input.vary;
        } else if (is_number(d.scale)) {
            if (input.vary == Vary::spectrum)
                input.scale_range = {number(d.scale), number(d.scale)};
            else
                for (double& value : input.spectrum)
                    value *= number(d.scale);
        } else
            unsupported(d.place, "this scale", "a number, or { log_uniform = [a, b] }");
    }

    double sd(const task::Projection& p, const task::Weights& weights) {
        const auto* draw = std::get_if<task::Draw>(&weights.of);
        const auto* normal = draw ? std::get_if<task::Normal>(&draw->from) : nullptr;
        const bool good = normal && normal->mean == 0 && is_plain(*draw) && !weights.free;
        unless(good, p.place, fmt::format("these weights of [projection.{}]", p.name),
               "weights = { sd = ... }");
        return good ? normal->sd : 0;
    }

    void feedforward(const task::Projection& p) {
        reads(task::schema<task::Projection>(), "projection." + p.name, p,
              {"from", "to", "weights", "rule", "w_min", "w_max"});
        to_.network.w0_sd = sd(p, p.weights);
        to_.network.w0_scaled = p.weights.scaled;
        to_.network.w0_antithetic = p.weights.antithetic;
        rule(p, "feedforward", to_);
        const task::Rule* r = rule_of(p);
        for (const task::Factor& factor : r ? r->factors.of : std::vector<task::Factor>{}) {
            const std::string text = task::inline_toml(*task::write_value(factor));
            unless(factor.name == "x" && (text == "\"residual\"" || text == "\"residual_below\""),
                   place_of("rule." + r->name + ".factors", r->place),
                   fmt::format("the factor '{}'", factor.name));
            to_.network.presynaptic =
                factor.of == "residual" ? Presynaptic::residual : Presynaptic::residual_below;
        }
    }

    void lateral(const task::Projection& p) {
        NetworkSettings& n = to_.network;
        reads(task::schema<task::Projection>(), "projection." + p.name, p,
              {"from", "to", "connect", "weights", "inference", "mask_from", "rule", "w_min",
               "w_max"});
        unless(p.connect.pattern == task::Pattern::lower,
               place_of("projection." + p.name + ".connect"), "this connect",
               "connect = \"lower\"");
        n.lateral = Lateral::hierarchical;
        n.inference = static_cast<Inference>(p.inference.kind);
        n.sweeps = p.inference.sweeps;
        unless(p.inference.damping == 0, p.place, "damped inference");
        n.mask_from = static_cast<Mask>(p.mask_from);
        if (const task::Rule* r = rule_of(p))
            unless(r->factors.of.empty(), place_of("rule." + r->name + ".factors", r->place),
                   "factors of a rule within a population");
        n.m0_sd = sd(p, p.weights);
        rule(p, "lateral", to_);
    }

    void weight_losses() {
        bool first = true;
        for (const task::Measure& m : from_.losses) {
            const bool of_feedforward =
                m.of.of.size() == 1 && m.of.of[0] == from_.projections[0].name;
            unless(of_feedforward, place_of("loss." + m.name + ".of", m.place),
                   fmt::format("[loss.{}] of this", m.name),
                   fmt::format("of = \"{}\"", from_.projections[0].name));
            reads(task::loss_schema(), "loss." + m.name, m, {"kind", "of", "as", "weight"});
            unless(m.as.as == "squared" || m.as.as == "distance",
                   place_of("loss." + m.name + ".as", m.place), "this `as`",
                   "as = \"distance\" or \"squared\"");
            using K = task::MeasureKind;
            if (m.kind == K::components && first) {
                to_.loss.kind =
                    m.as.as == "distance" ? LossKind::distance : LossKind::distance_squared;
                unless(m.weight == 1, m.place, "another weight of the first loss");
            } else if (m.kind == K::subspace && first) {
                to_.loss.kind = LossKind::subspace;
                unless(m.weight == 1, m.place, "another weight of the first loss");
            } else if (m.kind == K::subspace && to_.loss.subspace == 0)
                to_.loss.subspace = m.weight;
            else if (m.kind == K::decorrelation && to_.loss.decorrelation == 0)
                to_.loss.decorrelation = m.weight;
            else
                unsupported(m.place, fmt::format("[loss.{}] of kind = \"{}\"", m.name,
                                                 task::word_of(m.kind)));
            first = false;
        }
        if (first)
            faults_.add(place_of(""), "there is no [loss.NAME]: a search needs one",
                        "for example kind = \"components\"");
    }

    Task& to_;
};

} // namespace

bool has_shape_of_layer(const task::Task& from) {
    if (from.populations.size() != 2 || from.projections.empty() || from.projections.size() > 2 ||
        from.data.size() != 1)
        return false;
    const task::Population &x = from.populations[0], &y = from.populations[1];
    const task::Projection& first = from.projections[0];
    const bool lateral = from.projections.size() == 1 ||
                         (from.projections[1].from == y.name && from.projections[1].to == y.name);
    return x.kind == task::PopulationKind::input && !x.data.empty() &&
           y.kind == task::PopulationKind::rate && first.from == x.name && first.to == y.name &&
           lateral;
}

bool read_layer(const task::Task& described, Task& to, Faults& faults) {
    Layer layer(described, to, faults);
    layer.read();
    return !layer.met_unknown();
}

} // namespace carve::cli
