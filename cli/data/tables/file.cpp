// [data.NAME] kind = "file": rows of a file, or with an axis of trials a trial each.
#include "arrays.hpp"
#include "atomic_file.hpp"
#include "components.hpp"
#include "error.hpp"
#include "file_set.hpp"
#include "table.hpp"
#include "trials_of_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace carve::cli {
namespace {

using Rows = std::vector<std::size_t>;

class FileTable final : public DataTable {
  public:
    FileTable(const task::Data& d, const task::Task& task, const std::vector<std::string>& columns,
              std::uint64_t seed)
        : path_(d.path), order_(d.order), shared_out_(task, path_) {
        read(d, columns);
        find_whole(d.name, task);
        const auto first = std::find_if(arrays_.begin(), arrays_.end(), [&](const auto& entry) {
            return whole_.count(entry.first) == 0;
        });
        const NamedArray& any = first == arrays_.end() ? arrays_.begin()->second : first->second;
        trials_ = any.trials;
        steps_ = any.steps;
        for (const auto& [name, array] : arrays_)
            if (whole_.count(name) > 0)
                continue;
            else if (array.trials != trials_ || array.steps != steps_)
                throw Error(Exit::data,
                            fmt::format("'{}': array '{}' has {} trials of {} steps, '{}' {} of {}",
                                        path_, name, array.trials, array.steps, first->first,
                                        trials_, steps_),
                            "columns of one [data.NAME] have the same trials and steps");
        if (d.antithetic && arrays_.size() > 1)
            throw Error(
                Exit::usage,
                fmt::format("data.{}.antithetic: columns by name have no negatives", d.name),
                "antithetic = false, or a [data.NAME] of its own for the samples");
        for (const auto& [name, array] : arrays_)
            if (array.trials > 1)
                shared_out_.check(task, array.trials);
        if (trials_ > 1)
            check_rows_alone(d, task);
        else if (first != arrays_.end())
            split(d, seed);
        if (arrays_.count("") > 0)
            preprocess_own(d);
    }

    Columns draw(const task::Data& d, const DrawnFor& of) const override {
        if (trials_ > 1)
            return of_trial(of);
        const Rows& part = parts_[part_of(of.role)];
        // A file of weights alone has no rows.
        const std::size_t wanted = part.empty() ? 0
                                   : of.batch   ? std::min<std::size_t>(d.samples, part.size())
                                                : of.steps;
        Rows rows;
        Draws draws(of.seed, "data." + d.name, static_cast<std::uint64_t>(of.role), of.round,
                    of.index);
        while (rows.size() < wanted) {
            const std::size_t n = std::min(part.size(), wanted - rows.size());
            if (order_ == task::Order::sequence)
                rows.insert(rows.end(), part.begin(),
                            part.begin() + static_cast<std::ptrdiff_t>(n));
            else
                for (const std::size_t i : random_order(part.size(), n, draws))
                    rows.push_back(part[i]);
        }
        Columns columns = picked(0, rows, of);
        const auto own = columns.find("");
        if (own != columns.end() && d.units > 0 &&
            d.units < static_cast<std::uint64_t>(own->second.cols()))
            own->second = some_units(own->second, d, of);
        if (own != columns.end() && d.antithetic)
            own->second = with_negatives(own->second);
        return columns;
    }

    std::vector<std::string> warnings() const override { return warnings_; }
    std::vector<std::pair<std::string, std::uint64_t>> files() const override { return files_; }

  private:
    // The table's own units are all of a .csv or .npy, or the columns that it selects.
    void read(const task::Data& d, const std::vector<std::string>& columns) {
        files_ = with_checksums(path_);
        for (const std::string& name : columns) {
            if (name.empty() && is_rows_of_samples()) {
                arrays_[""] = samples(d);
                continue;
            }
            if (name.empty() && !d.columns.empty()) {
                arrays_[""] = side_by_side(read_trials(path_, d.columns));
                continue;
            }
            std::vector<NamedArray> read = read_trials(path_, {name});
            arrays_[name] = std::move(read.at(0));
        }
    }

    // A table without an axis of trials, whose columns may be named and whose values are checked.
    bool is_rows_of_samples() const {
        if (is_pattern(path_))
            return false;
        const std::string extension = extension_of(path_);
        return extension == ".csv" || extension == ".tsv" || extension == ".txt" ||
               (extension == ".npy" && read_arrays(path_, {""}).at(0).trials == 1);
    }

