// carve info: this build, and what this machine can run of it.
#include "host.hpp"
#include "json.hpp"
#include "output.hpp"
#include "ranks.hpp"
#include "this_host.hpp"
#include "verbs.hpp"

#include <carve.h>
#include <fmt/format.h>

namespace carve::cli {

Exit info(bool json) {
    Json sets = Json::array();
    std::string lines;
    for (const Isa& isa : instruction_sets()) {
        sets.push_back({{"name", isa.name}, {"compiled", isa.compiled}, {"usable", isa.usable}});
        lines += fmt::format("  {:8} {}\n", isa.name,
                             isa.usable     ? "usable"
                             : isa.compiled ? "compiled, not usable on this machine"
                                            : "not compiled");
    }
    const Task defaults;
    const std::string best = isa_to_use(defaults);
    const std::uint64_t threads = threads_to_use(defaults.run.threads);
    const std::string mpi = mpi_library();
    if (json)
        print(dump(Json{{"carve", carve_version()},
                        {"abi", carve_abi_version()},
                        {"isa", best},
                        {"instruction_sets", sets},
                        {"threads", threads},
                        {"mpi", mpi.empty() ? Json(nullptr) : Json(mpi)},
                        {"build", build_text()}},
                   2));
    else
        print(fmt::format("carve {}\nABI {}\nbuild {}\nMPI {}\nthreads {}\ninstruction set {}\n{}",
                          carve_version(), carve_abi_version(), build_text(),
                          mpi.empty() ? "not compiled in" : mpi, threads, best, lines));
    return Exit::ok;
}

} // namespace carve::cli
