// search.cpp: the course of a search: starts, each through the stages; then prune, eliminate, refit
// and the final report (docs/search.md).
#include "search.hpp"

#include "error.hpp"
#include "search_state.hpp"

#include <carve.h>
#include <xxhash.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

namespace carve::cli {

namespace {

constexpr std::uint64_t kThetaStream = 0x7468657461; // "theta"; start s draws from stream + s

Candidate random_start(const Task& task, std::uint64_t start) {
    Candidate candidate;
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules) {
        std::vector<double> z(rule.terms.size());
        carve_random_normal(task.run.seed, kThetaStream + start, theta.size(), z.data(), z.size());
        for (const double value : z)
            theta.push_back(rule.theta_sd * value);
    }
    candidate.support.resize(theta.size());
    std::iota(candidate.support.begin(), candidate.support.end(), std::size_t{0});
    candidate.theta =
        Eigen::Map<Eigen::VectorXd>(theta.data(), static_cast<Eigen::Index>(theta.size()));
    return candidate;
}

Candidate given_start(const Task& task, const std::vector<ProjectionRule>& init) {
    Candidate candidate = random_start(task, 0);
    candidate.theta.setZero();
    Eigen::Index at = 0;
    for (const RuleSettings& rule : task.rules) {
        for (const Term& wanted : rule.terms) {
            for (const ProjectionRule& given : init)
                if (given.projection == rule.name)
                    for (const Term& term : given.terms)
                        if (term.x == wanted.x && term.y == wanted.y && term.w == wanted.w)
                            candidate.theta[at] = term.theta;
            ++at;
        }
    }
    return candidate;
}

std::uint64_t data_round(Redraw redraw, std::uint64_t stage, std::uint64_t iteration) {
    return redraw == Redraw::never ? 0 : redraw == Redraw::stage ? stage : iteration;
}

// One start through all stages. The initial weights are new in every iteration.
void run_stages(SearchState& state, Candidate& candidate, const std::string& prefix) {
    const Task& task = state.task();
    std::uint64_t round = 0;
    for (std::size_t s = 0; s < task.search.stages.size(); ++s) {
        const StageSettings& stage = task.search.stages[s];
        const std::unique_ptr<Optimizer> optimizer = make_optimizer(task.search);
        for (std::uint64_t i = 1; i <= stage.iterations && !state.stopped(); ++i, ++round) {
            const std::vector<DataSet> data =
                state.source().draw(Role::search, data_round(task.input.redraw, s, round), round,
                                    stage.data_sets, stage.samples);
            Evaluator evaluator(task, data, stage.steps);
            const Objective objective = [&](const Eigen::VectorXd& theta, Derivatives derivatives) {
                return state.evaluate(evaluator, theta, derivatives);
            };
            const Iteration done = optimizer->iterate(objective, candidate.theta, stage.l1);
            state.report(candidate, prefix + "stage " + std::to_string(s + 1), i, stage.iterations,
                         done);
        }
    }
}

// A finished search from one start.
struct Outcome {
    Candidate before_refit, found;
    double validation = std::numeric_limits<double>::infinity();
};

// What pruning, elimination and refit share: one draw, so that losses can be compared, and one that
// no iteration of the stages has seen where inputs are redrawn.
struct FinalData {
    std::vector<DataSet> sets;
    StageSettings settings; // of the last stage; terms are eliminated at its horizon, which may be
                            // short because there are many, and the few left refitted at the task's
};
FinalData draw_final(const Task& task, const DataSource& source) {
    const StageSettings& last = task.search.stages.back();
    std::uint64_t round = 0;
    if (task.input.redraw != Redraw::never)
        for (const StageSettings& stage : task.search.stages)
            round += stage.iterations;
    return {source.draw(Role::search, round, round, last.data_sets, last.samples), last};
}

Outcome finish(SearchState& state, Candidate candidate, const FinalData& data) {
    const Task& task = state.task();
    Outcome outcome;
    prune(state, candidate);
    if (task.search.eliminate)
        eliminate(state, candidate, data.sets, data.settings);
    outcome.before_refit = candidate;
    StageSettings settings = data.settings;
    settings.steps = task.network.steps;
    if (task.search.refit)
        refit(state, candidate, data.sets, settings);
    outcome.validation = state.validation_loss(candidate, task.network.steps);
    outcome.found = std::move(candidate);
    return outcome;
}

// Starts until one is accepted; the one with the smallest validation loss.
Outcome best_start(SearchState& state, const FinalData& data,
                   const std::vector<ProjectionRule>* init) {
    const Task& task = state.task();
    Outcome best;
    for (std::uint64_t start = 0; start < task.search.restarts; ++start) {
        Candidate candidate =
            init && start == 0 ? given_start(task, *init) : random_start(task, start);
        run_stages(state, candidate, start == 0 ? "" : "restart " + std::to_string(start) + " ");
        Outcome outcome = finish(state, std::move(candidate), data);
        if (start == 0 || outcome.validation < best.validation)
            best = std::move(outcome);
        if (state.stopped() || best.validation <= task.search.accept)
            break;
    }
    return best;
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

SearchResult search(const Task& task, const DataSource& source,
                    const std::function<bool(const Progress&)>& on_progress,
                    const std::vector<ProjectionRule>* init) {
    SearchResult result;
    SearchState state(task, source, on_progress, result);
    const FinalData data = draw_final(task, source);
    const Outcome best = best_start(state, data, init);
    const Candidate& candidate = best.found;
    result.validation = best.validation;
    result.held_out_before_refit = state.held_out_loss(best.before_refit);

    Evaluator evaluator(state.restricted(candidate), data.sets, task.network.steps);
    result.train = state.evaluate(evaluator, candidate.theta, Derivatives::no).loss;
    result.isa = evaluator.isa();
    result.form = evaluator.form();
    result.held_out = state.held_out_loss(candidate);
    result.rules = state.rules(candidate);
    result.angle = state.angle(candidate);
    result.identifiability = identifiability(state, candidate, data.sets);
    result.fingerprint = fingerprint(state.full(candidate));
    return result;
}

} // namespace carve::cli
