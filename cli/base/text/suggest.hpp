// suggest.hpp: the word that was probably meant.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace carve::cli {

// Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and
// swaps of neighbours that turn a into b.
std::size_t edit_distance(const std::string& a, const std::string& b);

// The candidate nearest to `word`, at most two edits away and sharing at least half of its letters;
// "" if there is none. The first of equals.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

// "did you mean 'oja'?", or `otherwise` if nothing is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates,
                         const std::string& otherwise = {});

} // namespace carve::cli
