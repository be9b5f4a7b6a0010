// course.hpp: the iterations of a search's log in parts, and which of them the final rule comes from.
#pragma once
#include "search.hpp"
#include "task.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace carve::cli {

struct CoursePart { // iterations first .. end - 1 of the history
    std::size_t first = 0, end = 0;
    std::string name;      // "stage 1", "eliminate", "refit"
    std::size_t start = 0; // of the search's starts, from 0
    // Rules without one of the terms, each for itself: not a course that one follows.
    bool trials = false;
};

struct Course {
    std::vector<CoursePart> parts;
    // The iteration whose coefficients are the nearest to the final rule's, the last of equals, and its start. 0
    // without a history.
    std::size_t kept = 0, kept_start = 0;
};

Course course_of(const Task& task, const SearchResult& result);

// Number of the i-th iteration of a history among all of its run, from 1: a long history is thinned out.
double iteration_at(const std::vector<Progress>& history, std::size_t i);

// Of an iteration of the history: whether it belongs to the start that was kept and is no trial.
std::vector<bool> is_course(const Course& course, std::size_t iterations);

} // namespace carve::cli
