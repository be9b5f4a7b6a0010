#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "report.hpp"
#include "result.hpp"
#include "result_text.hpp"
#include "run_dir.hpp"
#include "sample_run.hpp"
#include "stored_run.hpp"
#include "task_terms.hpp"
#include "temporary.hpp"

#include <cmath>
#include <csignal>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

std::string page(const Task& task, const SearchResult& result, const RunFacts& facts,
                 double seconds) {
    Figures figures;
    return report_html(task, result, facts, seconds, {}, figures);
}

RunDirectory create(const std::string& path, bool force = false) {
    return RunDirectory::create(path, force, sample_task(), sample_facts(), nullptr);
}

Snapshot snapshot(std::uint64_t iteration) {
    Snapshot s;
    s.iteration = iteration;
    return s;
}

std::set<std::string> names_in(const std::string& path) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(path))
        names.insert(entry.path().filename().string());
    return names;
}

// No file may grow past `bytes` while this exists: a full disk, as far as a program can tell.
class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    void (*handler_)(int);
    rlimit before_{};
};

} // namespace

TEST_SUITE_BEGIN("run directory");

TEST_CASE("a finished run has all its files and no others") {
    const Temporary folder;
    RunDirectory run = create(folder / "new/run");
    CHECK(names_in(run.path()) ==
          std::set<std::string>{"carve.json", "carve.lock", "task.toml", "log.jsonl"});
    const SearchResult result = sample_result();
    for (const Progress& p : result.history) {
        run.log(p);
        run.save(snapshot(p.iteration), 0, true);
    }
    run.finish(sample_task(), result, 1.5, page);
    CHECK(names_in(run.path()) == std::set<std::string>{"carve.json", "carve.lock", "task.toml",
                                                        "log.jsonl", "checkpoint.bin",
                                                        "checkpoint.bin.prev", "rule.toml",
                                                        "result.json", "report.html"});
}

TEST_CASE(
    "a directory that holds a search is refused without force, by its name and with a way out") {
    const Temporary folder;
    fs::create_directory(folder / "run");
    create(folder / "run").log(sample_result().history[0]);
    create(folder / "run").save(snapshot(1), 0, true); // nothing was saved of the one before
    const Failure f = failure_of([&] { create(folder / "run"); });
    CHECK(f.code == Exit::usage);
    CHECK(f.says(folder / "run"));
    CHECK(f.says("--force"));
    CHECK(f.says("--out"));
    const Failure file = failure_of([&] { create(folder.file("file", "x"), true); });
    CHECK(file.code == Exit::usage);
    CHECK(file.says("not a directory"));
    CHECK(failure_of([&] { create(folder / "file/run"); }).says("file/run"));
}

TEST_CASE("force removes what a run wrote and nothing else") {
    const Temporary folder;
    const std::string path = folder / "run";
    {
        RunDirectory run = create(path);
        run.log(sample_result().history[0]);
        run.finish(sample_task(), sample_result(), 1, page);
    }
    folder.file("run/notes.txt", "mine");
    folder.file("run/checkpoint.bin.partial", "torn");
    create(path, true);
    CHECK(names_in(path) ==
          std::set<std::string>{"carve.json", "carve.lock", "task.toml", "log.jsonl", "notes.txt"});
    CHECK(contents(path + "/notes.txt") == "mine");
    CHECK(contents(path + "/log.jsonl").empty());
}

TEST_CASE("force spares files that merely have the names of a run's") {
    const Temporary folder;
    folder.file("task.toml", "mine");
    const Failure f = failure_of([&] { create(folder / "", true); });
    CHECK(f.code == Exit::usage);
    CHECK(f.says("task.toml"));
    CHECK(contents(folder / "task.toml") == "mine");
}

