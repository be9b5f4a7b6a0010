// prune.cpp: from the terms that the stages left to the terms that the task needs (docs/search.md).
#include "search_state.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace carve::cli {

namespace {

constexpr double kMaxRise = 0.01;             // of the validation loss, for a term to go
constexpr std::uint64_t kShortIterations = 8; // of the rest, after a term went
constexpr std::uint64_t kHopelessAfter = 3;   // of these the search's loss tells whether more of
constexpr double kHopeless = 3.0;             // them can help: not where it is so many times larger
constexpr double kMinGain = 1e-3; // in loss (targets have norm 1), for a refit to continue
constexpr int kMaxFailures = 3;   // to gain that much, in a row

Candidate without(const Candidate& candidate, std::size_t term) {
    Candidate rest;
    rest.theta.resize(candidate.theta.size() - 1);
    for (std::size_t i = 0; i < candidate.support.size(); ++i) {
        if (i == term)
            continue;
        rest.theta[static_cast<Eigen::Index>(rest.support.size())] =
            candidate.theta[static_cast<Eigen::Index>(i)];
        rest.support.push_back(candidate.support[i]);
    }
    return rest;
}

// Every rule keeps at least one term, since a plastic projection needs one.
bool removable(const SearchState& state, const Candidate& candidate, std::size_t term) {
    if (is_time_constant(task_terms(state.task())[candidate.support[term]].term))
        return false; // a trace has one, whatever reads it
    const std::vector<ProjectionRule> rest = state.rules(without(candidate, term));
    return std::all_of(rest.begin(), rest.end(),
                       [](const ProjectionRule& rule) { return !rule.terms.empty(); });
}

void drop_up_to(const SearchState& state, Candidate& candidate, double threshold) {
    for (std::size_t i = candidate.support.size(); i-- > 0;)
        if (std::abs(candidate.theta[static_cast<Eigen::Index>(i)]) <= threshold &&
            removable(state, candidate, i))
            candidate = without(candidate, i);
}

// Terms, the one first whose loss should cost least: theta_k^2 / (2 [H^-1]_kk) is the rise of the
// quadratic model after the others have made up for it as well as they can.
std::vector<std::size_t> by_predicted_rise(const Eigen::VectorXd& theta, const Eigen::MatrixXd& H) {
    const auto n = theta.size();
    const double ridge = 1e-9 * (H.trace() / static_cast<double>(n) + 1e-300);
    const Eigen::MatrixXd inverse =
        (H + ridge * Eigen::MatrixXd::Identity(n, n)).ldlt().solve(Eigen::MatrixXd::Identity(n, n));
    std::vector<double> rise;
    for (Eigen::Index k = 0; k < n; ++k)
        rise.push_back(theta[k] * theta[k] / std::max(inverse(k, k), 1e-300));
    std::vector<std::size_t> order(rise.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return rise[a] < rise[b]; });
    return order;
}

// By a share of its size: likelihoods may make losses below 0.
double raised(double loss, double share) { return loss + share * std::abs(loss); }

// Tries terms in order of their predicted rise; removes the first that can go.
bool eliminate_one(SearchState& state, Candidate& candidate, const Trials& data,
                   const StageSettings& settings, Verdict& validation) {
    Evaluator evaluator(state.restricted(candidate, settings), data, state.workers());
    const Evaluation at = state.evaluate(evaluator, candidate.theta, Derivatives::yes);
    for (const std::size_t term : by_predicted_rise(candidate.theta, at.hessian)) {
        if (!removable(state, candidate, term))
            continue;
        Candidate rest = without(candidate, term);
        std::uint64_t iterations = 0;
        state.optimize(rest, data, settings, "eliminate", [&](const Iteration& done) {
            return ++iterations < kHopelessAfter || done.loss < raised(at.loss, kHopeless - 1);
        });
        const Verdict there = state.validation(rest, settings);
        if (there.loss < raised(validation.loss, kMaxRise) &&
            there.violation <= validation.violation) {
            candidate = std::move(rest);
            drop_up_to(state, candidate, 0); // what L1 holds at 0 costs nothing
            validation = there;
            return true;
        }
    }
    return false;
}

Candidate enlarged(const SearchState& state, const Candidate& candidate) {
    return {candidate.support, state.task().search.margin * candidate.theta};
}

// What judges a refit: the largest of the losses in the search's trials, in those of validation,
// and on these of the same rule enlarged, because inputs of a larger variance make any rule that
// much faster, and one that is too fast fails on them. None that misses ranges by more than the first.
class SafeLoss {
  public:
    SafeLoss(SearchState& state, const Candidate& candidate, const Trials& data,
             const StageSettings& stage)
        : state_(state), stage_(stage),
          evaluator_(state.restricted(candidate, stage), data, state.workers()) {}

    double of(const Candidate& candidate) {
        const Verdict here = state_.validation(candidate, stage_);
        const double loss =
            std::max({here.loss, state_.validation(enlarged(state_, candidate), stage_).loss,
                      state_.evaluate(evaluator_, candidate.theta, Derivatives::no).loss});
        if (!violation_)
            violation_ = here.violation;
        return here.violation <= *violation_ ? loss : std::numeric_limits<double>::infinity();
    }

  private:
    SearchState& state_;
    const StageSettings& stage_;
    Evaluator evaluator_;
    std::optional<double> violation_; // of the first candidate
};

// L1 holds all coefficients small together, and with them the speed at which weights move: enlarges
// them together while that lowers the safe loss, and returns what is reached.
double rescale(const SearchState& state, SafeLoss& loss, Candidate& candidate) {
    for (double here = loss.of(candidate);;) {
        const Candidate larger = enlarged(state, candidate);
        const double there = loss.of(larger);
        if (!(there < here - kMinGain))
            return here;
        candidate = larger;
        here = there;
    }
}

} // namespace

void prune(SearchState& state, Candidate& candidate) {
    const double fraction = state.task().search.prune;
    if (fraction > 0)
        drop_up_to(state, candidate, fraction * candidate.theta.lpNorm<Eigen::Infinity>());
}

void eliminate(SearchState& state, Candidate& candidate, const Trials& data,
               const StageSettings& settings) {
    StageSettings quick = settings;
    quick.iterations = kShortIterations;
    state.optimize(candidate, data, quick, "eliminate");
    drop_up_to(state, candidate, 0);
    Verdict validation = state.validation(candidate, settings);
    while (eliminate_one(state, candidate, data, quick, validation)) {
    }
}

void refit(SearchState& state, Candidate& candidate, const Trials& data,
           const StageSettings& settings) {
    StageSettings free = settings;
    free.l1 = 0;
    free.iterations = state.task().search.refit_iterations;
    SafeLoss safe(state, candidate, data, settings);
    double best_loss = rescale(state, safe, candidate);
    Candidate best = candidate;
    int failures = 0;
    // Without L1 theta grows as long as speed pays on the search's data; what it is worth elsewhere
    // is for the validation sets to say.
    state.optimize(candidate, data, free, "refit", [&](const Iteration&) {
        const double loss = safe.of(candidate);
        if (loss < best_loss - kMinGain) {
            best = candidate;
            best_loss = loss;
            failures = 0;
        } else {
            ++failures;
        }
        return failures < kMaxFailures;
    });
    candidate = std::move(best);
}

} // namespace carve::cli
