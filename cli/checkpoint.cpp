#include "checkpoint.hpp"
#include "atomic_file.hpp"
#include "error.hpp"

#include <cstring>
#include <fmt/format.h>
#include <functional>

namespace carve::cli {
namespace {

// Magic, version, number of sections, file size; per section its name and size; the sections;
// XXH3-64 of everything before it. All numbers little-endian.
constexpr char kMagic[] = "\x89"
                          "carve\r\n";
constexpr std::size_t kMagicBytes = 8, kHeaderBytes = 24, kEntryBytes = 16, kNameBytes = 8;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 26;

template <class Integer> void put(std::string& out, Integer value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        out.push_back(static_cast<char>(value >> (8 * i)));
}

void put(std::string& out, double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    put(out, bits);
}

template <class Integer> Integer get(const std::string& in, std::size_t at) {
    Integer value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value |= static_cast<Integer>(static_cast<unsigned char>(in[at + i])) << (8 * i);
    return value;
}

double get_double(const std::string& in, std::size_t at) {
    const auto bits = get<std::uint64_t>(in, at);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

struct Section {
    const char* name;
    std::string bytes;
};

// The "state" section: one list for both directions.
template <class State, class Whole, class Real> void visit_state(State& c, Whole whole, Real real) {
    whole(c.seed);
    whole(c.task_checksum);
    whole(c.iteration);
    whole(c.total);
    whole(c.evaluations);
    whole(c.diverged);
    real(c.loss);
    real(c.step);
    real(c.angle);
}

constexpr std::size_t kStateBytes = 9 * 8;

void read_section(const std::string& name, const std::string& bytes, Checkpoint& c,
                  const std::function<Error(const std::string&)>& corrupt) {
    if (name == "state") {
        if (bytes.size() < kStateBytes) // a later version may append
            throw corrupt("its state section is too short");
        std::size_t at = 0;
        visit_state(
            c, [&](std::uint64_t& v) { v = get<std::uint64_t>(bytes, at), at += 8; },
            [&](double& v) { v = get_double(bytes, at), at += 8; });
    } else if (name == "phase") {
        c.phase = bytes;
    } else if (name == "theta") {
        if (bytes.size() % 8 != 0)
            throw corrupt("its coefficients are cut off");
        c.theta.resize(bytes.size() / 8);
        for (std::size_t i = 0; i < c.theta.size(); ++i)
            c.theta[i] = get_double(bytes, 8 * i);
    } // other sections come from a later version that this one can do without
}

} // namespace

std::string encode_checkpoint(const Checkpoint& c) {
    Section sections[] = {{"state", {}}, {"phase", c.phase}, {"theta", {}}};
    visit_state(
        c, [&](std::uint64_t v) { put(sections[0].bytes, v); },
        [&](double v) { put(sections[0].bytes, v); });
    for (const double v : c.theta)
        put(sections[2].bytes, v);

    const std::size_t count = sizeof sections / sizeof *sections;
    std::uint64_t size = kHeaderBytes + kEntryBytes * count + 8;
    for (const Section& s : sections)
        size += s.bytes.size();
    std::string out(kMagic, kMagicBytes);
    put(out, kVersion);
    put(out, static_cast<std::uint32_t>(count));
    put(out, size);
    for (const Section& s : sections) {
        std::string name = s.name;
        name.resize(kNameBytes, '\0');
        out += name;
        put(out, static_cast<std::uint64_t>(s.bytes.size()));
    }
    for (const Section& s : sections)
        out += s.bytes;
    put(out, checksum(out));
    return out;
}

Checkpoint decode_checkpoint(const std::string& in, const std::string& name) {
    const auto corrupt = [&](const std::string& why) {
        return Error(Exit::data, fmt::format("'{}' is not an intact checkpoint: {}", name, why));
    };
    if (in.size() < kHeaderBytes + 8 || in.compare(0, kMagicBytes, kMagic, kMagicBytes) != 0)
        throw corrupt("it does not start as one");
    const auto version = get<std::uint32_t>(in, 8);
    if (version > kVersion)
        throw Error(
            Exit::version,
            fmt::format("'{}' is a checkpoint of format {}, and this carve reads up to {}", name,
                        version, kVersion),
            "use the version of carve that wrote it (see carve.json beside it), or a later one");
    if (version == 0 || get<std::uint64_t>(in, 16) != in.size())
        throw corrupt("its size is not the one that it states");
    if (get<std::uint64_t>(in, in.size() - 8) != checksum(in.substr(0, in.size() - 8)))
        throw corrupt("its checksum does not match");

    const std::uint64_t count = get<std::uint32_t>(in, 12), end = in.size() - 8;
    if (count > (end - kHeaderBytes) / kEntryBytes)
        throw corrupt("it states more sections than it can hold");
    Checkpoint c;
    std::uint64_t at = kHeaderBytes + kEntryBytes * count;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t entry = kHeaderBytes + kEntryBytes * i;
        const std::string section(in.substr(entry, kNameBytes).c_str()); // up to the first zero
        const auto bytes = get<std::uint64_t>(in, entry + kNameBytes);
        if (bytes > end - at)
            throw corrupt("a section is longer than the file");
        read_section(section, in.substr(at, bytes), c, corrupt);
        at += bytes;
    }
    return c;
}

Checkpoint read_checkpoint(const std::string& directory) {
    const std::string path = directory + "/checkpoint.bin", previous = path + ".prev";
    try {
        return decode_checkpoint(read_file(path, kMaxBytes), path);
    } catch (const Error& first) {
        if (first.code() == Exit::version)
            throw;
        try {
            return decode_checkpoint(read_file(previous, kMaxBytes), previous);
        } catch (const Error&) {
            throw first;
        }
    }
}

} // namespace carve::cli