TEST_CASE("a finished run reads back as its search found it") {
    const Temporary folder;
    SearchResult result = sample_result();
    const double none = std::nan("");
    result.held_out.measured = {{"loss.rate", 9.5, 0.25, 200},
                                {"probe.a", none, none, 0},
                                {"probe.b", 1, 0.5, 9, task::Range{-task::kInfinity, 2}}};
    result.held_out.conditions = {
        {{{"population.inh.factor", "0.5"}}, {{"loss.rate", 9, 0.5, 100}}, 20.5, 10.25},
        {{{"population.inh.factor", "2"}}, {{"loss.rate", 10, none, 1}}}};
    result.held_out.sets = {{"longer", 0.5, result.held_out.spread, result.held_out.measured, {}},
                            {"a", 0.25, {}, {}, result.held_out.conditions}};
    {
        RunDirectory run = create(folder / "run");
        Task task = sample_task();
        task.search.stages = {whole_stage(task), whole_stage(task)};
        for (StageSettings& stage : task.search.stages)
            stage.listed = true;
        result.path = {{1, 0.25, 0.5, 2}, {0.5, 0.125, 0.25, 3}};
        run.finish(task, result, 1.5, page);
    }
    const StoredResult back = read_result(folder / "run");
    CHECK(back.task == "oja");
    CHECK(back.seconds == 1.5);
    CHECK(back.result.train == result.train);
    CHECK(back.result.held_out_before_refit == result.held_out_before_refit);
    CHECK(back.result.yardsticks.silent == result.yardsticks.silent);
    CHECK(back.result.yardsticks.chance == result.yardsticks.chance);
    CHECK(back.result.angles == result.angles);
    REQUIRE(back.result.path.size() == 2);
    CHECK(back.result.path[1].l1 == 0.5);
    CHECK(back.result.path[1].terms == 3);
    CHECK(back.result.counters.phases.size() == result.counters.phases.size());
    const HeldOut& held_out = back.result.held_out;
    CHECK(held_out.loss == result.held_out.loss);
    CHECK(spread_json(held_out.spread) == spread_json(result.held_out.spread));
    // What is NaN is null in both.
    CHECK(dump(measured_json(held_out.measured), 2) ==
          dump(measured_json(result.held_out.measured), 2));
    CHECK(dump(conditions_json(held_out.conditions), 2) ==
          dump(conditions_json(result.held_out.conditions), 2));
    CHECK(dump(sets_json(held_out.sets), 2) == dump(sets_json(result.held_out.sets), 2));
    REQUIRE(held_out.measured.size() == 3);
    CHECK(held_out.measured[2].accept->low == -task::kInfinity);
    CHECK(held_out.measured[2].holds());
    CHECK(held_out.measured[0].name == "loss.rate"); // in the order of the task
    CHECK(std::isnan(held_out.measured[1].mean));
    REQUIRE(held_out.conditions.size() == 2);
    CHECK(held_out.conditions[0].set_point == 10.25);
    CHECK(std::isnan(held_out.conditions[1].afferent_rate));
    REQUIRE(held_out.sets.size() == 2);
    CHECK(held_out.sets[0].name == "longer");
    CHECK(became_text(held_out) == became_text(result.held_out));
}

TEST_CASE("a result that calls trials sets, as earlier ones did, reads back") {
    const LossSpread spread =
        spread_of_json({{"mean", 0.5}, {"sets", 200}, {"independent_sets", 100}, {"diverged", 3}});
    CHECK(spread.trials == 200);
    CHECK(spread.independent == 100);
    CHECK(spread.diverged == 3);
    CHECK(spread.mean == 0.5);
    CHECK(std::isnan(spread.median));
    CHECK(spread_of_json({{"trials", 8}, {"independent_trials", 4}, {"sets", 1}}).trials == 8);
}

