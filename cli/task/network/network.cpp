// The reading of a task: which words of its populations, projections, rules and data can be
// simulated, the coefficients of its rules, how many steps a trial takes.
#include "reading.hpp"

#include "network_terms.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

class Network : private Reading {
  public:
    Network(const task::Task& described, Task& to, Faults& faults)
        : Reading(described, faults), to_(to) {}

    void read() {
        for (const task::Population& p : from_.populations)
            population(p);
        for (const task::Projection& p : from_.projections)
            projection(p);
        for (const task::Rule& r : from_.rules)
            rule(r);
        if (from_.rules.empty())
            faults_.add(place_of(""), "there is no [rule.NAME]: a search needs one",
                        "for example terms = [\"x y\", \"y^2 w\"]");
        for (const task::Data& d : from_.data)
            data(d);
        all_values();
        simulation();
        read_course(from_, to_, faults_);
        if (faults_.empty()) // what is wrong may be why
            to_.steps = total_steps(from_, faults_);
    }

  private:
    template <class T>
    void unless_default(const task::Schema<T>& schema, const std::string& path, const T& element,
                        const std::vector<std::string>& refused) {
        std::vector<std::string> read;
        for (const task::Field<T>& field : schema.fields)
            if (std::find(refused.begin(), refused.end(), field.key.name) == refused.end())
                read.push_back(field.key.name);
        reads(schema, path, element, read);
    }

    void population(const task::Population& p) {
        using K = task::PopulationKind;
        const std::string path = "population." + p.name;
        std::vector<std::string> refused = {"noise", "trains", "receptors"};
        if (p.kind == K::poisson || p.kind == K::choice)
            refused.push_back("activation");
        if (p.kind != K::choice)
            refused.push_back("clamp");
        unless_default(task::schema<task::Population>(), path, p, refused);
        if (p.kind == K::rate && p.tau)
            unless(*p.tau >= step_of(from_), place_of(path + ".tau"),
                   fmt::format("{}.tau = {}, less than a step,", path, *p.tau));
        if (!p.data.empty())
            column(place_of(path + ".data", p.place), p.data);
        if (p.kind == K::choice)
            choice(p, path);
        unless(p.activation <= task::Activation::sigmoid, place_of(path + ".activation", p.place),
               fmt::format("activation = \"{}\"", task::word_of(p.activation)),
               "linear, relu, tanh or sigmoid");
        unless(p.model != task::NeuronModel::delta, place_of(path + ".model", p.place),
               "model = \"delta\"", "vogels_2011, auryn_tif, auryn_if or cvaif");
        if (p.kind == K::poisson && p.rate)
            unless(is_number(*p.rate), place_of(path + ".rate", p.place), "a rate that is drawn",
                   fmt::format(
                       "a number, and trials.vary = {{ \"{}.rate\" = {{ uniform = [1, 5] }} }}",
                       path));
        if (p.kind == K::lif && p.initial)
            unless(!std::get_if<task::Column>(&p.initial->from), place_of(path + ".initial"),
                   "initial voltages from data");
    }

    // Choices are observed, and nothing but their likelihood reads them.
    void choice(const task::Population& p, const std::string& path) {
        const bool column = !p.clamp.empty() && source_population(from_, p.clamp).empty();
        unless(column, place_of(path + ".clamp", p.place),
               fmt::format("[{}] whose choices are drawn", path),
               "clamp = the data column of those that were made");
        for (const task::Projection& other : from_.projections) {
            unless(other.from != p.name, other.place,
                   fmt::format("[projection.{}] from a population of choices", other.name),
                   fmt::format("an input of their data column, \"{}\"", p.clamp));
            for (const task::Rule* rule : rules_of(from_, other)) {
                unless(other.to != p.name || !reads_postsynaptic(*rule, other), rule->place,
                       fmt::format("[rule.{}] that reads y of a population of choices", rule->name),
                       "terms of x, w and a third factor");
                unless(!reads_choices(*rule, other, p), rule->place,
                       fmt::format("[rule.{}] that reads the choices of {}", rule->name, p.name),
                       fmt::format("their data column, \"{}\"", p.clamp));
            }
        }
        for (const auto* list : {&from_.losses, &from_.probes})
            for (const task::Measure& m : *list)
                unless(source_population(from_, m.to) != p.name &&
                           source_population(from_, m.mask) != p.name,
                       m.place, fmt::format("[{}] compared with the choices of {}", m.name, p.name),
                       fmt::format("their data column, \"{}\"", p.clamp));
    }

