#include "checkpoint.hpp"
#include "failure.hpp"

#include "atomic_file.hpp"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>

using namespace carve::cli;

namespace {

constexpr std::size_t kHeader = 32, kEntry = 16, kSections = 9;

Checkpoint sample() {
    Checkpoint c;
    c.seed = 0xFFFFFFFFFFFFFFFF;
    c.seconds = 1e-308;
    c.task = "format = 2\n";
    c.coefficients = {"x y", "y^2 w", "lateral: w"};
    Snapshot& s = c.search;
    s.start = 3;
    s.stage = 2;
    s.iteration = 7;
    s.round = 123456789012;
    s.finishing = true;
    s.candidate = {{0, 2, 5}, Eigen::Vector3d(1, -0.0, 5e-324)};
    s.optimizer = {std::nextafter(0.1, 1), std::numeric_limits<double>::infinity()};
    s.best = Outcome{{{1}, Eigen::VectorXd::Constant(1, 2.5)}, {{}, Eigen::VectorXd(0)}, 0.25, 1.5,
                     Eigen::MatrixXd::Constant(2, 2, 1.0 / 3), {{0.5, 0.25, 0.125, 3}}};
    s.kept = {0.1, Eigen::Vector2d(1, -2), 0.2, std::numeric_limits<double>::infinity(), 4};
    s.path = {{1, 2, 3, 4}, {0.5, 6, 7, 8}};
    s.counters = {9, 8, 7, 6, {{"stage 1", 5, 4}, {"refit", 3, 2}}};
    Evaluation e;
    e.loss = 0.1;
    e.losses = {0.5, 1.75};
    e.frozen = {-1, 50};
    e.diverged = 1;
    e.violation = 0.75;
    e.gradient = Eigen::Vector2d(1, 2);
    e.hessian = Eigen::MatrixXd::Random(2, 2);
    s.journal = {e, Evaluation{}};
    return c;
}

Failure checkpoint_failure(const std::string& bytes) {
    return failure_of([&] { decode_checkpoint(bytes, "c.bin"); });
}

// With a checksum that fits, so that what is behind it is tested.
std::string sealed(std::string bytes) {
    bytes.resize(bytes.size() - 8);
    const std::uint64_t sum = checksum(bytes);
    for (int i = 0; i < 8; ++i)
        bytes.push_back(static_cast<char>(sum >> (8 * i)));
    return bytes;
}

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

} // namespace

TEST_SUITE_BEGIN("checkpoint");

TEST_CASE("everything reads back to the last bit") {
    const Checkpoint a = sample(), b = decode_checkpoint(encode_checkpoint(a), "c.bin");
    CHECK(b.seed == a.seed);
    CHECK(b.task == a.task);
    CHECK(b.coefficients == a.coefficients);
    CHECK(same_bits(b.seconds, a.seconds));
    const Snapshot &s = a.search, &t = b.search;
    CHECK(t.start == s.start);
    CHECK(t.stage == s.stage);
    CHECK(t.iteration == s.iteration);
    CHECK(t.round == s.round);
    CHECK(t.finishing == s.finishing);
    CHECK(t.candidate.support == s.candidate.support);
    REQUIRE(t.candidate.theta.size() == 3);
    for (Eigen::Index i = 0; i < 3; ++i)
        CHECK(same_bits(t.candidate.theta[i], s.candidate.theta[i]));
    CHECK(t.optimizer == s.optimizer);
    REQUIRE(t.best);
    CHECK(t.best->before_refit.support == s.best->before_refit.support);
    CHECK(t.best->before_refit.theta == s.best->before_refit.theta);
    CHECK(t.best->found.theta.size() == 0);
    CHECK(t.best->validation == s.best->validation);
    CHECK(t.best->violation == 1.5);
    CHECK(t.best->covariance == s.best->covariance);
    REQUIRE(t.best->path.size() == 1);
    CHECK(t.best->path[0].terms == 3);
    CHECK(t.kept.loss == 0.1);
    CHECK(t.kept.theta == s.kept.theta);
    CHECK(t.kept.validation == 0.2);
    CHECK(std::isinf(t.kept.violation));
    CHECK(t.kept.since == 4);
    REQUIRE(t.path.size() == 2);
    CHECK(t.path[1].l1 == 0.5);
    CHECK(t.path[1].validation == 7);
    CHECK(t.counters.iterations == 9);
    CHECK(t.counters.evaluations == 8);
    CHECK(t.counters.diverged == 7);
    CHECK(t.counters.counted == 6);
    REQUIRE(t.counters.phases.size() == 2);
    CHECK(t.counters.phases[1].name == "refit");
    CHECK(t.counters.phases[1].evaluations == 2);
    REQUIRE(t.journal.size() == 2);
    CHECK(t.journal[0].losses == s.journal[0].losses);
    CHECK(t.journal[0].frozen == s.journal[0].frozen);
    CHECK(t.journal[0].diverged == 1);
    CHECK(t.journal[0].violation == 0.75);
    CHECK(t.journal[0].gradient == s.journal[0].gradient);
    CHECK(t.journal[0].hessian == s.journal[0].hessian);
    CHECK(encode_checkpoint(b) == encode_checkpoint(a));
}

