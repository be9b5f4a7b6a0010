// search.cpp: the course of a search: starts, each through the stages; then prune, eliminate, refit
// and the final report (docs/search.md).
#include "search.hpp"

#include "draws.hpp"
#include "error.hpp"
#include "exp_log.hpp"
#include "search_state.hpp"
#include "task_terms.hpp"

#include <carve.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

namespace carve::cli {

namespace {

constexpr std::uint64_t kThetaStream = 0x7468657461; // "theta"; start s draws from stream + s
constexpr std::uint64_t kCandidateStream =
    0x63616e64000000; // "cand"; candidates, by start and stage

// Another seed for each stream.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t stream) {
    double number = 0;
    carve_random_uniform(seed, stream, 0, &number, 1);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof bits);
    return bits;
}

} // namespace

namespace {

// By a standard normal and a uniform number; a time constant as its logarithm.
double start_of(const Term& term, const task::Draw& start, double z, double u) {
    double value = 0;
    if (const auto* number = std::get_if<double>(&start.from))
        value = *number;
    else if (const auto* normal = std::get_if<task::Normal>(&start.from))
        value = normal->mean + normal->sd * z;
    else if (const auto* range = std::get_if<task::Uniform>(&start.from))
        value = range->logarithmic ? log_uniform(range->low, range->high, u)
                                   : range->low + (range->high - range->low) * u;
    else if (const auto* one = std::get_if<task::OneOf>(&start.from))
        value = one->values[std::min(
            one->values.size() - 1,
            static_cast<std::size_t>(u * static_cast<double>(one->values.size())))];
    value = std::min(std::max(value, start.range.low), start.range.high);
    return is_time_constant(term) ? log_of(value) : value;
}

} // namespace

Candidate random_start(const Task& task, std::uint64_t start) {
    Candidate candidate;
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules) {
        const std::size_t first = theta.size(), n = rule.terms.size();
        std::vector<double> z(n), u(n);
        carve_random_normal(task.run.seed, kThetaStream + start, first, z.data(), n);
        carve_random_uniform(task.run.seed, kThetaStream + start, first, u.data(), n);
        for (std::size_t k = 0; k < n; ++k)
            theta.push_back(start_of(rule.terms[k], rule.starts[k], z[k], u[k]));
    }
    candidate.support.resize(theta.size());
    std::iota(candidate.support.begin(), candidate.support.end(), std::size_t{0});
    candidate.theta =
        Eigen::Map<Eigen::VectorXd>(theta.data(), static_cast<Eigen::Index>(theta.size()));
    return candidate;
}

std::unique_ptr<Optimizer> make_optimizer(const Task& task, const StageSettings& stage,
                                          std::uint64_t start, std::uint64_t index) {
    const SearchSettings& search = task.search;
    switch (stage.method) {
    case Method::adam:
        return make_adam(search.learning_rate, search.clip, box_of(task.rules));
    case Method::cma_es:
        return make_cma_search(search, task.rules, stage.iterations,
                               seed_of(task.run.seed, kCandidateStream + (start << 16 | index)));
    default:
        return make_gauss_newton(search.damping, box_of(task.rules));
    }
}

namespace {

Candidate given_start(const Task& task, const std::vector<ProjectionRule>& init) {
    Candidate candidate = random_start(task, 0);
    candidate.theta.setZero();
    Eigen::Index at = 0;
    for (const RuleSettings& rule : task.rules) {
        for (const Term& wanted : rule.terms) {
            const auto k = static_cast<std::size_t>(&wanted - rule.terms.data());
            if (is_time_constant(wanted))
                candidate.theta[at] = start_of(wanted, rule.starts[k], 0, 0.5);
            for (const ProjectionRule& given : init)
                if (given.projection == rule.name)
                    for (const Term& term : given.terms)
                        if (is_same_term(term, wanted))
                            candidate.theta[at] = term.theta;
            ++at;
        }
    }
    return candidate;
}

std::uint64_t total_iterations(const Task& task) { // of one start's stages
    std::uint64_t sum = 0;
    for (const StageSettings& stage : task.search.stages)
        sum += stage.iterations;
    return sum;
}

} // namespace

// Each start draws from rounds of its own, one more than it has iterations: on the data and initial
// weights that led one start astray another would follow it. That one more is for what comes after
// the stages.
std::uint64_t first_round(const Task& task, std::uint64_t start) {
    return start * (total_iterations(task) + 1);
}