    NamedArray samples(const task::Data& d) {
        // About their mean, constant columns are 0.
        const bool standardized = d.center || d.standardize != task::Standardize::none;
        const Table table =
            read_table(path_, d.columns, standardized ? Constant::drop : Constant::keep);
        warnings_ = table.warnings;
        if (table.rows.cols() == 0)
            throw Error(Exit::data, fmt::format("'{}' has no column that varies", path_),
                        "columns are separated by commas, semicolons, tabs or blanks");
        if (table.rows.rows() == 0)
            throw Error(Exit::data, fmt::format("'{}' has no rows of data", path_),
                        "write it again with values, or use another file");
        if (table.rows.cols() == 1)
            warnings_.push_back(fmt::format("'{}' has one column of data; columns are separated by "
                                            "commas, semicolons, tabs or blanks",
                                            path_));
        NamedArray out;
        out.steps = static_cast<std::size_t>(table.rows.rows());
        out.units = static_cast<std::size_t>(table.rows.cols());
        out.values.assign(table.rows.data(), table.rows.data() + table.rows.size());
        return out;
    }

    // Columns that are weights, [post][pre], not rows of samples.
    void find_whole(const std::string& table, const task::Task& task) {
        const auto add = [&](const std::string& source) {
            if (source.rfind(table + ".", 0) == 0)
                whole_.insert(source.substr(table.size() + 1));
        };
        for (const task::Projection& p : task.projections)
            if (const auto* draw = std::get_if<task::Draw>(&p.weights.of))
                if (const auto* column = std::get_if<task::Column>(&draw->from))
                    add(column->name);
        for (const auto* list : {&task.losses, &task.probes})
            for (const task::Measure& m : *list)
                if (m.kind == task::MeasureKind::weights)
                    add(m.to);
    }

    NamedArray side_by_side(const std::vector<NamedArray>& parts) const {
        NamedArray out;
        out.trials = parts[0].trials;
        out.steps = parts[0].steps;
        out.units = 0;
        for (const NamedArray& part : parts) {
            if (part.trials != out.trials || part.steps != out.steps)
                throw Error(Exit::data,
                            fmt::format("'{}': '{}' and '{}' have different trials or steps", path_,
                                        parts[0].name, part.name));
            out.units += part.units;
        }
        for (std::size_t row = 0; row < out.trials * out.steps; ++row)
            for (const NamedArray& part : parts)
                for (std::size_t u = 0; u < part.units; ++u)
                    out.values.push_back(part.values[row * part.units + u]);
        return out;
    }

    // Rows by role, in blocks that stay together.
    void split(const task::Data& d, std::uint64_t seed) {
        const std::size_t first = d.rows.empty() ? 0 : d.rows[0];
        const std::size_t end = d.rows.empty() ? steps_ : d.rows[1];
        if (end > steps_ || first >= end)
            throw Error(Exit::usage, fmt::format("data.{}.rows = [{}, {}], but '{}' has {} rows",
                                                 d.name, first, end, path_, steps_));
        const std::size_t block = d.block_rows, blocks = (end - first) / block;
        check_blocks(end - first, block);
        Draws draws(seed, "data." + d.name + ".split", 0, 0, 0);
        Rows order = random_order(blocks, blocks, draws);
        const auto share = [](std::size_t n, double part) {
            const auto k = static_cast<std::size_t>(part * static_cast<double>(n) + 0.5);
            return std::clamp<std::size_t>(k, 1, n - 1);
        };
        const std::size_t train = std::max<std::size_t>(2, share(blocks, d.train_fraction));
        const std::array<std::size_t, 4> bounds = {0, share(train, 0.8), train, blocks};
        for (std::size_t role = 0; role < parts_.size(); ++role) {
            std::sort(order.begin() + static_cast<std::ptrdiff_t>(bounds[role]),
                      order.begin() + static_cast<std::ptrdiff_t>(bounds[role + 1]));
            for (std::size_t i = bounds[role]; i < bounds[role + 1]; ++i)
                for (std::size_t r = 0; r < block; ++r)
                    parts_[role].push_back(first + order[i] * block + r);
        }
    }

    void check_blocks(std::size_t rows, std::size_t block) const {
        if (rows % block != 0)
            throw Error(Exit::data,
                        fmt::format("'{}' has {} rows, which are no whole number of blocks of {}",
                                    path_, rows, block),
                        "choose a block_rows of the data that divides the rows, or remove the "
                        "rows of an incomplete block");
        const std::size_t blocks = rows / block, least = 3;
        if (blocks < least)
            throw Error(Exit::data,
                        fmt::format("'{}' has {} block{} of {} row{}", path_, blocks,
                                    blocks == 1 ? "" : "s", block, block == 1 ? "" : "s"),
                        fmt::format("at least {} are needed, one each for the search, for "
                                    "validation, and held out",
                                    least));
    }