TEST_CASE("the layout is the documented one") {
    const std::string bytes = encode_checkpoint(sample());
    CHECK(bytes.substr(0, 8) == "\x89"
                                "carve\r\n");
    CHECK(bytes.substr(8, 8) == std::string("\2\0\0\0\0\0\0\0", 8));
    CHECK(bytes.substr(16, 8) == std::string("\11\0\0\0\0\0\0\0", 8));
    CHECK(static_cast<std::size_t>(static_cast<unsigned char>(bytes[24])) +
              256 * static_cast<std::size_t>(static_cast<unsigned char>(bytes[25])) ==
          bytes.size());
    CHECK(bytes.substr(kHeader, 16) == std::string("run\0\0\0\0\0\x10\0\0\0\0\0\0\0", 16));
    CHECK(bytes.substr(kHeader + kSections * kEntry, 8) == std::string(8, '\xFF'));
    // The last section but one, and the last: 3 names, and the text of 11 bytes.
    const std::string names = std::string("\3\0\0\0\0\0\0\0", 8) +
                              std::string("\3\0\0\0\0\0\0\0x y", 11) +
                              std::string("\5\0\0\0\0\0\0\0y^2 w", 13) +
                              std::string("\12\0\0\0\0\0\0\0lateral: w", 18),
                      task = std::string("\13\0\0\0\0\0\0\0format = 2\n", 19);
    CHECK(bytes.substr(bytes.size() - 8 - task.size() - names.size(), names.size() + task.size()) ==
          names + task);
}

TEST_CASE("every flipped bit and every truncation is noticed") {
    const std::string whole = encode_checkpoint(sample());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        CAPTURE(i);
        CHECK(checkpoint_failure(whole.substr(0, i)).code == Exit::data);
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            const bool later_version =
                i >= 8 && i < 16; // may say so before anything else is looked at
            const Exit code = checkpoint_failure(damaged).code;
            CHECK((code == Exit::data || (later_version && code == Exit::version)));
        }
    }
    CHECK(checkpoint_failure(whole + "x").code == Exit::data);
}

TEST_CASE("a later format is refused with the way out") {
    std::string later = encode_checkpoint(sample());
    later[8] = 3;
    const Failure f = checkpoint_failure(sealed(later));
    CHECK(f.code == Exit::version);
    CHECK(f.says("c.bin"));
    CHECK(f.says("carve.json"));
}

TEST_CASE("a checkpoint that has coefficients by their place is refused with the way out") {
    std::string first = encode_checkpoint(sample());
    first[8] = 1;
    const Failure f = checkpoint_failure(sealed(first));
    CHECK(f.code == Exit::version);
    CHECK(f.says("'c.bin' is a checkpoint of format 1"));
    CHECK(f.says("carve train --force"));
}

TEST_CASE("sizes that do not fit the file are refused even under a valid checksum") {
    const std::string whole = encode_checkpoint(sample());
    for (const std::size_t at : {std::size_t{16}, kHeader + 8, kHeader + kEntry + 8,
                                 kHeader + kEntry + 15, kHeader + kSections * kEntry + 16 + 40})
        for (const char value : {'\x7F', '\xFF'}) {
            CAPTURE(at);
            std::string hostile = whole;
            hostile[at] = value;
            CHECK(checkpoint_failure(sealed(hostile)).code == Exit::data);
        }
    std::string cut = whole;
    cut[kHeader + 8] = 0x0F; // bytes of the first section: one short
    CHECK(checkpoint_failure(sealed(cut)).says("'run' is cut off"));
    std::string longer = whole; // the last section: one byte more than there is
    const std::size_t last = kHeader + (kSections - 1) * kEntry + 8;
    for (std::size_t i = last; ++longer[i] == 0; ++i) {
    }
    CHECK(checkpoint_failure(sealed(longer)).says("a section is longer than the file"));
}

TEST_CASE("a section of an unknown name is passed over") {
    std::string bytes = encode_checkpoint(sample());
    bytes.replace(kHeader + 2 * kEntry, 8, "future\0\0", 8);
    const Checkpoint c = decode_checkpoint(sealed(bytes), "c.bin");
    CHECK(c.search.counters.phases.empty());
    CHECK(c.search.journal.size() == 2);
}

TEST_SUITE_END();
