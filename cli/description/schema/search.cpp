#include "schema.hpp"

namespace carve::cli::task {

const Schema<Search>& schema_of(const Search*) {
    using S = Search;
    static const Schema<S> schema = {
        "search",
        false,
        "how a rule is found",
        {
            field(&S::method, {"method", "optimizer of the coefficients"}),
            field(&S::iterations,
                  {"iterations", "iterations per stage", {}, 1, 1e7, false, "iterations"}),
            field(&S::population, {"population",
                                   "CMA-ES: candidates per generation; 0: its default",
                                   {},
                                   0,
                                   1048576,
                                   false,
                                   "candidates"}),
            field(&S::sigma, {"sigma", "CMA-ES: step size at the start", {}, 0, 1e3, true}),
            field(&S::learning_rate, {"learning_rate", "Adam: step size", {}, 0, 1e3, true}),
            field(&S::clip, {"clip", "Adam: largest norm of a gradient", {}, 0, 1e9, true}),
            field(&S::damping,
                  {"damping", "Gauss-Newton: damping at the start", {}, 0, 1e12, true}),
            field(&S::l1, {"l1",
                           "weight of the sum of |theta|; the values of a list must decrease, "
                           "follow one another and share the iterations",
                           {},
                           0,
                           1e9}),
            field(&S::cma_restarts, {"cma_restarts", "CMA-ES: restarts when a condition stops it"}),
            field(&S::aggregate,
                  {"aggregate", "how the losses of a candidate's trials are combined"}),
            field(
                &S::prune,
                {"prune", "coefficients below this fraction of the largest are dropped", {}, 0, 1}),
            field(&S::eliminate, {"eliminate", "drop terms one by one while the loss allows it"}),
            field(&S::refit, {"refit", "fit the remaining terms again"}),
            field(&S::refit_iterations,
                  {"refit_iterations", "of the refit", {}, 1, 1e6, false, "iterations"}),
            field(&S::margin,
                  {"margin",
                   "a refitted rule must still work with coefficients this many times as large",
                   {},
                   1,
                   100}),
            field(&S::restarts, {"restarts",
                                 "largest number of starts; the best in validation is kept",
                                 {},
                                 1,
                                 1e6,
                                 false,
                                 "starts"}),
            field(&S::accept,
                  {"accept",
                   "validation loss at which no further start is tried; in a stage, the loss above "
                   "which a start is abandoned; or probes whose ranges must hold",
                   {},
                   -1e9,
                   1e9,
                   false,
                   "",
                   "none"}),
            field(&S::goal, {"goal",
                             "held-out loss at which a search counts as a success",
                             {},
                             -1e9,
                             1e9,
                             false,
                             "",
                             "none"}),
            field(&S::early_stop, {"early_stop",
                                   "a stage ends after this many iterations without a lower "
                                   "validation loss, and returns to the best; true: 10",
                                   {},
                                   1,
                                   1e6,
                                   false,
                                   "iterations"}),
            field(&S::prior, {"prior",
                              "standard deviation of a normal prior of the coefficients around "
                              "their starting values",
                              {},
                              0,
                              1e9,
                              true,
                              "",
                              "none"}),
            field(&S::uncertainty, {"uncertainty", "how error bars are computed"}),
            field(&S::diverged,
                  {"diverged",
                   "loss of a trial that diverges: its candidate is rejected, or a number",
                   {},
                   0,
                   1e9}),
            field(&S::parameters, {"parameters",
                                   "values beside coefficients that are searched for",
                                   {},
                                   -kInfinity,
                                   kInfinity,
                                   false,
                                   "",
                                   "none"}),
        }};
    return schema;
}

const Schema<Stage>& schema_of(const Stage*) {
    using S = Stage;
    static const Schema<S> schema = {
        "search.stage",
        true,
        "a stage of the search; every key of [search] may be set in it",
        {
            field(&S::repeat, {"repeat", "number of times that it runs", {}, 1, 1000}),
            field(&S::set, {"set",
                            "values that hold in this stage",
                            {},
                            -kInfinity,
                            kInfinity,
                            false,
                            "",
                            "none"}),
        }};
    return schema;
}

} // namespace carve::cli::task
