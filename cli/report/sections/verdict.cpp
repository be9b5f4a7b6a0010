// Whether a rule is good, in one sentence.
#include "html.hpp"
#include "section.hpp"
#include "task_terms.hpp"

#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

// "0.925 without plasticity and 0.0222 for oja".
std::string yardsticks_text(const RunView& run) {
    std::vector<std::string> parts;
    if (std::isfinite(run.result.yardsticks.silent))
        parts.push_back(display(run.result.yardsticks.silent, 3) + " without plasticity");
    if (std::isfinite(run.result.yardsticks.reference))
        parts.push_back(fmt::format("{} for {}", display(run.result.yardsticks.reference, 3),
                                    reference_names(run.task)));
    return fmt::format("{}", fmt::join(parts, " and "));
}

// Of ranges that do not hold, and of trials that diverged.
std::string exceptions_text(const RunView& run) {
    std::string out;
    for (const MeasuredSpread& m : run.result.held_out.measured)
        if (!m.holds())
            out +=
                fmt::format(" {} is {}, outside its range of {} to {}.", m.name, display(m.mean, 3),
                            display(m.accept->low, 3), display(m.accept->high, 3));
    const LossSpread& s = run.result.held_out.spread;
    if (s.diverged > 0)
        out += fmt::format(" {} of {} held-out trials diverged.", s.diverged, s.trials);
    return out;
}

bool ranges_hold(const RunView& run) {
    for (const MeasuredSpread& m : run.result.held_out.measured)
        if (!m.holds())
            return false;
    return true;
}

using Judgement = std::pair<Quality, std::string>;

// Beside a rule of the literature; `noise`: of the loss.
Judgement beside_reference(const RunView& run, double noise) {
    const double loss = run.result.held_out.loss, reference = run.result.yardsticks.reference;
    const std::string names = reference_names(run.task);
    if (loss < reference - noise)
        return {Quality::good, "Good: better than " + names};
    return loss <= reference + noise
               ? Judgement{Quality::good, "Good: as good as " + names}
               : Judgement{Quality::fair, "Better than no plasticity, not as good as " + names};
}

Judgement judge(const RunView& run) {
    const LossSpread& spread = run.result.held_out.spread;
    const double loss = run.result.held_out.loss, silent = run.result.yardsticks.silent;
    const double noise = std::isfinite(spread.standard_error) ? 2 * spread.standard_error : 0;
    const bool has_goal = run.task.search.goal.has_value(),
               is_met = has_goal && loss <= *run.task.search.goal;
    if (!std::isfinite(loss))
        return {Quality::bad, "No rule: its held-out loss is not a number"};
    if (2 * spread.diverged > spread.trials)
        return {Quality::bad, "Most held-out trials diverged"};
    if (std::isfinite(silent) && loss >= silent)
        return {Quality::bad, is_met
                                  ? "The goal is met, but the rule is no better than no plasticity"
                                  : "No better than no plasticity"};
    if (std::isfinite(silent) && loss + noise >= silent)
        return {Quality::fair,
                "Not distinguishable from no plasticity: the error of the loss is too large"};
    const std::string better = std::isfinite(silent)
                                   ? "Better than no plasticity"
                                   : "Without a loss of no plasticity to compare with";
    if (!ranges_hold(run))
        return {Quality::fair, better + ", but outside the range of a probe"};
    if (spread.diverged > 0)
        return {Quality::fair, better + ", but some held-out trials diverged"};
    if (has_goal)
        return is_met ? Judgement{Quality::good, "Good: the goal is met"}
                      : Judgement{Quality::fair, better + ", but the goal is missed"};
    if (std::isfinite(run.result.yardsticks.reference) && std::isfinite(silent))
        return beside_reference(run, noise);
    return {Quality::fair, better + "; the task states no goal"};
}

} // namespace

Verdict verdict_of(const RunView& run) {
    const auto [quality, title] = judge(run);
    const HeldOut& held_out = run.result.held_out;
    const std::string yardsticks = yardsticks_text(run);
    std::string sentence = "On trials that the search never saw, the loss is " +
                           display_error(held_out.loss, held_out.spread.standard_error);
    if (!yardsticks.empty())
        sentence += ", against " + yardsticks;
    if (run.task.search.goal)
        sentence += "; the goal is " + display(*run.task.search.goal, 3);
    return {quality, title, sentence + "." + exceptions_text(run)};
}

} // namespace carve::cli
