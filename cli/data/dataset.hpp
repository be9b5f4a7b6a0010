// dataset.hpp: what one replica sees and is judged by. Data sets for the search, for validation and
// for the final report are never mixed.
#pragma once
#include "data.hpp"
#include "trial.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

struct DataSet {
    RowMatrix samples; // [sample][unit]; with antithetic inputs x rows first, then -x
    RowMatrix target;  // [output][unit], leading principal components of the very samples
    RowMatrix w0;      // [output][unit], initial weights
    RowMatrix m0;      // [output][output], initial lateral weights, all entries; empty without any
    double lambda1 = 0, lambda2 = 0; // two largest eigenvalues of the samples' second moments
    double gap =
        0; // smallest difference of two that follow one another, of the outputs' and the next
    // Of a trial with spikes, which has of the above only w0: the excitatory weights.
    std::uint64_t stream = 0; // of the afferent spikes
    double factor = 1;        // of the inhibitory rates
    // Of a network as described, which has none of the above.
    std::shared_ptr<const Trial> trial{};
};

// transfer: spiking trials with values that the search has not seen, [trials.transfer].
enum class Role { search, validation, held_out, transfer };

// Draws data sets for a task: a pure function of (task, run.seed, role, round, index).
//
// Gaussian inputs follow N(0, Q^T D Q): Q from the QR factorisation of a matrix of U(0, 1) entries,
// D the spectrum of the task. With vary = scale, D is multiplied by a factor that is log-uniform in
// scale_range; with vary = spectrum, the eigenvalues past the first are also uniform in (0, first),
// sorted, and at most gap_ratio times the first.
//
// The rows of a file are split by the seed, in whole blocks of block_rows: train_fraction of them
// for the search and for validation (80 and 20 % of these), the others held out. Preprocessing is fitted to the search's
// rows. A data set is a random subset, without replacement, of max(256, samples) rows of its part,
// or all of them. Online it is exactly `samples` rows, one a step, in random
// order, which start over in another order when the part has fewer.
//
// Targets are the principal components about the mean; about 0 for a file that is not centred.
class DataSource {
  public:
    // Reads and preprocesses the input file if there is one.
    explicit DataSource(const Task& task);
    DataSource(DataSource&&) noexcept;
    DataSource& operator=(DataSource&&) noexcept;
    ~DataSource();

    // `count` data sets of `samples` samples (before antithetic doubling; online: the number of
    // steps) for `outputs` outputs (0: the task's). round: 0, or the stage or iteration when
    // redraw says so; the initial weights change with w0_round. Rounds are below 2^48. With
    // antithetic weights each data set appears twice, and count counts both: the second time the
    // signs of some outputs are flipped, which flips their rows of w0, and m0 between those that
    // are and those that are not. Where a file has more than `columns` (if not 0) a data set has so
    // many of them, another random choice in each, and, standardized to the leading one, its own leading
    // variance is 1. `described`: what a stage makes of a network as described; null: the task.
    // Its trials are those from `first` on.
    std::vector<DataSet> draw(Role role, std::uint64_t round, std::uint64_t w0_round,
                              std::size_t count, std::size_t samples, std::size_t outputs = 0,
                              std::size_t columns = 0,
                              const std::shared_ptr<const task::Task>& described = nullptr,
                              std::size_t first = 0) const;

    std::size_t units() const;         // inputs N
    std::size_t rows(Role role) const; // of the file that the role draws from, 0 without one
    const std::vector<std::string>& columns() const; // names of the file's, empty without one
    const std::vector<std::string>& warnings() const;
    std::uint64_t checksum() const; // of the input files, 0 without one
    std::vector<std::pair<std::string, std::uint64_t>> files() const; // with their checksums

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace carve::cli
