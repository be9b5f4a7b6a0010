#include "dataset.hpp"
#include "components.hpp"
#include "draws.hpp"
#include "error.hpp"
#include "trial_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <optional>

namespace carve::cli {
namespace {

constexpr std::size_t kSubset = 256;    // rows of a data set from a file, where it has them
constexpr std::size_t kLeastPart = 2;   // rows of a part, so that it has a principal component
constexpr double kSearchFraction = 0.8; // of the training rows; the others are for validation

std::uint64_t number(Role role) { return static_cast<std::uint64_t>(role); }

// Values as rows of a matrix.
RowMatrix matrix(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
    return Eigen::Map<const RowMatrix>(values.data(), static_cast<Eigen::Index>(rows),
                                       static_cast<Eigen::Index>(columns));
}

// How many of n rows a fraction is, leaving at least `least` on this side and `rest` on the other.
std::size_t share(std::size_t n, double fraction, std::size_t least, std::size_t rest) {
    const auto rounded = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(n)));
    return std::clamp(rounded, least, n - rest);
}

// The blocks that a part has at least.
std::size_t least_blocks(std::size_t block_rows) {
    return (kLeastPart + block_rows - 1) / block_rows;
}

// The rows of each role, in ascending order; those of a block have the same role.
std::array<std::vector<std::size_t>, 3> split(std::size_t rows, const InputSettings& input,
                                              Draws draws) {
    const std::size_t block = input.block_rows, n = rows / block, least = least_blocks(block);
    std::vector<std::size_t> order = random_order(n, n, draws);
    const std::size_t train = share(n, input.train_fraction, 2 * least, least);
    const std::size_t search = share(train, kSearchFraction, least, least);
    const std::array<std::size_t, 4> bounds = {0, search, train, n};
    std::array<std::vector<std::size_t>, 3> parts;
    for (std::size_t role = 0; role < parts.size(); ++role) {
        const auto at = order.begin();
        std::sort(at + static_cast<std::ptrdiff_t>(bounds[role]),
                  at + static_cast<std::ptrdiff_t>(bounds[role + 1]));
        for (std::size_t i = bounds[role]; i < bounds[role + 1]; ++i)
            for (std::size_t row = 0; row < block; ++row)
                parts[role].push_back(order[i] * block + row);
    }
    return parts;
}

void check_blocks(std::size_t rows, std::size_t block, const std::string& path) {
    if (rows % block != 0)
        throw Error(
            Exit::data,
            fmt::format("'{}' has {} rows, which are no whole number of blocks of {}", path, rows,
                        block),
            "choose a block_rows of the data that divides the rows, or remove the rows of an "
            "incomplete block");
    const std::size_t blocks = rows / block, least = 3 * least_blocks(block);
    if (blocks < least)
        throw Error(Exit::data,
                    fmt::format("'{}' has {} block{} of {} rows", path, blocks,
                                blocks == 1 ? "" : "s", block),
                    fmt::format("at least {} are needed, a third of them each for the search, for "
                                "validation, and held out: choose a smaller block_rows of the data",
                                least));
}

void check_table(const Table& table, const std::string& path) {
    constexpr std::size_t least_rows = 3 * kLeastPart;
    const auto rows = static_cast<std::size_t>(table.rows.rows());
    if (rows < least_rows)
        throw Error(
            Exit::data, fmt::format("'{}' has {} row{} of data", path, rows, rows == 1 ? "" : "s"),
            fmt::format("at least {} are needed: {} each for the search, for validation, and "
                        "held out",
                        least_rows, kLeastPart));
    if (table.rows.cols() < 2)
        throw Error(
            Exit::data,
            fmt::format("'{}' has {} usable column{}", path, table.rows.cols(),
                        table.rows.cols() == 1 ? "" : "s"),
            "at least 2 columns that vary are needed, separated by commas, semicolons, tabs or "
            "blanks");
}

} // namespace

struct DataSource::Impl {
    InputSettings input;
    CellSettings cell;
    NetworkSettings network;
    std::uint64_t seed;
    std::size_t units = 0;
    Table table;                                   // rows as preprocessed
    std::array<std::vector<std::size_t>, 3> parts; // [role], rows of the file
    std::optional<TrialSource> trials;             // of a network as described
    std::shared_ptr<const task::Task> described;