    bool reads_choices(const task::Rule& rule, const task::Projection& use,
                       const task::Population& p) {
        const auto is_it = [&](const std::string& source) {
            return !source.empty() && source_population(from_, source) == p.name;
        };
        const std::vector<task::Factor> factors = factors_of(rule, use);
        return is_it(rule.when) || (rule.modulator && is_it(rule.modulator->of)) ||
               std::any_of(factors.begin(), factors.end(),
                           [&](const task::Factor& f) { return is_it(f.of); });
    }

    bool reads_postsynaptic(const task::Rule& rule, const task::Projection& use) {
        Faults elsewhere; // they are said where the rule is read
        RuleSettings read;
        const std::vector<task::Factor> factors = factors_of(rule, use);
        const auto of_y = [](const task::Factor& f) { return f.of == "y" || f.of == "y^2"; };
        const auto residual = [](const task::Factor& f) {
            return kind_of_factor(f) ==
                   FactorKind::presynaptic; // of what the units make of their weights
        };
        if (std::any_of(factors.begin(), factors.end(), residual))
            return true;
        if (rule.kind == task::RuleKind::mlp)
            return std::find(rule.inputs.begin(), rule.inputs.end(), "y") != rule.inputs.end() ||
                   std::any_of(factors.begin(), factors.end(), of_y);
        read_network_terms(from_, rule, use, read, elsewhere);
        return std::any_of(read.terms.begin(), read.terms.end(), [](const Term& t) {
            return t.y > 0 || t.factors.post > 0 || t.factors.post_mean > 0 ||
                   t.factors.post_square > 0;
        });
    }

    void projection(const task::Projection& p) {
        const std::string path = "projection." + p.name;
        unless_default(task::schema<task::Projection>(), path, p, {"soft", "normalize"});
        for (const std::string* end : {&p.from, &p.to})
            unless(end->find('.') == std::string::npos, p.place,
                   fmt::format("a projection of a group (\"{}\")", *end),
                   "a population of its own");
        using C = task::Pattern;
        const C pattern = p.connect.pattern;
        unless(pattern != C::data, place_of(path + ".connect", p.place), "this connect",
               "\"all\", \"lower\", \"one_to_one\", { probability }, { in_degree } or { field }");
        if (pattern == C::one_to_one || pattern == C::field)
            unless(rules_of(from_, p).empty() && !is_of_spikes(from_, p),
                   place_of(path + ".connect", p.place),
                   pattern == C::field ? "a plastic or spiking { field }"
                                       : "a plastic or spiking \"one_to_one\"",
                   "fixed weights between rates");
        if ((pattern == C::one_to_one || pattern == C::field) && p.from == p.to)
            unless(p.delay.value_or(0) > 0, place_of(path + ".connect", p.place),
                   fmt::format("[{}] within a population, within a step,", path), "delay = 1");
        unless(p.connect.self, place_of(path + ".connect", p.place), "self = false",
               "neurons have no synapses onto themselves in any case");
        const task::Population *from = find_population(from_, p.from),
                               *to = find_population(from_, p.to);
        if (pattern == C::in_degree && from && from->units)
            unless(p.connect.number <= static_cast<double>(*from->units - (from == to ? 1 : 0)),
                   place_of(path + ".connect"),
                   fmt::format("an in_degree of {} from {} units", p.connect.number, *from->units));
        if (to && to->kind != task::PopulationKind::lif)
            unless(p.gain == 1, place_of(path + ".gain"), "a gain into rates",
                   "weights that are so many times larger");
        if (p.delay && *p.delay > 0)
            whole_steps(from_, *p.delay, place_of(path + ".delay", p.place), path + ".delay",
                        faults_);
        weights(p, path);
        unless(p.inference.damping == 0, place_of(path + ".inference", p.place),
               "damped inference");
        unless(!p.weights.free, place_of(path + ".weights", p.place), "free weights");
        unless(!std::get_if<task::Scaled>(&p.weights.of), place_of(path + ".weights", p.place),
               "scaled weights outside of a phase");
    }

