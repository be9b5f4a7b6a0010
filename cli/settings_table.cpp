// The rows of the settings table. Defaults are those of the structs in task.hpp.
#include "settings_access.hpp"
#include "spike_terms.hpp"

#include <array>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

// Names in the order of the enums' values.
constexpr std::array<const char*, 3> kKinds{"gaussian", "file", "spikes"};
constexpr std::array<const char*, 2> kAfferents{"constant", "signal"};
constexpr std::array<const char*, 2> kNeurons{"vogels2011", "auryn_tif"};
constexpr std::array<const char*, 3> kVary{"none", "scale", "spectrum"};
constexpr std::array<const char*, 3> kRedraw{"never", "stage", "iteration"};
constexpr std::array<const char*, 2> kUpdate{"batch", "online"};
constexpr std::array<const char*, 3> kScale{"none", "leading", "columns"};
constexpr std::array<const char*, 4> kLoss{"distance", "distance_squared", "subspace", "rate"};
constexpr std::array<const char*, 2> kLateral{"none", "hierarchical"};
constexpr std::array<const char*, 3> kInference{"sequential", "sweeps", "solve"};
constexpr std::array<const char*, 2> kMask{"start", "first_update"};
constexpr std::array<const char*, 3> kPresynaptic{"rate", "residual_below", "residual"};
constexpr std::array<const char*, 3> kMethod{"gauss_newton", "adam", "cma_es"};
constexpr std::array<const char*, 3> kRestarts{"none", "ipop", "bipop"};
constexpr std::array<const char*, 3> kAggregate{"mean", "median", "trimmed"};
constexpr std::array<const char*, 2> kBlowUp{"replica", "candidate"};
constexpr std::array<const char*, 2> kPrecision{"double", "single"};

// ---- Settings that are not a plain member ------------------------------------------------------

Setting terms() {
    Setting s;
    s.key = "terms";
    s.type = Type::texts;
    s.help = "terms of the rule, monomials like \"x y\", \"y^2 w\", \"1\"; orders up to 3";
    s.get = [](const void* object) -> SettingValue {
        Texts names;
        for (const Term& term : static_cast<const RuleSettings*>(object)->terms)
            names.push_back(monomial(term));
        return names;
    };
    s.set = [](void* object, const SettingValue& value) {
        std::uint64_t mask = 0; // unique and in order, whatever the text says
        for (const std::string& name : std::get<Texts>(value))
            mask |= term_mask({*parse_monomial(name)});
        auto& chosen = static_cast<RuleSettings*>(object)->terms;
        chosen.clear();
        for (const Term& term : terms_up_to(3))
            if (term_mask({term}) & mask)
                chosen.push_back(term);
    };
    s.fault = [](const SettingValue& value) -> std::string {
        const auto& names = std::get<Texts>(value);
        for (const std::string& name : names)
            if (!parse_monomial(name))
                return fmt::format(
                    "'{}' is not a monomial of x, y and w with orders up to 3, like \"x^2 y w\"",
                    name);
        return names.empty() ? "needs at least one term" : "";
    };
    return s;
}

Setting spike_terms_setting() {
    Setting s = terms();
    s.help = "coefficients of the rule; a time constant is searched for by its logarithm";
    s.set = [](void* object, const SettingValue& value) {
        std::uint64_t mask = 0;
        for (const std::string& name : std::get<Texts>(value))
            mask |= parse_spike_term(name)->spike;
        auto& chosen = static_cast<RuleSettings*>(object)->terms;
        chosen.clear();
        for (const Term& term : spike_terms())
            if (term.spike & mask)
                chosen.push_back(term);
    };
    s.fault = [](const SettingValue& value) -> std::string {
        const auto& names = std::get<Texts>(value);
        bool acts = false;
        std::vector<Term> terms;
        for (const std::string& name : names) {
            const std::optional<Term> term = parse_spike_term(name);
            if (!term)
                return fmt::format("'{}' is no coefficient of a rule for spikes, like \"alpha\"",
                                   name);
            acts = acts || !is_time_constant(*term);
            terms.push_back(*term);
        }
        return acts ? time_constant_fault(terms)
                    : "needs at least one term that is not a time constant";
    };
    return s;
}

