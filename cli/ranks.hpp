// ranks.hpp: the processes of a run under mpirun. Without MPI, or started on its own, a process is
// the only one.
#pragma once
#include <cstddef>
#include <vector>

namespace carve::cli {

std::size_t rank();
std::size_t rank_count();

// Whether `here` holds in any rank; the same answer in all.
bool any_rank(bool here);

// rows [n][row_length], of which each rank has filled static_range(n, rank(), rank_count()): on
// return all are filled in all ranks.
void share_rows(std::vector<double>& rows, std::size_t n, std::size_t row_length);

} // namespace carve::cli
