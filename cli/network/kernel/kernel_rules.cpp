// kernel_rules.cpp: the rules of a task, how projections use them, what is measured.
#include "columns_used.hpp"
#include "error.hpp"
#include "exp_log.hpp"
#include "kernel_model.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <tuple>

namespace carve::cli {
namespace {

// A term as the kernel takes it, and its coefficient.
struct KernelTerm {
    carve_term term;
    Coefficient coefficient;
};

bool reads(const std::vector<KernelTerm>& terms, std::uint8_t carve_term::*power) {
    return std::any_of(terms.begin(), terms.end(),
                       [&](const KernelTerm& t) { return t.term.*power > 0; });
}

// The time constants that the kernel has for these terms, in its order.
std::vector<Term> time_constants(const std::vector<KernelTerm>& terms, const task::Rule& rule) {
    std::vector<Term> out;
    const auto add = [&](Meaning meaning, std::uint64_t spike) {
        Term term;
        term.meaning = meaning;
        term.spike = spike;
        if (!spike)
            term.name = "tau";
        out.push_back(term);
    };
    const bool spikes = !terms.empty() && terms[0].term.event != CARVE_EVENT_STEP;
    if (spikes) {
        std::uint64_t bits = 0;
        for (const KernelTerm& t : terms)
            bits |= t.term.event == CARVE_EVENT_PRE
                        ? at_pre(t.term.post, t.term.pre2, t.term.weight)
                        : at_post(t.term.pre, t.term.post2, t.term.weight);
        for (const Term& term : spike_terms())
            if (term.spike & time_constants_of(bits))
                add(Meaning::product, term.spike);
    } else {
        if (reads(terms, &carve_term::pre_mean))
            add(Meaning::pre_mean_tau, 0);
        if (reads(terms, &carve_term::post_mean))
            add(Meaning::post_mean_tau, 0);
        if (reads(terms, &carve_term::post_square))
            add(Meaning::post_square_tau, 0);
    }
    if (rule.eligibility)
        add(Meaning::eligibility_tau, 0);
    return out;
}

std::uint32_t bit_of_input(const std::string& name, const std::vector<task::Factor>& factors) {
    if (name == "x")
        return CARVE_FACTOR_PRE;
    if (name == "y")
        return CARVE_FACTOR_POST;
    if (name == "w")
        return CARVE_FACTOR_WEIGHT;
    for (const task::Factor& factor : factors)
        if (factor.name == name)
            switch (*kind_of_factor(factor)) {
            case FactorKind::modulator:
                return CARVE_FACTOR_MODULATOR;
            case FactorKind::pre_mean:
                return CARVE_FACTOR_PRE_MEAN;
            case FactorKind::post_mean:
                return CARVE_FACTOR_POST_MEAN;
            case FactorKind::post_square:
                return CARVE_FACTOR_POST_SQUARE;
            case FactorKind::weight_sum:
                return CARVE_FACTOR_WEIGHT_SUM;
            case FactorKind::presynaptic:
                return 0;
            }
    return 0;
}

Error missing(const std::string& rule, const std::string& what) {
    return Error(Exit::usage, fmt::format("the rule of {} lacks {}", rule, what),
                 "a rule file has all coefficients that its terms need: take one that carve wrote");
}

// The coefficients of an MLP in the kernel's order: time constants, u [hidden][input], b, v, c.
std::vector<std::string> names_of_mlp(const task::Rule& rule, const task::Projection& use) {
    std::vector<std::string> inputs = {"x", "y", "w"}, names;
    const std::vector<task::Factor> factors = factors_of(rule, use);
    for (const FactorKind kind :
         {FactorKind::modulator, FactorKind::pre_mean, FactorKind::post_mean,
          FactorKind::post_square, FactorKind::weight_sum})
        for (const task::Factor& factor : factors)
            if (kind_of_factor(factor) == kind)
                inputs.push_back(factor.name);
    inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                                [&](const std::string& name) {
                                    return std::count(rule.inputs.begin(), rule.inputs.end(),
                                                      name) == 0;
                                }),
                 inputs.end());
    for (const std::string& input : inputs) // in the kernel's order, which the inputs have
        for (const task::Factor& factor : factors)
            if (factor.tau && factor.name == input)
                names.push_back("tau_" + factor.name);
    for (std::uint64_t h = 0; h < rule.hidden[0]; ++h)
        for (const std::string& input : inputs)
            names.push_back(fmt::format("u{}_{}", h, input));
    for (const char* layer : {"b", "v"})
        for (std::uint64_t h = 0; h < rule.hidden[0]; ++h)
            names.push_back(fmt::format("{}{}", layer, h));
    names.emplace_back("c");
    return names;
}

using NamedCoefficients = std::vector<std::pair<Term, Coefficient>>;
std::vector<Coefficient> in_order(const std::vector<std::string>& names,
                                  const NamedCoefficients& known, const std::string& rule) {
    std::vector<Coefficient> list;
    for (const std::string& name : names) {
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const auto& k) { return k.first.name == name; });
        if (found == known.end())
            throw missing(rule, name);
        list.push_back(found->second);
    }
    return list;
}

} // namespace

