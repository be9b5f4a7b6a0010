// Checkpoints that are intact, and still none of the search that they lie beside: every word of them
// replaced by every kind of value.
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "error.hpp"
#include "fixture.hpp"
#include "run_dir.hpp"
#include "snapshot.hpp"
#include "verbs.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <unistd.h>

using namespace fixture;

TEST_SUITE_BEGIN("forged");

namespace {

constexpr std::size_t kHeader = 32, kEntry = 16; // docs/files.md, checkpoint.bin

Task small_search() {
    return make_task(kOjaTerms, 10,
                     {"data.x.samples=6", "trials.search=4", "trials.validation=2",
                      "trials.held_out=2", "search.l1=0.005", "search.iterations=2",
                      "search.restarts=2", "search.eliminate=true", "search.refit_iterations=1"},
                     R"([search.stage.evolution]
method = "cma_es"
accept = 0.9
[search.stage.descent]
method = "adam"
[search.stage.end]
method = "gauss_newton"
)");
}

std::vector<Snapshot> snapshots_of(const Task& t, const TrialSource& source) {
    std::vector<Snapshot> snapshots;
    SearchHooks hooks;
    hooks.save = [&](const Snapshot& snapshot, bool) { snapshots.push_back(snapshot); };
    search(t, source, hooks);
    return snapshots;
}

// One of each kind: by stage, whether its stages are done, and whether a rule was found before.
std::vector<Snapshot> kinds(const std::vector<Snapshot>& all) {
    std::map<std::vector<std::uint64_t>, Snapshot> kept;
    for (const Snapshot& s : all)
        kept[{s.stage, s.iteration > 0, s.finishing, s.best.has_value(), !s.journal.empty()}] = s;
    std::vector<Snapshot> out;
    for (const auto& [kind, snapshot] : kept)
        out.push_back(snapshot);
    return out;
}

void put(std::string& bytes, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i)
        bytes[at + i] = static_cast<char>(value >> 8 * i);
}
std::uint64_t get(const std::string& bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << 8 * i;
    return value;
}
std::string with_word(std::string bytes, std::size_t at, std::uint64_t value) {
    put(bytes, at, value);
    put(bytes, bytes.size() - 8, checksum(bytes.substr(0, bytes.size() - 8)));
    return bytes;
}

constexpr std::uint64_t kValues[] = {
    0,
    3,
    ~std::uint64_t{0},
    0x7ff8000000000000, // NaN
    0x7fefffffffffffff, // the largest double
};

struct Folder {
    Folder() {
        char name[] = "/tmp/carve-forged-XXXXXX";
        path = mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
};

} // namespace

TEST_CASE("a checkpoint with any one word replaced is refused or leads to a rule") {
    const Task t = small_search();
    const TrialSource source(t);
    const std::vector<Snapshot> some = kinds(snapshots_of(t, source));
    REQUIRE(some.size() > 6);
    std::size_t refused = 0, went_on = 0;
    for (const Snapshot& snapshot : some) {
        const std::string good = encode_checkpoint({1, 3.0, snapshot});
        check_snapshot(t, decode_checkpoint(good, "good").search);
        const std::size_t first = kHeader + kEntry * get(good, 16);
        for (std::size_t at = first; at + 16 <= good.size(); at += 8)
            for (const std::uint64_t value : kValues) {
                try {
                    const Checkpoint forged =
                        decode_checkpoint(with_word(good, at, value), "forged");
                    check_snapshot(t, forged.search);
                    search(t, source, {}, nullptr, &forged.search);
                    ++went_on;
                } catch (const BadSnapshot&) {
                    ++refused;
                } catch (const Error& error) {
                    CHECK(error.code() == Exit::data);
                    ++refused;
                }
            }
    }
    MESSAGE(refused, " refused, ", went_on, " continued");
    CHECK(refused > went_on);
}

TEST_CASE("places, counts and sizes of another search are refused") {
    const Task t = small_search();
    const TrialSource source(t);
    const std::vector<Snapshot> all = snapshots_of(t, source);
    const auto refuses = [&](const Snapshot& base, auto change) {
        Snapshot s = base;
        change(s);
        CHECK_THROWS_AS(check_snapshot(t, s), BadSnapshot);
    };
    for (const Snapshot& s : all) {
        CHECK_NOTHROW(check_snapshot(t, s));
        refuses(s, [&](Snapshot& x) { x.start = t.search.restarts; });
        refuses(s, [&](Snapshot& x) { x.stage = t.search.stages.size(); });
        refuses(s, [](Snapshot& x) { x.iteration = 1000; });
        refuses(s, [](Snapshot& x) { x.round += 1000; });
        refuses(s, [](Snapshot& x) { x.candidate.support.pop_back(); });
        refuses(s, [](Snapshot& x) { x.candidate.support[1] = 5; });
        refuses(s, [](Snapshot& x) { x.candidate.theta.conservativeResize(1); });
        refuses(s, [](Snapshot& x) { x.candidate.theta[0] = std::nan(""); });
        refuses(s, [](Snapshot& x) { x.optimizer.push_back(0); });
        refuses(s, [](Snapshot& x) { ++x.counters.iterations; });
        refuses(s, [](Snapshot& x) { ++x.counters.counted; });
        refuses(s, [](Snapshot& x) { x.counters.diverged = x.counters.evaluations + 1; });
        refuses(s, [](Snapshot& x) { x.counters.phases.push_back({"\033[2J", 0, 0}); });
        if (s.best)
            refuses(s, [](Snapshot& x) { x.best->found.support.back() = 2; });
        if (!s.journal.empty())
            refuses(s, [](Snapshot& x) { x.journal[0].frozen.push_back(-1); });
    }
}

TEST_CASE("a journal of other evaluations is refused once its place is reached") {
    const Task t = small_search();
    const TrialSource source(t);
    for (const Snapshot& s : snapshots_of(t, source)) {
        if (s.journal.empty())
            continue;
        Snapshot other = s;
        Evaluation& last = other.journal.back();
        last.losses.push_back(0.5);
        last.frozen.push_back(-1);
        check_snapshot(t, other);
        CHECK_THROWS_AS(search(t, source, {}, nullptr, &other), BadSnapshot);
    }
}

TEST_CASE("resume names the checkpoint that it refuses, and does not fall back to an older one") {
    const Folder folder;
    const std::string run = folder.path + "/run", path = run + "/checkpoint.bin";
    const Task t = small_search();
    std::string good;
    {
        const TrialSource source(t);
        RunDirectory directory = RunDirectory::create(run, false, t, {}, nullptr);
        const std::vector<Snapshot> all = snapshots_of(t, source);
        directory.save(all[2], 1, true);
        good = read_file(path);
    }
    const auto resumed = [&](const std::string& bytes) {
        write_file_atomically(path, bytes);
        write_file_atomically(path + ".prev", good);
        ResumeOptions options;
        options.directory = run;
        options.quiet = true;
        try {
            resume(options);
        } catch (const Error& error) {
            CHECK(std::string(error.what()).find("'" + path + "'") != std::string::npos);
            return error.code();
        }
        return Exit::ok;
    };
    const std::size_t search = kHeader + kEntry * get(good, 16) + 16; // behind section run
    CHECK(resumed(with_word(good, search, 7)) == Exit::data);         // start
    CHECK(resumed(with_word(good, search + 8, 7)) == Exit::data);     // stage
    CHECK(resumed(with_word(good, 8, 3)) == Exit::version);
    CHECK(resumed(with_word(good, search - 8, 0x7ff8000000000000)) == Exit::ok); // seconds: damaged
}

TEST_SUITE_END();
