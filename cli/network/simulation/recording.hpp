// recording.hpp: the activity of some populations, step by step, in the windows of measures.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

struct Spike {
    std::uint64_t step; // since the trial began, along its path
    std::uint32_t unit;
};

// Of one population: its rates, or its spikes.
struct Activity {
    std::uint64_t first = 0; // step along the trial's path; 0 of a batch: rows begin with a sample
    std::size_t units = 0;
    std::vector<std::vector<double>> rates; // [lane][step, and of a batch sample][unit]
    std::vector<std::vector<Spike>> spikes; // [lane], in order of time for each unit

    std::size_t rows(std::size_t lane) const { return units ? rates[lane].size() / units : 0; }
};

struct Recording {
    std::map<std::string, Activity> of; // population
};

} // namespace carve::cli