    explicit Impl(const Task& task)
        : input(task.input), cell(task.cell), network(task.network), seed(task.run.seed) {
        fix_order_of_sums();
        if (is_described(task)) {
            trials.emplace(task);
            described = std::make_shared<const task::Task>(task.described);
            return;
        }
        if (input.kind == InputKind::file)
            read();
        else
            units = is_spiking(task) ? cell.excitatory : input.spectrum.size();
        std::size_t outputs = network.outputs;
        for (const StageSettings& stage : task.search.stages)
            outputs = std::max(outputs, stage.outputs);
        if (outputs > units)
            throw Error(Exit::usage,
                        fmt::format("there are {} outputs, but only {} inputs", outputs, units),
                        fmt::format("a data set has at most {} principal components", units));
    }

    void read() {
        table = read_table(input.path, input.columns);
        check_table(table, input.path);
        check_blocks(static_cast<std::size_t>(table.rows.rows()), input.block_rows, input.path);
        units = static_cast<std::size_t>(table.rows.cols());
        parts = split(static_cast<std::size_t>(table.rows.rows()), input,
                      Draws(seed, Use::split, 0, 0, 0));
        table.rows = preprocess(table.rows, parts[number(Role::search)], input);
    }

    Draws draws(Use use, Role role, std::uint64_t round, std::size_t index) const {
        return Draws(seed, use, number(role), round, index);
    }

    // Eigenvalues of the covariance, descending.
    std::vector<double> eigenvalues(Role role, std::uint64_t round, std::size_t index) const {
        std::vector<double> d = input.spectrum;
        if (input.vary == Vary::none)
            return d;
        if (input.vary == Vary::spectrum) {
            const std::vector<double> u =
                draws(Use::spectrum, role, round, index).uniform(d.size());
            for (std::size_t i = 1; i < d.size(); ++i)
                d[i] = d[0] * std::min(u[i], input.gap_ratio);
            std::sort(d.begin() + 1, d.end(), std::greater<>());
        }
        const double u = draws(Use::scale, role, round, index).uniform(1)[0];
        const double factor = log_uniform(input.scale_range[0], input.scale_range[1], u);
        for (double& value : d)
            value *= factor;
        return d;
    }

    RowMatrix gaussian(Role role, std::uint64_t round, std::size_t index,
                       std::size_t samples) const {
        const RowMatrix uniform =
            matrix(draws(Use::rotation, role, round, index).uniform(units * units), units, units);
        RowMatrix q = Eigen::HouseholderQR<RowMatrix>(uniform).householderQ();
        if (q.determinant() < 0)
            q.row(0) = -q.row(0);
        const std::vector<double> d = eigenvalues(role, round, index);
        for (std::size_t i = 0; i < units; ++i)
            q.row(static_cast<Eigen::Index>(i)) *= std::sqrt(d[i]);
        return matrix(draws(Use::samples, role, round, index).normal(samples * units), samples,
                      units) *
               q;
    }

    RowMatrix file_rows(Role role, std::uint64_t round, std::size_t index, std::size_t samples,
                        std::size_t columns) const {
        const std::vector<std::size_t>& part = parts[number(role)];
        const bool online = network.update == Update::online;
        const std::size_t wanted =
            online ? samples : std::min(std::max(kSubset, samples), part.size());
        Draws numbers = draws(Use::rows, role, round, index);
        RowMatrix rows(static_cast<Eigen::Index>(wanted), static_cast<Eigen::Index>(units));
        for (std::size_t at = 0; at < wanted;) {
            const std::size_t n = std::min(part.size(), wanted - at);
            for (const std::size_t i : random_order(part.size(), n, numbers))
                rows.row(static_cast<Eigen::Index>(at++)) =
                    table.rows.row(static_cast<Eigen::Index>(part[i]));
        }
        return columns == 0 || columns >= units ? rows
                                                : some_columns(rows, role, round, index, columns);
    }