Setting reference(bool of_spikes) {
    Setting s = text<&RuleSettings::reference>(
        "reference", of_spikes ? "preset that angles are measured to; time constants do not count"
                               : "preset that angles are measured to");
    s.choices.push_back("");
    for (const Preset& preset : presets()) {
        const bool alone = preset.lateral.empty() && preset.presynaptic.empty();
        if (!preset.terms.empty() && alone && (preset.terms[0].spike != 0) == of_spikes)
            s.choices.push_back(preset.name);
    }
    return s;
}

Setting goal() {
    Setting s;
    s.key = "goal";
    s.type = Type::real;
    s.help = "held-out loss that the search is to reach; exit code 1 if it does not";
    s.low = 0;
    s.high = 2;
    s.above = true;
    s.unit = "loss";
    s.get = [](const void* object) -> SettingValue {
        const auto& value = static_cast<const SearchSettings*>(object)->goal;
        return value ? SettingValue(*value) : SettingValue();
    };
    s.set = [](void* object, const SettingValue& value) {
        static_cast<SearchSettings*>(object)->goal = std::get<double>(value);
    };
    s.fault = nullptr;
    return s;
}

Setting lane_bytes() {
    Setting s = plain<&RunSettings::lane_bytes>(
        "lane_bytes", Type::integer,
        "bytes of a lane block, 32, 64 or one element; 0: 32 or 64, chosen for the machine when a "
        "run starts; changes speed, not results");
    s.choices = {"0", "4", "8", "32", "64"};
    s.unit = "bytes";
    return s;
}

// ---- Sections ----------------------------------------------------------------------------------

Section top() {
    return {
        "",
        "",
        {
            text<&Task::name>(
                "name", "name in results, reports and of directories; the file's name unless set"),
            text<&Task::description>("description", "one line for reports"),
        }};
}

Section input() {
    return {
        "input",
        "what the network sees",
        {
            choice<&InputSettings::kind, kKinds>("kind", "where inputs come from"),
            reals<&InputSettings::spectrum>(
                "spectrum", {0, 1e6},
                "gaussian: eigenvalues of the covariance, descending, one an input"),
            choice<&InputSettings::vary, kVary>(
                "vary", "gaussian: what differs between data sets: nothing, the spectrum's scale, "
                        "or its scale and eigenvalues"),
            reals<&InputSettings::scale_range>(
                "scale_range", {0, 1e6, true},
                "vary, scale and spectrum: lowest and highest factor of the spectrum, log-uniform"),
            real<&InputSettings::gap_ratio>(
                "gap_ratio", {0, 1, true},
                "vary, spectrum: largest ratio of the second eigenvalue to the first"),
            integer<&InputSettings::samples>("samples", 1, 65536, "samples",
                                             "of a data set, before antithetic doubling; of a "
                                             "file's rows at least 256 where it has them"),
            integer<&InputSettings::data_sets>("data_sets", 1, 65536, "data sets",
                                               "of the search; each is a replica"),
            flag<&InputSettings::antithetic>("antithetic", "each sample x is followed by -x"),
            choice<&InputSettings::redraw, kRedraw>("redraw",
                                                    "when the search's data sets are drawn anew"),
            text<&InputSettings::path>("path", "file: .npy or .csv, one sample a row; relative to "
                                               "the task file (to the working directory in --set)"),
            rare(plain<&InputSettings::columns>(
                "columns", Type::texts,
                "file: names or numbers (from 1) of the columns to use; all if empty")),
            rare(flag<&InputSettings::center>("center", "file: subtract each column's mean")),
            rare(flag<&InputSettings::whiten>("whiten", "file: make the covariance the identity")),
            rare(flag<&InputSettings::row_mean>("row_mean",
                                                "file: subtract each row's own mean first")),
            rare(choice<&InputSettings::scale, kScale>(
                "scale", "file: make the leading variance 1, or that of each column")),
            rare(real<&InputSettings::train_fraction>(
                "train_fraction", {0, 1, true, "of the rows"},
                "file: rows for the search and validation; the others are held out")),
            rare(integer<&InputSettings::block_rows>(
                "block_rows", 1, 1e9, "rows",
                "file: blocks of so many rows are held out, or not, as a whole: for rows that "
                "have something in common with the next, as an image or a stretch of time")),
        }};
}

