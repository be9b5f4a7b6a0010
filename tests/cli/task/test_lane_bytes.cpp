// Which width of lane blocks a run takes where the task leaves it to the machine.
#include "host.hpp"
#include "lanes.hpp"
#include "task_text.hpp"
#include "this_host.hpp"

#include <carve.h>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carve::cli;

TEST_SUITE("lane bytes") {

    TEST_CASE("a width that the task gives is the one that is used") {
        for (const std::uint64_t bytes : {8u, 32u, 64u}) {
            const Task task =
                load_text(kInput, {Override("run.lane_bytes=" + std::to_string(bytes))});
            CHECK(lane_bytes_to_use(task) == bytes);
            CHECK(for_this_host(task).run.lane_bytes == bytes);
            CHECK(lanes_per_block(task) == bytes / 8);
            Task single = task;
            single.run.single_precision = true;
            CHECK(lanes_per_block(single) == bytes / 4);
            CHECK(trials_at_once(single) == bytes / 4);
        }
    }

    TEST_CASE("kernels without 64-byte registers take blocks of 32 bytes") {
        for (const std::string isa : {"softfma", "scalar", "avx2", "neon"}) {
            CAPTURE(isa);
            Task task = load_text(kInput, {"trials.search=64", "run.threads=1"});
            task.run.isa = isa;
            bool usable = false;
            for (const Isa& set : instruction_sets())
                usable = usable || (set.name == isa && set.usable);
            if (!usable)
                MESSAGE("skipped, not usable here: " << isa);
            else
                CHECK(lane_bytes_to_use(task) == 32);
        }
    }

    TEST_CASE("trials of spikes take blocks of 32 bytes") {
        CHECK(lane_bytes_to_use(load_text(kSpikes, {"search.population=64"})) == 32);
    }

    // A block of 64 bytes takes 1.8 times the time of one of 32.
    TEST_CASE(
        "with avx512 blocks are wide where that saves time, counting idle lanes and threads") {
        if (carve_isa_usable(CARVE_ISA_AVX512) != 1) {
            MESSAGE("skipped, avx512 is not usable here");
            return;
        }
        struct Row {
            std::vector<std::string> set;
            std::uint64_t bytes;
        };
        const std::string cma = "search.method=cma_es";
        const std::vector<Row> rows{
            {{"trials.search=32", "run.threads=1"}, 64}, // 4 x 1.8 of 8 lanes, 8 of 4
            {{"trials.search=20", "run.threads=1"}, 32}, // 3 x 1.8, 5: idle lanes
            {{"trials.search=4", "run.threads=1"}, 32},  // 1.8, 1
            {{"trials.search=32", "run.threads=8"}, 32}, // 1.8, 1: idle threads
            {{"trials.search=128", "run.threads=8"}, 64},
            {{"trials.search=16", "run.threads=1", "run.precision=single"}, 64},      // 1.8, 2
            {{"trials.search=8", "run.threads=1", "run.precision=single"}, 32},       // 1.8, 1
            {{"trials.search=10", "search.population=16", "run.threads=1", cma}, 64}, // 36, 40
            {{"trials.search=10", "search.population=12", "run.threads=1", cma}, 32}, // 36, 30
            {{"trials.search=10", "run.threads=1", cma}, 64}, // 4 + 3 ln 27 = 13: 36, 40
        };
        for (const Row& row : rows) {
            CAPTURE(row.set);
            const Task task = load_text(kInput, Overrides(row.set.begin(), row.set.end()));
            CHECK(lane_bytes_to_use(task) == row.bytes);
            CHECK(for_this_host(task).run.lane_bytes == row.bytes);
        }
    }
}
