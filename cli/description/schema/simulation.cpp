#include "schema.hpp"

namespace carve::cli::task {

const Schema<Task>& schema_of(const Task*) {
    using T = Task;
    static const Schema<T> schema = {"",
                                     false,
                                     "keys above all tables; format = 2 comes first; extends = "
                                     "\"FILE\" and drop = [\"PATH\"] may follow",
                                     {
                                         field(&T::name, {"name",
                                                          "name in results and of directories",
                                                          {},
                                                          -kInfinity,
                                                          kInfinity,
                                                          false,
                                                          "",
                                                          "the file's"}),
                                         field(&T::description, {"description",
                                                                 "one line for reports",
                                                                 {},
                                                                 -kInfinity,
                                                                 kInfinity,
                                                                 false,
                                                                 "",
                                                                 "none"}),
                                     }};
    return schema;
}

const Schema<Simulation>& schema_of(const Simulation*) {
    using S = Simulation;
    static const Schema<S> schema = {
        "simulation",
        false,
        "time and precision of a trial",
        {
            field(&S::dt, {"dt",
                           "length of a step, in the unit that all times of the file have",
                           {},
                           0,
                           1e3,
                           true,
                           "time",
                           "1 (steps); 1e-4 (s) in spiking tasks"}),
            field(&S::duration, {"duration",
                                 "duration of a trial without phases",
                                 {},
                                 0,
                                 1e9,
                                 true,
                                 "time",
                                 "required without phases"}),
            field(&S::batch,
                  {"batch",
                   "samples per update: 1 (online), a number, or \"all\" samples of the trial",
                   {},
                   1,
                   65536,
                   false,
                   "samples"}),
            field(&S::bound, {"bound",
                              "a trial diverges when a rate or a weight exceeds this",
                              {},
                              0,
                              1e300,
                              true}),
        }};
    return schema;
}

const Schema<Phase>& schema_of(const Phase*) {
    using P = Phase;
    static const Schema<P> schema = {
        "phase",
        true,
        "a part of a trial; phases follow one another in the order of the text",
        {
            field(&P::duration, {"duration",
                                 "duration of the phase; a list has one value per repetition",
                                 {},
                                 0,
                                 1e9,
                                 true,
                                 "time",
                                 "required"}),
            field(&P::repeat, {"repeat", "number of repetitions", {}, 1, 1e6}),
            field(&P::after, {"after",
                              "phase at the end of which it starts",
                              {},
                              -kInfinity,
                              kInfinity,
                              false,
                              "",
                              "the one above"}),
            field(&P::after_each, {"after_each",
                                   "phase after each repetition of which this one runs",
                                   {},
                                   -kInfinity,
                                   kInfinity,
                                   false,
                                   "",
                                   "none"}),
            field(&P::plastic,
                  {"plastic",
                   "whether weights change, or a list of the projections whose weights do"}),
            field(&P::reset, {"reset", "what is reset before each repetition"}),
            field(&P::set, {"set",
                            "values that hold during the phase",
                            {},
                            -kInfinity,
                            kInfinity,
                            false,
                            "",
                            "none"}),
        }};
    return schema;
}

const Schema<Trials>& schema_of(const Trials*) {
    using T = Trials;
    static const Schema<T> schema = {
        "trials",
        false,
        "in how many trials a rule is judged, and what differs between them",
        {
            field(&T::search, {"search", "trials of the search", {}, 1, 65536, false, "trials"}),
            field(&T::validation, {"validation",
                                   "trials by which starts are compared",
                                   {},
                                   1,
                                   65536,
                                   false,
                                   "trials"}),
            field(&T::held_out,
                  {"held_out", "trials of the final report", {}, 1, 65536, false, "trials"}),
            field(&T::from, {"from",
                             "data whose rows or files are the trials",
                             {},
                             -kInfinity,
                             kInfinity,
                             false,
                             "",
                             "none"}),
            field(&T::vary, {"vary",
                             "what differs between trials: lists are taken in turn (several are "
                             "crossed), draws are drawn per trial",
                             {},
                             -kInfinity,
                             kInfinity,
                             false,
                             "",
                             "nothing"}),
            field(&T::redraw, {"redraw", "when the trials of the search are drawn again"}),
        }};
    return schema;
}

const Schema<TrialSet>& schema_of(const TrialSet*) {
    using T = TrialSet;
    static const Schema<T> schema = {
        "trials.NAME",
        false,
        "further trials, simulated after the search",
        {
            field(&T::count,
                  {"count", "number of trials", {}, 1, 65536, false, "trials", "trials.held_out"}),
            field(&T::vary, {"vary",
                             "what differs between them",
                             {},
                             -kInfinity,
                             kInfinity,
                             false,
                             "",
                             "nothing"}),
        }};
    return schema;
}

const Schema<Run>& schema_of(const Run*) {
    using R = Run;
    static const Schema<R> schema = {
        "run",
        false,
        "how it is computed",
        {
            field(&R::seed, {"seed", "seed of all random numbers", {}, 0, 9007199254740992.0}),
            field(&R::threads, {"threads",
                                "number of threads; 0: all that the process may use",
                                {},
                                0,
                                1024,
                                false,
                                "threads"}),
            field(&R::precision, {"precision", "precision of the simulation"}),
            field(&R::isa, {"isa",
                            "instruction set; changes speed, not results",
                            {},
                            -kInfinity,
                            kInfinity,
                            false,
                            "",
                            "",
                            false,
                            {"auto", "softfma", "scalar", "avx2", "avx512", "neon"}}),
            field(&R::lane_bytes,
                  {"lane_bytes",
                   "bytes of a lane block, 32, 64 or one element; 0: chosen for the "
                   "machine; changes speed, not results",
                   {},
                   0,
                   64,
                   false,
                   "bytes"}),
        }};
    return schema;
}

} // namespace carve::cli::task