TEST_CASE("carve.json tells what ran and with what") {
    const Temporary folder;
    const RunDirectory run = create(folder / "run");
    const auto json = nlohmann::json::parse(contents(run.file("carve.json")));
    CHECK(json["carve"].is_string());
    CHECK(json["abi"] == CARVE_ABI);
    CHECK(json["argv"] == sample_facts().argv);
    CHECK(json["isa"] == "avx2");
    CHECK(json["seed"] == sample_task().run.seed);
    CHECK(json["inputs"][0]["file"] == "data.csv");
    CHECK(json["inputs"][0]["xxh3"] == "00000000deadbeef");
    CHECK(json["task"]["xxh3"] ==
          fmt::format("{:016x}", checksum(contents(run.file("task.toml")))));
    CHECK(run.task_checksum() == checksum(contents(run.file("task.toml"))));
}

TEST_CASE("the log has a line of JSON per iteration") {
    const Temporary folder;
    RunDirectory run = create(folder / "run");
    const auto history = sample_result().history;
    for (const Progress& p : history)
        run.log(p);
    std::istringstream lines(contents(run.file("log.jsonl")));
    std::string line;
    std::size_t n = 0;
    for (; std::getline(lines, line); ++n) {
        const auto json = nlohmann::json::parse(line);
        CHECK(json["phase"] == history[n].phase);
        CHECK(json["loss"].get<double>() == history[n].loss);
        CHECK(json["theta"].size() == history[n].theta.size());
        CHECK(json["theta"]["x y"].get<double>() == history[n].theta[12]);
        CHECK(json["theta"]["y^2 w"].get<double>() == history[n].theta[7]);
    }
    CHECK(n == history.size());
}

TEST_CASE("a checkpoint can be read back, and the one before it is kept") {
    const Temporary folder;
    RunDirectory run = create(folder / "run");
    run.save(snapshot(1), 0.5, false);
    CHECK(read_checkpoint(run.path()).search.iteration == 1);
    run.save(snapshot(2), 1.5, true);
    const Checkpoint c = read_checkpoint(run.path());
    CHECK(c.search.iteration == 2);
    CHECK(c.seconds == 1.5);
    CHECK(c.seed == sample_task().run.seed);
    CHECK(c.task == contents(run.file("task.toml")));
    CHECK(c.coefficients == coefficient_names(sample_task()));
    CHECK(c.coefficients[12] == "x y");
    const std::string previous = run.file("checkpoint.bin.prev");
    CHECK(decode_checkpoint(contents(previous), previous).search.iteration == 1);
    // Killed between its two renames, or damaged: the one before it is found.
    fs::remove(run.file("checkpoint.bin"));
    CHECK(read_checkpoint(run.path()).search.iteration == 1);
    folder.file("run/checkpoint.bin", "damaged");
    CHECK(read_checkpoint(run.path()).search.iteration == 1);
    fs::remove(previous);
    CHECK(failure_of([&] { read_checkpoint(run.path()); }).says("checkpoint.bin'"));
}

TEST_CASE("of checkpoints in quick succession the first is written, and any that must be") {
    const Temporary folder;
    RunDirectory run = create(folder / "run");
    CHECK_FALSE(has_checkpoint(run.path()));
    for (std::uint64_t i = 1; i <= 3; ++i)
        run.save(snapshot(i), 0, false);
    CHECK(read_checkpoint(run.path()).search.iteration == 1);
    run.save(snapshot(4), 0, true);
    CHECK(read_checkpoint(run.path()).search.iteration == 4);
}

TEST_CASE("a resumed run keeps the part of its log that its checkpoint covers") {
    const Temporary folder;
    const auto history = sample_result().history;
    {
        RunDirectory run = create(folder / "run");
        for (const Progress& p : history)
            run.log(p);
    }
    {
        RunDirectory run = RunDirectory::open(folder / "run", sample_task(), sample_facts(), 3);
        run.log(history[9]);
    }
    std::istringstream lines(contents(folder / "run/log.jsonl"));
    std::vector<double> losses;
    for (std::string line; std::getline(lines, line);)
        losses.push_back(parse_progress(line, {})->loss);
    CHECK(losses ==
          std::vector<double>{history[0].loss, history[1].loss, history[2].loss, history[9].loss});
}

