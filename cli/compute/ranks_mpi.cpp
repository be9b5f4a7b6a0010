// ranks_mpi.cpp: ranks.hpp by MPI's C interface. A call of MPI that fails ends the job, as is MPI's
// default.
#include "ranks.hpp"
#include "thread_pool.hpp"

#include <algorithm>
#include <cstdlib>
#define OMPI_SKIP_MPICXX 1 // the C++ bindings, which MPI has given up
#include <mpi.h>

namespace carve::cli {
namespace {

struct World {
    bool joined = false;
    int rank = 0, count = 1;
    bool apart = false;
    std::size_t threads = 0;
} world;

constexpr int kMessages = 1; // their tag

// Ranks that continue and ranks that fail always meet here: the largest value of those that continue; or
// the first that failed and its value, its exit code. rank -1: none did.
FailedRank meet(bool fails, int& value) {
    // MPI_MAX over two numbers: 0, or more the smaller a failed rank is; and the value.
    const int mine[2] = {fails ? world.count - world.rank : 0, value};
    int all[2];
    MPI_Allreduce(mine, all, 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (all[0] == 0) {
        value = all[1];
        return {-1, 0};
    }
    const int failed = world.count - all[0];
    MPI_Bcast(&value, 1, MPI_INT, failed, MPI_COMM_WORLD);
    return {failed, value};
}

// Each processor counts as one for all ranks that may use it.
std::size_t fair_share() {
    std::vector<int> mine = usable_processors(), users(mine.size());
    MPI_Comm machine;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, world.rank, MPI_INFO_NULL, &machine);
    MPI_Allreduce(mine.data(), users.data(), static_cast<int>(mine.size()), MPI_INT, MPI_SUM,
                  machine);
    MPI_Comm_free(&machine);
    double share = 1e-9; // sums of thirds and the like are not exact
    for (std::size_t i = 0; i < mine.size(); ++i)
        share += mine[i] ? 1.0 / users[i] : 0.0;
    return std::max<std::size_t>(1, static_cast<std::size_t>(share));
}

bool started_by_launcher() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
        if (std::getenv(name))
            return true;
    return false;
}

} // namespace

void join_ranks() {
    if (!started_by_launcher())
        return;
    int granted;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &granted);
    MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &world.count);
    world.joined = true;
    world.threads = fair_share();
}

void leave_ranks() {
    if (world.joined)
        MPI_Finalize();
}

void part_ranks() { world.count = 1; }

std::size_t rank() { return world.apart ? 0 : static_cast<std::size_t>(world.rank); }
std::size_t rank_count() { return world.apart ? 1 : static_cast<std::size_t>(world.count); }
std::size_t threads_of_rank() { return world.joined ? world.threads : usable_threads(); }

std::string mpi_library() {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(text, &length);
    const std::string whole(text, static_cast<std::size_t>(length));
    return whole.substr(0, whole.find_first_of(",\n"));
}

int largest_of_ranks(int here) {
    if (rank_count() == 1)
        return here;
    const FailedRank failed = meet(false, here);
    if (failed.rank >= 0)
        throw failed;
    return here;
}

std::uint64_t of_first_rank(std::uint64_t value) {
    if (rank_count() == 1)
        return value;
    largest_of_ranks(0);
    MPI_Bcast(&value, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    return value;
}

void share_rows(std::vector<double>& rows, std::size_t n, std::size_t row_length) {
    if (rank_count() == 1)
        return;
    std::vector<int> counts, begins; // in rows
    for (std::size_t r = 0; r < rank_count(); ++r) {
        const Range range = static_range(n, r, rank_count());
        counts.push_back(static_cast<int>(range.end - range.begin));
        begins.push_back(static_cast<int>(range.begin));
    }
    MPI_Datatype row;
    MPI_Type_contiguous(static_cast<int>(row_length), MPI_DOUBLE, &row);
    MPI_Type_commit(&row);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, rows.data(), counts.data(), begins.data(),
                   row, MPI_COMM_WORLD);
    MPI_Type_free(&row);
}

Apart::Apart() { world.apart = true; }
Apart::~Apart() { world.apart = false; }

void send_to_rank(std::size_t to, const std::string& text) {
    MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, static_cast<int>(to), kMessages,
             MPI_COMM_WORLD);
}

std::optional<Message> received_message() {
    if (world.count == 1)
        return std::nullopt;
    int there = 0, size = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, kMessages, MPI_COMM_WORLD, &there, &status);
    if (!there)
        return std::nullopt;
    MPI_Get_count(&status, MPI_CHAR, &size);
    Message message{static_cast<std::size_t>(status.MPI_SOURCE),
                    std::string(static_cast<std::size_t>(size), '\0')};
    MPI_Recv(message.text.data(), size, MPI_CHAR, status.MPI_SOURCE, kMessages, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return message;
}

FailedRank fail_ranks(int code) { return world.count > 1 ? meet(true, code) : FailedRank{0, code}; }

} // namespace carve::cli
