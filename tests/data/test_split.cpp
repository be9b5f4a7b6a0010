// Which rows of a file are for the search, for validation, and held out.
#include "dataset.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <map>
#include <set>
#include <vector>

using namespace carve::cli;

namespace {

constexpr Role kRoles[] = {Role::search, Role::validation, Role::held_out};

// The first column is the row, from 0.
std::string numbered_csv(int rows) {
    std::string text = "row,a\n";
    for (int i = 0; i < rows; ++i)
        text += fmt::format("{},{}\n", i, (i * 37) % 101);
    return text;
}

Task file_task(const std::string& path, std::uint64_t block_rows) {
    Task task;
    task.input.kind = InputKind::file;
    task.input.path = path;
    task.input.block_rows = block_rows;
    task.input.center = false;
    task.input.scale = Scale::none;
    return task;
}

// Rows that a role's data sets show; a data set has at most 256.
std::vector<RowMatrix> draws(const DataSource& source, Role role, std::size_t sets) {
    std::vector<RowMatrix> samples;
    for (const DataSet& set : source.draw(role, 0, 0, sets, 1))
        samples.push_back(set.samples);
    return samples;
}

std::set<int> rows_of(const DataSource& source, Role role) {
    std::set<int> rows;
    for (const RowMatrix& samples : draws(source, role, 30))
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
        for (const std::uint64_t seed : {1u, 2u}) {
            CAPTURE(block);
            Task task =
                file_task(dir.file("x.csv", numbered_csv(200)), static_cast<std::uint64_t>(block));
            task.run.seed = seed;
            const DataSource source(task);
            std::map<int, std::set<Role>> roles; // of a block
            std::size_t rows = 0;
            for (const Role role : kRoles) {
                const std::set<int> part = rows_of(source, role);
                CHECK(part.size() == source.rows(role));
                rows += part.size();
                for (const int row : part)
                    roles[row / block].insert(role);
            }
            CHECK(rows == 200);
            CHECK(roles.size() == static_cast<std::size_t>(200 / block));
            for (const auto& [index, of_block] : roles)
                CHECK(of_block.size() == 1);
            // 80 % of the blocks for the search and validation, and of these 80 % for the search.
            const auto rounded = [](double blocks) { return static_cast<int>(blocks + 0.5); };
            const int train = rounded(0.8 * 200 / block), search = rounded(0.8 * train);
            CHECK(source.rows(Role::search) == static_cast<std::size_t>(search * block));
            CHECK(source.rows(Role::validation) ==
                  static_cast<std::size_t>((train - search) * block));
        }
}

TEST_CASE("which blocks are held out depends on the seed") {
    const Temporary dir;
    Task task = file_task(dir.file("x.csv", numbered_csv(200)), 10);
    const std::set<int> one = rows_of(DataSource(task), Role::held_out);
    CHECK(rows_of(DataSource(task), Role::held_out) == one);
    task.run.seed = 2;
    CHECK(rows_of(DataSource(task), Role::held_out) != one);
}

TEST_CASE("three blocks are enough, one a part") {
    const Temporary dir;
    const DataSource source(file_task(dir.file("x.csv", numbered_csv(12)), 4));
    for (const Role role : kRoles)
        CHECK(source.rows(role) == 4);
}

TEST_CASE("blocks that do not divide the rows, or are too few, are refused by name") {
    const Temporary dir;
    const std::string path = dir.file("x.csv", numbered_csv(200));
    const auto fails = [&](std::uint64_t block_rows) {
        return failure_of([&] { DataSource{file_task(path, block_rows)}; });
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
        Task task = load_task(fmt::format("{}/tasks/{}.toml", CARVE_SOURCE_ROOT, name), {});
        task.input.row_mean = task.input.center = task.input.antithetic = false;
        task.input.scale = Scale::none;
        const RowMatrix file = read_table(task.input.path, {}).rows;
        std::map<std::string, std::set<Eigen::Index>> regions; // that have a patch
        for (Eigen::Index i = 0; i < file.rows(); ++i)
            regions[text_of(file, i)].insert(i / region_rows);
        const DataSource source(task);
        std::map<Eigen::Index, std::set<Role>> roles; // of a region
        for (const Role role : kRoles)
            for (const RowMatrix& samples : draws(source, role, 40))
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