Section cell() {
    using C = CellSettings;
    return {
        "cell",
        "with input.kind = \"spikes\": an integrate-and-fire neuron and its afferents, by default "
        "the "
        "single cell of Vogels et al. 2011; a data set is a trial",
        {
            rare(choice<&C::neuron, kNeurons>(
                "neuron", "published constants and order of events in a step: Vogels et al. 2011, "
                          "or Auryn's TIFGroup, where coincident spikes do not see each other")),
            real<&C::dt>("dt", {1e-6, 1e-2, false, "s"}, "of a step; network.steps counts them"),
            real<&C::window>("window", {0, 1e5, true, "s"}, "the end of a trial, which is scored"),
            integer<&C::excitatory>("excitatory", 1, 65536, "afferents", "of fixed weight"),
            integer<&C::inhibitory>("inhibitory", 1, 65536, "afferents", "plastic"),
            integer<&C::groups>("groups", 1, 1024, "groups", "of afferents that share a rate"),
            choice<&C::afferents, kAfferents>(
                "afferents", "of constant rate, or with a signal per group that both kinds follow"),
            real<&C::rate>("rate", {0, 1e4, false, "Hz"}, "of an afferent, without its signal"),
            real<&C::signal_gain>("signal_gain", {0, 1e6, false, "Hz"},
                                  "of the signal, a noise whose statistics do not depend on dt"),
            real<&C::signal_tau>("signal_tau", {0, 1e3, true, "s"}, "of the signal's filter"),
            real<&C::dead_time>("dead_time", {0, 1, false, "s"},
                                "of an afferent after a spike, and the neuron's"),
            reals<&C::inhibitory_factors>(
                "inhibitory_factors", {0, 1e3, true},
                "of the inhibitory afferents' rates: trials take them by turns"),
            real<&C::w_base>("w_base", {0, 1e6},
                             "excitatory weights are w_base + w_peak / (1 + (group - peak)^4) + "
                             "w_noise u, u uniform in (0, 1)"),
            real<&C::w_peak>("w_peak", {0, 1e6}, "their tuning"),
            real<&C::w_noise>("w_noise", {0, 1e6}, "what is drawn of them"),
            real<&C::peak>("peak", {0, 1024}, "the preferred group, counted from 1"),
            flag<&C::vary_peak>("vary_peak", "it is drawn in each trial"),
            rare(reals<&C::held_out_factors>(
                "held_out_factors", {0, 1e3, true},
                "as inhibitory_factors, of trials after the search that show how far the rule "
                "carries; empty: the same")),
            rare(reals<&C::held_out_peaks>("held_out_peaks", {0, 1024},
                                           "preferred groups in these trials; empty: as above")),
            real<&C::w_inhibitory>("w_inhibitory", {0, 1e6}, "inhibitory weights at the start"),
            real<&C::excitatory_gain>("excitatory_gain", {0, 1e6, false, "leaks"},
                                      "conductance that a spike at weight 1 adds"),
            real<&C::inhibitory_gain>("inhibitory_gain", {0, 1e6, false, "leaks"},
                                      "the same of inhibition"),
        }};
}

