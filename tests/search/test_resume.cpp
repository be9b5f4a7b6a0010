// A search that is interrupted and resumed ends with the same bits as one that is not.
#include "checkpoint.hpp"
#include "fixture.hpp"
#include "search.hpp"
#include "snapshot.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace fixture;

TEST_SUITE_BEGIN("resume");

namespace {

// All optimizers, two starts, and everything that follows them.
Task whole_search() {
    return make_task(R"(["y^2 w", "x y", "x^2 w"])", 40,
                     {"data.x.samples=20", "trials.search=6", "trials.redraw=stage",
                      "trials.validation=4", "trials.held_out=8", "search.l1=0.005",
                      "search.restarts=2", "search.prune=0.01", "search.eliminate=true",
                      "search.refit_iterations=4"},
                     R"([search.stage.evolution]
method = "cma_es"
iterations = 4
accept = 0.05                     # no first start passes
[search.stage.descent]
method = "adam"
iterations = 3
[search.stage.end]
method = "gauss_newton"
iterations = 4
)");
}

// Lists of l1, stages that stop early, ranges that a first start misses, and a prior.
Task search_of_words() {
    return make_task(R"(["y^2 w", "x y", "x^2 w"])", 40,
                     {"data.x.samples=20", "trials.search=6", "trials.redraw=stage",
                      "trials.validation=4", "trials.held_out=8", "search.l1=[0.1, 0.005]",
                      "search.early_stop=2", "search.prior=3", "search.restarts=3",
                      "search.eliminate=true", "search.refit_iterations=4"},
                     R"([probe.aligned]
kind = "components"
of = "feedforward"
accept = [0.85, 1]
[search.stage.evolution]
method = "cma_es"
iterations = 6
accept = ["aligned"]
[search.stage.descent]
method = "adam"
iterations = 6
accept = "all"
[search.stage.end]
iterations = 7
early_stop = 1
)");
}

void check_same(const SearchResult& a, const SearchResult& b) {
    CHECK(a.fingerprint == b.fingerprint);
    CHECK(a.covariance == b.covariance);
    CHECK(a.held_out.loss == b.held_out.loss);
    CHECK(a.validation == b.validation);
    REQUIRE(a.path.size() == b.path.size());
    for (std::size_t i = 0; i < a.path.size(); ++i) {
        CHECK(a.path[i].l1 == b.path[i].l1);
        CHECK(a.path[i].loss == b.path[i].loss);
        CHECK(a.path[i].validation == b.path[i].validation);
        CHECK(a.path[i].terms == b.path[i].terms);
    }
    CHECK(a.counters.iterations == b.counters.iterations);
    CHECK(a.counters.evaluations == b.counters.evaluations);
    REQUIRE(a.counters.phases.size() == b.counters.phases.size());
    for (std::size_t i = 0; i < a.counters.phases.size(); ++i) {
        CHECK(a.counters.phases[i].name == b.counters.phases[i].name);
        CHECK(a.counters.phases[i].evaluations == b.counters.phases[i].evaluations);
    }
}

} // namespace

TEST_CASE("from whatever snapshot a search continues, it ends with the same bits") {
    for (const Task& t : {whole_search(), search_of_words()}) {
        const TrialSource source(t);
        std::vector<Snapshot> snapshots;
        SearchHooks hooks;
        hooks.save = [&](const Snapshot& snapshot, bool) { snapshots.push_back(snapshot); };
        const SearchResult whole = search(t, source, hooks);
        REQUIRE(snapshots.size() > 40);
        std::size_t start_at = 0; // of the latest start
        for (std::size_t i = 0; i < snapshots.size(); ++i) {
            if (i > 0 && snapshots[i].start != snapshots[i - 1].start)
                start_at = i;
            if ((i - start_at) % 3 != 0 && i > start_at + 3)
                continue;
            CAPTURE(i);
            Task other = t;
            other.run.threads = 1 + i % 3;
            other.run.lane_bytes = i % 2 ? 8 : 64;
            check_same(search(other, source, {}, nullptr, &snapshots[i]), whole);
            // As it is stored.
            const Checkpoint stored =
                decode_checkpoint(encode_checkpoint({1, 3.0, snapshots[i]}), "stored");
            check_snapshot(t, stored.search);
            check_same(search(t, source, {}, nullptr, &stored.search), whole);
        }
    }
}

TEST_CASE("a search that continues tells of the iterations that its snapshot does not count") {
    const Task t = whole_search();
    const TrialSource source(t);
    std::vector<Progress> all;
    std::optional<Snapshot> middle;
    SearchHooks hooks;
    hooks.on_progress = [&](const Progress& p) { all.push_back(p); };
    hooks.save = [&](const Snapshot& snapshot, bool) {
        if (!middle && snapshot.finishing && snapshot.journal.size() > 3)
            middle = snapshot;
    };
    search(t, source, hooks);
    REQUIRE(middle);
    std::vector<Progress> rest;
    SearchHooks listen;
    listen.on_progress = [&](const Progress& p) { rest.push_back(p); };
    search(t, source, listen, nullptr, &*middle);
    REQUIRE(rest.size() + middle->counters.iterations == all.size());
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const Progress& same = all[middle->counters.iterations + i];
        CHECK(rest[i].phase == same.phase);
        CHECK(rest[i].theta == same.theta);
        CHECK(rest[i].evaluations == same.evaluations);
    }
}

TEST_SUITE_END();
