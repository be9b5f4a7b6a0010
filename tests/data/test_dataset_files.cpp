// Data sets of a file's rows.
#include "covariance.hpp"
#include "draws.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <carve.h>
#include <cmath>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <set>

using namespace carve::cli;

namespace {

// A file whose first column tells the row; the others vary.
std::string numbered_csv(int rows) {
    std::string text = "row,a,b\n";
    for (int i = 0; i < rows; ++i)
        text += fmt::format("{},{},{}\n", i, (i * 37) % 101, (i * 53) % 89);
    return text;
}

Task file_task(const std::string& path) {
    Task task;
    task.input.kind = InputKind::file;
    task.input.path = path;
    task.input.center = false;
    task.input.scale = Scale::none;
    return task;
}

std::set<int> rows_of(const RowMatrix& samples) {
    std::set<int> rows;
    for (Eigen::Index i = 0; i < samples.rows(); ++i)
        rows.insert(static_cast<int>(samples(i, 0)));
    return rows;
}

constexpr Role kRoles[] = {Role::search, Role::validation, Role::held_out};

} // namespace

TEST_SUITE_BEGIN("data sets");

TEST_CASE("the rows of a file are split by the seed, 80 to 20 and again 80 to 20") {
    const Temporary folder;
    const std::string path = folder.file("rows.csv", numbered_csv(1000));
    Task task = file_task(path);
    const DataSource source(task);
    CHECK(source.rows(Role::search) == 640);
    CHECK(source.rows(Role::validation) == 160);
    CHECK(source.rows(Role::held_out) == 200);
    CHECK(source.columns() == std::vector<std::string>{"row", "a", "b"});
    std::set<int> all;
    std::size_t n = 0;
    for (const Role role : kRoles) { // enough samples for the whole part
        const auto rows = rows_of(source.draw(role, 0, 0, 1, 1000)[0].samples);
        CHECK(rows.size() == source.rows(role));
        all.insert(rows.begin(), rows.end());
        n += rows.size();
    }
    CHECK(all.size() == n); // disjoint
    CHECK(n == 1000);
    task.run.seed = 2;
    CHECK(rows_of(DataSource(task).draw(Role::held_out, 0, 0, 1, 1000)[0].samples) !=
          rows_of(source.draw(Role::held_out, 0, 0, 1, 1000)[0].samples));
}

TEST_CASE("a data set of a file is 256 different rows, or more, or what there is") {
    const Temporary folder;
    const DataSource source(file_task(folder.file("rows.csv", numbered_csv(1000))));
    for (const auto& [samples, expected] :
         {std::pair<std::size_t, std::size_t>{10, 256}, {300, 300}, {900, 640}}) {
        const auto sets = source.draw(Role::search, 0, 0, 2, samples);
        CHECK(static_cast<std::size_t>(sets[0].samples.rows()) == expected);
        CHECK(rows_of(sets[0].samples).size() == expected);
        if (expected < 640)
            CHECK(rows_of(sets[0].samples) != rows_of(sets[1].samples));
    }
}

TEST_CASE("the target of a file's data set is the principal component of its very rows") {
    const Temporary folder;
    Task task = file_task(folder.file("rows.csv", numbered_csv(400)));
    for (const bool center : {true, false}) {
        CAPTURE(center);
        task.input.center = center;
        task.input.scale = Scale::leading;
        const DataSet set = DataSource(task).draw(Role::validation, 0, 0, 1, 10)[0];
        const Eigen::MatrixXd c = center ? covariance(set.samples)
                                         : Eigen::MatrixXd(set.samples.transpose() * set.samples /
                                                           static_cast<double>(set.samples.rows()));
        const Eigen::VectorXd t = set.target.row(0).transpose();
        const double lambda = t.dot(c * t);
        CHECK((c * t - lambda * t).norm() < 1e-12 * lambda + 1e-12);
        CHECK(lambda > 0.5 * c.trace());
    }
}

