#include "suggest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carve::cli;

namespace {

// The definition, by recursion on prefixes.
std::size_t distance_by_definition(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty())
        return a.size() + b.size();
    const std::string a1 = a.substr(0, a.size() - 1), b1 = b.substr(0, b.size() - 1);
    std::size_t best =
        std::min({distance_by_definition(a1, b) + 1, distance_by_definition(a, b1) + 1,
                  distance_by_definition(a1, b1) + (a.back() != b.back())});
    if (a.size() > 1 && b.size() > 1 && a.back() == b[b.size() - 2] && a[a.size() - 2] == b.back())
        best = std::min(
            best, distance_by_definition(a.substr(0, a.size() - 2), b.substr(0, b.size() - 2)) + 1);
    return best;
}

} // namespace

TEST_SUITE("suggestions") {

    TEST_CASE("the edit distance is that of its recursive definition") {
        std::vector<std::string> words{""};
        for (std::size_t i = 0; words[i].size() < 4; ++i)
            for (const char c : {'a', 'b'})
                words.push_back(words[i] + c);
        for (const std::string& a : words)
            for (const std::string& b : words) {
                CAPTURE(a);
                CAPTURE(b);
                CHECK(edit_distance(a, b) == distance_by_definition(a, b));
            }
    }

    TEST_CASE("a swap of neighbours counts as one edit") {
        CHECK(edit_distance("tarin", "train") == 1);
        CHECK(edit_distance("sigmaa", "sigma") == 1);
        CHECK(edit_distance("ca", "abc") == 3); // not 2: what was swapped is not edited again
    }

    TEST_CASE("the nearest word is at most two edits away and not a different short word") {
        const std::vector<std::string> verbs{"train", "eval", "check", "new", "q"};
        CHECK(nearest("trian", verbs) == "train");
        CHECK(nearest("tran", verbs) == "train");
        CHECK(nearest("evaal", verbs) == "eval");
        CHECK(nearest("explore", verbs) == "");
        CHECK(nearest("xy", verbs) == "");
        CHECK(nearest(std::string(1000000, 'a'), verbs) == "");
        CHECK(did_you_mean("chek", verbs) == "did you mean 'check'?");
        CHECK(did_you_mean("zzzz", verbs, "carve help lists the verbs") ==
              "carve help lists the verbs");
    }
}
