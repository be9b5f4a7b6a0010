// Trials of a file's rows.
#include "covariance.hpp"
#include "drawn_trials.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <fmt/format.h>
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

// Of so many rows a trial, as they are in the file.
Task file_task(const std::string& path, std::size_t samples, const std::string& keys = {},
               const Overrides& overrides = {}) {
    Overrides all = {"data.x.center=false", "data.x.standardize=none"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return task_on("layer",
                   fmt::format("[data.x]\nkind = \"file\"\npath = \"{}\"\nsamples = {}\n{}", path,
                               samples, keys),
                   all);
}

RowMatrix samples_of(const Task& task, Role role) { return draw(task, role, 1)[0]->column("x"); }

std::set<int> rows_of(const RowMatrix& samples) {
    std::set<int> rows;
    for (Eigen::Index i = 0; i < samples.rows(); ++i)
        rows.insert(static_cast<int>(samples(i, 0)));
    return rows;
}

constexpr Role kRoles[] = {Role::search, Role::validation, Role::held_out};

// The distance of a unit's first weights to the leading eigenvector, up to sign.
double distance(const RowMatrix& w, const Eigen::MatrixXd& moments) {
    const Eigen::VectorXd t =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(moments).eigenvectors().col(moments.cols() -
                                                                                   1);
    const Eigen::VectorXd v = w.row(0).transpose();
    return std::min((v - t).norm(), (v + t).norm());
}

} // namespace

TEST_SUITE_BEGIN("trials");

TEST_CASE("the rows of a file are split by the seed, 80 to 20 and again 80 to 20") {
    const Temporary folder;
    const std::string path = folder.file("rows.csv", numbered_csv(1000));
    const Task task = file_task(path, 1000); // enough samples for the whole part
    std::map<Role, std::set<int>> parts;
    std::set<int> all;
    for (const Role role : kRoles) {
        const RowMatrix samples = samples_of(task, role);
        CHECK(samples.cols() == 3);
        parts[role] = rows_of(samples);
        CHECK(static_cast<Eigen::Index>(parts[role].size()) == samples.rows());
        all.insert(parts[role].begin(), parts[role].end());
        for (Eigen::Index i = 0; i < samples.rows(); ++i) {
            const int row = static_cast<int>(samples(i, 0));
            CHECK(samples(i, 1) == (row * 37) % 101);
            CHECK(samples(i, 2) == (row * 53) % 89);
        }
    }
    CHECK(parts[Role::search].size() == 640);
    CHECK(parts[Role::validation].size() == 160);
    CHECK(parts[Role::held_out].size() == 200);
    CHECK(all.size() == 1000); // disjoint
    CHECK(rows_of(samples_of(file_task(path, 1000, "", {"run.seed=2"}), Role::held_out)) !=
          parts[Role::held_out]);
}

TEST_CASE("a trial of a batch is as many different rows as it has samples, or what there is") {
    const Temporary folder;
    const std::string path = folder.file("rows.csv", numbered_csv(1000));
    for (const auto& [samples, expected] :
         {std::pair<std::size_t, std::size_t>{10, 10}, {256, 256}, {300, 300}, {900, 640}}) {
        const Trials trials = draw(file_task(path, samples), Role::search, 2);
        const std::set<int> rows = rows_of(trials[0]->column("x"));
        CHECK(static_cast<std::size_t>(trials[0]->column("x").rows()) == expected);
        CHECK(rows.size() == expected);
        if (expected < 640)
            CHECK(rows != rows_of(trials[1]->column("x")));
    }
}

TEST_CASE("antithetic rows of a file are each followed by their negatives") {
    const Temporary folder;
    const std::string path = folder.file("rows.csv", numbered_csv(100));
    const RowMatrix plain = samples_of(file_task(path, 20), Role::search),
                    both = samples_of(file_task(path, 20, "antithetic = true\n"), Role::search);
    REQUIRE(both.rows() == 40);
    for (Eigen::Index i = 0; i < 20; ++i) {
        CHECK(both.row(2 * i) == plain.row(i));
        CHECK(both.row(2 * i + 1) == -plain.row(i));
    }
}

