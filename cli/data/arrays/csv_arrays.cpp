#include "csv_arrays.hpp"
#include "axes.hpp"
#include "data.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

NamedArray whole(const Table& table) {
    NamedArray array;
    array.steps = static_cast<std::size_t>(table.rows.rows());
    array.units = static_cast<std::size_t>(table.rows.cols());
    array.values.assign(table.rows.data(), table.rows.data() + table.rows.size());
    return array;
}

NamedArray column(const Table& table, std::size_t j, const std::string& name) {
    NamedArray array;
    array.name = name;
    array.steps = static_cast<std::size_t>(table.rows.rows());
    for (std::size_t i = 0; i < array.steps; ++i)
        array.values.push_back(
            table.rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    return array;
}

Table parse(const std::string& bytes, const std::string& path,
            const std::vector<std::string>& selection, Texts texts) {
    Table table = parse_csv(bytes, path, selection, Missing::nan, texts);
    if (table.rows.rows() == 0)
        throw Error(Exit::data, fmt::format("'{}' has a header and no rows", path),
                    "write it again with values, or use another file");
    return table;
}

std::vector<NamedArray> all_arrays(const Table& table, const std::string& path) {
    if (table.columns.empty())
        throw no_numbers(path);
    std::vector<std::string> sorted = table.columns;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
        throw Error(Exit::data,
                    fmt::format("'{}' has several columns named '{}'", path, excerpt(*twice)),
                    "name each column differently in the first row");
    std::vector<NamedArray> arrays;
    if (table.texts.empty())
        arrays.push_back(whole(table));
    for (std::size_t j = 0; j < table.columns.size(); ++j)
        if (!table.columns[j].empty()) // without a name it is only seen in the table
            arrays.push_back(column(table, j, table.columns[j]));
    return arrays;
}

} // namespace

std::vector<NamedArray> parse_csv_arrays(const std::string& bytes, const std::string& path,
                                         const std::vector<std::string>& wanted) {
    if (wanted.empty())
        return all_arrays(parse(bytes, path, {}, Texts::leave_out), path);
    std::vector<std::string> selection; // of columns, each once
    for (const std::string& name : wanted)
        if (!name.empty() && std::find(selection.begin(), selection.end(), name) == selection.end())
            selection.push_back(name);
    Table all, selected;
    if (!selection.empty())
        selected = parse(bytes, path, selection, Texts::refuse);
    if (std::find(wanted.begin(), wanted.end(), "") != wanted.end())
        all = parse(bytes, path, {}, Texts::refuse);
    std::vector<NamedArray> arrays;
    for (const std::string& name : wanted) {
        const auto at = std::find(selection.begin(), selection.end(), name);
        arrays.push_back(
            name.empty()
                ? whole(all)
                : column(selected, static_cast<std::size_t>(at - selection.begin()), name));
    }
    return arrays;
}

} // namespace carve::cli
