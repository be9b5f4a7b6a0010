// libFuzzer: any bytes as a checkpoint, whose size and checksum are made right first, are a
// checkpoint or an error; a checkpoint survives being written and read again.
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "error.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace carve::cli;

namespace {

void put(std::string& bytes, std::size_t at, std::uint64_t value) { // little-endian
    for (std::size_t k = 0; k < 8; ++k)
        bytes[at + k] = static_cast<char>(value >> (8 * k));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t header = 32, size_at = 24;
    if (size >= header + 8) {
        put(bytes, size_at, size);
        put(bytes, size - 8, checksum(bytes.substr(0, size - 8)));
    }
    std::string again;
    try {
        again = encode_checkpoint(decode_checkpoint(bytes, "fuzz"));
    } catch (const Error& error) {
        if (std::string(error.what()).empty())
            std::abort();
        return 0;
    }
    if (encode_checkpoint(decode_checkpoint(again, "fuzz")) != again)
        std::abort();
    return 0;
}
