// libFuzzer: structs of any content and size are refused with a sentence, or make a sim that can be
// used (tests/random).
#include "checks/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nets::Choices choices(data, size);
    nets::check_structs(choices);
    return 0;
}
