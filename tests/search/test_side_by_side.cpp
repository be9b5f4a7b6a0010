// Whole jobs on the threads of one process; under mpirun: tests/cli/command/test_mpi.sh.
#include "interrupt.hpp"
#include "output.hpp"
#include "side_by_side.hpp"
#include "workers.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace carve::cli;

namespace {

void wait_for(const std::function<bool()>& what) {
    for (int i = 0; i < 20000 && !what(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    REQUIRE(what());
}

struct Record {
    std::vector<std::size_t> jobs;
    std::vector<std::string> results;
    Taken call() {
        return [this](std::size_t job, const std::string& result) {
            jobs.push_back(job);
            results.push_back(result);
        };
    }
};

} // namespace

TEST_SUITE_BEGIN("side by side");

TEST_CASE("results are taken in the order of the jobs, whatever the threads") {
    const std::vector<std::size_t> jobs = {2, 3, 5, 8, 13, 21, 34};
    for (const std::size_t threads : {1u, 2u, 3u, 16u}) {
        CAPTURE(threads);
        Record taken;
        const auto square = [](std::size_t job, std::size_t) {
            std::this_thread::sleep_for(std::chrono::milliseconds(job % 3)); // later ones end first
            return std::to_string(job * job);
        };
        CHECK(side_by_side({jobs, threads, 100}, square, taken.call()) == 0);
        CHECK(taken.jobs == jobs);
        CHECK(taken.results ==
              std::vector<std::string>{"4", "9", "25", "64", "169", "441", "1156"});
    }
    CHECK(side_by_side({{}, 4, 4}, {}, {}) == 0);
}

TEST_CASE("threads are shared out over the jobs at once, of which there are no more than `most`") {
    struct Case {
        std::size_t jobs, threads, most;
        std::multiset<std::size_t> shares; // of the jobs at once
    };
    for (const Case& c : {Case{3, 8, 100, {2, 3, 3}}, Case{2, 2, 100, {1, 1}}, Case{1, 5, 9, {5}},
                          Case{4, 4, 2, {2, 2}}, Case{9, 3, 100, {1, 1, 1}}}) {
        CAPTURE(c.jobs);
        CAPTURE(c.threads);
        std::vector<std::size_t> jobs(c.jobs);
        for (std::size_t i = 0; i < c.jobs; ++i)
            jobs[i] = i;
        std::mutex mutex;
        std::multiset<std::size_t> shares;
        std::atomic<std::size_t> running{0}, largest{0};
        const auto work = [&](std::size_t job, std::size_t threads) {
            const std::size_t now = ++running;
            largest = std::max<std::size_t>(largest, now);
            if (job < c.shares.size()) { // the first are there together
                {
                    const std::lock_guard<std::mutex> lock(mutex);
                    shares.insert(threads);
                }
                wait_for([&] { return largest == c.shares.size(); });
            }
            --running;
            return std::string();
        };
        side_by_side({jobs, c.threads, c.most}, work, [](std::size_t, const std::string&) {});
        CHECK(shares == c.shares);
        CHECK(largest == c.shares.size());
    }
}

TEST_CASE("a signal ends all that run, and what was done before the first of them is kept") {
    Record taken;
    std::atomic<int> begun{0};
    const auto work = [&](std::size_t job, std::size_t threads) -> std::string {
        if (++begun == 4)
            interrupt(SIGUSR1);
        if (job != 1 && job != 2)
            return "done";
        Workers workers(threads); // as a search does it
        wait_for([] { return interrupted() != 0; });
        workers.run(1, 1, [](std::size_t, std::size_t, double*) {});
        return "not interrupted";
    };
    const int signal = side_by_side({{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3}, work, taken.call());
    interrupt(0);
    CHECK(signal == SIGUSR1);
    CHECK(begun == 4); // none is begun later
    CHECK(taken.jobs == std::vector<std::size_t>{0});
}

TEST_CASE("a failure ends the other jobs and is thrown, the first one's of several") {
    Record taken;
    std::atomic<int> begun{0};
    const auto work = [&](std::size_t job, std::size_t) -> std::string {
        ++begun;
        wait_for([&] { return begun == 3; });
        if (job > 0)
            throw std::runtime_error("job " + std::to_string(job));
        wait_for([] { return interrupted() != 0; });
        return "done";
    };
    CHECK_THROWS_WITH(side_by_side({{0, 1, 2, 3, 4, 5}, 3, 3}, work, taken.call()), "job 1");
    interrupt(0);
    CHECK(begun == 3);
    CHECK(taken.jobs == std::vector<std::size_t>{0});
}

TEST_CASE("a result that cannot be taken ends the jobs, too") {
    std::atomic<int> begun{0};
    const auto work = [&](std::size_t, std::size_t) {
        ++begun;
        return std::string();
    };
    const auto full = [](std::size_t, const std::string&) {
        throw std::runtime_error("disk full");
    };
    CHECK_THROWS_WITH(side_by_side({{0, 1, 2, 3, 4, 5, 6, 7}, 1, 1}, work, full), "disk full");
    interrupt(0);
    CHECK(begun == 1);
}

TEST_CASE("what a thread says is held back, of no other") {
    const HeldBack held;
    say(false, "first");
    say(true, "quiet");
    std::thread([] {
        const HeldBack own;
        say(false, "of another");
        CHECK(own.text() == "of another\n");
    }).join();
    say(false, "second");
    CHECK(held.text() == "first\nsecond\n");
}

TEST_SUITE_END();