TEST_CASE("a data set of some columns of a file is a file of these columns at leading variance 1") {
    const Temporary folder;
    std::string text;
    for (int i = 0; i < 300; ++i)
        for (int j = 0; j < 12; ++j)
            text += fmt::format("{}{}", (i * (31 + 2 * j)) % (97 + j), j < 11 ? "," : "\n");
    Task task = file_task(folder.file("twelve.csv", text));
    task.input.scale = Scale::leading;
    task.network.w0_scaled = true;
    const DataSource source(task);
    const auto all = source.draw(Role::search, 0, 0, 3, 10),
               some = source.draw(Role::search, 0, 0, 3, 10, 1, 4);
    std::set<std::vector<Eigen::Index>> choices;
    for (std::size_t i = 0; i < some.size(); ++i) {
        const RowMatrix& rows = some[i].samples;
        REQUIRE(rows.cols() == 4);
        std::vector<Eigen::Index> columns; // of which these are a common multiple
        double factor = 0;
        for (Eigen::Index j = 0; j < 4; ++j)
            for (Eigen::Index k = 0; k < 12; ++k) {
                const double ratio = rows.col(j).norm() / all[i].samples.col(k).norm();
                if ((rows.col(j) - ratio * all[i].samples.col(k)).norm() < 1e-12) {
                    columns.push_back(k);
                    CHECK((factor == 0 || ratio == doctest::Approx(factor).epsilon(1e-12)));
                    factor = ratio;
                }
            }
        CHECK(std::set<Eigen::Index>(columns.begin(), columns.end()).size() == 4);
        choices.insert(columns);
        const Eigen::MatrixXd c = rows.transpose() * rows / static_cast<double>(rows.rows());
        const Eigen::VectorXd t = some[i].target.row(0).transpose();
        CHECK((c * t - t).norm() < 1e-12);
        CHECK(some[i].lambda1 == doctest::Approx(1).epsilon(1e-12));
        CHECK(some[i].w0.cols() == 4);
    }
    CHECK(choices.size() == 3);
    const auto whole = source.draw(Role::search, 0, 0, 3, 10, 1, 12);
    CHECK(whole[2].samples == all[2].samples);
    CHECK(whole[2].w0 == all[2].w0);
}

TEST_CASE("preprocessing is fitted to the search rows only") {
    const Temporary folder;
    Task task = file_task(folder.file("rows.csv", numbered_csv(1000)));
    task.input.center = true;
    task.input.scale = Scale::leading;
    const DataSource source(task);
    const DataSet search = source.draw(Role::search, 0, 0, 1, 1000)[0];
    CHECK(search.samples.colwise().mean().cwiseAbs().maxCoeff() < 1e-13);
    CHECK(search.lambda1 == doctest::Approx(1).epsilon(1e-12));
    const DataSet held_out = source.draw(Role::held_out, 0, 0, 1, 1000)[0];
    CHECK(held_out.samples.colwise().mean().cwiseAbs().maxCoeff() > 1e-4);
}

TEST_CASE("online, a file's rows come in random order and start over in another one") {
    const Temporary folder;
    Task task = file_task(folder.file("rows.csv", numbered_csv(50)));
    task.network.update = Update::online;
    const DataSource source(task);
    const std::size_t part = source.rows(Role::search);
    CHECK(source.draw(Role::search, 0, 0, 1, 5)[0].samples.rows() == 5);
    const RowMatrix samples = source.draw(Role::search, 0, 0, 1, 2 * part + 3)[0].samples;
    REQUIRE(samples.rows() == static_cast<Eigen::Index>(2 * part + 3));
    const auto n = static_cast<Eigen::Index>(part);
    CHECK(rows_of(samples.topRows(n)).size() == part);
    CHECK(rows_of(samples.middleRows(n, n)) == rows_of(samples.topRows(n)));
    CHECK(samples.middleRows(n, n) != samples.topRows(n));
}

TEST_CASE("files that are too small or too flat are refused by name") {
    const Temporary folder;
    const auto failure = [&](const std::string& text) {
        return failure_of([&] {
            const DataSource source(file_task(folder.file("small.csv", text)));
            for (const Role role : kRoles)
                source.draw(role, 0, 0, 1, 10);
        });
    };
    const Failure rows = failure(numbered_csv(5));
    CHECK(rows.code == Exit::data);
    CHECK(rows.says("small.csv' has 5 rows"));
    CHECK(failure(numbered_csv(6)).code == Exit::ok);
    CHECK(failure("a,b\n").says("has 0 rows"));
    const Failure columns = failure("a,b\n1,5\n2,5\n3,5\n4,5\n5,5\n6,5\n7,5\n");
    CHECK(columns.code == Exit::data);
    CHECK(columns.says("has 1 usable column"));
    Task task = file_task(folder.file("wide.csv", numbered_csv(100)));
    task.network.outputs = 4;
    CHECK(failure_of([&] { const DataSource source(task); }).says("there are 4 outputs"));
    std::string flat = "a,b\n1,2\n"; // varies in one row only
    for (int i = 0; i < 20; ++i)
        flat += "0,0\n";
    CHECK(failure(flat).says("no variance"));
}

TEST_CASE("a seed splits a file alike in every version") {
    const Temporary folder;
    const DataSource source(file_task(folder.file("rows.csv", numbered_csv(20))));
    const auto rows = [&](Role role) { return rows_of(source.draw(role, 0, 0, 1, 20)[0].samples); };
    CHECK(rows(Role::held_out) == std::set<int>{0, 3, 5, 18});
    CHECK(rows(Role::validation) == std::set<int>{2, 9, 11});
}

TEST_SUITE_END();
