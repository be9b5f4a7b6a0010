#include "checkpoint.hpp"
#include "archive.hpp"
#include "atomic_file.hpp"
#include "error.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <type_traits>

namespace carve::cli {
namespace {

// Magic, version, number of sections, file size; per section its name and size; the sections;
// XXH3-64 of everything before it. All numbers little-endian.
constexpr char kMagic[] = "\x89"
                          "carve\r\n";
constexpr std::size_t kMagicBytes = 8, kHeaderBytes = 32, kEntryBytes = 16, kNameBytes = 8;
constexpr std::uint64_t kVersion = 2;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;
constexpr double kMostSeconds = 1e10; // three centuries

// ---- One walk over each section, for both directions -------------------------------------------

template <class Archive, class C> void visit_run(Archive& archive, C& checkpoint) {
    archive(checkpoint.seed);
    archive(checkpoint.seconds);
}

template <class Archive, class C> void visit_candidate(Archive& archive, C& candidate) {
    archive(candidate.support);
    archive(candidate.theta);
}

template <class Archive, class S> void visit_search(Archive& archive, S& search) {
    archive(search.start);
    archive(search.stage);
    archive(search.iteration);
    archive(search.round);
    archive(search.finishing);
    visit_candidate(archive, search.candidate);
    archive(search.optimizer);
    archive.optional(search.best, [&](auto& best) {
        visit_candidate(archive, best.before_refit);
        visit_candidate(archive, best.found);
        archive(best.validation);
    });
}

template <class Archive, class C> void visit_counters(Archive& archive, C& counters) {
    archive(counters.iterations);
    archive(counters.evaluations);
    archive(counters.diverged);
    archive(counters.counted);
    archive.list(counters.phases, [&](auto& phase) {
        archive(phase.name);
        archive(phase.iterations);
        archive(phase.evaluations);
    });
}

template <class Archive, class P> void visit_path(Archive& archive, P& path) {
    archive.list(path, [&](auto& point) {
        archive(point.l1);
        archive(point.loss);
        archive(point.validation);
        archive(point.terms);
    });
}

// Of the stage under way, and of those of the start before it.
template <class Archive, class S> void visit_stage(Archive& archive, S& search) {
    archive(search.kept.loss);
    archive(search.kept.theta);
    archive(search.kept.validation);
    archive(search.kept.violation);
    archive(search.kept.since);
    visit_path(archive, search.path);
    if (search.best)
        visit_path(archive, search.best->path);
}

template <class Archive, class J> void visit_journal(Archive& archive, J& journal) {
    archive.list(journal, [&](auto& evaluation) {
        archive(evaluation.loss);
        archive(evaluation.losses);
        archive(evaluation.frozen);
        archive(evaluation.diverged);
        archive(evaluation.gradient);
        archive(evaluation.hessian);
    });
}

// By how much ranges are missed: of the best outcome, and of each evaluation of the journal.
template <class Archive, class S> void visit_ranges(Archive& archive, S& search) {
    if (search.best)
        archive(search.best->violation);
    std::vector<double> of;
    for (const auto& evaluation : search.journal)
        of.push_back(evaluation.violation);
    archive(of);
    if constexpr (!std::is_const_v<S>)
        for (std::size_t i = 0; i < std::min(of.size(), search.journal.size()); ++i)
            search.journal[i].violation = of[i];
}

// Calls section(name, visit) for each section of a checkpoint.
template <class C, class Each> void for_each_section(C& checkpoint, Each section) {
    section("run", [&](auto& archive) { visit_run(archive, checkpoint); });
    section("search", [&](auto& archive) { visit_search(archive, checkpoint.search); });
    section("counters",
            [&](auto& archive) { visit_counters(archive, checkpoint.search.counters); });
    section("spread", [&](auto& archive) {
        if (checkpoint.search.best)
            archive(checkpoint.search.best->covariance);
    });
    section("stage", [&](auto& archive) { visit_stage(archive, checkpoint.search); });
    section("journal", [&](auto& archive) { visit_journal(archive, checkpoint.search.journal); });
    section("ranges", [&](auto& archive) { visit_ranges(archive, checkpoint.search); });
    section("names", [&](auto& archive) { archive(checkpoint.coefficients); });
    section("task", [&](auto& archive) { archive(checkpoint.task); });
}

std::uint64_t number_at(const std::string& in, std::size_t at) {
    const std::string bytes = in.substr(at, 8);
    std::uint64_t value = 0;
    Reader reader(bytes);
    reader(value);
    return value;
}

} // namespace

std::string encode_checkpoint(const Checkpoint& c) {
    Writer entries, contents;
    std::uint64_t count = 0;
    for_each_section(c, [&](std::string name, auto visit) {
        Writer section;
        visit(section);
        name.resize(kNameBytes, '\0');
        entries.bytes += name;
        entries(std::uint64_t{section.bytes.size()});
        contents.bytes += section.bytes;
        ++count;
    });
    Writer out;
    out.bytes.assign(kMagic, kMagicBytes);
    out(kVersion);
    out(count);
    out(std::uint64_t{kHeaderBytes + entries.bytes.size() + contents.bytes.size() + 8});
    out.bytes += entries.bytes + contents.bytes;
    out(checksum(out.bytes));
    return out.bytes;
}

Checkpoint decode_checkpoint(const std::string& in, const std::string& name) {
    const auto corrupt = [&](const std::string& why) {
        return Error(Exit::data, fmt::format("'{}' is not an intact checkpoint: {}", name, why));
    };
    if (in.size() < kHeaderBytes + 8 || in.compare(0, kMagicBytes, kMagic, kMagicBytes) != 0)
        throw corrupt("it does not start as one");
    const std::uint64_t version = number_at(in, 8);
    if (version > kVersion)
        throw Error(
            Exit::version,
            fmt::format("'{}' is a checkpoint of format {}, and this carve reads up to {}", name,
                        version, kVersion),
            "use the version of carve that wrote it (see carve.json beside it), or a later one");
    if (version == 1)
        throw Error(Exit::version,
                    fmt::format("'{}' is a checkpoint of format 1, which has coefficients by their "
                                "place alone and cannot be resumed",
                                name),
                    "use the version of carve that wrote it (see carve.json beside it), or search "
                    "again with carve train --force");
    if (version == 0 || number_at(in, 24) != in.size())
        throw corrupt("its size is not the one that it states");
    if (number_at(in, in.size() - 8) != checksum(in.substr(0, in.size() - 8)))
        throw corrupt("its checksum does not match");

    const std::uint64_t count = number_at(in, 16), end = in.size() - 8;
    if (count > (end - kHeaderBytes) / kEntryBytes)
        throw corrupt("it states more sections than it can hold");
    Checkpoint c;
    c.path = name;
    std::uint64_t at = kHeaderBytes + kEntryBytes * count;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t entry = kHeaderBytes + kEntryBytes * i;
        const std::string section(in.substr(entry, kNameBytes).c_str()); // up to the first zero
        const std::uint64_t size = number_at(in, entry + kNameBytes);
        if (size > end - at)
            throw corrupt("a section is longer than the file");
        const std::string contents = in.substr(at, size);
        at += size;
        // Sections of other names come from a later version that this one can do without, and so
        // does what is appended to one.
        for_each_section(c, [&](const std::string& known, auto visit) {
            Reader reader(contents);
            if (known == section)
                visit(reader);
            if (!reader.good())
                throw corrupt("its section '" + section + "' is cut off");
        });
    }
    if (!std::isfinite(c.seconds) || c.seconds < 0 || c.seconds > kMostSeconds)
        throw corrupt("the time that its run has taken is no number");
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

bool has_checkpoint(const std::string& directory) {
    const std::string path = directory + "/checkpoint.bin";
    return std::filesystem::exists(path) || std::filesystem::exists(path + ".prev");
}

} // namespace carve::cli
