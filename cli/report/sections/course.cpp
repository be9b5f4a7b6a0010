#include "course.hpp"

#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carve::cli {
namespace {

// "restart 2 stage 1": 2. Elimination and refit of a start have the name alone, and follow its stages.
std::size_t start_in(const std::string& phase, std::size_t before) {
    constexpr char kRestart[] = "restart ";
    if (phase.rfind(kRestart, 0) != 0)
        return before;
    std::size_t number = 0;
    for (std::size_t i = sizeof kRestart - 1;
         i < phase.size() && phase[i] >= '0' && phase[i] <= '9'; ++i)
        number = 10 * number + static_cast<std::size_t>(phase[i] - '0');
    return number;
}

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Over the coefficients of the task; terms that the rule lacks are 0.
std::vector<double> final_coefficients(const Task& task, const SearchResult& result) {
    std::vector<double> out;
    for (const TaskTerm& t : task_terms(task)) {
        double value = 0;
        for (const ProjectionRule& rule : result.rules)
            for (const Term& term : rule.terms)
                if (rule.projection == t.projection && is_same_term(term, t.term))
                    value = term.theta;
        out.push_back(value);
    }
    return out;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return std::isnan(sum) ? std::numeric_limits<double>::infinity() : sum;
}

} // namespace

Course course_of(const Task& task, const SearchResult& result) {
    Course course;
    std::size_t start = 0;
    for (std::size_t i = 0; i < result.history.size(); ++i) {
        const std::string& phase = result.history[i].phase;
        if (i == 0 || phase != result.history[i - 1].phase) {
            start = start_in(phase, start);
            course.parts.push_back({i, i, phase, start, ends_with(phase, "eliminate")});
        }
        course.parts.back().end = i + 1;
    }
    const std::vector<double> found = final_coefficients(task, result);
    double nearest = std::numeric_limits<double>::infinity();
    for (const CoursePart& part : course.parts)
        for (std::size_t i = part.first; i < part.end; ++i)
            if (const double d = distance(result.history[i].theta, found);
                d <= nearest && !part.trials) {
                nearest = d;
                course.kept = i;
                course.kept_start = part.start;
            }
    return course;
}

double iteration_at(const std::vector<Progress>& history, std::size_t i) {
    return static_cast<double>(history[i].of_run > 0 ? history[i].of_run : i + 1);
}

std::vector<bool> is_course(const Course& course, std::size_t iterations) {
    std::vector<bool> out(iterations, false);
    for (const CoursePart& part : course.parts)
        for (std::size_t i = part.first; i < part.end; ++i)
            out[i] = !part.trials && part.start == course.kept_start;
    return out;
}

} // namespace carve::cli