TEST_CASE("a directory that a full disk left half made is replaced by force") {
    const Temporary folder;
    {
        const FullDisk full(10);
        CHECK(failure_of([&] { create(folder / "run"); }).code == Exit::io);
    }
    create(folder / "run", true);
    CHECK(fs::exists(folder / "run/task.toml"));
}

TEST_CASE("a run does not continue with another input file than it began with") {
    const Temporary folder;
    create(folder / "run");
    RunFacts facts = sample_facts();
    facts.inputs[0].checksum ^= 1;
    const Failure f =
        failure_of([&] { RunDirectory::open(folder / "run", sample_task(), facts, 0); });
    CHECK(f.code == Exit::data);
    CHECK(f.says("'data.csv' has changed since"));
}

TEST_CASE("a directory that another process works on is refused") {
    const Temporary folder;
    RunDirectory run = create(folder / "run");
    const Failure again = failure_of([&] { create(folder / "run", true); });
    CHECK(again.code == Exit::usage);
    CHECK(again.says("another process is working on"));
    CHECK(fs::exists(run.file("task.toml")));
    CHECK(failure_of([&] {
              RunDirectory::open(folder / "run", sample_task(), sample_facts(), 0);
          }).says("another process"));
}

TEST_CASE("a write that fails names the file and the reason, and leaves the old contents") {
    const Temporary folder;
    const std::string path = folder.file("a.bin", "old");
    {
        const FullDisk full(1000);
        const Failure f = failure_of([&] { write_file_atomically(path, std::string(5000, 'x')); });
        CHECK(f.code == Exit::io);
        CHECK(f.says("a.bin"));
        CHECK(f.says("File too large"));
    }
    CHECK(contents(path) == "old");
    CHECK(names_in(folder / "") == std::set<std::string>{"a.bin"});
    const Failure missing = failure_of([&] { write_file_atomically(folder / "none/b", "x"); });
    CHECK(missing.code == Exit::io);
    CHECK(missing.says("none/b': No such file"));
    const Failure device = failure_of([&] { write_file_atomically("/dev/full", "x"); });
    CHECK(device.code == Exit::io);
    CHECK(device.says("/dev/full': No space left"));
    CHECK(!fs::is_regular_file("/dev/full"));
}

TEST_CASE("a full disk stops every step of a run with an input/output error") {
    const Temporary folder;
    const SearchResult result = sample_result();
    {
        const FullDisk full(10);
        CHECK(failure_of([&] { create(folder / "first"); }).says("carve.json"));
    }
    RunDirectory run = create(folder / "run");
    run.save(snapshot(1), 0, true);
    const FullDisk full(10);
    for (const Failure& f : {failure_of([&] { run.log(result.history[1]); }),
                             failure_of([&] { run.save(snapshot(2), 0, true); }),
                             failure_of([&] { run.finish(sample_task(), result, 1, page); })}) {
        CHECK(f.code == Exit::io);
        CHECK(f.says(run.path()));
        CHECK(f.says("File too large"));
    }
    CHECK(read_checkpoint(run.path()).search.iteration == 1);
}

TEST_CASE("a pipe is read to its end, in however many pieces it comes") {
    std::string bytes;
    for (int i = 0; i < 3000; ++i)
        bytes += fmt::format("{} ", i);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == ssize_t(bytes.size()));
    ::close(ends[1]);
    CHECK(read_file(fmt::format("/dev/fd/{}", ends[0]), 1 << 20) == bytes);
    ::close(ends[0]);
}

TEST_CASE("a file that cannot be read says so") {
    const Failure failure = failure_of([] { read_file("/proc/self/mem", 1 << 20); });
    CHECK(failure.code == Exit::data);
    CHECK(failure.says("cannot read '/proc/self/mem': Input/output error"));
}

TEST_SUITE_END();
