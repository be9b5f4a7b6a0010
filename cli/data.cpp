#include "data.hpp"
#include "atomic_file.hpp"
#include "error.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string extension(const std::string& path) {
    std::string e = std::filesystem::path(path).extension().string();
    for (char& c : e)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return e;
}

std::size_t find_column(const std::string& which, const std::vector<std::string>& names,
                        const std::string& file) {
    const auto named = std::find(names.begin(), names.end(), which);
    if (named != names.end()) {
        if (std::find(named + 1, names.end(), which) != names.end())
            throw Error(Exit::data, fmt::format("'{}' has several columns named '{}'", file, which),
                        "select by number in input.columns, counted from 1");
        return static_cast<std::size_t>(named - names.begin());
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
    if (error == std::errc() && end == which.data() + which.size() && number >= 1 &&
        number <= names.size())
        return number - 1;
    std::string help = fmt::format("input.columns takes numbers from 1 to {}", names.size());
    if (names.size() <= 20)
        help += fmt::format(" and names: {}", fmt::join(names, ", "));
    throw Error(Exit::data, fmt::format("'{}' has no column '{}'", file, which), help);
}

void drop_constant_columns(Table& table) {
    std::vector<Eigen::Index> varying;
    for (Eigen::Index j = 0; j < table.rows.cols(); ++j) {
        const double first = table.rows(0, j);
        bool constant = true;
        for (Eigen::Index i = 1; constant && i < table.rows.rows(); ++i)
            constant = table.rows(i, j) == first;
        if (!constant)
            varying.push_back(j);
        else
            table.warnings.push_back(fmt::format("column '{}' is constant and was dropped",
                                                 table.columns[static_cast<std::size_t>(j)]));
    }
    if (varying.size() == static_cast<std::size_t>(table.rows.cols()))
        return;
    RowMatrix kept(table.rows.rows(), static_cast<Eigen::Index>(varying.size()));
    std::vector<std::string> names;
    for (std::size_t k = 0; k < varying.size(); ++k) {
        kept.col(static_cast<Eigen::Index>(k)) = table.rows.col(varying[k]);
        names.push_back(table.columns[static_cast<std::size_t>(varying[k])]);
    }
    table.rows = std::move(kept);
    table.columns = std::move(names);
}

} // namespace

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
            throw Error(Exit::data, fmt::format("input.columns selects column '{}' twice", which));
        selected.push_back(j);
    }
    return selected;
}

Table read_table(const std::string& path, const std::vector<std::string>& columns) {
    const std::string e = extension(path);
    const bool npy = e == ".npy";
    if (!npy && e != ".csv" && e != ".tsv" && e != ".txt")
        throw Error(Exit::data, fmt::format("'{}' is neither a .npy nor a .csv file", path),
                    "save the data as one of them");
    const std::string bytes = read_file(path);
    Table table = npy ? parse_npy(bytes, path, columns) : parse_csv(bytes, path, columns);
    table.checksum = checksum(bytes);
    if (table.rows.rows() > 0)
        drop_constant_columns(table);
    return table;
}

} // namespace carve::cli