void KernelModel::add_rules() {
    std::size_t next = 0;
    for (const RuleSettings& settings : task_.rules)
        for (const task::Rule& rule : described_.rules)
            if (rule.name == settings.name) {
                rules_[rule.name] = static_cast<std::uint32_t>(kernel_rules_.size());
                add_rule(settings, rule, next);
            }
    searched_ = next;
}

void KernelModel::add_rule(const RuleSettings& settings, const task::Rule& rule,
                           std::size_t& next) {
    const task::Projection& use = *first_use(described_, rule);
    const std::optional<ThirdFactor> third = third_factor(rule, use);
    std::vector<KernelTerm> terms;
    std::vector<std::pair<Term, Coefficient>> others; // time constants, weights of an MLP
    const auto take = [&](const Term& term, const Coefficient& coefficient) {
        if (is_time_constant(term) || term.meaning == Meaning::network) {
            others.emplace_back(term, coefficient);
            return;
        }
        KernelTerm t{kernel_terms({term})[0], coefficient};
        if (third && third->outside)
            t.term.modulator = 1;
        terms.push_back(t);
    };
    for (const Term& term : settings.fixed)
        take(term, {-1, is_time_constant(term) ? log_of(term.theta) : term.theta});
    for (const Term& term : settings.terms)
        take(term, {static_cast<std::ptrdiff_t>(next++), 0});
    std::stable_sort(terms.begin(), terms.end(), [](const KernelTerm& a, const KernelTerm& b) {
        const auto key = [](const carve_term& t) {
            return std::make_tuple(t.event, t.modulator, t.pre, t.post, t.pre2, t.post2, t.weight,
                                   t.pre_mean, t.post_mean, t.post_square, t.weight_sum);
        };
        return key(a.term) < key(b.term);
    });
    carve_rule out;
    check_status(carve_rule_init(&out, sizeof out), "carve_rule_init");
    out.shared = lanes_.are == LanesAre::trials;
    std::vector<Coefficient> list;
    bool reads_third = false;
    if (rule.kind == task::RuleKind::mlp) {
        carve_mlp& mlp = parameters_.add(carve_mlp_init);
        mlp.n_hidden = static_cast<std::uint32_t>(rule.hidden[0]);
        mlp.inputs = 0;
        for (const std::string& name : rule.inputs)
            mlp.inputs |= bit_of_input(name, factors_of(rule, use));
        mlp.activation = rule.activation == task::Activation::relu      ? CARVE_ACTIVATION_RELU
                         : rule.activation == task::Activation::sigmoid ? CARVE_ACTIVATION_SIGMOID
                                                                        : CARVE_ACTIVATION_TANH;
        out.kind = CARVE_RULE_MLP;
        out.parameters = &mlp;
        reads_third = (mlp.inputs & CARVE_FACTOR_MODULATOR) != 0;
        list = in_order(names_of_mlp(rule, use), others, settings.name);
    } else {
        for (const Term& tau : time_constants(terms, rule)) {
            const auto known = std::find_if(others.begin(), others.end(), [&](const auto& other) {
                return tau.spike ? other.first.spike == tau.spike
                                 : !other.first.name.empty() && other.first.meaning == tau.meaning;
            });
            if (known == others.end())
                throw missing(settings.name, "the time constant of a trace that its terms read");
            list.push_back(known->second);
        }
        std::vector<carve_term>& kept = parameters_.add(std::vector<carve_term>{});
        for (const KernelTerm& t : terms) {
            kept.push_back(t.term);
            list.push_back(t.coefficient);
        }
        carve_polynomial& polynomial = parameters_.add(carve_polynomial_init);
        polynomial.n_terms = static_cast<std::uint32_t>(kept.size());
        polynomial.terms = kept.data();
        polynomial.eligibility = rule.eligibility ? 1 : 0;
        if (rule.coincidence == task::Coincidence::blind)
            polynomial.coincidence = CARVE_COINCIDENCE_BLIND;
        if (rule.trace_jump == task::TraceJump::inverse_tau)
            polynomial.trace_jump = CARVE_TRACE_JUMP_INVERSE_TAU;
        out.parameters = &polynomial;
        reads_third = reads(terms, &carve_term::modulator);
    }
    // Terms that have been dropped may have been those that read it.
    reads_third_.push_back(reads_third);
    coefficients_.push_back(std::move(list));
    kernel_rules_.push_back(out);
}