namespace {

// Of the trials that an iteration sees.
std::uint64_t data_round(const Task& task, const Snapshot& at) {
    const task::Redraw redraw = task.described.trials.redraw;
    return redraw == task::Redraw::never ? 0
           : redraw == task::Redraw::stage
               ? first_round(task, at.start) + task.search.stages[at.stage].number
               : at.round;
}

// Takes the iteration that has just ended in. False: of a stage that stops early, the last is reached.
bool keep(SearchState& state, const StageSettings& stage, Kept& kept, const Candidate& candidate,
          double loss) {
    if (stage.early_stop == 0) {
        kept.loss = loss;
        return true;
    }
    const Verdict here = state.validation(candidate, stage);
    if (kept.theta.size() == 0 || here.is_better_than({kept.validation, kept.violation}))
        kept = {loss, candidate.theta, here.loss, here.violation, 0};
    else
        ++kept.since;
    return kept.since < stage.early_stop;
}

// Continues a stage until its iterations are done. The initial weights are new in every one.
void run_stage(SearchState& state, const std::string& name) {
    const Task& task = state.task();
    Snapshot& at = state.at();
    const StageSettings& stage = task.search.stages[at.stage];
    const Task here = at_stage(task, stage);
    const Prior prior = prior_of(task.search, here.rules);
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(task, stage, at.start, at.stage);
    if (!at.optimizer.empty())
        optimizer->restore(at.optimizer);
    Evaluator evaluator(here, state.workers());
    PopulationEvaluator population(here, state.workers());
    while (at.iteration < stage.iterations) {
        const Trials data = state.draw(stage, data_round(task, at), at.round);
        evaluator.use(data);
        population.use(data);
        Candidate next = at.candidate;
        const Iteration done =
            optimizer->iterate(state.objective(evaluator, population, prior), next.theta, stage.l1);
        // What is saved meanwhile is where the iteration began, with what has been evaluated since.
        Kept kept = at.kept;
        const bool go_on = keep(state, stage, kept, next, done.loss);
        at.kept = std::move(kept);
        at.candidate = std::move(next);
        ++at.iteration;
        ++at.round;
        state.report(at.candidate, name, at.iteration, stage.iterations, done);
        at.optimizer = optimizer->state();
        // A generation that gains nothing is the last; a gradient's step may gain on other data.
        if (!go_on || (stage.method == Method::cma_es && !done.moved))
            at.iteration = stage.iterations;
        state.boundary();
    }
}

// Whether the start is worth going on with after the stage that has just ended.
bool is_accepted(SearchState& state, const Candidate& candidate) {
    const SearchSettings& search = state.task().search;
    const Snapshot& at = state.at();
    const StageSettings& stage = search.stages[at.stage];
    if ((!stage.accept && !stage.ranges) || at.start + 1 == search.restarts)
        return true;
    const Verdict found = state.validation(candidate, stage);
    return stage.ranges ? found.violation == 0 : found.loss <= *stage.accept;
}

// What the stage that has just ended leaves.
Candidate left_by(const Snapshot& at) {
    return {at.candidate.support, at.kept.theta.size() > 0 ? at.kept.theta : at.candidate.theta};
}

std::optional<PathPoint> path_point(SearchState& state, const Candidate& candidate) {
    const StageSettings& stage = state.task().search.stages[state.at().stage];
    if (!stage.listed)
        return std::nullopt;
    const auto terms = (candidate.theta.array() != 0).count();
    return PathPoint{stage.l1, state.at().kept.loss, state.validation(candidate, stage).loss,
                     static_cast<std::uint64_t>(terms)};
}

// Through the stages that are left. False if the start was given up.
bool run_stages(SearchState& state) {
    Snapshot& at = state.at();
    const std::size_t stages = state.task().search.stages.size();
    const std::string prefix = at.start == 0 ? "" : "restart " + std::to_string(at.start) + " ";
    while (!at.finishing) {
        run_stage(state, prefix + state.task().search.stages[at.stage].name);
        Candidate left = left_by(at);
        const std::optional<PathPoint> point = path_point(state, left);
        if (!is_accepted(state, left))
            return false;
        at.candidate = std::move(left);
        at.kept = {};
        if (point)
            at.path.push_back(*point);
        if (at.stage + 1 == stages)
            at.finishing = true;
        else
            ++at.stage;
        at.iteration = 0;
        if (!at.finishing) // the last stage's is asked for what it leaves
            at.optimizer.clear();
        state.boundary();
    }
    return true;
}

// What pruning, elimination and refit share: one draw, so that losses can be compared, and one that
// no iteration of the stages has seen where inputs are redrawn.
struct FinalData {
    Trials sets;          // of the last stage
    Trials all;           // as the task has them; empty where the stage sets nothing
    StageSettings stage;  // the last; terms are eliminated at its horizon, which may be short
                          // because there are many, and the few left refitted at the task's
    StageSettings whole;  // the same without what the stage sets
    StageSettings judged; // that, with the ranges that must hold for no further start to be tried

