// libFuzzer: a forged block is refused, or is a sim that can be used (tests/random).
#include "checks/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nets::Choices choices(data, size);
    nets::check_attach(choices);
    return 0;
}
