// measured.hpp: what losses and probes measured over trials, together and for each of their conditions.
#pragma once
#include "evaluate.hpp"
#include "held_out.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// Trials as they come. Those that diverged are left out: the loss has them.
class MeasuredTrials {
  public:
    explicit MeasuredTrials(const Task& task);

    void add(const Evaluation& evaluation, const Evaluator& evaluator, const Trials& trials);
    std::vector<MeasuredSpread> all() const;
    // In the order in which their values are taken in turn.
    std::vector<Condition> conditions() const;

  private:
    using Values = std::vector<std::vector<double>>; // [name][trial]
    struct Group {
        Condition condition;
        std::shared_ptr<const task::Task> described; // of one of its trials
        Values values;
    };
    std::vector<MeasuredSpread> spreads(const Values& values) const;
    Group& group_of(const Trial& trial);

    const Task& task_;
    std::vector<std::string> names_;
    std::vector<std::optional<task::Range>> accept_; // [name]
    Values values_;
    std::vector<Group> groups_;
};

} // namespace carve::cli
