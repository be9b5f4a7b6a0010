// section.hpp: the parts of a run's report, one file each. A kind of run that needs another part adds its file and
// a row in sections.cpp.
#pragma once
#include "course.hpp"
#include "facts.hpp"
#include "plot.hpp"
#include "search.hpp"
#include "simulated_trials.hpp"
#include "task.hpp"

#include <string>
#include <vector>

namespace carve::cli {

// A finished run, as its page shows it.
struct RunView {
    const Task& task;
    const SearchResult& result;
    const RunFacts& facts;
    double seconds;                   // that the search took
    const SimulatedTrials& simulated; // without trials where the network was not simulated
    const Course& course;
    Figures& figures; // drawn so far
};

struct Section {
    const char* id;                          // of its anchor
    const char* title;                       // its heading
    std::string (*html)(const RunView& run); // "": the run has nothing of the kind
};
// In the order of the page.
const std::vector<Section>& sections();

// The first screen: the rule, whether it is good, and what the network became.
std::string summary_html(const RunView& run);

std::string weights_section(const RunView& run);
std::string spikes_section(const RunView& run);
std::string measured_section(const RunView& run);
std::string search_section(const RunView& run);
std::string coefficients_section(const RunView& run);
std::string identifiability_section(const RunView& run);
std::string provenance_section(const RunView& run);

// ---- What sections share ------------------------------------------------------------------------

// Of a held-out loss, in words: whether the rule does what the task asks for.
enum class Quality { good, fair, bad };
struct Verdict {
    Quality quality;
    std::string title;    // "Good", plain text
    std::string sentence; // plain text
};
Verdict verdict_of(const RunView& run);

// Of each coefficient of the task that is in the rule: by how much it can change, while the rule's others adjust,
// until the squared loss has risen by its standard error: sqrt(error (H^-1)_kk), H the mean of J^T J over the rule's
// coefficients. Infinite where H does not pin it; NaN of one that is not in the rule; empty without the analysis.
std::vector<double> coefficient_errors(const RunView& run);

// Charts of weights over a trial, "" where there are none; what: "picture" is the one for the first screen.
std::string weights_picture(const RunView& run);
std::string rates_picture(const RunView& run);

} // namespace carve::cli
