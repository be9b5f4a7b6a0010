#include "snapshot.hpp"

#include "error.hpp"
#include "search_state.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace carve::cli {
namespace {

constexpr std::uint64_t kMostCounted = std::uint64_t{1} << 53;

void require(bool good, const char* what) {
    if (!good)
        throw BadSnapshot(std::string("its ") + what + " is not one of the task's search");
}

std::size_t term_count(const Task& task) {
    std::size_t n = 0;
    for (const RuleSettings& rule : task.rules)
        n += rule.terms.size();
    return n;
}

// What a start goes through; a start that has ended its stages is finishing.
void check_place(const Task& task, const Snapshot& at) {
    const SearchSettings& search = task.search;
    require(at.start < search.restarts, "start");
    require(at.stage < search.stages.size(), "stage");
    require(at.iteration <= search.stages[at.stage].iterations, "iteration");
    if (at.finishing)
        require(at.stage + 1 == search.stages.size() && at.iteration == 0, "end of the stages");
    std::uint64_t before = first_round(task, at.start), within = at.iteration;
    for (std::size_t s = 0; s < at.stage + (at.finishing ? 1 : 0); ++s)
        within += search.stages[s].iterations;
    require(at.round >= before && at.round - before <= within, "round");
}

void check_candidate(const Candidate& candidate, std::size_t terms, const char* what) {
    const std::vector<std::size_t>& support = candidate.support;
    require(!support.empty() && support.back() < terms &&
                std::adjacent_find(support.begin(), support.end(), std::greater_equal<>()) ==
                    support.end(),
            what);
    require(static_cast<std::size_t>(candidate.theta.size()) == support.size() &&
                candidate.theta.allFinite(),
            what);
}

void check_optimizer(const Task& task, const Snapshot& at, std::size_t terms) {
    const StageSettings& stage = task.search.stages[at.stage];
    const std::vector<double>& state = at.optimizer;
    constexpr const char* kWhat = "state of the optimizer";
    const bool begun = at.iteration > 0 || (at.finishing && stage.iterations > 0);
    require(state.empty() == !begun, kWhat);
    if (!begun)
        return;
    if (stage.method != Method::cma_es)
        require(state.size() == (stage.method == Method::adam ? 3 + 3 * terms : 1) &&
                    std::all_of(state.begin(), state.end(),
                                [](double value) { return std::isfinite(value); }),
                kWhat);
    try {
        make_optimizer(task, stage, at.start, at.stage)->restore(state);
    } catch (const Error&) {
        require(false, kWhat);
    }
}

// Those of the lists of l1 in `stages` stages of a start.
void check_path(const Task& task, const std::vector<PathPoint>& path, std::size_t stages,
                std::size_t terms) {
    constexpr const char* kWhat = "path of l1";
    std::size_t listed = 0;
    for (std::size_t s = 0; s < stages; ++s) {
        if (!task.search.stages[s].listed)
            continue;
        require(listed < path.size(), kWhat);
        const PathPoint& point = path[listed++];
        require(point.l1 == task.search.stages[s].l1 && std::isfinite(point.loss) &&
                    std::isfinite(point.validation) && point.terms <= terms,
                kWhat);
    }
    require(listed == path.size(), kWhat);
}

void check_kept(const Task& task, const Snapshot& at, std::size_t terms) {
    const StageSettings& stage = task.search.stages[at.stage];
    const Kept& kept = at.kept;
    constexpr const char* kWhat = "best iteration of the stage";
    require(std::isfinite(kept.loss) && std::isfinite(kept.validation) && kept.violation >= 0 &&
                kept.theta.allFinite() && kept.since <= at.iteration,
            kWhat);
    const bool has_one = stage.early_stop > 0 && at.iteration > 0;
    require(static_cast<std::size_t>(kept.theta.size()) == (has_one ? terms : 0), kWhat);
}

void check_best(const Task& task, const Outcome& best, std::size_t terms) {
    check_candidate(best.before_refit, terms, "best rule before the refit");
    check_candidate(best.found, terms, "best rule");
    require(std::isfinite(best.validation) && best.violation >= 0, "best validation loss");
    const auto n = static_cast<Eigen::Index>(terms);
    const Eigen::MatrixXd& covariance = best.covariance;
    require(covariance.size() == 0 ||
                (covariance.rows() == n && covariance.cols() == n && covariance.allFinite()),
            "covariance");
    check_path(task, best.path, task.search.stages.size(), terms);
}

void check_counters(const SearchCounters& counters) {
    constexpr std::size_t kLongestName = 200; // a stage of 100 bytes, its restart and its l1
    std::uint64_t iterations = 0, evaluations = 0;
    for (const Phase& phase : counters.phases) {
        require(phase.name.size() <= kLongestName &&
                    std::all_of(phase.name.begin(), phase.name.end(),
                                [](char c) { return c >= ' ' && c <= '~'; }),
                "phase");
        require(phase.iterations <= kMostCounted && phase.evaluations <= kMostCounted, "phase");
        iterations += phase.iterations;
        evaluations += phase.evaluations;
    }
    require(counters.iterations == iterations, "count of iterations");
    require(counters.counted == evaluations, "count of evaluations by phase");
    require(counters.evaluations >= counters.counted && counters.evaluations <= kMostCounted,
            "count of evaluations");
    require(counters.diverged <= counters.evaluations, "count of diverged replicas");
}

std::size_t size(Eigen::Index n) { return static_cast<std::size_t>(n); }

} // namespace

void check_snapshot(const Task& task, const Snapshot& snapshot) {
    const std::size_t terms = term_count(task);
    check_place(task, snapshot);
    check_candidate(snapshot.candidate, terms, "candidate");
    require(snapshot.candidate.support.size() == terms, "candidate"); // terms go after the stages
    check_optimizer(task, snapshot, terms);
    if (snapshot.best)
        check_best(task, *snapshot.best, terms);
    check_kept(task, snapshot, terms);
    check_path(task, snapshot.path, snapshot.stage + (snapshot.finishing ? 1 : 0), terms);
    check_counters(snapshot.counters);
    for (const Evaluation& evaluation : snapshot.journal)
        check_evaluation(evaluation, evaluation.losses.size(), size(evaluation.gradient.size()));
}

void check_evaluation(const Evaluation& e, std::size_t replicas, std::size_t coefficients) {
    constexpr const char* kWhat = "journal of evaluations";
    const auto finite = [](double value) { return std::isfinite(value); };
    require(replicas > 0 && e.losses.size() == replicas && e.frozen.size() == replicas, kWhat);
    require(finite(e.loss) && e.violation >= 0 &&
                std::all_of(e.losses.begin(), e.losses.end(), finite),
            kWhat);
    const auto diverged = std::count_if(e.frozen.begin(), e.frozen.end(),
                                        [](std::int64_t step) { return step >= 0; });
    require(e.diverged == static_cast<std::size_t>(diverged), kWhat);
    require(size(e.gradient.size()) == coefficients && size(e.hessian.rows()) == coefficients &&
                size(e.hessian.cols()) == coefficients,
            kWhat);
}

} // namespace carve::cli
