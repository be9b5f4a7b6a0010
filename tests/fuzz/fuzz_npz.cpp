// libFuzzer: any bytes as an .npz file are arrays without infinities or a clear error.
#include "arrays.hpp"
#include "error.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        std::size_t values = 0;
        for (const carve::cli::NamedArray& array : carve::cli::parse_npz(bytes, "fuzz", {})) {
            if (array.values.size() != array.trials * array.steps * array.units ||
                array.values.empty())
                std::abort();
            for (const double value : array.values)
                if (std::isinf(value))
                    std::abort();
            values += array.values.size();
        }
        if (values > 1032 * size) // deflate makes nothing smaller than that
            std::abort();
    } catch (const carve::cli::Error&) {
    }
    return 0;
}