    // Keys of rows that are shared out have no effect on trials that the file has.
    void check_rows_alone(const task::Data& d, const task::Task& task) const {
        Faults faults;
        // The task file of a run states defaults, too.
        const task::Data plain;
        const std::pair<const char*, bool> keys[] = {
            {"samples", d.samples != plain.samples},
            {"antithetic", d.antithetic != plain.antithetic},
            {"rows", d.rows != plain.rows},
            {"train_fraction", d.train_fraction != plain.train_fraction},
            {"block_rows", d.block_rows != plain.block_rows},
            {"order", d.order != plain.order}};
        for (const auto& [key, differs] : keys)
            if (const auto at = task.places.find("data." + d.name + "." + key);
                differs && at != task.places.end())
                faults.add(at->second,
                           fmt::format("data.{}.{} has no effect: '{}' has trials of its own",
                                       d.name, key, path_));
        faults.raise(Exit::usage);
    }

    // Fitted to the rows of the search.
    void preprocess_own(const task::Data& d) {
        NamedArray& own = arrays_[""];
        Eigen::Map<RowMatrix> rows(own.values.data(),
                                   static_cast<Eigen::Index>(own.trials * own.steps),
                                   static_cast<Eigen::Index>(own.units));
        Rows fit = parts_[0];
        for (std::size_t row = 0; trials_ > 1 && row < shared_out_.search() * steps_; ++row)
            fit.push_back(row);
        if (!rows.allFinite())
            throw Error(
                Exit::data,
                fmt::format("'{}' has missing values among the units of [data.{}]", path_, d.name),
                "fill them in; a target or mask may have them");
        rows = preprocess(rows, fit, d);
    }

    // A random choice, scaled as all of them are.
    RowMatrix some_units(const RowMatrix& rows, const task::Data& d, const DrawnFor& of) const {
        Draws draws(of.seed, "data." + d.name + ".units", static_cast<std::uint64_t>(of.role),
                    of.round, of.index);
        Rows chosen = random_order(static_cast<std::size_t>(rows.cols()), d.units, draws);
        std::sort(chosen.begin(), chosen.end());
        RowMatrix some(rows.rows(), static_cast<Eigen::Index>(chosen.size()));
        for (std::size_t j = 0; j < chosen.size(); ++j)
            some.col(static_cast<Eigen::Index>(j)) = rows.col(static_cast<Eigen::Index>(chosen[j]));
        if (d.standardize != task::Standardize::leading)
            return some;
        const double leading =
            leading_variances(some, 1, d.center ? About::mean : About::origin)(0);
        // What rounding leaves of a constant is no variance.
        if (!(leading > 1e-12 * some.squaredNorm() / static_cast<double>(some.rows())))
            throw Error(Exit::data,
                        fmt::format("{} columns of '{}', drawn at random, are constant in the rows "
                                    "of a trial",
                                    d.units, path_),
                        "more units of the data in the stage, or columns without those that "
                        "hardly vary");
        return some / std::sqrt(leading);
    }

    Columns of_trial(const DrawnFor& of) const {
        const std::size_t trial = shared_out_.trial(of);
        Rows rows(steps_);
        for (std::size_t i = 0; i < steps_; ++i)
            rows[i] = i;
        return picked(trial, rows, of);
    }

    // Rows of a trial, and weights as they are, [post][pre].
    Columns picked(std::size_t trial, const Rows& rows, const DrawnFor& of) const {
        Columns columns;
        for (const auto& [name, array] : arrays_) {
            if (whole_.count(name) > 0) {
                const std::size_t at = array.trials == 1 ? 0 : shared_out_.trial(of);
                columns[name] = Eigen::Map<const RowMatrix>(
                    array.values.data() + at * array.steps * array.units,
                    static_cast<Eigen::Index>(array.steps), static_cast<Eigen::Index>(array.units));
                continue;
            }
            RowMatrix out(static_cast<Eigen::Index>(rows.size()),
                          static_cast<Eigen::Index>(array.units));
            const double* const from = array.values.data() + trial * array.steps * array.units;
            for (std::size_t i = 0; i < rows.size(); ++i)
                out.row(static_cast<Eigen::Index>(i)) = Eigen::Map<const Eigen::RowVectorXd>(
                    from + rows[i] * array.units, static_cast<Eigen::Index>(array.units));
            columns[name] = std::move(out);
        }
        return columns;
    }

    std::string path_;
    task::Order order_;
    TrialsOfFile shared_out_;
    std::vector<std::pair<std::string, std::uint64_t>> files_;
    std::map<std::string, NamedArray> arrays_;
    std::set<std::string> whole_;
    std::size_t trials_ = 1, steps_ = 0;
    std::array<Rows, 3> parts_; // [role]
    std::vector<std::string> warnings_;
};

} // namespace

std::unique_ptr<DataTable> make_file_table(const task::Data& settings, const task::Task& task,
                                           const std::vector<std::string>& columns,
                                           std::uint64_t seed) {
    return std::make_unique<FileTable>(settings, task, columns, seed);
}

} // namespace carve::cli
