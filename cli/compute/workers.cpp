#include "workers.hpp"

#include "interrupt.hpp"
#include "ranks.hpp"

namespace carve::cli {

Workers::Workers(std::size_t n_threads)
    : pool_(n_threads),
      parts_(static_cast<std::size_t>(largest_of_ranks(static_cast<int>(pool_.size()))) *
             rank_count()) {}

std::vector<double> Workers::run(std::size_t n, std::size_t row_length, const Work& work) {
    std::vector<double> rows(n * row_length);
    const Range here = static_range(n, rank(), rank_count());
    pool_.run([&](std::size_t thread) {
        const Range mine = static_range(here.end - here.begin, thread, pool_.size());
        for (std::size_t i = here.begin + mine.begin; i < here.begin + mine.end; ++i)
            if (!interrupted())
                work(thread, i, rows.data() + i * row_length);
    });
    if (const int signal = largest_of_ranks(interrupted()))
        throw Interrupted{signal};
    share_rows(rows, n, row_length);
    return rows;
}

} // namespace carve::cli
