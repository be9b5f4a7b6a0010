#include "plan.hpp"

#include "evaluate.hpp"
#include "memory_need.hpp"
#include "search_state.hpp"
#include "workers.hpp"

#include <algorithm>
#include <vector>

namespace carve::cli {

Plan make_plan(const Task& task, const DataSource& source) {
    Plan plan;
    Workers workers(task.run.threads);
    for (const StageSettings& stage : task.search.stages) {
        // One step is enough to know the memory: it does not depend on the horizon.
        const std::vector<DataSet> data =
            source.draw(Role::search, 0, 0, stage.data_sets, stage.samples, stage.outputs,
                        stage.columns, stage.described);
        Task shortened = at_stage(task, stage);
        shortened.network.steps = 1;
        Evaluator evaluator(shortened, data, workers);
        // CMA-ES asks for no derivatives, which not every network has.
        evaluator.run(random_start(task, 0).theta,
                      stage.method == Method::cma_es ? Derivatives::no : Derivatives::yes);
        plan.bytes = std::max(plan.bytes, evaluator.bytes());
        plan.form = evaluator.form();
        plan.iterations += stage.iterations;
        plan.rollouts += stage.iterations * stage.data_sets *
                         (stage.method == Method::cma_es ? generation_size(task) : 1);
    }
    plan.bytes =
        std::max(plan.bytes, static_cast<std::size_t>(memory_need(task, source).simulations));
    return plan;
}

} // namespace carve::cli
