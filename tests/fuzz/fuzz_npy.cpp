// libFuzzer: any bytes as a .npy file are a table of finite numbers or a clear error.
#include "data.hpp"
#include "error.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const carve::cli::Table table = carve::cli::parse_npy(
            std::string(reinterpret_cast<const char*>(data), size), "fuzz", {});
        if (!table.rows.allFinite() || table.rows.size() > static_cast<Eigen::Index>(size) ||
            table.columns.size() != static_cast<std::size_t>(table.rows.cols()))
            std::abort();
    } catch (const carve::cli::Error&) {
    }
    return 0;
}
