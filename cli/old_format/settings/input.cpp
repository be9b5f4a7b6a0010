// The keys of [input].
#include "sections.hpp"

#include "settings_access.hpp"

#include <array>

namespace carve::cli::old {
namespace {

// Names in the order of the enums' values.
constexpr std::array<const char*, 3> kKinds{"gaussian", "file", "spikes"};
constexpr std::array<const char*, 3> kVary{"none", "scale", "spectrum"};
constexpr std::array<const char*, 3> kRedraw{"never", "stage", "iteration"};
constexpr std::array<const char*, 3> kScale{"none", "leading", "columns"};

} // namespace

Section input_settings() {
    return {
        "input",
        "what the network sees",
        {
            choice<&InputSettings::kind, kKinds>("kind", "where inputs come from"),
            reals<&InputSettings::spectrum>(
                "spectrum", {0, 1e6},
                "gaussian: eigenvalues of the covariance, descending, one an input"),
            choice<&InputSettings::vary, kVary>(
                "vary", "gaussian: what differs between data sets: nothing, the spectrum's scale, "
                        "or its scale and eigenvalues"),
            reals<&InputSettings::scale_range>(
                "scale_range", {0, 1e6, true},
                "vary, scale and spectrum: lowest and highest factor of the spectrum, log-uniform"),
            real<&InputSettings::gap_ratio>(
                "gap_ratio", {0, 1, true},
                "vary, spectrum: largest ratio of the second eigenvalue to the first"),
            integer<&InputSettings::samples>("samples", 1, 65536, "samples",
                                             "of a data set, before antithetic doubling; of a "
                                             "file's rows at least 256 where it has them"),
            integer<&InputSettings::data_sets>("data_sets", 1, 65536, "data sets",
                                               "of the search; each is a replica"),
            flag<&InputSettings::antithetic>("antithetic", "each sample x is followed by -x"),
            choice<&InputSettings::redraw, kRedraw>("redraw",
                                                    "when the search's data sets are drawn anew"),
            text<&InputSettings::path>("path", "file: .npy or .csv, one sample a row; relative to "
                                               "the task file (to the working directory in --set)"),
            plain<&InputSettings::columns>(
                "columns", Type::texts,
                "file: names or numbers (from 1) of the columns to use; all if empty"),
            flag<&InputSettings::center>("center", "file: subtract each column's mean"),
            flag<&InputSettings::whiten>("whiten", "file: make the covariance the identity"),
            flag<&InputSettings::row_mean>("row_mean", "file: subtract each row's own mean first"),
            choice<&InputSettings::scale, kScale>(
                "scale", "file: make the leading variance 1, or that of each column"),
            real<&InputSettings::train_fraction>(
                "train_fraction", {0, 1, true, "of the rows"},
                "file: rows for the search and validation; the others are held out"),
            integer<&InputSettings::block_rows>(
                "block_rows", 1, 1e9, "rows",
                "file: blocks of so many rows are held out, or not, as a whole: for rows that "
                "have something in common with the next, as an image or a stretch of time"),
        }};
}

} // namespace carve::cli::old
