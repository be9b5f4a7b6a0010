// libFuzzer: any bytes as a .csv file are a table of finite numbers or a clear error. The first
// byte chooses how columns are selected.
#include "data.hpp"
#include "error.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::vector<std::string> columns;
    if (data[0] % 2)
        columns = {std::to_string(data[0] / 2)};
    try {
        const carve::cli::Table table = carve::cli::parse_csv(
            std::string(reinterpret_cast<const char*>(data + 1), size - 1), "fuzz", columns);
        if (!table.rows.allFinite() || table.rows.size() > static_cast<Eigen::Index>(size) ||
            table.columns.size() != static_cast<std::size_t>(table.rows.cols()) ||
            table.lines.size() != static_cast<std::size_t>(table.rows.rows()))
            std::abort();
    } catch (const carve::cli::Error&) {
    }
    return 0;
}
