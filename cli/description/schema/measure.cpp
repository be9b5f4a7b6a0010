#include "schema.hpp"

namespace carve::cli::task {
namespace {

using M = Measure;
const std::vector<std::string> kOfActivity = {"rate",        "value",  "likelihood",
                                              "cv",          "fano",   "spectrum",
                                              "selectivity", "decode", "autocovariance"};

std::vector<Field<M>> common() {
    std::vector<std::string> windowed = kOfActivity;
    windowed.push_back("tuning");
    std::vector<std::string> compared = windowed;
    for (const char* kind : {"weights", "drift", "contrast", "components"})
        compared.push_back(kind);
    return {
        field(&M::kind, {"kind", "what is measured"}),
        field(&M::of, {"of", "populations or projections that are measured, or two losses"}),
        field(&M::when, {"when",
                         "phases in which it is measured",
                         {},
                         -kInfinity,
                         kInfinity,
                         false,
                         "",
                         "the last one"}),
        field(&M::window,
              {"window", "length of the measured part at the end of a phase", windowed, 0, 1e9,
               true, "time", "the whole phase; for a tuning that of its neurons' rate"}),
        field(&M::at, {"at", "the only time at which it is measured", compared, 0, 1e9, false,
                       "time", "all, or the end"}),
        field(&M::mask, {"mask", "data column: nothing is measured in steps in which it is 0",
                         compared, -kInfinity, kInfinity, false, "", "none"}),
        field(&M::sample, {"sample",
                           "number of measured units, or of synapses per projection; 0: all",
                           {},
                           0,
                           1e9}),
        field(&M::over, {"over",
                         "what the mean is taken over",
                         {"rate", "value", "fano"},
                         -kInfinity,
                         kInfinity,
                         false,
                         "",
                         "both"}),
        field(&M::bin, {"bin",
                        "width of the bins in which spikes are counted",
                        {"fano", "autocovariance", "spectrum"},
                        0,
                        1e9,
                        true,
                        "time",
                        "0.01"}),
        field(&M::lags, {"lags", "longest lag", {"autocovariance"}, 0, 1e9, true, "time", "0.5"}),
        field(&M::tau, {"tau",
                        "time constant of the filter of the rate",
                        {"rate"},
                        0,
                        1e9,
                        true,
                        "time",
                        "none"}),
        field(&M::start, {"start",
                          "value at which that filter starts",
                          {"rate"},
                          0,
                          1e9,
                          false,
                          "",
                          "the middle of stop"}),
        field(&M::to, {"to", "data column or population that it is compared with", compared,
                       -kInfinity, kInfinity, false, "", "none"}),
        field(&M::target, {"target", "number that it is compared with", compared, -1e9, 1e9, false,
                           "", "0", true}),
        field(&M::as, {"as", "how the measure is compared", compared}),
        field(&M::noise, {"noise",
                          "standard deviation of the observations, \"estimated\", or a data column",
                          {"likelihood", "weights", "drift", "rate"},
                          0,
                          1e9,
                          true}),
        field(&M::stop, {"stop",
                         "a trial ends early when the measure leaves this range",
                         {"rate", "cv", "fano", "value"},
                         -kInfinity,
                         kInfinity,
                         false,
                         "",
                         "none"}),
    };
}

} // namespace

const Schema<Measure>& loss_schema() {
    static const Schema<M> schema = [] {
        Schema<M> s = {"loss", true, "what the search minimizes", common()};
        s.fields.push_back(
            field(&M::weight, {"weight", "factor of this loss in the sum", {}, 0, 1e9}));
        return s;
    }();
    return schema;
}

const Schema<Measure>& probe_schema() {
    static const Schema<M> schema = [] {
        Schema<M> s = {"probe", true,
                       "what is measured and reported, and may be a condition on the rule",
                       common()};
        s.fields.push_back(field(
            &M::accept, {"accept",
                         "range in which the mean must be for the rule to count as a solution",
                         {},
                         -kInfinity,
                         kInfinity,
                         false,
                         "",
                         "none"}));
        return s;
    }();
    return schema;
}

} // namespace carve::cli::task
