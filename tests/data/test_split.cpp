// Which rows of a file are for the search, for validation, and held out.
#include "drawn_trials.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <map>
#include <set>
#include <vector>

using namespace carve::cli;

namespace {

constexpr Role kSplitRoles[] = {Role::search, Role::validation, Role::held_out};

// The first column is the row, from 0.
std::string two_columns(int rows) {
    std::string text = "row,a\n";
    for (int i = 0; i < rows; ++i)
        text += fmt::format("{},{}\n", i, (i * 37) % 101);
    return text;
}

Task blocks_task(const std::string& path, int block_rows, int seed = 1) {
    return task_on("layer",
                   fmt::format("[data.x]\nkind = \"file\"\npath = \"{}\"\nblock_rows = {}\n"
                               "samples = 256\ncenter = false\nstandardize = \"none\"\n"
                               "[run]\nseed = {}\n",
                               path, block_rows, seed));
}

// Rows that a role's trials show; a trial has at most 256.
std::vector<RowMatrix> draws(const Task& task, Role role, std::size_t count) {
    std::vector<RowMatrix> samples;
    for (const auto& trial : draw(task, role, count))
        samples.push_back(trial->column("x"));
    return samples;
}

std::set<int> rows_of(const Task& task, Role role) {
    std::set<int> rows;
    for (const RowMatrix& samples : draws(task, role, 30))
        for (Eigen::Index i = 0; i < samples.rows(); ++i)
            rows.insert(static_cast<int>(samples(i, 0)));
    return rows;
}

std::string text_of(const RowMatrix& rows, Eigen::Index i) {
    std::string text;
    for (Eigen::Index j = 0; j < rows.cols(); ++j)
        text += static_cast<char>(rows(i, j));
    return text;
}

} // namespace

TEST_SUITE_BEGIN("split");

TEST_CASE("rows of a block are all in one part, and every row is in one") {
    const Temporary dir;
    for (const int block : {2, 5, 20})
        for (const int seed : {1, 2}) {
            CAPTURE(block);
            const Task task = blocks_task(dir.file("x.csv", two_columns(200)), block, seed);
            std::map<int, std::set<Role>> roles; // of a block
            std::map<Role, std::size_t> rows;
            for (const Role role : kSplitRoles) {
                const std::set<int> part = rows_of(task, role);
                rows[role] = part.size();
                for (const int row : part)
                    roles[row / block].insert(role);
            }
            CHECK(rows[Role::search] + rows[Role::validation] + rows[Role::held_out] == 200);
            CHECK(roles.size() == static_cast<std::size_t>(200 / block));
            for (const auto& [index, of_block] : roles)
                CHECK(of_block.size() == 1);
            // 80 % of the blocks for the search and validation, and of these 80 % for the search.
            const auto rounded = [](double blocks) { return static_cast<int>(blocks + 0.5); };
            const int train = rounded(0.8 * 200 / block), search = rounded(0.8 * train);
            CHECK(rows[Role::search] == static_cast<std::size_t>(search * block));
            CHECK(rows[Role::validation] == static_cast<std::size_t>((train - search) * block));
        }
}

TEST_CASE("which blocks are held out depends on the seed") {
    const Temporary dir;
    const std::string path = dir.file("x.csv", two_columns(200));
    const std::set<int> one = rows_of(blocks_task(path, 10), Role::held_out);
    CHECK(rows_of(blocks_task(path, 10), Role::held_out) == one);
    CHECK(rows_of(blocks_task(path, 10, 2), Role::held_out) != one);
}

TEST_CASE("three blocks are enough, one a part") {
    const Temporary dir;
    const Task task = blocks_task(dir.file("x.csv", two_columns(12)), 4);
    for (const Role role : kSplitRoles)
        CHECK(rows_of(task, role).size() == 4);
}

TEST_CASE("blocks that do not divide the rows, or are too few, are refused by name") {
    const Temporary dir;
    const std::string path = dir.file("x.csv", two_columns(200));
    const auto fails = [&](int block_rows) {
        return failure_of([&] { TrialSource{blocks_task(path, block_rows)}; });
    };
    Failure f = fails(64);
    CHECK(f.code == Exit::data);
    CHECK(f.says("x.csv' has 200 rows, which are no whole number of blocks of 64"));
    CHECK(f.says("block_rows"));
    f = fails(100);
    CHECK(f.code == Exit::data);
    CHECK(f.says("x.csv' has 2 blocks of 100 rows"));
    CHECK(f.says("at least 3"));
    CHECK(fails(50).code == Exit::ok);
}

// Rows are the patches of the photograph's regions, 64 a region (data/cut_patches.py), so that parts without
// a region in common have no pixel in common.
TEST_CASE("no region of the photograph is in two parts of the tasks on its patches") {
    constexpr Eigen::Index region_rows = 64;
    for (const char* name : {"oja-patches", "pca-patches"}) {
        CAPTURE(name);
        const Task task =
            load_task(fmt::format("{}/tasks/{}.toml", CARVE_SOURCE_ROOT, name),
                      {"data.x.row_mean=false", "data.x.center=false", "data.x.antithetic=false",
                       "data.x.standardize=none", "data.x.samples=256"});
        const RowMatrix file = read_table(task.described.data[0].path, {}).rows;
        std::map<std::string, std::set<Eigen::Index>> regions; // that have a patch
        for (Eigen::Index i = 0; i < file.rows(); ++i)
            regions[text_of(file, i)].insert(i / region_rows);
        std::map<Eigen::Index, std::set<Role>> roles; // of a region
        for (const Role role : kSplitRoles)
            for (const RowMatrix& samples : draws(task, role, 40))
                for (Eigen::Index i = 0; i < samples.rows(); ++i) {
                    const std::set<Eigen::Index>& of_patch = regions.at(text_of(samples, i));
                    if (of_patch.size() == 1) // patches of the sky may look alike
                        roles[*of_patch.begin()].insert(role);
                }
        CHECK(roles.size() == 64);
        for (const auto& [region, of_region] : roles)
            CHECK(of_region.size() == 1);
    }
}

TEST_SUITE_END();
