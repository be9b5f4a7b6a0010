// The benchmark program: what it ran on goes into every report.
#include "revision.hpp"

#include <benchmark/benchmark.h>
#include <carve.h>

#include <fstream>
#include <string>

namespace {

std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.rfind("model name", 0) == 0)
            return line.substr(line.find(':') + 2);
    return "unknown";
}

std::string instruction_sets() {
    std::string names;
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa)
        if (carve_isa_usable(isa) == 1)
            names += (names.empty() ? "" : " ") + std::string(carve_isa_name(isa));
    return names;
}

#ifdef __clang__
constexpr const char* kCompiler = "clang " __VERSION__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

} // namespace

int main(int argc, char** argv) {
    benchmark::AddCustomContext("carve", carve_version());
    benchmark::AddCustomContext("revision", CARVE_REVISION);
    benchmark::AddCustomContext("compiler", kCompiler);
    benchmark::AddCustomContext("processor", processor());
    benchmark::AddCustomContext("instruction_sets", instruction_sets());
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    const bool any = benchmark::RunSpecifiedBenchmarks() > 0;
    benchmark::Shutdown();
    return any ? 0 : 1;
}
