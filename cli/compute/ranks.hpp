// ranks.hpp: the processes of a run under mpirun or srun. Without MPI, or started on its own, a
// process is the only one. All ranks run the same search and make the same calls below in the same
// order, on one thread. A rank that fails sends that instead, and the others learn it in their next call.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// Thrown by the calls below in every rank when one has failed: which, and its exit code. That rank
// reports what went wrong, the others end silently.
struct FailedRank {
    int rank, code;
};

// First and last in a process. join_ranks() does nothing unless a launcher started this process,
// so that all else starts fast, and throws Error where it did and this build has no MPI.
void join_ranks();
void leave_ranks();
// In all ranks: from here on each is on its own, and the calls below reach no other.
void part_ranks();

std::size_t rank();
std::size_t rank_count();
// The processors that this rank may use; those that ranks of its machine share count in parts.
std::size_t threads_of_rank();
std::string mpi_library(); // "Open MPI v4.1.4"; "" without MPI

// The largest `here` of all ranks, in all; no rank returns before all have called it.
int largest_of_ranks(int here);

// The first rank's value, in all.
std::uint64_t of_first_rank(std::uint64_t value);

// rows [n][row_length], of which each rank has filled static_range(n, rank(), rank_count()): on
// return all are filled in all ranks. Comes right after largest_of_ranks: no rank may fail between.
void share_rows(std::vector<double>& rows, std::size_t n, std::size_t row_length);

// While there is one, this process works by itself: rank() is 0 of 1, and none of the calls above
// reaches another. Begins and ends in all ranks, while none of their other threads works.
class Apart {
  public:
    Apart();
    ~Apart();
    Apart(const Apart&) = delete;
    Apart& operator=(const Apart&) = delete;
};

// Messages, which arrive in the order in which a rank sent them; also while ranks work apart. To be
// called by the thread that joined. `to` and `from` count all ranks.
struct Message {
    std::size_t from;
    std::string text;
};
void send_to_rank(std::size_t to, const std::string& text);
std::optional<Message> received_message(); // the next one, if it is there

// This rank fails with an exit code. Of several that fail at once, the first is returned in all.
FailedRank fail_ranks(int code);

} // namespace carve::cli