    RowMatrix some_columns(const RowMatrix& rows, Role role, std::uint64_t round, std::size_t index,
                           std::size_t count) const {
        Draws numbers = draws(Use::columns, role, round, index);
        std::vector<std::size_t> chosen = random_order(units, count, numbers);
        std::sort(chosen.begin(), chosen.end());
        RowMatrix some(rows.rows(), static_cast<Eigen::Index>(count));
        for (std::size_t j = 0; j < count; ++j)
            some.col(static_cast<Eigen::Index>(j)) = rows.col(static_cast<Eigen::Index>(chosen[j]));
        const About about = input.center ? About::mean : About::origin;
        if (input.scale == Scale::leading && !input.whiten) {
            const double leading = leading_variances(some, 1, about)(0);
            // What rounding leaves of a constant is no variance.
            if (!(leading > 1e-12 * some.squaredNorm() / static_cast<double>(some.rows())))
                throw Error(Exit::data,
                            fmt::format("{} columns of '{}', drawn at random, are constant in the "
                                        "rows of a data set",
                                        count, input.path),
                            "more units of the data in the stage, or columns without those "
                            "that hardly vary");
            some /= std::sqrt(leading);
        }
        return some;
    }

    // All but the initial weights.
    DataSet data_set(Role role, std::uint64_t round, std::size_t index, std::size_t samples,
                     std::size_t outputs, std::size_t columns) const {
        const bool file = input.kind == InputKind::file;
        DataSet set;
        set.samples = file ? file_rows(role, round, index, samples, columns)
                           : gaussian(role, round, index, samples);
        if (input.antithetic) {
            const Eigen::Index n = set.samples.rows();
            set.samples.conservativeResize(2 * n, Eigen::NoChange);
            set.samples.bottomRows(n) = -set.samples.topRows(n);
        }
        const About about = file && !input.center ? About::origin : About::mean;
        const Eigen::VectorXd lambda = leading_variances(set.samples, outputs + 1, About::origin);
        set.lambda1 = lambda(0);
        set.lambda2 = lambda(1);
        set.gap = (lambda.head(lambda.size() - 1) - lambda.tail(lambda.size() - 1)).minCoeff();
        if (!(set.lambda1 > 0))
            throw Error(Exit::data,
                        fmt::format("a data set of {} samples has no variance", set.samples.rows()),
                        file ? "the rows of '" + input.path + "' are too few or too alike"
                             : "spectrum needs a positive eigenvalue");
        set.target = principal_components(set.samples, outputs, about);
        return set;
    }

    DataSet trial(Role role, std::uint64_t round, std::size_t index) const {
        Draws numbers = draws(Use::spikes, role, round, index);
        const std::vector<double> u = numbers.uniform(2 + cell.excitatory);
        DataSet set;
        set.stream = static_cast<std::uint64_t>(u[0] * 0x1p52);
        const std::vector<double>& factors =
            role == Role::transfer ? transfer_factors(cell) : cell.inhibitory_factors;
        set.factor = factors[index % factors.size()];
        const auto groups = static_cast<double>(cell.groups);
        const std::vector<double>& peaks = cell.held_out_peaks;
        const double peak = role == Role::transfer && !peaks.empty()
                                ? peaks[index / factors.size() % peaks.size()]
                            : cell.vary_peak ? 1 + std::floor(u[1] * groups)
                                             : cell.peak;
        set.w0.resize(1, static_cast<Eigen::Index>(cell.excitatory));
        for (std::size_t j = 0; j < cell.excitatory; ++j) {
            const double group = static_cast<double>(j / (cell.excitatory / cell.groups) + 1);
            const double square = (group - peak) * (group - peak);
            set.w0(0, static_cast<Eigen::Index>(j)) =
                cell.w_base + cell.w_peak / (1 + square * square) + cell.w_noise * u[2 + j];
        }
        return set;
    }

    std::vector<DataSet> draw_trials(const TrialSource::Which& which,
                                     const std::shared_ptr<const task::Task>& of_stage) const {
        std::vector<DataSet> sets(which.count);
        const auto drawn = trials->draw(of_stage ? of_stage : described, which);
        for (std::size_t i = 0; i < which.count; ++i)
            sets[i].trial = drawn[i];
        return sets;
    }

