// libFuzzer: any bytes as a rule file are a rule or a list of faults; a rule survives being written
// and read again.
#include "error.hpp"
#include "rule.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace carve::cli;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text;
    try {
        text = to_toml(
            parse_rule(std::string(reinterpret_cast<const char*>(data), size), "fuzz.toml"));
    } catch (const Error& error) {
        if (std::string(error.what()).empty())
            std::abort();
        return 0;
    }
    if (to_toml(parse_rule(text, "fuzz.toml")) != text)
        std::abort();
    return 0;
}
