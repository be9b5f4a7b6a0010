// data.hpp: real data in (.npy, .csv), arrays out (.npy in .npz), and preprocessing.
#pragma once
#include "description.hpp"

#include <Eigen/Dense>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Table {
    RowMatrix rows;                    // [row][column]
    std::vector<std::string> columns;  // names, or "1", "2", ...
    std::vector<std::string> warnings; // "column 'b' is constant and was dropped"
    std::vector<std::size_t> lines;    // [row] of a csv: the line of the file; else empty
    std::vector<std::string> texts;    // of a csv: columns that were left out
    std::uint64_t checksum = 0;        // XXH3-64 of the file's bytes
};

// .npy: f2 f4 f8, i1 to i8, u1 to u8, b1, either order of bytes, C and Fortran order, header
// versions 1 to 3, two dimensions. .csv (and
// .tsv, .txt): header, delimiter and decimal comma detected. Selects `columns` (all if empty), drops
// or keeps constant ones. Throws Error(data) naming the file and, for a value, its row and column; a csv's
// row is the line of the file, columns count from 1.
enum class Constant { drop, keep };
Table read_table(const std::string& path, const std::vector<std::string>& columns,
                 Constant constant = Constant::drop);

// The same from bytes, without the checksum and before constant columns are dropped; `name` is how
// messages call the file. Sizes in an .npy header are checked against the bytes that are there.
Table parse_npy(const std::string& bytes, const std::string& name,
                const std::vector<std::string>& columns);
// A csv's empty cells and those that say nan or NA are refused, or read as NaN. Columns whose first
// value is a text are refused, or left out.
enum class Missing { refuse, nan };
enum class Texts { refuse, leave_out };
Table parse_csv(const std::string& bytes, const std::string& name,
                const std::vector<std::string>& columns, Missing missing = Missing::refuse,
                Texts texts = Texts::refuse);

// ".npy" of "a.NPY"; empty without one.
std::string extension_of(const std::string& path);

// 0-based indices of the selected columns (all if empty): each a name or a number from 1; a name
// wins.
std::vector<std::size_t> select_columns(const std::vector<std::string>& selection,
                                        const std::vector<std::string>& names,
                                        const std::string& file);

// Row means, centring, scaling or whitening as the settings say; statistics of `fit` rows only.
// Scale leading and whitening measure variance about the mean, or about 0 when the data is not
// centred. Columns that are constant in the `fit` rows become 0 when variances are set to 1.
RowMatrix preprocess(const RowMatrix& rows, const std::vector<std::size_t>& fit,
                     const task::Data& settings);

struct Array {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<double> values; // C order
};
// A .npz with stored members, as write_file_atomically. Throws Error(io).
void write_npz(const std::string& path, const std::vector<Array>& arrays);

} // namespace carve::cli
