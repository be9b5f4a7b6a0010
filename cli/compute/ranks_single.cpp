// ranks_single.cpp: ranks.hpp without MPI.
#include "error.hpp"
#include "ranks.hpp"
#include "thread_pool.hpp"

#include <cstdlib>
#include <cstring>

namespace carve::cli {

void join_ranks() {
    const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
    if (size && std::strcmp(size, "1") != 0)
        throw Error(Exit::usage,
                    "mpirun started " + std::string(size) +
                        " processes, but this carve is built without MPI",
                    "build it with -Dmpi=enabled, or start it without mpirun");
}
void leave_ranks() {}
void part_ranks() {}

std::size_t rank() { return 0; }
std::size_t rank_count() { return 1; }
std::size_t threads_of_rank() { return usable_threads(); }
std::string mpi_library() { return ""; }

int largest_of_ranks(int here) { return here; }
std::uint64_t of_first_rank(std::uint64_t value) { return value; }
void share_rows(std::vector<double>&, std::size_t, std::size_t) {}
Apart::Apart() = default;
Apart::~Apart() = default;
void send_to_rank(std::size_t, const std::string&) {}
std::optional<Message> received_message() { return std::nullopt; }
FailedRank fail_ranks(int code) { return {0, code}; }

} // namespace carve::cli
