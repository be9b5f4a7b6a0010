#include "table.hpp"

#include "error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

// What a kind gives by name beside its units.
void require_columns(const task::Data& settings, const std::vector<std::string>& wanted,
                     const std::vector<std::string>& known) {
    for (const std::string& column : wanted)
        if (!column.empty() && std::count(known.begin(), known.end(), column) == 0)
            throw Error(Exit::usage,
                        fmt::format("[data.{}] has no column \"{}\"", settings.name, column),
                        known.empty() ? fmt::format("\"{}\" is all that it has", settings.name)
                                      : fmt::format("it has: {}", fmt::join(known, ", ")));
}

} // namespace

RowMatrix with_negatives(const RowMatrix& samples) {
    RowMatrix pairs(2 * samples.rows(), samples.cols());
    for (Eigen::Index i = 0; i < samples.rows(); ++i) {
        pairs.row(2 * i) = samples.row(i);
        pairs.row(2 * i + 1) = -samples.row(i);
    }
    return pairs;
}

std::unique_ptr<DataTable> make_table(const task::Data& settings, const task::Task& task,
                                      const std::vector<std::string>& columns, std::uint64_t seed) {
    switch (settings.kind) {
    case task::DataKind::gaussian:
        require_columns(settings, columns, {});
        return make_gaussian_table();
    case task::DataKind::patterns:
        require_columns(settings, columns, {"index"});
        return make_pattern_table(task);
    case task::DataKind::file:
        return make_file_table(settings, task, columns, seed);
    case task::DataKind::spikes:
        require_columns(settings, columns, settings.streams);
        return make_spike_table(settings, task, columns);
    default:
        throw Error(Exit::internal, "a kind of data that was not refused");
    }
}

} // namespace carve::cli
