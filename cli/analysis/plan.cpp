#include "plan.hpp"

#include "evaluate.hpp"
#include "memory_need.hpp"
#include "search_state.hpp"
#include "workers.hpp"

#include <algorithm>
#include <vector>

namespace carve::cli {

Plan make_plan(const Task& task, const TrialSource& source) {
    Plan plan;
    Workers workers(task.run.threads);
    for (const StageSettings& stage : task.search.stages) {
        const Trials data = source.draw(stage.described, {Role::search, 0, 0, 0, 1});
        plan.form = Evaluator(at_stage(task, stage), data, workers).form();
        plan.iterations += stage.iterations;
        plan.evaluations += stage.iterations * stage.described->trials.search *
                            (stage.method == Method::cma_es ? generation_size(task) : 1);
    }
    plan.bytes = static_cast<std::size_t>(memory_need(task, source).simulations);
    return plan;
}

} // namespace carve::cli
