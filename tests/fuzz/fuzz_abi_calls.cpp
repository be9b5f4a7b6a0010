// libFuzzer: any bytes as decisions of a generator are a model and calls on its sim, the same on
// every instruction set and for every arrangement of lanes (tests/random).
#include "checks/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nets::Choices choices(data, size);
    nets::check_calls(choices);
    return 0;
}
