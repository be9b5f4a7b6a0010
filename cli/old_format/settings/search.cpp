// The keys of [search] and of its stages.
#include "sections.hpp"

#include "settings_access.hpp"

#include <array>

namespace carve::cli::old {
namespace {

// Names in the order of the enums' values.
constexpr std::array<const char*, 3> kMethod{"gauss_newton", "adam", "cma_es"};
constexpr std::array<const char*, 3> kRestarts{"none", "ipop", "bipop"};
constexpr std::array<const char*, 3> kAggregate{"mean", "median", "trimmed"};
constexpr std::array<const char*, 2> kBlowUp{"replica", "candidate"};

Setting goal() {
    Setting s;
    s.key = "goal";
    s.type = Type::real;
    s.help = "held-out loss that the search is to reach; exit code 1 if it does not";
    s.low = 0;
    s.high = 2;
    s.above = true;
    s.unit = "loss";
    s.get = [](const void* object) -> SettingValue {
        const auto& value = static_cast<const SearchSettings*>(object)->goal;
        return value ? SettingValue(*value) : SettingValue();
    };
    s.set = [](void* object, const SettingValue& value) {
        static_cast<SearchSettings*>(object)->goal = std::get<double>(value);
    };
    s.fault = nullptr;
    return s;
}

} // namespace

Section search_settings() {
    return {
        "search",
        "how the rule is searched for",
        {
            choice<&SearchSettings::method, kMethod>("method", "optimizer"),
            integer<&SearchSettings::iterations>("iterations", 1, 1e6, "iterations",
                                                 "of a stage, unless it says otherwise"),
            real<&SearchSettings::l1>("l1", {0, 1e3}, "weight of the coefficients' L1 norm"),
            real<&SearchSettings::learning_rate>("learning_rate", {0, 1e3, true},
                                                 "Adam: step size"),
            real<&SearchSettings::clip>("clip", {0, 1e9, true}, "Adam: largest norm of a gradient"),
            real<&SearchSettings::damping>(
                "damping", {0, 1e9, true},
                "Gauss-Newton: Levenberg-Marquardt damping at the start"),
            integer<&SearchSettings::population>(
                "population", 0, 100000, "candidates",
                "CMA-ES: of a generation; 0: 4 + 3 ln n of n coefficients"),
            real<&SearchSettings::sigma>("sigma", {0, 1e3, true}, "CMA-ES: step size at the start"),
            choice<&SearchSettings::cma_restarts, kRestarts>(
                "cma_restarts", "CMA-ES: what a stop condition before the last generation leads "
                                "to: the end of the stage, or a restart with other populations"),
            choice<&SearchSettings::aggregate, kAggregate>(
                "aggregate", "CMA-ES: a candidate's loss from its replicas': mean, median, or mean "
                             "without the highest and the lowest fifth"),
            real<&SearchSettings::prune>(
                "prune", {0, 1}, "drop terms below this part of the largest coefficient; 0: none"),
            flag<&SearchSettings::eliminate>(
                "eliminate",
                "drop terms whose removal raises the validation loss by less than 1 %"),
            flag<&SearchSettings::refit>("refit", "fit the surviving terms again, without L1"),
            integer<&SearchSettings::refit_iterations>("refit_iterations", 1, 1e6, "iterations",
                                                       "of the refit"),
            real<&SearchSettings::margin>(
                "margin", {1, 100},
                "of the refit: the rule must still do its task with all coefficients so many times "
                "larger, as on inputs of a larger variance"),
            integer<&SearchSettings::restarts>(
                "restarts", 1, 1000, "starts",
                "most starts tried; the best on the validation sets is kept"),
            real<&SearchSettings::accept>("accept", {0, 2},
                                          "validation loss at which no further start is tried"),
            integer<&SearchSettings::validation_sets>("validation_sets", 1, 65536, "data sets",
                                                      "that judge terms and restarts"),

            integer<&SearchSettings::held_out_sets>("held_out_sets", 1, 65536, "data sets",
                                                    "that only the final report sees; of rates "
                                                    "at least 200"),
            choice<&SearchSettings::blow_up, kBlowUp>(
                "blow_up",
                "a diverged replica spoils its own loss, or that of the whole candidate rule"),
            goal(),
        }};
}

Section stage_settings() {
    return {"search.stage",
            "stages, one after the other, each a [[search.stage]]; what a stage leaves out is the "
            "task's own",
            {
                choice<&StageSettings::method, kMethod>("method", "in place of search.method"),
                integer<&StageSettings::outputs>("outputs", 1, 16, "neurons",
                                                 "in place of network.outputs"),
                integer<&StageSettings::steps>("steps", 1, 1e8, "updates",
                                               "horizon, in place of network.steps"),
                integer<&StageSettings::iterations>("iterations", 1, 1e6, "iterations",
                                                    "in place of search.iterations"),
                integer<&StageSettings::data_sets>("data_sets", 1, 65536, "data sets",
                                                   "in place of input.data_sets"),
                integer<&StageSettings::samples>("samples", 1, 65536, "samples",
                                                 "in place of input.samples"),
                integer<&StageSettings::columns>(
                    "columns", 0, 65536, "columns",
                    "of a file with more, each data set has so many, another random choice, "
                    "with scale = leading at leading variance 1; 0: all. A rule that is local "
                    "is found on few columns at a fraction of the cost"),
                real<&StageSettings::l1>("l1", {0, 1e3}, "in place of search.l1"),
                real<&StageSettings::accept>(
                    "accept", {0, 1e3},
                    "validation loss above which a start is given up after this stage, while "
                    "search.restarts allows another; 0: none is"),
            }};
}

} // namespace carve::cli::old
