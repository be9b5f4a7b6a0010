#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "failure.hpp"
#include "run_dir.hpp"
#include "sample_run.hpp"
#include "temporary.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <sys/resource.h>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

RunDirectory create(const std::string& path, bool force = false) {
    return RunDirectory::create(path, force, sample_task(), sample_facts());
}

std::set<std::string> names_in(const std::string& path) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(path))
        names.insert(entry.path().filename().string());
    return names;
}

// No file may grow past `bytes` while this lives: a full disk, as far as a program can tell.
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
    CHECK(names_in(run.path()) == std::set<std::string>{"carve.json", "task.toml", "log.jsonl"});
    const SearchResult result = sample_result();
    for (const Progress& p : result.history) {
        run.log(p);
        run.checkpoint(p);
    }
    run.finish(sample_task(), result, 1.5);
    CHECK(names_in(run.path()) == std::set<std::string>{"carve.json", "task.toml", "log.jsonl",
                                                        "checkpoint.bin", "checkpoint.bin.prev",
                                                        "rule.toml", "result.json", "report.html"});
}

TEST_CASE(
    "a directory that holds anything is refused without force, by its name and with a way out") {
    const Temporary folder;
    fs::create_directory(folder / "empty");
    create(folder / "empty");
    const Failure f = failure_of([&] { create(folder / "empty"); });
    CHECK(f.code == Exit::usage);
    CHECK(f.says(folder / "empty"));
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
        run.finish(sample_task(), sample_result(), 1);
    }
    folder.file("run/notes.txt", "mine");
    folder.file("run/checkpoint.bin.partial", "torn");
    create(path, true);
    CHECK(names_in(path) ==
          std::set<std::string>{"carve.json", "task.toml", "log.jsonl", "notes.txt"});
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

TEST_CASE("carve.json tells what ran and with what") {
    const Temporary folder;
    const RunDirectory run = create(folder / "run");
    const auto json = nlohmann::json::parse(contents(run.file("carve.json")));
    CHECK(json["carve"].is_string());
    CHECK(json["abi"] == 1);
    CHECK(json["argv"] == sample_facts().argv);
    CHECK(json["isa"] == "avx2");
    CHECK(json["seed"] == sample_task().run.seed);
    CHECK(json["inputs"][0]["file"] == "data.csv");
    CHECK(json["inputs"][0]["xxh3"] == "00000000deadbeef");
    CHECK(json["task"]["xxh3"] ==
          fmt::format("{:016x}", checksum(contents(run.file("task.toml")))));
    CHECK(run.task_checksum() == checksum(contents(run.file("task.toml"))));
}

TEST_CASE("the log has a line of JSON an iteration") {
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
        CHECK(json["theta"].get<std::vector<double>>() == history[n].theta);
    }
    CHECK(n == history.size());
}

TEST_CASE("a checkpoint can be read back, and the one before it is kept") {
    const Temporary folder;
    RunDirectory run = create(folder / "run");
    const auto history = sample_result().history;
    run.checkpoint(history[0]);
    CHECK(read_checkpoint(run.path()).iteration == history[0].iteration);
    run.checkpoint(history[1], RunDirectory::When::now);
    const Checkpoint c = read_checkpoint(run.path());
    CHECK(c.iteration == history[1].iteration);
    CHECK(c.theta == history[1].theta);
    CHECK(c.phase == history[1].phase);
    CHECK(c.evaluations == history[1].evaluations);
    CHECK(c.seed == sample_task().run.seed);
    CHECK(c.task_checksum == run.task_checksum());
    const std::string previous = run.file("checkpoint.bin.prev");
    CHECK(decode_checkpoint(contents(previous), previous).iteration == history[0].iteration);
    // Killed between its two renames, or damaged: the one before it is found.
    fs::remove(run.file("checkpoint.bin"));
    CHECK(read_checkpoint(run.path()).iteration == history[0].iteration);
    folder.file("run/checkpoint.bin", "damaged");
    CHECK(read_checkpoint(run.path()).iteration == history[0].iteration);
    fs::remove(previous);
    CHECK(failure_of([&] { read_checkpoint(run.path()); }).says("checkpoint.bin'"));
}

TEST_CASE("checkpoints in quick succession are held back and written at the end") {
    const Temporary folder;
    RunDirectory run = create(folder / "run");
    const SearchResult result = sample_result();
    run.checkpoint(result.history[0]);
    run.checkpoint(result.history[1]);
    CHECK(read_checkpoint(run.path()).iteration == result.history[0].iteration);
    run.finish(sample_task(), result, 1);
    CHECK(read_checkpoint(run.path()).iteration == result.history[1].iteration);
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
    run.checkpoint(result.history[0]);
    const FullDisk full(10);
    for (const Failure& f : {failure_of([&] { run.log(result.history[1]); }), failure_of([&] {
                                 run.checkpoint(result.history[1], RunDirectory::When::now);
                             }),
                             failure_of([&] { run.finish(sample_task(), result, 1); })}) {
        CHECK(f.code == Exit::io);
        CHECK(f.says(run.path()));
        CHECK(f.says("File too large"));
    }
    CHECK(read_checkpoint(run.path()).iteration == result.history[0].iteration);
}

TEST_SUITE_END();