TEST_CASE("the component of a file's trial is that of its very rows, about 0 if not centred") {
    const Temporary folder;
    const std::string path = folder.file("rows.csv", numbered_csv(400));
    for (const bool center : {true, false}) {
        CAPTURE(center);
        const Task task = file_task(path, 30, "",
                                    {"data.x.standardize=leading", "simulation.duration=1",
                                     center ? "data.x.center=true" : "data.x.center=false"});
        const Trials trials = draw(task, Role::validation, 3);
        Simulation simulation(task, {3}, Derivatives::no);
        simulation.load(trials);
        simulation.set_theta(
            Eigen::VectorXd::Zero(static_cast<Eigen::Index>(coefficients(task).size())));
        simulation.reset();
        simulation.run();
        const auto w = initial_weights(task, trials, "feedforward");
        for (std::size_t lane = 0; lane < 3; ++lane) {
            const RowMatrix& x = trials[lane]->column("x");
            const Eigen::MatrixXd about_0 = x.transpose() * x / static_cast<double>(x.rows());
            const double expected = distance(w[lane], center ? covariance(x) : about_0),
                         other = distance(w[lane], center ? about_0 : covariance(x));
            CHECK(simulation.losses()[lane] == doctest::Approx(expected).epsilon(1e-10));
            CHECK(std::abs(expected - other) > 1e-6); // which of the two is seen
        }
    }
}

TEST_CASE("a trial of some columns of a file is a file of these columns at leading variance 1") {
    const Temporary folder;
    std::string text;
    for (int i = 0; i < 300; ++i)
        for (int j = 0; j < 12; ++j)
            text += fmt::format("{}{}", (i * (31 + 2 * j)) % (97 + j), j < 11 ? "," : "\n");
    const Task task = file_task(
        folder.file("twelve.csv", text), 100,
        "[search.stage.four]\nset = { \"data.x.units\" = 4 }\n"
        "[search.stage.twelve]\nset = { \"data.x.units\" = 12 }\n",
        {"data.x.standardize=leading", "projection.feedforward.weights={sd=0.1,scaled=true}"});
    const TrialSource source(task);
    const auto of_stage = [&](std::size_t stage) {
        return draw(source, *task.search.stages[stage].described, Role::search, 3);
    };
    const Trials all = draw(source, task.described, Role::search, 3), some = of_stage(0),
                 whole = of_stage(1);
    std::set<std::vector<Eigen::Index>> choices;
    for (std::size_t i = 0; i < some.size(); ++i) {
        const RowMatrix& rows = some[i]->column("x");
        REQUIRE(rows.cols() == 4);
        std::vector<Eigen::Index> columns; // of which these are a common multiple
        double factor = 0;
        for (Eigen::Index j = 0; j < 4; ++j)
            for (Eigen::Index k = 0; k < 12; ++k) {
                const RowMatrix& of_all = all[i]->column("x");
                const double ratio = rows.col(j).norm() / of_all.col(k).norm();
                if ((rows.col(j) - ratio * of_all.col(k)).norm() < 1e-12) {
                    columns.push_back(k);
                    CHECK((factor == 0 || ratio == doctest::Approx(factor).epsilon(1e-12)));
                    factor = ratio;
                }
            }
        CHECK(std::set<Eigen::Index>(columns.begin(), columns.end()).size() == 4);
        choices.insert(columns);
        const Eigen::MatrixXd c = rows.transpose() * rows / static_cast<double>(rows.rows());
        const Eigen::VectorXd e = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(c).eigenvalues();
        CHECK(e[3] == doctest::Approx(1).epsilon(1e-12));
    }
    CHECK(choices.size() == 3);
    CHECK(initial_weights(at_stage(task, task.search.stages[0]), some, "feedforward")[0].cols() ==
          4);
    CHECK(whole[2]->column("x") == all[2]->column("x"));
    CHECK(initial_weights(task, whole, "feedforward") == initial_weights(task, all, "feedforward"));
}

TEST_CASE("preprocessing is fitted to the search rows only") {
    const Temporary folder;
    const Task task = file_task(folder.file("rows.csv", numbered_csv(1000)), 1000, "",
                                {"data.x.center=true", "data.x.standardize=leading"});
    const RowMatrix search = samples_of(task, Role::search);
    CHECK(search.colwise().mean().cwiseAbs().maxCoeff() < 1e-13);
    const Eigen::VectorXd e =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance(search)).eigenvalues();
    CHECK(e[2] == doctest::Approx(1).epsilon(1e-12));
    const RowMatrix held_out = samples_of(task, Role::held_out);
    CHECK(held_out.colwise().mean().cwiseAbs().maxCoeff() > 1e-4);
}

