// libFuzzer: any bytes as a task file are a task or a list of faults; a task survives being written
// and read again. The bytes before the first 0, if there is one, are an override.
#include "error.hpp"
#include "task.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace carve::cli;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    Overrides overrides;
    const std::size_t zero = text.find('\0');
    if (zero != std::string::npos) {
        overrides.emplace_back(text.substr(0, zero));
        text.erase(0, zero + 1);
    }
    std::string resolved;
    try {
        resolved = to_toml(parse_task(text, "fuzz.toml", overrides));
    } catch (const Error& error) {
        if (std::string(error.what()).empty())
            std::abort();
        return 0;
    }
    if (to_toml(parse_task(resolved, "fuzz.toml", {})) != resolved)
        std::abort();
    return 0;
}