Section network() {
    return {"network",
            "the neurons and how they are simulated",
            {
                integer<&NetworkSettings::outputs>("outputs", 1, 16, "neurons", "output neurons"),
                text<&NetworkSettings::activation>("activation", "of the output neurons",
                                                   {"linear", "relu", "tanh", "sigmoid"}),
                choice<&NetworkSettings::update, kUpdate>("update",
                                                          "an update sees all samples, or one"),
                integer<&NetworkSettings::steps>(
                    "steps", 1, 1e8, "updates",
                    "horizon: updates in a trial; in spiking tasks, steps of "
                    "cell.dt"),
                real<&NetworkSettings::w0_sd>("w0_sd", {0, 1e3},
                                              "standard deviation of the initial weights"),
                flag<&NetworkSettings::w0_scaled>(
                    "w0_scaled", "w0_sd is divided by the square root of the number of inputs, so "
                                 "that it is the norm of a neuron's initial weights"),
                flag<&NetworkSettings::w0_antithetic>(
                    "w0_antithetic", "each data set twice, the second time with initial weights in "
                                     "which the signs of some outputs are flipped (of a single "
                                     "output: w(0) and -w(0))"),
                rare(choice<&NetworkSettings::presynaptic, kPresynaptic>(
                    "presynaptic", "what the feedforward rule reads as x: the input, what earlier "
                                   "outputs leave of it (Sanger), or all (subspace)")),
                choice<&NetworkSettings::lateral, kLateral>(
                    "lateral", "synapses among the outputs: none, or from each to all later ones; "
                               "[rule.lateral] is their rule"),
                rare(choice<&NetworkSettings::inference, kInference>(
                    "inference", "lateral: outputs in sequence, by sweeps, or solved for")),
                rare(integer<&NetworkSettings::sweeps>("sweeps", 1, 1000, "sweeps",
                                                       "lateral: of inference by sweeps")),
                rare(choice<&NetworkSettings::mask_from, kMask>(
                    "mask_from", "lateral: entries outside the hierarchy are 0 from the start, or "
                                 "act until the first update")),
                rare(real<&NetworkSettings::m0_sd>(
                    "m0_sd", {0, 1e3}, "standard deviation of the initial lateral weights")),
                rare(real<&NetworkSettings::bound>(
                    "bound", {0, 1e300, true},
                    "a replica whose drive or weight passes it has diverged")),
            }};
}

Section rule(const char* name, const char* help) {
    return {name,
            help,
            {
                real<&RuleSettings::eta>("eta", {0, 1e3, true}, "learning rate"),
                terms(),
                real<&RuleSettings::theta_sd>("theta_sd", {0, 1e3},
                                              "standard deviation of the initial coefficients"),
                rare(real<&RuleSettings::spread>("spread", {0, 1e6, true},
                                                 "CMA-ES: initial standard deviation of the "
                                                 "coefficients, in units of search.sigma")),
                rare(real<&RuleSettings::theta_min>("theta_min", {-kInf, kInf},
                                                    "CMA-ES: lower bound of the coefficients")),
                rare(real<&RuleSettings::theta_max>("theta_max", {-kInf, kInf},
                                                    "CMA-ES: upper bound of the coefficients")),
                rare(real<&RuleSettings::w_min>(
                    "w_min", {-kInf, kInf}, "lower bound of the weights, initial ones included")),
                rare(real<&RuleSettings::w_max>(
                    "w_max", {-kInf, kInf}, "upper bound of the weights, initial ones included")),
                reference(false),
            }};
}

Section spike_rule() {
    return {
        "rule.inhibitory",
        "with input.kind = \"spikes\": dw = eta (alpha + kappa y) at a presynaptic spike, dw = eta "
        "(beta + gamma x) at a postsynaptic one, x and y traces of the spikes before",
        {
            real<&RuleSettings::eta>("eta", {0, 1e3, true}, "learning rate"),
            spike_terms_setting(),
            real<&RuleSettings::tau_start>("tau_start", {0, 1e3, true, "s"},
                                           "initial time constants"),
            real<&RuleSettings::theta_sd>("theta_sd", {0, 1e3},
                                          "standard deviation of the initial coefficients, about 0 "
                                          "or the logarithm of tau_start"),
            rare(real<&RuleSettings::spread>("spread", {0, 1e6, true},
                                             "CMA-ES: initial standard deviation of the "
                                             "coefficients, in units of search.sigma")),
            rare(real<&RuleSettings::tau_min>("tau_min", {0, 1e3, false, "s"},
                                              "CMA-ES: lower bound of the time constants")),
            rare(real<&RuleSettings::tau_max>("tau_max", {-kInf, kInf, false, "s"},
                                              "CMA-ES: upper bound of the time constants")),
            rare(real<&RuleSettings::theta_min>("theta_min", {-kInf, kInf},
                                                "CMA-ES: lower bound of the other coefficients")),
            rare(real<&RuleSettings::theta_max>("theta_max", {-kInf, kInf},
                                                "CMA-ES: upper bound of the other coefficients")),
            real<&RuleSettings::w_min>("w_min", {-kInf, kInf},
                                       "lower bound of the weights, initial ones included"),
            real<&RuleSettings::w_max>("w_max", {-kInf, kInf},
                                       "upper bound of the weights, initial ones included"),
            rare(reference(true)),
        }};
}

