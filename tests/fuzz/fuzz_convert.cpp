// libFuzzer: any bytes as a task file of carve 0.1 are refused, or a text that is read as a task or
// refused.
#include "described.hpp"
#include "error.hpp"
#include "read_old.hpp"
#include "task.hpp"
#include "write_task.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace carve::cli;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const old::Task task = old::parse_old_task(text, "fuzz.toml");
        parse_task(task::to_toml(old::described(task), task::Shown::changes), "fuzz.toml", {});
    } catch (const Error& error) {
        if (std::string(error.what()).empty())
            std::abort();
    }
    return 0;
}