    const Trials& whole_sets() const { return all.empty() ? sets : all; }
};
FinalData draw_final(const Task& task, const SearchState& state) {
    const StageSettings& last = task.search.stages.back();
    const std::uint64_t round =
        task.described.trials.redraw == task::Redraw::never ? 0 : total_iterations(task);
    FinalData data{state.draw(last, round, round), {}, last, last, {}};
    data.whole.steps = task.steps;
    data.whole.described = whole_stage(task).described;
    data.judged = data.whole;
    if (task.search.ranges)
        data.judged.described = task.search.ranges;
    if (!task.described.stages.empty() && !task.described.stages.back().set.of.empty())
        data.all = state.draw(data.whole, round, round);
    return data;
}

Eigen::MatrixXd last_covariance(const SearchState& state, const Snapshot& at) {
    if (at.optimizer.empty())
        return {};
    const Task& task = state.task();
    const std::unique_ptr<Optimizer> last =
        make_optimizer(task, task.search.stages.back(), at.start, at.stage);
    last->restore(at.optimizer);
    return last->covariance();
}

Outcome finish(SearchState& state, const FinalData& data) {
    const SearchSettings& search = state.task().search;
    Candidate candidate = state.at().candidate;
    Outcome outcome;
    outcome.covariance = last_covariance(state, state.at());
    outcome.path = state.at().path;
    prune(state, candidate);
    if (search.eliminate)
        eliminate(state, candidate, data.sets, data.stage);
    outcome.before_refit = candidate;
    if (search.refit)
        refit(state, candidate, data.whole_sets(), data.whole);
    const Verdict found = state.validation(candidate, data.judged);
    outcome.validation = found.loss;
    outcome.violation = found.violation;
    outcome.found = std::move(candidate);
    return outcome;
}

Verdict verdict(const Outcome& outcome) { return {outcome.validation, outcome.violation}; }

// Starts until one is accepted; the one that is the best in validation.
Outcome best_start(SearchState& state, const FinalData& data) {
    const Task& task = state.task();
    Snapshot& at = state.at();
    for (;;) {
        if (run_stages(state)) {
            Outcome outcome = finish(state, data);
            if (!at.best || verdict(outcome).is_better_than(verdict(*at.best)))
                at.best = std::move(outcome);
        }
        const bool accepted = at.best && at.best->violation == 0 &&
                              (task.search.ranges ||
                               (task.search.accept && at.best->validation <= *task.search.accept));
        if (accepted || at.start + 1 >= task.search.restarts)
            return *at.best;
        ++at.start;
        at.stage = at.iteration = 0;
        at.round = first_round(task, at.start);
        at.finishing = false;
        at.optimizer.clear();
        at.kept = {};
        at.path.clear();
        at.candidate = random_start(task, at.start);
        state.boundary();
    }
}

std::uint64_t fingerprint(const std::vector<double>& theta) {
    std::vector<unsigned char> bytes; // little endian, whatever the machine
    for (const double value : theta) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        for (int shift = 0; shift < 64; shift += 8)
            bytes.push_back(static_cast<unsigned char>(bits >> shift));
    }
    return XXH3_64bits(bytes.data(), bytes.size());
}

} // namespace

namespace {

// What the rule found leads to on held-out data, and what it did before the refit.
void judge(SearchState& state, const Outcome& best, SearchResult& result) {
    const Task& task = state.task();
    result.held_out = state.held_out(best.found);
    result.held_out.sets = other_sets(state.restricted(best.found, whole_stage(task)),
                                      state.source(), state.workers());
    if (task.search.refit)
        result.held_out_before_refit = state.held_out(best.before_refit).loss;
}

} // namespace

SearchResult search(const Task& task, const TrialSource& source, const SearchHooks& hooks,
                    const std::vector<ProjectionRule>* init, const Snapshot* from) {
    SearchState state(task, source, hooks, from);
    if (!from)
        state.at().candidate = init ? given_start(task, *init) : random_start(task, 0);
    try {
        const FinalData data = draw_final(task, state);
        const Outcome best = best_start(state, data);
        const Candidate& candidate = best.found;
        SearchResult result;
        result.validation = best.validation;
        Evaluator evaluator(state.restricted(candidate, data.whole), data.whole_sets(),
                            state.workers());
        result.train = state.evaluate_last(evaluator, candidate.theta, Derivatives::no).loss;
        result.isa = evaluator.isa();
        result.form = evaluator.form();
        judge(state, best, result);
        for (const RuleSettings& rule : state.restricted(candidate, whole_stage(task)).rules)
            result.rules.push_back({rule.name, rule.eta, all_terms(rule)});
        result.angle = state.angle(candidate);
        result.angles = state.angles(candidate);
        if (task.slopes == Slopes::exact)
            result.identifiability = identifiability(state, candidate);
        result.covariance = best.covariance;
        result.path = best.path;
        result.fingerprint = fingerprint(state.full(candidate));
        state.end_phase("report");
        result.counters = state.counters();
        return result;
    } catch (const Interrupted&) {
        state.save_now();
        throw;
    }
}

} // namespace carve::cli