    void weights(const task::Projection& p, const std::string& path) {
        const Place place = place_of(path + ".weights", p.place);
        const auto* draw = std::get_if<task::Draw>(&p.weights.of);
        const bool sparse = p.connect.pattern == task::Pattern::probability ||
                            p.connect.pattern == task::Pattern::in_degree;
        const bool by_kernel = draw && !std::get_if<task::OneOf>(&draw->from) &&
                               !std::get_if<task::Column>(&draw->from);
        if (p.weights.antithetic &&
            p.w_min.value_or(-task::kInfinity) != -p.w_max.value_or(task::kInfinity))
            faults_.add(place,
                        fmt::format("[{}] has antithetic weights, and bounds that are not "
                                    "opposite: what is clipped has no opposite",
                                    path),
                        "w_min = -w_max, or antithetic = false");
        unless(by_kernel || !sparse, place, "these weights of sparse synapses",
               "a number, { mean, sd }, { uniform } or { log_uniform }");
        if (!draw)
            return;
        unless(!draw->shared && draw->range.low == -task::kInfinity &&
                   draw->range.high == task::kInfinity,
               place, "weights with shared or a range", "w_min and w_max clip what is drawn");
        unless(!draw->redraw || *draw->redraw == task::Redraw::iteration ||
                   *draw->redraw == from_.trials.redraw,
               place,
               "weights drawn again at other times than with the trials or in each iteration",
               "redraw = \"iteration\", or none: with the trials");
    }

    // Of a data table by name: what its kind has.
    void column(const Place& place, const std::string& name) {
        const std::size_t dot = name.find('.');
        for (const task::Data& d : from_.data)
            if (d.kind == task::DataKind::spikes && d.name == name.substr(0, dot)) {
                const std::string stream = dot == std::string::npos ? "" : name.substr(dot + 1);
                if (std::count(d.streams.begin(), d.streams.end(), stream) == 0)
                    faults_.add(place,
                                stream.empty()
                                    ? fmt::format("\"{}\" names no stream of its spikes", name)
                                    : fmt::format("[data.{}] has no stream \"{}\"", d.name, stream),
                                fmt::format("its streams are {}", fmt::join(d.streams, ", ")));
            } else if (dot != std::string::npos && d.name == name.substr(0, dot)) {
                const bool known = // of kinds that are refused as a whole, any
                    d.kind == task::DataKind::file || d.kind == task::DataKind::pairing ||
                    d.kind == task::DataKind::bandit ||
                    (d.kind == task::DataKind::patterns && name.substr(dot + 1) == "index");
                if (!known)
                    faults_.add(
                        place,
                        fmt::format("[data.{}] has no column \"{}\"", d.name, name.substr(dot + 1)),
                        d.kind == task::DataKind::patterns
                            ? "a pattern has its index"
                            : fmt::format("\"{}\" is all that it has", d.name));
            }
    }

    // A rule that several projections use means the same in all of them, but for the population or column
    // that its third factor is.
    void uses(const task::Rule& r, const task::Projection& first) {
        for (const task::Projection& p : from_.projections) {
            const std::vector<const task::Rule*> rules = rules_of(from_, p);
            if (&p == &first || std::find(rules.begin(), rules.end(), &r) == rules.end())
                continue;
            const std::vector<task::Factor> a = factors_of(r, first), b = factors_of(r, p);
            bool same =
                a.size() == b.size() && is_of_spikes(from_, p) == is_of_spikes(from_, first);
            for (std::size_t i = 0; same && i < a.size(); ++i) {
                const std::optional<FactorKind> kind = kind_of_factor(a[i]);
                same = a[i].name == b[i].name && kind == kind_of_factor(b[i]) &&
                       a[i].tau == b[i].tau && a[i].scale == b[i].scale &&
                       (kind == FactorKind::modulator || a[i].of == b[i].of);
            }
            unless(same, place_of("projection." + p.name + ".factors", p.place),
                   fmt::format("[rule.{}] with other factors in [projection.{}]", r.name, p.name),
                   "only the population or column of a third factor may differ; else a rule of its "
                   "own");
        }
    }

    void mlp(const task::Rule& r, const std::string& path) {
        unless(!r.modulator && !r.eligibility, r.place,
               fmt::format("[{}] of kind = \"mlp\" with modulator or eligibility", path),
               "give it the third factor among its inputs");
        unless(r.activation == task::Activation::tanh || r.activation == task::Activation::relu ||
                   r.activation == task::Activation::sigmoid,
               place_of(path + ".activation", r.place),
               fmt::format("activation = \"{}\"", task::word_of(r.activation)),
               "tanh, relu or sigmoid");
        unless(from_.search.prune == 0 && from_.search.eliminate == task::Eliminate::none,
               place_of(from_.search.prune > 0 ? "search.prune" : "search.eliminate"),
               "a search that drops weights of an MLP", "prune = 0 and eliminate = false");
    }

