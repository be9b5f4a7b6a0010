// facts.hpp: what is written down about a run beside its task (carve.json, docs/files.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

struct InputFile {
    std::string path;
    std::uint64_t checksum = 0; // XXH3-64 of its bytes
};

// Facts for readers of the results that are not in the task.
struct RunFacts {
    std::vector<std::string> argv;
    std::string build; // "g++ 12.2.0, release"
    std::string isa;   // "avx2"
    std::uint64_t lane_bytes = 32;
    std::uint64_t threads = 1;
    std::size_t memory = 0; // bytes, of the process at its largest, once the run is done
    std::vector<InputFile> inputs;
    std::vector<std::string>
        warnings; // of the input data; also shown in result.json and report.html
};

} // namespace carve::cli