    double w0_sd(Eigen::Index inputs) const {
        return network.w0_scaled ? network.w0_sd / std::sqrt(static_cast<double>(inputs))
                                 : network.w0_sd;
    }

    RowMatrix weights(Draws draws, std::size_t outputs, std::size_t sources, double sd) const {
        std::vector<double> w = draws.normal(outputs * sources);
        for (double& value : w)
            value *= sd;
        return matrix(w, outputs, sources);
    }

    // +1 or -1 of each output, not all +1.
    Eigen::VectorXd signs(Draws draws, std::size_t outputs) const {
        const std::vector<double> u = draws.uniform(outputs);
        Eigen::VectorXd signs(static_cast<Eigen::Index>(outputs));
        for (std::size_t i = 0; i < outputs; ++i)
            signs[static_cast<Eigen::Index>(i)] = outputs == 1 || u[i] < 0.5 ? -1 : 1;
        return (signs.array() > 0).all() ? Eigen::VectorXd(-signs) : signs;
    }
};

DataSource::DataSource(const Task& task) : impl_(std::make_unique<Impl>(task)) {}
DataSource::DataSource(DataSource&&) noexcept = default;
DataSource& DataSource::operator=(DataSource&&) noexcept = default;
DataSource::~DataSource() = default;

std::vector<DataSet> DataSource::draw(Role role, std::uint64_t round, std::uint64_t w0_round,
                                      std::size_t count, std::size_t samples, std::size_t outputs,
                                      std::size_t columns,
                                      const std::shared_ptr<const task::Task>& described,
                                      std::size_t first) const {
    if (impl_->trials)
        return impl_->draw_trials({role, round, w0_round, first, count}, described);
    const NetworkSettings& network = impl_->network;
    outputs = outputs == 0 ? network.outputs : outputs;
    std::vector<DataSet> sets;
    sets.reserve(count);
    for (std::size_t index = 0; sets.size() < count; ++index) {
        if (impl_->input.kind == InputKind::spikes) {
            sets.push_back(impl_->trial(role, round, index));
            continue;
        }
        DataSet set = impl_->data_set(role, round, index, samples, outputs, columns);
        const Eigen::Index inputs = set.samples.cols();
        set.w0 = impl_->weights(impl_->draws(Use::weights, role, w0_round, index), outputs,
                                static_cast<std::size_t>(inputs), impl_->w0_sd(inputs));
        if (network.lateral != Lateral::none)
            set.m0 = impl_->weights(impl_->draws(Use::lateral, role, w0_round, index), outputs,
                                    outputs, network.m0_sd);
        sets.push_back(std::move(set));
        if (network.w0_antithetic && sets.size() < count) {
            const Eigen::VectorXd s =
                impl_->signs(impl_->draws(Use::signs, role, w0_round, index), outputs);
            DataSet flipped = sets.back();
            flipped.w0 = s.asDiagonal() * flipped.w0;
            if (flipped.m0.size() > 0)
                flipped.m0 = s.asDiagonal() * flipped.m0 * s.asDiagonal();
            sets.push_back(std::move(flipped));
        }
    }
    return sets;
}

std::size_t DataSource::units() const { return impl_->units; }
std::size_t DataSource::rows(Role role) const { return impl_->parts[number(role)].size(); }
const std::vector<std::string>& DataSource::columns() const { return impl_->table.columns; }
const std::vector<std::string>& DataSource::warnings() const {
    return impl_->trials ? impl_->trials->warnings() : impl_->table.warnings;
}
std::uint64_t DataSource::checksum() const {
    return impl_->trials ? impl_->trials->checksum() : impl_->table.checksum;
}
std::vector<std::pair<std::string, std::uint64_t>> DataSource::files() const {
    if (impl_->trials)
        return impl_->trials->files();
    if (impl_->input.kind == InputKind::file)
        return {{impl_->input.path, impl_->table.checksum}};
    return {};
}

} // namespace carve::cli