Section loss() {
    return {"loss",
            "what the weights should have become",
            {
                choice<&LossSettings::kind, kLoss>(
                    "kind", "distance to the principal components up to sign, its square, or that "
                            "of the subspaces; rate: mean of (r - target)^2 / (r + offset) over "
                            "the cell's window, r its filtered rate"),
                rare(real<&LossSettings::subspace>(
                    "subspace", {0, 1e6}, "weight of the subspaces' distance, added to the kind")),
                rare(real<&LossSettings::decorrelation>(
                    "decorrelation", {0, 1e6},
                    "weight of the outputs' squared covariances, added to the kind")),
                rare(real<&LossSettings::target>("target", {0, 1e4, true, "Hz"}, "rate")),
                rare(real<&LossSettings::offset>("offset", {0, 1e4, true, "Hz"}, "rate")),
                rare(real<&LossSettings::filter>("filter", {0, 1e4, true, "s"},
                                                 "rate: time constant of r")),
                rare(real<&LossSettings::start>("start", {0, 1e4, false, "Hz"},
                                                "rate: r at the start")),
                rare(real<&LossSettings::low>("low", {0, 1e4, false, "Hz"},
                                              "rate: a trial ends early when r falls below it")),
                rare(real<&LossSettings::high>("high", {0, 1e4, true, "Hz"},
                                               "rate: a trial ends early when r passes it")),
                rare(real<&LossSettings::blow_up>(
                    "blow_up", {0, 1e9, true},
                    "rate: a trial that ends at t of T has the loss blow_up (1 + exp(-t / T))")),
                rare(real<&LossSettings::tuning>(
                    "tuning", {0, 1e6},
                    "rate: weight of 1 - correlation over groups of excitation and inhibition")),
                rare(reals<&LossSettings::held_out_targets>(
                    "held_out_targets", {0, 1e4, true, "Hz"},
                    "rate: targets of the trials of cell.held_out_factors, with the rule's alpha "
                    "in proportion to the target; empty: target alone")),
            }};
}

