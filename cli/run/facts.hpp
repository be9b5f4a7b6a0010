// facts.hpp: what is written down about a run beside its task (carve.json, docs/files.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

// Of git, of the source that this command was built from, with a + where it was changed since; "" where that is
// not known.
std::string source_revision();

struct InputFile {
    std::string path;
    std::uint64_t checksum = 0; // XXH3-64 of its bytes
};

// Facts for readers of the results that are not in the task.
struct RunFacts {
    std::vector<std::string> argv;
    std::string version; // of the carve that ran: "0.1.0"
    std::string build;   // "g++ 12.2.0, release"
    std::string revision = source_revision();
    std::string isa; // "avx2"
    std::uint64_t lane_bytes = 32;
    std::uint64_t threads = 1;
    std::uint64_t task_checksum = 0; // XXH3-64 of task.toml
    std::size_t memory = 0;          // bytes, of the process at its largest, once the run is done
    std::vector<InputFile> inputs;
    std::vector<std::string>
        warnings; // of the input data; also shown in result.json and report.html
};

} // namespace carve::cli
