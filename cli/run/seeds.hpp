// seeds.hpp: carve train --seeds: one run for each seed in DIR/seed-N, and their spread in seeds.json
// (docs/files.md).
#pragma once
#include "error.hpp"
#include "task.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace carve::cli {

// "1..10" or "1,2,5"; throws Error(usage), also where a seed comes twice.
std::vector<std::uint64_t> parse_seeds(const std::string& text);
// Of a directory that train --seeds has begun.
bool holds_seeds(const std::string& directory);
std::vector<std::uint64_t> seeds_in(const std::string& directory);

struct SeedsRun {
    std::string path;
    std::vector<std::uint64_t> seeds;
    bool force, json, quiet;
};
struct SeedOutcome {
    Exit exit = Exit::ok;
    bool interrupted = false;
};
// How the seeds are searched.
struct SeedsSearch {
    std::size_t threads, most; // of this rank; seeds at once in it, as side_by_side takes them
    // Searches one seed with `threads` threads; resumes a run that was interrupted.
    std::function<SeedOutcome(const Task&, const std::string& directory, std::size_t threads)> one;
    std::function<void()> before_text; // called before anything is printed about seeds
};
// Runs the seeds that are not finished there, side by side, prints all and keeps their spread. What a
// run says is held back until those of the seeds before it are done. init: the text of init.toml,
// or "".
Exit train_seeds(const Task& task, const std::string& init, const SeedsRun& run,
                 const SeedsSearch& search);

struct SeedLine {
    std::uint64_t seed;
    double held_out, angle; // NaN where there are none
    std::string rule;       // its equations, or what became of the search
};
// "dw = eta (x y - y^2 w)", and of several rules "feedforward: dw = ...; lateral: dw = ...".
std::string rules_text(const std::vector<ProjectionRule>& rules);
// A line for each, and their spread; reference: whether there are angles.
std::string seeds_text(const std::vector<SeedLine>& lines, bool reference);
std::string seed_directory(const std::string& directory, std::uint64_t seed);

} // namespace carve::cli
