// workers.hpp: everything that may compute at once: the threads of this process, and under mpirun
// those of its other ranks. All ranks run the same search and share what each has evaluated, so
// that all continue with the same numbers.
#pragma once
#include "thread_pool.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace carve::cli {

// Thrown by Workers::run in every rank when one was asked to stop, by which signal.
struct Interrupted {
    int signal;
};

class Workers {
  public:
    // Number of threads of this rank; 0: all that it may use.
    explicit Workers(std::size_t n_threads);

    std::size_t threads() const { return pool_.size(); }
    // Number of ranks times the largest number of threads of a rank: the same in all ranks.
    std::size_t parts() const { return parts_; }

    // Calls work(thread, item, row) for the items 0 .. n - 1, each row [row_length] to be filled,
    // and returns all rows: [item][row_length]. Which thread of which rank computes an item depends
    // on the numbers alone. Items that are not reached before an interrupt are left out, and then
    // Interrupted is thrown. An exception of work is thrown here.
    using Work = std::function<void(std::size_t thread, std::size_t item, double* row)>;
    std::vector<double> run(std::size_t n, std::size_t row_length, const Work& work);

  private:
    ThreadPool pool_;
    std::size_t parts_;
};

} // namespace carve::cli
