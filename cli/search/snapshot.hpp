// snapshot.hpp: whether a snapshot from a file can belong to a task's search. A checksum
// detects damage, not forgery.
#pragma once
#include "search.hpp"

#include <stdexcept>

namespace carve::cli {

// A snapshot that the task's search cannot have been at; what() says which part of it.
class BadSnapshot : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Compares every index, size and number with the task. What depends on how the search continues (the
// shape of the next evaluation of the journal) is compared by check_evaluation once it is known.
// Both throw BadSnapshot.
void check_snapshot(const Task& task, const Snapshot& snapshot);
// coefficients: 0 where the evaluation is to have no derivatives.
void check_evaluation(const Evaluation& evaluation, std::size_t replicas, std::size_t coefficients);

} // namespace carve::cli
