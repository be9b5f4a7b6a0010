#include "described.hpp"

#include "read_value.hpp"
#include "rule_terms.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli::old {
namespace {

TomlValue list_of(const std::vector<double>& numbers) { return *task::write_value(numbers); }

class Describing {
  public:
    explicit Describing(const Task& old) : from_(old) {}

    // Initial weights were new in every iteration, whatever else was drawn again.
    static task::Draw new_weights(double sd) {
        task::Draw draw{task::Normal{0, sd}};
        draw.redraw = task::Redraw::iteration;
        return draw;
    }

    task::Task task() {
        to_.name = from_.name;
        to_.description = from_.description;
        to_.simulation.bound = from_.network.bound;
        if (is_spiking(from_))
            cell();
        else
            layer();
        search();
        return to_;
    }

  private:
    task::Population& population(const char* name, task::PopulationKind kind) {
        task::Population p;
        p.name = name;
        p.kind = kind;
        to_.populations.push_back(p);
        return to_.populations.back();
    }
    task::Projection& projection(const char* name, const char* from, const char* to) {
        task::Projection p;
        p.name = name;
        p.from = from;
        p.to = to;
        to_.projections.push_back(p);
        return to_.projections.back();
    }
    task::Measure& loss(const char* name, task::MeasureKind kind, const std::string& of) {
        task::Measure m;
        m.name = name;
        m.kind = kind;
        m.of = {{of}};
        to_.losses.push_back(m);
        return to_.losses.back();
    }

    // ---- Rates -----------------------------------------------------------------------------------

    void layer() {
        const NetworkSettings& n = from_.network;
        to_.simulation.duration = static_cast<double>(n.steps);
        to_.simulation.batch.samples = n.update == Update::batch ? 0 : 1;
        population("x", task::PopulationKind::input).data = "x";
        task::Population& y = population("y", task::PopulationKind::rate);
        if (n.outputs > 1)
            y.units = n.outputs;
        for (std::size_t i = 0; i < 4; ++i)
            if (task::enum_words(task::Activation{})[i] == n.activation)
                y.activation = static_cast<task::Activation>(i);
        feedforward();
        if (n.lateral != Lateral::none)
            lateral();
        data();
        weight_losses();
    }

    void feedforward() {
        const NetworkSettings& n = from_.network;
        task::Projection& p = projection("feedforward", "x", "y");
        p.weights.of = new_weights(n.w0_sd);
        p.weights.scaled = n.w0_scaled;
        p.weights.antithetic = n.w0_antithetic;
        bounds(from_.rules[0], p);
        task::Rule rule = rule_of(from_.rules[0]);
        if (n.presynaptic != Presynaptic::rate) {
            task::Factor x;
            x.name = "x";
            x.of = n.presynaptic == Presynaptic::residual ? "residual" : "residual_below";
            rule.factors.of.push_back(x);
        }
        to_.rules.push_back(rule);
    }

    void lateral() {
        const NetworkSettings& n = from_.network;
        task::Projection& p = projection("lateral", "y", "y");
        p.connect.pattern = task::Pattern::lower;
        p.weights.of = new_weights(n.m0_sd);
        p.inference.kind = static_cast<task::InferenceKind>(n.inference);
        if (n.inference == Inference::sweeps)
            p.inference.sweeps = n.sweeps;
        p.mask_from = static_cast<task::MaskFrom>(n.mask_from);
        bounds(from_.rules[1], p);
        to_.rules.push_back(rule_of(from_.rules[1]));
    }

    void data() {
        const InputSettings& input = from_.input;
        task::Data d;
        d.name = "x";
        d.samples = input.samples;
        d.antithetic = input.antithetic;
        if (input.kind == InputKind::gaussian) {
            d.spectrum.eigenvalues = input.spectrum;
            if (input.vary != Vary::none) {
                const double first = input.vary == Vary::spectrum ? input.spectrum[0] : 1;
                const double low = first * input.scale_range[0],
                             high = first * input.scale_range[1];
                if (low < high)
                    d.scale.from = task::Uniform{low, high, true};
                else
                    d.scale.from = low;
            }
            if (input.vary == Vary::spectrum)
                d.spectrum = {
                    {}, task::Uniform{0, 1, false}, input.spectrum.size(), input.gap_ratio};
        } else {
            d.kind = task::DataKind::file;
            constexpr std::uint64_t kLeast = 256; // rows of a batch, where the file had them
            if (from_.network.update == Update::batch)
                d.samples = std::max(d.samples, kLeast);
            d.path = input.path;
            d.columns = input.columns;
            d.center = input.center;
            d.row_mean = input.row_mean;
            d.standardize = input.whiten                    ? task::Standardize::white
                            : input.scale == Scale::none    ? task::Standardize::none
                            : input.scale == Scale::columns ? task::Standardize::columns
                                                            : task::Standardize::leading;
            d.train_fraction = input.train_fraction;
            d.block_rows = input.block_rows;
        }
        to_.data.push_back(d);
    }