    void rule(const task::Rule& r) {
        const std::string path = "rule." + r.name;
        const task::Projection* const use = first_use(from_, r);
        if (!use)
            return; // names.cpp says so
        std::vector<std::string> refused = {"every"};
        if (!is_of_spikes(from_, *use))
            refused.push_back("tau");
        unless_default(task::schema<task::Rule>(), path, r, refused);
        if (r.kind == task::RuleKind::mlp)
            mlp(r, path);
        uses(r, *use);
        RuleSettings out;
        out.name = r.name;
        out.eta = r.eta;
        out.spread = r.spread;
        out.reference = reference(r, is_of_spikes(from_, *use));
        read_network_terms(from_, r, *use, out, faults_);
        to_.rules.push_back(std::move(out));
    }

    void data(const task::Data& d) {
        using K = task::DataKind;
        const std::string path = "data." + d.name;
        unless(d.kind != K::pairing && d.kind != K::bandit, d.place,
               fmt::format("data of kind = \"{}\"", task::word_of(d.kind)),
               d.kind == K::pairing ? "the trains as kind = \"spikes\", onto a neuron" : "");
        unless(!d.redraw || *d.redraw != task::Redraw::stage ||
                   from_.trials.redraw == task::Redraw::stage,
               place_of(path + ".redraw"), "redraw = \"stage\" of data alone",
               "trials.redraw = \"stage\"");
        if (d.kind == K::file && d.units > 0)
            faults_.add(place_of(path + ".units", d.place),
                        fmt::format("{}.units has no effect outside of stages: all units of a "
                                    "file are read",
                                    path),
                        fmt::format("columns = [...] chooses some; a stage draws some in each "
                                    "trial: set = {{ \"{}.units\" = {} }}",
                                    path, d.units));
        if (d.kind == K::spikes)
            spikes(path);
        if (d.kind == K::gaussian)
            unless(!std::get_if<task::Column>(&d.scale.from), d.place, "a scale from data");
        if (d.kind == K::patterns) {
            whole_steps(from_, d.on, place_of(path + ".on", d.place), path + ".on", faults_);
            if (d.off > 0)
                whole_steps(from_, d.off, place_of(path + ".off"), path + ".off", faults_);
        }
    }

    void spikes(const std::string& path) {
        for (const char* key : {"redraw", "shared"})
            if (from_.places.count(path + "." + key) > 0)
                faults_.add(place_of(path + "." + key),
                            fmt::format("{}.{} has no effect: nothing of recorded spikes is drawn",
                                        path, key));
    }

    // Where numbers are wanted.
    void values(const Place& place, const std::string& path, const std::string& source) {
        if (!source.empty() && gives_spikes(from_, source))
            faults_.add(place_of(path, place),
                        fmt::format("{} = \"{}\" is a stream of spikes", path, source),
                        "spikes are the data of an input; values come from kind = \"file\"");
    }

    void factor_values(const Place& place, const std::string& path,
                       const std::vector<task::Factor>& factors) {
        for (const task::Factor& f : factors)
            values(place, path + ".factors", f.of);
    }

    void all_values() {
        for (const task::Projection& p : from_.projections) {
            const std::string path = "projection." + p.name;
            factor_values(p.place, path, p.factors.of);
            if (const auto* draw = std::get_if<task::Draw>(&p.weights.of))
                if (const auto* column = std::get_if<task::Column>(&draw->from))
                    values(p.place, path + ".weights", column->name);
        }
        for (const task::Rule& r : from_.rules) {
            const std::string path = "rule." + r.name;
            factor_values(r.place, path, r.factors.of);
            values(r.place, path + ".when", r.when);
            if (r.modulator)
                values(r.place, path + ".modulator", r.modulator->of);
        }
        for (const auto* list : {&from_.losses, &from_.probes})
            for (const task::Measure& m : *list) {
                const std::string path = (list == &from_.losses ? "loss." : "probe.") + m.name;
                values(m.place, path + ".to", m.to);
                values(m.place, path + ".mask", m.mask);
            }
    }

    void simulation() {
        unless(from_.simulation.batch.samples <= 1, place_of("simulation.batch"),
               "a batch of some samples", "batch = 1 or \"all\"");
        const bool spikes = std::any_of(from_.populations.begin(), from_.populations.end(),
                                        [&](const auto& p) { return is_of_spikes(from_, p); });
        if (spikes)
            unless(from_.simulation.batch.samples == 1, place_of("simulation.batch"),
                   "a batch of a spiking network");
    }

    Task& to_;
};

} // namespace

void read_network(const task::Task& described, Task& to, Faults& faults) {
    Network(described, to, faults).read();
}

} // namespace carve::cli