void KernelModel::add_plasticity(const task::Projection& p, const Trial& example,
                                 std::vector<carve_plasticity>& out) {
    for (const task::Rule* const rule : rules_of(described_, p)) {
        const auto known = rules_.find(rule->name);
        if (known == rules_.end())
            continue;
        carve_plasticity use;
        check_status(carve_plasticity_init(&use, sizeof use), "carve_plasticity_init");
        use.rule = known->second;
        use.eta = rule->eta;
        // What a rule file has set counts, unless it is what varies.
        for (const RuleSettings& settings : task_.rules)
            if (settings.name == rule->name &&
                !is_varied(described_, "rule." + rule->name + ".eta"))
                use.eta = settings.eta;
        for (const task::Factor& factor : factors_of(*rule, p))
            if (kind_of_factor(factor) == FactorKind::presynaptic)
                use.presynaptic = factor.of == "residual" ? CARVE_PRESYNAPTIC_RESIDUAL
                                                          : CARVE_PRESYNAPTIC_RESIDUAL_BELOW;
        const std::optional<ThirdFactor> third = third_factor(*rule, p);
        if (third && reads_third_[known->second]) {
            use.modulator = source(third->factor.of, example);
            if (third->factor.minus) {
                const task::Minus& minus = *third->factor.minus;
                use.baseline = minus.last ? CARVE_BASELINE_WINDOW : CARVE_BASELINE_EXPONENTIAL;
                use.window = static_cast<std::uint32_t>(
                    minus.last
                        ? *minus.last
                        : static_cast<std::uint64_t>(*minus.tau / step_of(described_) + 0.5));
            }
        }
        if (!rule->when.empty())
            use.gate = source(rule->when, example);
        out.push_back(use);
    }
}

bool is_varied(const task::Task& task, const std::string& path) {
    const std::vector<task::Setting>& all = task.trials.vary.of;
    return std::any_of(all.begin(), all.end(),
                       [&](const task::Setting& s) { return s.path == path; });
}

// ---- Measures ------------------------------------------------------------------------------------

void KernelModel::add_probes(const Needs& needs, const Trial& example) {
    const auto add = [&](std::uint32_t kind, std::uint32_t index, const void* parameters) {
        carve_probe probe;
        check_status(carve_probe_init(&probe, sizeof probe), "carve_probe_init");
        probe.kind = kind;
        probe.index = index;
        probe.parameters = parameters;
        probes_.push_back(probe);
    };
    for (const Trajectory& t : needs.trajectories) {
        carve_trajectory_probe& out = parameters_.add(carve_trajectory_probe_init);
        out.observations =
            t.to.empty() ? add_input("", "", 0, units(t.population)) : source(t.to, example);
        const std::uint32_t given = kernel_populations_[out.observations].n_units;
        if (given != units(t.population))
            refuse_at(t.place, Exit::usage,
                      fmt::format("population {} has {} units; \"{}\", which it is compared with, "
                                  "has {}",
                                  t.population, units(t.population), t.to, given),
                      "as many, also where only a group of them is compared");
        if (!t.mask.empty())
            out.selection = source(t.mask, example);
        out.likelihood = t.likelihood;
        out.sums =
            t.likelihood == CARVE_LIKELIHOOD_GAUSSIAN ? CARVE_SUMS_OF_UNITS : CARVE_SUMS_OF_LOSS;
        add(CARVE_PROBE_TRAJECTORY, population(t.population), &out);
    }
    for (const RateProbe& r : needs.rates) {
        carve_rate_probe& out = parameters_.add(carve_rate_probe_init);
        out.tau = r.tau;
        out.start = r.start;
        out.low = r.low;
        out.high = r.high;
        out.target = r.target;
        add(CARVE_PROBE_RATE, population(r.population), &out);
    }
    for (const std::string& name : needs.transmitted)
        add(CARVE_PROBE_TRANSMITTED, projection(name), nullptr);
}

void KernelModel::describe(Derivatives derivatives, const Trial& example) {
    check_status(carve_model_init(&model, sizeof model), "carve_model_init");
    model.precision = task_.run.single_precision ? CARVE_F32 : CARVE_F64;
    model.isa = isa_of(task_.run.isa);
    model.lane_bytes = lane_bytes_of(task_.run);
    model.n_replicas = static_cast<std::uint32_t>(lanes_.count);
    model.gradient = derivatives == Derivatives::yes ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
    model.bound = described_.simulation.bound;
    if (spikes_)
        model.dt = step_of(described_);
    // Third and fourth moments of more inputs than this do not stay in the cache.
    constexpr std::size_t kMostUnitsForMoments = 32;
    for (const Fed& fed : inputs_)
        if (!spikes_ && fed.units > kMostUnitsForMoments)
            model.form = CARVE_FORM_SAMPLES;
    if (described_.simulation.batch.samples == 0)
        for (const Fed& fed : inputs_) {
            if (fed.column.empty())
                continue;
            const auto rows = static_cast<std::uint32_t>(example.column(fed.column).rows());
            if (model.batch > 1 && rows != model.batch)
                throw Error(
                    Exit::usage,
                    fmt::format("the columns of a batch have {} and {} samples", model.batch, rows),
                    "the same number of samples in all [data.NAME] that are fed or compared");
            model.batch = rows;
        }
    model.n_populations = static_cast<std::uint32_t>(kernel_populations_.size());
    model.n_projections = static_cast<std::uint32_t>(kernel_projections_.size());
    model.n_rules = static_cast<std::uint32_t>(kernel_rules_.size());
    model.n_probes = static_cast<std::uint32_t>(probes_.size());
    model.populations = kernel_populations_.data();
    model.projections = kernel_projections_.data();
    model.rules = kernel_rules_.data();
    model.probes = probes_.data();
}

} // namespace carve::cli