Section search() {
    return {
        "search",
        "how the rule is searched for",
        {
            choice<&SearchSettings::method, kMethod>("method", "optimizer"),
            integer<&SearchSettings::iterations>("iterations", 1, 1e6, "iterations",
                                                 "of a stage, unless it says otherwise"),
            real<&SearchSettings::l1>("l1", {0, 1e3}, "weight of the coefficients' L1 norm"),
            rare(real<&SearchSettings::learning_rate>("learning_rate", {0, 1e3, true},
                                                      "Adam: step size")),
            rare(real<&SearchSettings::clip>("clip", {0, 1e9, true},
                                             "Adam: largest norm of a gradient")),
            rare(real<&SearchSettings::damping>(
                "damping", {0, 1e9, true},
                "Gauss-Newton: Levenberg-Marquardt damping at the start")),
            rare(integer<&SearchSettings::population>(
                "population", 0, 100000, "candidates",
                "CMA-ES: of a generation; 0: 4 + 3 ln n of n coefficients")),
            rare(real<&SearchSettings::sigma>("sigma", {0, 1e3, true},
                                              "CMA-ES: step size at the start")),
            rare(choice<&SearchSettings::cma_restarts, kRestarts>(
                "cma_restarts", "CMA-ES: what a stop condition before the last generation leads "
                                "to: the end of the stage, or a restart with other populations")),
            rare(choice<&SearchSettings::aggregate, kAggregate>(
                "aggregate", "CMA-ES: a candidate's loss from its replicas': mean, median, or mean "
                             "without the highest and the lowest fifth")),
            real<&SearchSettings::prune>(
                "prune", {0, 1}, "drop terms below this part of the largest coefficient; 0: none"),
            flag<&SearchSettings::eliminate>(
                "eliminate",
                "drop terms whose removal raises the validation loss by less than 1 %"),
            flag<&SearchSettings::refit>("refit", "fit the surviving terms again, without L1"),
            rare(integer<&SearchSettings::refit_iterations>("refit_iterations", 1, 1e6,
                                                            "iterations", "of the refit")),
            rare(real<&SearchSettings::margin>(
                "margin", {1, 100},
                "of the refit: the rule must still do its task with all coefficients so many times "
                "larger, as on inputs of a larger variance")),
            rare(integer<&SearchSettings::restarts>(
                "restarts", 1, 1000, "starts",
                "most starts tried; the best on the validation sets is kept")),
            rare(real<&SearchSettings::accept>(
                "accept", {0, 2}, "validation loss at which no further start is tried")),
            rare(integer<&SearchSettings::validation_sets>("validation_sets", 1, 65536, "data sets",
                                                           "that judge terms and restarts")),
            rare(
                integer<&SearchSettings::held_out_sets>("held_out_sets", 1, 65536, "data sets",
                                                        "that only the final report sees; of rates "
                                                        "at least 200")),
            rare(choice<&SearchSettings::blow_up, kBlowUp>(
                "blow_up",
                "a diverged replica spoils its own loss, or that of the whole candidate rule")),
            goal(),
        }};
}

Section stage() {
    return {"search.stage",
            "stages, one after the other, each a [[search.stage]]; what a stage leaves out is the "
            "task's own",
            {
                choice<&StageSettings::method, kMethod>("method", "in place of search.method"),
                integer<&StageSettings::outputs>("outputs", 1, 16, "neurons",
                                                 "in place of network.outputs"),
                integer<&StageSettings::steps>("steps", 1, 1e8, "updates",
                                               "horizon, in place of network.steps"),
                integer<&StageSettings::iterations>("iterations", 1, 1e6, "iterations",
                                                    "in place of search.iterations"),
                integer<&StageSettings::data_sets>("data_sets", 1, 65536, "data sets",
                                                   "in place of input.data_sets"),
                integer<&StageSettings::samples>("samples", 1, 65536, "samples",
                                                 "in place of input.samples"),
                integer<&StageSettings::columns>(
                    "columns", 0, 65536, "columns",
                    "of a file with more, each data set has so many, another random choice, "
                    "with scale = leading at leading variance 1; 0: all. A rule that is local "
                    "is found on few columns at a fraction of the cost"),
                real<&StageSettings::l1>("l1", {0, 1e3}, "in place of search.l1"),
                real<&StageSettings::accept>(
                    "accept", {0, 1e3},
                    "validation loss above which a start is given up after this stage, while "
                    "search.restarts allows another; 0: none is"),
            }};
}

Section run() {
    return {
        "run",
        "the machine's part",
        {
            integer<&RunSettings::seed>("seed", 0, 9007199254740992.0, "",
                                        "every random number follows from it"),
            integer<&RunSettings::threads>(
                "threads", 0, 1024, "threads",
                "0: as many as this process may use; changes speed, not results"),
            rare(choice<&RunSettings::single_precision, kPrecision>("precision",
                                                                    "of the simulation")),
            rare(text<&RunSettings::isa>("isa", "instruction set; changes speed, not results",
                                         {"auto", "softfma", "scalar", "avx2", "avx512", "neon"})),
            rare(lane_bytes()),
        }};
}

} // namespace

const std::vector<Section>& sections() {
    static const std::vector<Section> table{
        top(),
        input(),
        cell(),
        network(),
        rule("rule.feedforward", "the plasticity rule of the synapses from inputs to outputs: dw = "
                                 "eta sum theta x^a y^b w^c"),
        rule("rule.lateral", "that of the synapses among the outputs, with network.lateral"),
        spike_rule(),
        loss(),
        search(),
        stage(),
        run()};
    return table;
}

} // namespace carve::cli
