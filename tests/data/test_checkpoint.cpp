#include "checkpoint.hpp"
#include "failure.hpp"

#include "atomic_file.hpp"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>

using namespace carve::cli;

namespace {

Checkpoint sample() {
    Checkpoint c;
    c.seed = 0xFFFFFFFFFFFFFFFF;
    c.task_checksum = 0x0123456789ABCDEF;
    c.phase = "stage 2";
    c.iteration = 7;
    c.total = 40;
    c.evaluations = 123456789012;
    c.diverged = 3;
    c.loss = 0.1;
    c.step = 1e-308;
    c.angle = std::numeric_limits<double>::quiet_NaN();
    c.theta = {1, -0.0, 5e-324, std::nextafter(0.1, 1)};
    return c;
}

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

Failure failure(const std::string& bytes) {
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

} // namespace

TEST_SUITE_BEGIN("checkpoint");

TEST_CASE("everything reads back to the last bit") {
    const Checkpoint a = sample(), b = decode_checkpoint(encode_checkpoint(a), "c.bin");
    CHECK(b.seed == a.seed);
    CHECK(b.task_checksum == a.task_checksum);
    CHECK(b.phase == a.phase);
    CHECK(b.iteration == a.iteration);
    CHECK(b.total == a.total);
    CHECK(b.evaluations == a.evaluations);
    CHECK(b.diverged == a.diverged);
    CHECK(same_bits(b.loss, a.loss));
    CHECK(same_bits(b.step, a.step));
    CHECK(same_bits(b.angle, a.angle));
    REQUIRE(b.theta.size() == a.theta.size());
    for (std::size_t i = 0; i < a.theta.size(); ++i)
        CHECK(same_bits(b.theta[i], a.theta[i]));
}

TEST_CASE("the layout is the documented one") {
    const std::string bytes = encode_checkpoint(sample());
    CHECK(bytes.size() == 24 + 3 * 16 + 72 + 7 + 32 + 8);
    CHECK(bytes.substr(0, 8) == "\x89"
                                "carve\r\n");
    CHECK(bytes.substr(8, 8) == std::string("\1\0\0\0\3\0\0\0", 8));
    CHECK(static_cast<std::size_t>(static_cast<unsigned char>(bytes[16])) == bytes.size());
    CHECK(bytes.substr(24, 16) == std::string("state\0\0\0\x48\0\0\0\0\0\0\0", 16));
    CHECK(bytes.substr(72, 16) == std::string(8, '\xFF') + "\xEF\xCD\xAB\x89\x67\x45\x23\x01");
}

TEST_CASE("every flipped bit and every truncation is noticed") {
    const std::string whole = encode_checkpoint(sample());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        CAPTURE(i);
        CHECK(failure(whole.substr(0, i)).code == Exit::data);
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            const bool later_version =
                i >= 8 && i < 12; // may say so before anything else is looked at
            const Exit code = failure(damaged).code;
            CHECK((code == Exit::data || (later_version && code == Exit::version)));
        }
    }
    CHECK(failure(whole + "x").code == Exit::data);
}

TEST_CASE("a later format is refused with the way out") {
    std::string later = encode_checkpoint(sample());
    later[8] = 2;
    const Failure f = failure(sealed(later));
    CHECK(f.code == Exit::version);
    CHECK(f.says("c.bin"));
    CHECK(f.says("carve.json"));
}

TEST_CASE("sizes that do not fit the file are refused even under a valid checksum") {
    const std::string whole = encode_checkpoint(sample());
    for (const std::size_t at :
         {std::size_t{12}, std::size_t{24 + 8}, std::size_t{24 + 16 + 8}, std::size_t{24 + 15}})
        for (const char value : {'\x7F', '\xFF'}) {
            CAPTURE(at);
            std::string hostile = whole;
            hostile[at] = value;
            CHECK(failure(sealed(hostile)).code == Exit::data);
        }
    std::string odd = whole;
    odd[24 + 32 + 8] = 31; // bytes of theta
    CHECK(failure(sealed(odd)).says("coefficients"));
}

TEST_CASE("a section of an unknown name is passed over") {
    std::string bytes = encode_checkpoint(sample());
    bytes.replace(24 + 16, 8, "future\0\0", 8);
    const Checkpoint c = decode_checkpoint(sealed(bytes), "c.bin");
    CHECK(c.phase.empty());
    CHECK(c.theta.size() == 4);
}

TEST_SUITE_END();