TEST_CASE("online, a file's rows come in random order and start over in another one") {
    const Temporary folder;
    const std::string path = folder.file("rows.csv", numbered_csv(50));
    const Eigen::Index part = samples_of(file_task(path, 50), Role::search).rows();
    CHECK(part == 32);
    const auto online = [&](Eigen::Index steps) {
        return samples_of(file_task(path, 100, "",
                                    {"simulation.batch=1",
                                     Override(fmt::format("simulation.duration={}", steps))}),
                          Role::search);
    };
    CHECK(online(5).rows() == 5);
    const RowMatrix samples = online(2 * part + 3);
    REQUIRE(samples.rows() == 2 * part + 3);
    CHECK(rows_of(samples.topRows(part)).size() == static_cast<std::size_t>(part));
    CHECK(rows_of(samples.middleRows(part, part)) == rows_of(samples.topRows(part)));
    CHECK(samples.middleRows(part, part) != samples.topRows(part));
}

TEST_CASE("constant columns are dropped, with a warning, only where they would become 0") {
    const Temporary folder;
    std::string text = "a,constant,b\n";
    for (int i = 0; i < 30; ++i)
        text += fmt::format("{},7,{}\n", (i * 37) % 101, (i * 53) % 89);
    const std::string path = folder.file("constant.csv", text);
    for (const bool center : {true, false})
        for (const bool standardized : {true, false}) {
            const Task task = file_task(
                path, 10, "",
                {center ? "data.x.center=true" : "data.x.center=false",
                 standardized ? "data.x.standardize=leading" : "data.x.standardize=none"});
            const TrialSource source(task);
            const bool dropped = center || standardized;
            CHECK(source.warnings() ==
                  (dropped
                       ? std::vector<std::string>{"column 'constant' is constant and was dropped"}
                       : std::vector<std::string>{}));
            const RowMatrix samples = draw(source, task.described, Role::search, 1)[0]->column("x");
            REQUIRE(samples.cols() == (dropped ? 2 : 3));
            if (!dropped)
                CHECK(samples.col(1) == Eigen::VectorXd::Constant(10, 7));
        }
}

TEST_CASE("files that are too small or too flat are refused by name") {
    const Temporary folder;
    const auto failure = [&](const std::string& text, const Overrides& overrides = {}) {
        return failure_of([&] {
            const Task task = file_task(folder.file("small.csv", text), 10, "", overrides);
            const TrialSource source(task);
            for (const Role role : kRoles) {
                Simulation simulation(task, {1}, Derivatives::no);
                simulation.load(draw(source, task.described, role, 1));
                simulation.reset();
                simulation.run();
            }
        });
    };
    const Failure rows = failure(numbered_csv(2));
    CHECK(rows.code == Exit::data);
    CHECK(rows.says("small.csv' has 2 blocks of 1 row"));
    CHECK(rows.says("at least 3"));
    CHECK(failure(numbered_csv(10)).code == Exit::ok);
    CHECK(failure("a,b\n").code == Exit::data);
    CHECK(failure("a,b\n").says("small.csv"));
    const Failure columns =
        failure("a,b\n5,5\n5,5\n5,5\n5,5\n5,5\n5,5\n5,5\n", {"data.x.center=true"});
    CHECK(columns.code == Exit::data);
    CHECK(columns.says("small.csv' has no column that varies"));
    const Failure units = failure(numbered_csv(100), {"population.y.units=4"});
    CHECK(units.code == Exit::usage);
    CHECK(units.says("4 units have no components of 3 inputs"));
    std::string flat = "a,b\n1,2\n"; // varies in one row only
    for (int i = 0; i < 20; ++i)
        flat += "0,0\n";
    CHECK(failure(flat).code == Exit::data);
    CHECK(failure(flat).says("no variance"));
    // About their mean, the rows of a part of one have none.
    CHECK(failure(numbered_csv(3), {"data.x.center=true"}).code == Exit::data);
    CHECK(failure(numbered_csv(3), {"data.x.center=true"}).says("no variance"));
}

TEST_CASE("a seed splits a file alike in every version") {
    const Temporary folder;
    const Task task = file_task(folder.file("rows.csv", numbered_csv(20)), 20);
    const auto rows = [&](Role role) { return rows_of(samples_of(task, role)); };
    CHECK(rows(Role::held_out) == std::set<int>{1, 8, 15, 16});
    CHECK(rows(Role::validation) == std::set<int>{0, 2, 18});
}

TEST_SUITE_END();
