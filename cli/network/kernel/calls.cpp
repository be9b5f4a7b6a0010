#include "calls.hpp"

#include "error.hpp"

namespace carve::cli {

std::uint32_t lane_bytes_of(const RunSettings& run) {
    constexpr std::uint32_t kDefault = 32;
    return run.lane_bytes == 0 ? kDefault : static_cast<std::uint32_t>(run.lane_bytes);
}

std::uint32_t isa_of(const std::string& name) {
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa)
        if (name == carve_isa_name(isa))
            return isa;
    if (name == "auto")
        return CARVE_ISA_AUTO;
    throw Error(Exit::usage, "unknown instruction set '" + name + "'",
                "`carve info` lists those of this machine");
}

carve_step steps_of(std::uint64_t n_steps) {
    carve_step step;
    check_status(carve_step_init(&step, sizeof step), "carve_step_init");
    step.n_steps = n_steps;
    return step;
}

void check_status(carve_status status, const char* call) {
    if (status == CARVE_E_ISA)
        throw Error(Exit::usage, "this machine cannot run the instruction set that was asked for",
                    "`carve info` lists those that it can; run.isa = \"auto\" takes the best");
    if (status != CARVE_OK)
        throw Error(Exit::internal, std::string(call) + ": " + carve_status_string(status));
}

} // namespace carve::cli
