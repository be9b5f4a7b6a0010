#include "schema.hpp"

namespace carve::cli::task {

const Schema<Data>& schema_of(const Data*) {
    using D = Data;
    static const std::vector<std::string> gaussian = {"gaussian"}, file = {"file"},
                                          samples = {"gaussian", "file"}, spikes = {"spikes"},
                                          patterns = {"patterns"}, pairing = {"pairing"},
                                          bandit = {"bandit"};
    static const Schema<D> schema = {
        "data",
        true,
        "what populations are fed, clamped to or compared with",
        {
            field(&D::kind, {"kind", "where it comes from"}),
            field(&D::spectrum, {"spectrum",
                                 "eigenvalues of the covariance, descending, one for each unit; or "
                                 "the first 1 and the others drawn",
                                 gaussian, 0, 1e6, false, "", "needed"}),
            field(&D::scale, {"scale", "factor of the spectrum", gaussian, 0, 1e6, true}),
            field(&D::samples, {"samples", "samples of a trial, before antithetic doubling",
                                samples, 1, 65536, false, "samples"}),
            field(&D::antithetic, {"antithetic", "each sample x is followed by -x", samples}),
            field(&D::path, {"path",
                             "file of arrays, relative to the task's folder; a pattern "
                             "like \"day-*.npz\" is one file for each trial",
                             {"file", "spikes"},
                             -kInfinity,
                             kInfinity,
                             false,
                             "",
                             "needed"}),
            field(&D::rows,
                  {"rows", "[first, end]: these rows only", file, 0, 1e15, false, "rows", "all"}),
            field(&D::columns, {"columns",
                                "names or numbers (from 1) of the columns to use",
                                file,
                                -kInfinity,
                                kInfinity,
                                false,
                                "",
                                "all",
                                false,
                                {},
                                true}),
            field(&D::units, {"units",
                              "units of a pattern; of a file: columns drawn at random for each "
                              "trial, 0 for all",
                              {"file", "patterns"},
                              0,
                              65536,
                              false,
                              "units"}),
            field(&D::order, {"order", "of the samples", {"file", "patterns"}}),
            field(&D::center, {"center", "subtract each column's mean", file}),
            field(&D::row_mean, {"row_mean", "subtract each row's own mean first", file}),
            field(&D::standardize, {"standardize",
                                    "make the leading variance 1, that of each column, or the "
                                    "covariance the identity",
                                    file}),
            field(&D::train_fraction, {"train_fraction",
                                       "rows for the search and validation; the others are held "
                                       "out",
                                       file, 0, 1, true, "of the rows"}),
            field(&D::block_rows,
                  {"block_rows", "neighbouring rows that are held out, or not, as a whole", file, 1,
                   1e9, false, "rows"}),
            field(&D::streams, {"streams",
                                "names of spike trains: NAME_time and NAME_unit in the "
                                "file",
                                spikes, -kInfinity, kInfinity, false, "", "needed"}),
            field(&D::count, {"count", "how many patterns there are", patterns, 1, 65536}),
            field(&D::active, {"active", "values of the units of a pattern", patterns, -1e9, 1e9,
                               false, "", "needed"}),
            field(&D::on, {"on", "how long a pattern is shown", patterns, 0, 1e9, true, "time"}),
            field(&D::off, {"off", "pause after it", patterns, 0, 1e9, false, "time"}),
            field(&D::lag, {"lag", "post minus pre, or the data column that gives it", pairing,
                            -1e3, kInfinity, false, "s", "needed"}),
            field(&D::frequency, {"frequency", "of the pairings, or the data column", pairing,
                                  -kInfinity, kInfinity, false, "Hz", "needed"}),
            field(&D::pairs, {"pairs", "how many pairings a protocol has", pairing, 1, 1e6}),
            field(&D::of, {"of", "population whose choices it answers", bandit, -kInfinity,
                           kInfinity, false, "", "needed"}),
            field(&D::steps, {"steps", "choices of a trial", bandit, 1, 1e9}),
            field(&D::blocks, {"blocks", "probabilities of reward for each option, in turn", bandit,
                               0, 1, false, "", "needed"}),
            field(&D::baited, {"baited", "a reward stays until it is taken", bandit}),
            field(&D::value, {"value", "of a reward", bandit, -1e9, 1e9}),
            field(&D::noise, {"noise", "standard deviation of what the units see", bandit, 0, 1e9}),
            field(&D::redraw, {"redraw",
                               "when it is drawn anew",
                               {},
                               -kInfinity,
                               kInfinity,
                               false,
                               "",
                               "trials.redraw"}),
            field(&D::shared, {"shared", "one draw for all trials"}),
        }};
    return schema;
}

} // namespace carve::cli::task
