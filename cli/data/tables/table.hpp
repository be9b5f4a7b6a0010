// table.hpp: what a [data.NAME] gives to a trial. A kind of data is a file of
// this folder and a row of its registry (table.cpp).
#pragma once
#include "description.hpp"
#include "draws.hpp"
#include "trial.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// Which trial a table is drawn for.
struct DrawnFor {
    std::uint64_t seed = 0;
    Role role = Role::search;
    std::uint64_t round = 0, index = 0;
    std::uint64_t steps = 0; // that the trial takes
    bool batch = false;      // each step sees all rows
};

using Columns = std::map<std::string, RowMatrix>; // [step][unit], "" for the table's own units

class DataTable {
  public:
    virtual ~DataTable() = default;
    // `settings`: those of the trial, which may differ in values that vary.
    virtual Columns draw(const task::Data& settings, const DrawnFor& of) const = 0;

    // Of a kind that gives spikes.
    virtual Trains draw_trains(const DrawnFor&) const { return {}; }

    virtual std::vector<std::string> warnings() const { return {}; }
    // Files that it has read, with their checksums.
    virtual std::vector<std::pair<std::string, std::uint64_t>> files() const { return {}; }
};

// `columns`: those that the task names, without the table's name. Reads the files.
std::unique_ptr<DataTable> make_table(const task::Data& settings, const task::Task& task,
                                      const std::vector<std::string>& columns, std::uint64_t seed);

// Each sample x followed by -x.
RowMatrix with_negatives(const RowMatrix& samples);

std::unique_ptr<DataTable> make_gaussian_table();
std::unique_ptr<DataTable> make_pattern_table(const task::Task& task);
std::unique_ptr<DataTable> make_spike_table(const task::Data& settings, const task::Task& task,
                                            const std::vector<std::string>& streams);
std::unique_ptr<DataTable> make_file_table(const task::Data& settings, const task::Task& task,
                                           const std::vector<std::string>& columns,
                                           std::uint64_t seed);

} // namespace carve::cli
