// Random scenarios, each against the reference, in both precisions, on every instruction set.
#ifndef CARVE_TESTS_REFERENCE_RATES_COMPARE_RANDOM_HPP
#define CARVE_TESTS_REFERENCE_RATES_COMPARE_RANDOM_HPP

#include "expected.hpp"
#include "random_scenario.hpp"

#include <map>
#include <string>

namespace reference {

struct Compared {
    int in_double = 0, in_float = 0;
    std::map<std::string, int> seen; // what the random models have covered

    // So many models, so many kinds of them, each more than `often` times.
    void check(int least_in_double, int least_in_float, std::size_t kinds, int often) const {
        MESSAGE(in_double << " models compared in double, " << in_float << " in float");
        CHECK(in_double >= least_in_double);
        CHECK(in_float >= least_in_float);
        CHECK(seen.size() == kinds);
        for (const auto& what : seen) {
            CAPTURE(what.first);
            CHECK(what.second > often);
        }
    }
};

namespace detail {
// In software FMA a big model takes seconds: only short runs.
inline bool affordable(const Scenario& s, std::uint32_t isa) {
    return isa != CARVE_ISA_SOFTFMA || work(s.network, double(s.n_steps)) < 4e5;
}
} // namespace detail

// Of the seeds 1 to n_seeds. see(scenario, expected, compared.seen) counts what a model has that was compared.
template <class See>
void compare_random(std::uint64_t n_seeds, const Ranges& ranges, Compared& compared, See see) {
    for (std::uint64_t seed = 1; seed <= n_seeds; ++seed) {
        CAPTURE(seed);
        Scenario s = random_scenario(seed, ranges);
        const ExpectedLanes expected(s);
        if (!expected.comparable())
            continue;
        const bool in_float = expected.comparable_in_float();
        for (const std::uint32_t isa : support::usable_isas()) {
            if (!detail::affordable(s, isa))
                continue;
            const auto sizes = support::lane_sizes<double>();
            compare<double>(s, expected.lanes, isa, sizes[seed % sizes.size()]);
            if (in_float)
                compare<float>(s, expected.lanes, isa, support::lane_sizes<float>()[seed % 3]);
        }
        ++compared.in_double;
        compared.in_float += in_float;
        see(s, expected, compared.seen);
    }
}

} // namespace reference
#endif