    void weight_losses() {
        const LossSettings& l = from_.loss;
        using K = task::MeasureKind;
        if (l.kind == LossKind::subspace)
            loss("subspace", K::subspace, "feedforward");
        else
            loss("components", K::components, "feedforward").as.as =
                l.kind == LossKind::distance ? "distance" : "squared";
        if (l.subspace > 0)
            loss("subspaces", K::subspace, "feedforward").weight = l.subspace;
        if (l.decorrelation > 0)
            loss("uncorrelated", K::decorrelation, "feedforward").weight = l.decorrelation;
    }

    // ---- Spikes ----------------------------------------------------------------------------------

    void cell() {
        const CellSettings& c = from_.cell;
        to_.simulation.dt = c.dt;
        to_.simulation.duration = static_cast<double>(from_.network.steps) * c.dt;
        afferents("exc", c.excitatory);
        afferents("inh", c.inhibitory);
        task::Population& neuron = population("cell", task::PopulationKind::lif);
        if (c.dead_time != 5e-3)
            neuron.refractory = c.dead_time;
        task::Projection& e = projection("excitatory", "exc", "cell");
        e.gain = c.excitatory_gain;
        e.weights.of = task::TunedProfile{c.w_base, c.w_peak, c.w_noise, task::Draw{c.peak}};
        task::Projection& i = projection("inhibitory", "inh", "cell");
        i.receptor = "inhibitory";
        i.gain = c.inhibitory_gain;
        i.weights.of = task::Draw{c.w_inhibitory};
        bounds(from_.rules[0], i);
        to_.rules.push_back(spike_rule(from_.rules[0]));
        rate_loss();
        vary();
    }

    void afferents(const char* name, std::uint64_t units) {
        const CellSettings& c = from_.cell;
        task::Population& p = population(name, task::PopulationKind::poisson);
        p.units = units;
        p.groups.equal = c.groups;
        p.rate = task::Draw{c.rate};
        if (c.dead_time != 5e-3)
            p.refractory = c.dead_time;
        if (c.afferents == Afferents::signal)
            p.signal = to_.populations.size() == 1
                           ? task::Signal{c.signal_gain, c.signal_tau, ""}
                           : task::Signal{c.signal_gain, c.signal_tau, "exc"};
    }

    void rate_loss() {
        const LossSettings& l = from_.loss;
        task::Measure& rate = loss("rate", task::MeasureKind::rate, "cell");
        rate.target = l.target;
        rate.as.as = "relative";
        rate.tau = l.filter;
        rate.window = from_.cell.window;
        rate.stop = task::Range{l.low, l.high};
        if (l.start != (l.low + l.high) / 2)
            rate.start = l.start;
        if (l.tuning > 0) {
            task::Measure& tuning = loss("tuning", task::MeasureKind::tuning, "excitatory");
            tuning.of.of.push_back("inhibitory");
            tuning.weight = l.tuning;
        }
    }

    void vary() {
        const CellSettings& c = from_.cell;
        const std::string factor = "population.inh.factor",
                          peak = "projection.excitatory.weights.peak";
        to_.trials.vary.of.push_back({factor, list_of(c.inhibitory_factors)});
        if (c.vary_peak) {
            std::vector<double> groups;
            for (std::uint64_t g = 1; g <= c.groups; ++g)
                groups.push_back(static_cast<double>(g));
            to_.trials.vary.of.push_back(
                {peak, *task::write_value(task::Draw{task::OneOf{groups}})});
        }
        task::TrialSet transfer;
        transfer.name = "transfer";
        const auto add = [&](const std::string& path, const std::vector<double>& values) {
            if (!values.empty())
                transfer.vary.of.push_back({path, list_of(values)});
        };
        add(factor, c.held_out_factors);
        add(peak, c.held_out_peaks);
        add("loss.rate.target", from_.loss.held_out_targets);
        if (!transfer.vary.of.empty())
            to_.trials.sets.push_back(transfer);
    }

    // ---- Rules and the search ----------------------------------------------------------------------

    static void bounds(const RuleSettings& rule, task::Projection& p) {
        if (rule.w_min > -task::kInfinity)
            p.w_min = rule.w_min;
        if (rule.w_max < task::kInfinity)
            p.w_max = rule.w_max;
    }

    static task::Rule rule_of(const RuleSettings& old) {
        task::Rule rule;
        rule.name = old.name;
        rule.eta = old.eta;
        rule.spread = old.spread;
        rule.reference = old.reference;
        if (old.theta_min < old.theta_max) {
            rule.theta.all->from = task::Normal{0, old.theta_sd};
            rule.theta.all->range = {old.theta_min, old.theta_max};
        } else { // nothing that a search could move
            rule.theta.all->from = old.theta_min;
            for (const Term& term : old.terms)
                if (!is_time_constant(term))
                    rule.fixed.of.push_back(monomial(term));
        }
        if (term_mask(old.terms) != term_mask(terms_up_to(2)))
            for (const Term& term : old.terms)
                rule.terms.products.push_back(monomial(term));
        return rule;
    }

