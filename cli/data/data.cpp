#include "data.hpp"
#include "atomic_file.hpp"
#include "error.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

std::size_t find_column(const std::string& which, const std::vector<std::string>& names,
                        const std::string& file) {
    const auto named = std::find(names.begin(), names.end(), which);
    if (named != names.end()) {
        if (std::find(named + 1, names.end(), which) != names.end())
            throw Error(Exit::data, fmt::format("'{}' has several columns named '{}'", file, which),
                        "select by number in columns, counted from 1");
        return static_cast<std::size_t>(named - names.begin());
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
    if (error == std::errc() && end == which.data() + which.size() && number >= 1 &&
        number <= names.size())
        return number - 1;
    std::string help = fmt::format("columns takes numbers from 1 to {}", names.size());
    if (names.size() <= 20)
        help += fmt::format(" and names: {}", fmt::join(names, ", "));
    throw Error(Exit::data, fmt::format("'{}' has no column '{}'", file, which), help);
}

// "column 'b' is", "columns 'b', 'c' are", "columns 'b', ... and 258 more are"
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 5;
    std::string list;
    for (std::size_t i = 0; i < names.size() && i < most; ++i)
        list += fmt::format("{}'{}'", i == 0 ? "" : ", ", excerpt(names[i]));
    if (names.size() > most)
        list += fmt::format(" and {} more", names.size() - most);
    return fmt::format("column{} {} {}", names.size() == 1 ? "" : "s", list,
                       names.size() == 1 ? "is" : "are");
}

void drop_constant_columns(Table& table) {
    std::vector<Eigen::Index> varying;
    std::vector<std::string> constant, names;
    for (Eigen::Index j = 0; j < table.rows.cols(); ++j) {
        const std::string& name = table.columns[static_cast<std::size_t>(j)];
        if ((table.rows.col(j).array() == table.rows(0, j)).all()) {
            constant.push_back(name);
            continue;
        }
        varying.push_back(j);
        names.push_back(name);
    }
    if (constant.empty())
        return;
    table.warnings.push_back(fmt::format("{} constant and {} dropped", listed(constant),
                                         constant.size() == 1 ? "was" : "were"));
    RowMatrix kept(table.rows.rows(), static_cast<Eigen::Index>(varying.size()));
    for (std::size_t k = 0; k < varying.size(); ++k)
        kept.col(static_cast<Eigen::Index>(k)) = table.rows.col(varying[k]);
    table.rows = std::move(kept);
    table.columns = std::move(names);
}

constexpr double kLargest = 1e30;    // magnitude of a value; fill values are above
constexpr double kSmallest = 1e-150; // of a column's largest value: squares would underflow
constexpr double kUsualFactor = 1e6;

// What nine of ten values of a column that are not 0 are at most, in magnitude. Of two or more, it
// is not the largest.
double usual_magnitude(const RowMatrix& rows, Eigen::Index column, std::vector<double>& values) {
    values.clear();
    for (Eigen::Index i = 0; i < rows.rows(); ++i)
        if (rows(i, column) != 0)
            values.push_back(std::abs(rows(i, column)));
    if (values.empty())
        return 0;
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(9 * (values.size() - 1) / 10);
    std::nth_element(values.begin(), nth, values.end());
    return *nth;
}

Error unusable(const Table& table, const std::string& path, Eigen::Index row, Eigen::Index column,
               const std::string& why, const std::string& help) {
    const auto i = static_cast<std::size_t>(row), j = static_cast<std::size_t>(column);
    return Error(Exit::data,
                 fmt::format("'{}': row {}, column '{}': {} {}", path,
                             table.lines.empty() ? i + 1 : table.lines[i],
                             excerpt(table.columns[j]), table.rows(row, column), why),
                 help);
}

// A value that marks what is missing (1e20, 9.97e36) would be the leading component of the rows
// that have it, and make every replica diverge that is tested on them. Whether one is here does not
// depend on the seed that splits the rows.
void refuse_fill_values(const Table& table, const std::string& path) {
    const Eigen::Index columns = table.rows.cols();
    double usual = 0;
    std::vector<double> values;
    for (Eigen::Index j = 0; j < columns; ++j)
        usual = std::max(usual, usual_magnitude(table.rows, j, values));
    for (Eigen::Index i = 0; i < table.rows.rows(); ++i)
        for (Eigen::Index j = 0; j < columns; ++j) {
            const double magnitude = std::abs(table.rows(i, j));
            if (magnitude > kLargest || magnitude > kUsualFactor * usual)
                throw unusable(table, path, i, j,
                               magnitude > kLargest
                                   ? fmt::format("is above {:g} in magnitude", kLargest)
                                   : fmt::format("is more than {:g} times what the columns usually "
                                                 "hold ({:.3g})",
                                                 kUsualFactor, usual),
                               "if it stands for a missing value, remove the row or fill it in; "
                               "else choose another unit, or take logarithms");
        }
}

void refuse_tiny_columns(const Table& table, const std::string& path) {
    for (Eigen::Index j = 0; j < table.rows.cols(); ++j) {
        Eigen::Index row = 0;
        if (table.rows.col(j).cwiseAbs().maxCoeff(&row) < kSmallest)
            throw unusable(table, path, row, j,
                           "is the largest value of its column, whose variance underflows",
                           "choose a smaller unit for it");
    }
}

} // namespace

std::string extension_of(const std::string& path) {
    std::string e = std::filesystem::path(path).extension().string();
    for (char& c : e)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return e;
}

std::vector<std::size_t> select_columns(const std::vector<std::string>& selection,
                                        const std::vector<std::string>& names,
                                        const std::string& file) {
    std::vector<std::size_t> selected;
    if (selection.empty())
        for (std::size_t j = 0; j < names.size(); ++j)
            selected.push_back(j);
    for (const std::string& which : selection) {
        const std::size_t j = find_column(which, names, file);
        if (std::find(selected.begin(), selected.end(), j) != selected.end())
            throw Error(Exit::data, fmt::format("columns selects column '{}' twice", which));
        selected.push_back(j);
    }
    return selected;
}

Table read_table(const std::string& path, const std::vector<std::string>& columns,
                 Constant constant) {
    const std::string e = extension_of(path);
    const bool npy = e == ".npy";
    if (!npy && e != ".csv" && e != ".tsv" && e != ".txt")
        throw Error(Exit::data, fmt::format("'{}' is neither a .npy nor a .csv file", path),
                    "save the data as one of them, for example with numpy.save(file, array)");
    const std::string bytes = read_file(path);
    Table table = npy ? parse_npy(bytes, path, columns) : parse_csv(bytes, path, columns);
    table.checksum = checksum(bytes);
    if (table.rows.rows() > 0) {
        if (constant == Constant::drop)
            drop_constant_columns(table);
        refuse_fill_values(table, path);
        refuse_tiny_columns(table, path);
    }
    if (table.rows.cols() > table.rows.rows())
        table.warnings.push_back(fmt::format("there are more columns ({}) than rows ({}): a row is "
                                             "one sample; transpose the data if "
                                             "its rows are channels",
                                             table.rows.cols(), table.rows.rows()));
    return table;
}

} // namespace carve::cli
