#include "suggest.hpp"

#include <algorithm>

namespace carve::cli {

std::size_t edit_distance(const std::string& a, const std::string& b) {
    // Three rows of the alignment table: before the previous, previous, current prefix of a.
    std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substituted});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before[j - 2] + 1);
        }
        before.swap(previous);
        previous.swap(current);
    }
    return previous[b.size()];
}

namespace {

// What other programs, or other fields, call it.
struct Synonym {
    const char *word, *ours;
};
constexpr Synonym kSynonyms[] = {
    {"steps", "duration"},
    {"time", "duration"},
    {"t_max", "duration"},
    {"lr", "learning_rate"},
    {"lr", "eta"},
    {"learning_rate", "eta"},
    {"epochs", "iterations"},
    {"generations", "iterations"},
    {"optimizer", "method"},
    {"algorithm", "method"},
    {"lambda", "l1"},
    {"size", "units"},
    {"n", "units"},
    {"neurons", "units"},
    {"pre", "from"},
    {"source", "from"},
    {"post", "to"},
    {"std", "sd"},
    {"stddev", "sd"},
    {"sigma", "sd"},
    {"file", "path"},
    {"filename", "path"},
    {"nonlinearity", "activation"},
    {"init", "weights"},
    {"mse", "value"},
    {"l2", "value"},
    {"neuron", "lif"},
    {"spiking", "lif"},
    {"evolution", "cma_es"},
    {"es", "cma_es"},
    {"network", "population"},
    {"cell", "population"},
    {"layer", "population"},
    {"connection", "projection"},
    {"synapse", "projection"},
    {"plasticity", "rule"},
    {"input", "data"},
    {"train", "search"},
    {"training", "search"},
    {"objective", "loss"},
    {"monitor", "probe"},
};

// Without what is a matter of spelling: "CMA-ES" and "cma_es".
std::string folded(const std::string& word) {
    std::string out;
    for (const char c : word)
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if (c != '-' && c != '_' && c != ' ')
            out += c;
    return out;
}

} // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
    constexpr std::size_t kLongest = 64; // nothing that we could mean is longer
    if (word.size() > kLongest)
        return {};
    const std::string plain = folded(word);
    for (const std::string& candidate : candidates)
        if (!plain.empty() && folded(candidate) == plain)
            return candidate;
    for (const Synonym& synonym : kSynonyms)
        if (word == synonym.word &&
            std::find(candidates.begin(), candidates.end(), synonym.ours) != candidates.end())
            return synonym.ours;
    const std::string* best = nullptr;
    std::size_t best_distance = 3;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance && 2 * distance <= std::max(word.size(), candidate.size())) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best ? *best : std::string();
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates,
                         const std::string& otherwise) {
    const std::string found = nearest(word, candidates);
    return found.empty() ? otherwise : "did you mean '" + found + "'?";
}

} // namespace carve::cli