    task::Rule spike_rule(const RuleSettings& old) const {
        task::Rule rule = rule_of(old);
        rule.terms.products.clear();
        for (const Term& term : old.terms)
            if (!is_time_constant(term))
                rule.terms.products.push_back(spike_product(term));
        task::Draw tau{old.tau_start};
        if (old.tau_min == old.tau_max) {
            tau.from = old.tau_min;
            for (const Term& term : old.terms)
                if (is_time_constant(term))
                    rule.fixed.of.push_back(monomial(term));
        } else if (old.tau_min > 0 || old.tau_max < task::kInfinity) {
            tau.from = task::Normal{old.tau_start, 0};
            tau.range = {old.tau_min, old.tau_max};
        }
        rule.tau.all = tau;
        if (from_.cell.neuron == Neuron::auryn_tif)
            rule.coincidence = task::Coincidence::blind;
        return rule;
    }

    void search() {
        const SearchSettings& s = from_.search;
        task::Search& to = to_.search;
        to_.trials.search = from_.input.data_sets;
        to_.trials.validation = s.validation_sets;
        to_.trials.held_out = s.held_out_sets;
        to_.trials.redraw = static_cast<task::Redraw>(from_.input.redraw);
        to.method = static_cast<task::Method>(s.method);
        to.iterations = s.iterations;
        to.population = s.population;
        to.sigma = s.sigma;
        to.learning_rate = s.learning_rate;
        to.clip = s.clip;
        to.damping = s.damping;
        to.l1.of = {s.l1};
        to.cma_restarts = static_cast<task::Restarts>(s.cma_restarts);
        to.aggregate = static_cast<task::Aggregate>(s.aggregate);
        to.prune = s.prune;
        to.eliminate = s.eliminate ? task::Eliminate::loss : task::Eliminate::none;
        to.refit = s.refit;
        to.refit_iterations = s.refit_iterations;
        to.margin = s.margin;
        to.restarts = s.restarts;
        if (s.accept > 0 && s.restarts > 1) // without further starts it had no effect
            to.accept.loss = s.accept;
        to.goal = s.goal;
        to.diverged.candidate = s.blow_up == BlowUp::candidate;
        if (is_spiking(from_))
            to.diverged.base = to.diverged.early = from_.loss.blow_up;
        stages();
        to_.run = {from_.run.seed, from_.run.threads,
                   from_.run.single_precision ? task::Precision::single_ : task::Precision::double_,
                   from_.run.isa, from_.run.lane_bytes};
    }

    void stages() {
        const StageSettings whole = whole_stage(from_);
        if (from_.search.stages.size() < 2)
            if (from_.search.stages.empty() || is_whole(from_.search.stages[0], whole))
                return;
        for (std::size_t i = 0; i < from_.search.stages.size(); ++i) {
            const StageSettings& s = from_.search.stages[i];
            task::Stage stage;
            stage.name = fmt::format("stage-{}", i + 1);
            stage.search = to_.search;
            stage.search.accept = {};
            stage.search.method = static_cast<task::Method>(s.method);
            stage.search.iterations = s.iterations;
            stage.search.l1.of = {s.l1};
            if (s.accept > 0 && to_.search.restarts > 1)
                stage.search.accept.loss = s.accept;
            const auto set = [&](const char* path, std::uint64_t value, std::uint64_t usual) {
                if (value != usual)
                    stage.set.of.push_back({path, *task::write_value(value)});
            };
            set("population.y.units", s.outputs, whole.outputs);
            if (s.steps != whole.steps)
                stage.set.of.push_back({"simulation.duration",
                                        *task::write_value(static_cast<double>(s.steps) * dt())});
            set("trials.search", s.data_sets, whole.data_sets);
            const bool rows = from_.input.kind == InputKind::file &&
                              from_.network.update == Update::batch; // at least 256
            if (!rows || s.samples > 256)
                set("data.x.samples", s.samples, whole.samples);
            set("data.x.units", s.columns, 0);
            to_.stages.push_back(stage);
        }
    }

    double dt() const { return is_spiking(from_) ? from_.cell.dt : 1; }

    static bool is_whole(const StageSettings& s, const StageSettings& whole) {
        return s.method == whole.method && s.outputs == whole.outputs && s.steps == whole.steps &&
               s.iterations == whole.iterations && s.data_sets == whole.data_sets &&
               s.samples == whole.samples && s.columns == 0 && s.l1 == whole.l1 && s.accept == 0;
    }

    const Task& from_;
    task::Task to_;
};

} // namespace

task::Task described(const Task& old) { return Describing(old).task(); }

} // namespace carve::cli::old
