// Static ranges and the threads that work on them.
#include "thread_pool.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace carve::cli;

TEST_SUITE_BEGIN("threads");

TEST_CASE("static ranges cover all indices once, in order, and differ by at most one in size") {
    for (const std::size_t n : {0u, 1u, 5u, 16u, 37u})
        for (const std::size_t parts : {1u, 2u, 3u, 16u}) {
            CAPTURE(n);
            CAPTURE(parts);
            std::size_t next = 0, smallest = n, largest = 0;
            for (std::size_t part = 0; part < parts; ++part) {
                const Range range = static_range(n, part, parts);
                CHECK(range.begin == next);
                next = range.end;
                smallest = std::min(smallest, range.end - range.begin);
                largest = std::max(largest, range.end - range.begin);
            }
            CHECK(next == n);
            CHECK(largest - smallest <= 1);
        }
}

TEST_CASE("every thread is called once a round, for many rounds") {
    for (const std::size_t n : {1u, 2u, 5u}) {
        ThreadPool pool(n);
        REQUIRE(pool.size() == n);
        std::vector<int> calls(n, 0);
        for (int round = 0; round < 200; ++round)
            pool.run([&](std::size_t thread) { ++calls[thread]; });
        CHECK(calls == std::vector<int>(n, 200));
    }
}

TEST_CASE("the exception of the thread with the smallest index reaches the caller") {
    ThreadPool pool(4);
    const auto fail = [](std::size_t thread) {
        if (thread > 0)
            throw std::runtime_error("thread " + std::to_string(thread));
    };
    CHECK_THROWS_WITH(pool.run(fail), "thread 1");
    CHECK_NOTHROW(pool.run([](std::size_t) {}));
}

TEST_CASE("zero threads mean as many as the process may use") {
    CHECK(ThreadPool(0).size() == usable_threads());
    CHECK(usable_threads() >= 1);
}

TEST_SUITE_END();
